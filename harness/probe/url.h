/* The parts of an address such as redis://user:secret@host:6379/2?timeout=1. Pure. */
#ifndef PROBE_URL_H
#define PROBE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct url {
    char scheme[16];
    char user[128]; /* "" when absent, like every other text; percent escapes are resolved */
    char password[256];
    char host[256];  /* [::1] without its brackets */
    int port;        /* 0: absent */
    char path[1024]; /* with its leading '/' */
    char query[512]; /* as written, without the '?' */
};

/* Errors: ERR_USAGE. The message never holds the address, which may hold a password. */
int url_parse(const char *text, struct url *ret_url, struct err *err)
    __attribute__((warn_unused_result));

/* The value of key in the query, resolved; false when it is not there or does not fit. */
bool url_query(const struct url *url, const char *key, char *ret_value, size_t size);

#endif
