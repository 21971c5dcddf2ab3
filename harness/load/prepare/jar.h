/* Cookies of one user as libcurl keeps them (lines of Netscape's format), and those of them that
 * belong to a URL (RFC 6265, 5.4). Pure. */
#ifndef LOAD_JAR_H
#define LOAD_JAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Where a request goes to. */
struct jar_place {
    const char *host;
    const char *path; /* from the first slash on; what follows it does not matter */
    bool tls;
    int64_t now; /* seconds since 1970 */
};

/* Does a cookie of that path go to this one? */
bool jar_path_fits(const char *cookie, const char *path);

/* Appends "name=value" of the cookie, behind "; " when there is one before it, if the line's cookie
 * goes there. Errors: -ERR_MEMORY. */
int jar_add(const char *line, const struct jar_place *place, struct buf *ret_header);

#endif
