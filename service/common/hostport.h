/* HOST:PORT as people write it. Pure; any thread. */
#ifndef COMMON_HOSTPORT_H
#define COMMON_HOSTPORT_H

#include "base/err.h"

struct hostport {
    char host[256]; /* name or number, without brackets; "": every address */
    char port[8];   /* "0": a free one */
};

/* HOST:PORT, [V6]:PORT or :PORT. Errors: ERR_USAGE. */
int hostport_parse(const char *text, struct hostport *ret_hostport, struct err *err)
    __attribute__((warn_unused_result));

#endif
