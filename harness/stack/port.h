/* Free ports of the loopback address. Taken below the range of outgoing connections, so that none
 * of those can sit on a port between the choice and the use, nor while a server is down. A port
 * stays reserved against other harnesses on this machine by an abstract Unix socket, which vanishes
 * with its holder. Any thread. */
#ifndef STACK_PORT_H
#define STACK_PORT_H

#include <stdint.h>

#include "base/err.h"

struct port {
    uint16_t number; /* 0: none */
    int reservation; /* descriptor, or -1 */
};

int port_reserve(struct port *ret_port, struct err *err) __attribute__((warn_unused_result));
/* That one, which nobody may hold. Errors: ERR_ENVIRONMENT (it is taken). */
int port_take(unsigned number, struct port *ret_port, struct err *err)
    __attribute__((warn_unused_result));
void port_release(struct port *port);

#endif
