/* Connections to MySQL and MariaDB by address, through the MariaDB client library, which speaks to
 * both. Any thread; a connection belongs to one. */
#ifndef STORE_MYSQL_CLIENT_H
#define STORE_MYSQL_CLIENT_H

#include "base/clock.h"
#include "base/err.h"

/* The library's MYSQL, as its header's typedef has it. */
struct st_mysql;

/* Is it an address that mysql_client_open can use: mysql://user:password@host[:port]/db, or with
 * ?socket=/path. Errors: ERR_USAGE. */
int mysql_client_check(const char *url, struct err *err) __attribute__((warn_unused_result));

/* Connects, to each address of the host until one answers: by TCP whenever a host is named, also
 * when it is localhost. One statement a query; the server may ask for no local file. NULL: err says
 * where and why. Errors: ERR_USAGE (the address), ERR_ENVIRONMENT. */
struct st_mysql *mysql_client_open(const char *url, ns_t connect_wait, ns_t answer_wait,
                                   struct err *err);

/* For _cleanup_: closes what is open and forgets it. */
void mysql_client_close(struct st_mysql **link);

#endif
