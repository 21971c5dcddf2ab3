/* Content codings (RFC 9110, 8.4.1): what a body is compressed with, and the body as it was. Pure
 * but for the libraries' own memory; any thread. */
#ifndef LOAD_CODING_H
#define LOAD_CODING_H

#include <stdbool.h>
#include <stddef.h>

enum coding {
    CODING_NONE,
    CODING_DEFLATE, /* and gzip */
    CODING_BROTLI,
    CODING_ZSTD,
    CODING_OTHER, /* not known here, or several on top of each other */
};

/* Of the value of a Content-Encoding header. */
enum coding coding_of(const char *value, size_t length);

/* Writes what fits. False: more would follow, or it is broken: *ret_used bytes are good. */
bool coding_decode(enum coding coding, const char *bytes, size_t length, char *ret_bytes,
                   size_t room, size_t *ret_used);

#endif
