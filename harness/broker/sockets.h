/* The mock cluster's socket calls, replaced for the whole program (a symbol of the executable comes
 * before libc's): every request comes in by recvmsg and every answer leaves by sendmsg. The
 * cluster's thread, once it exists. */
#ifndef BROKER_SOCKETS_H
#define BROKER_SOCKETS_H

#include "broker/transactions.h"

/* Whom to tell of a request of a transaction, just before the cluster serves it. NULL: nobody. */
extern void (*sockets_on_transaction)(const struct transaction *found);

#endif
