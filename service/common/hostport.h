/* HOST:PORT as people write it, and of a socket. Any thread. */
#ifndef COMMON_HOSTPORT_H
#define COMMON_HOSTPORT_H

#include <stddef.h>

#include "base/err.h"

struct hostport {
    char host[256]; /* name or number, without brackets; "": every address */
    char port[8];   /* "0": a free one */
};

/* HOST:PORT, [V6]:PORT or :PORT. Errors: ERR_USAGE. */
int hostport_parse(const char *text, struct hostport *ret_hostport, struct err *err)
    __attribute__((warn_unused_result));

/* The numbers that a socket is bound to; "" and "0" when it is not. */
void hostport_of_socket(int fd, struct hostport *ret_hostport);

/* As hostport_parse reads it; returns ret_text. */
const char *hostport_format(const struct hostport *hostport, char *ret_text, size_t size);

#endif
