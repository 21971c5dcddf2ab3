/* Where Redis is. Pure. */
#ifndef APPLY_REDIS_ADDRESS_H
#define APPLY_REDIS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct redis_address {
    bool local;         /* host is the path of a unix socket */
    char host[256];     /* name, number or path */
    int64_t port;       /* meaningless when local */
    int64_t db;         /* 0: no SELECT needed */
    char user[128];     /* "": the default user */
    char password[256]; /* "": no AUTH */
};

/* redis://[[USER:]PASSWORD@]HOST[:PORT][/DB], unix:///PATH[?db=N], HOST[:PORT]. Errors: ERR_USAGE.
 */
int redis_address_parse(const char *url, struct redis_address *ret_address, struct err *err)
    __attribute__((warn_unused_result));

#endif
