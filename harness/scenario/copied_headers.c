/* Which headers of a copied request are kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "scenario/copied.h"

/* What is the browser's own, or the client's: none of it makes a difference to a service that
 * decides about coupons, and lengths and encodings are made anew. */
static bool is_noise(const char *line)
{
    static const char *const names[] = {"Accept-Encoding",
                                        "Accept-Language",
                                        "Cache-Control",
                                        "Connection",
                                        "Content-Length",
                                        "DNT",
                                        "Host",
                                        "If-Modified-Since",
                                        "If-None-Match",
                                        "Keep-Alive",
                                        "Pragma",
                                        "Priority",
                                        "TE",
                                        "Upgrade-Insecure-Requests",
                                        "User-Agent",
                                        "Referer",
                                        "Proxy-Connection",
                                        "method",
                                        "path",
                                        "scheme",
                                        "authority"};
    line += *line == ':'; /* HTTP/2's own */
    size_t length = strcspn(line, ":;");
    if (!strncasecmp(line, "sec-", 4))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && !strncasecmp(names[i], line, length))
            return true;
    return false;
}

int copied_add_header(struct copied *copied, const char *line, struct err *err)
{
    if (is_noise(line) || !strchr(line, ':'))
        return 0;
    if (copied->headers_count == COPIED_HEADERS_MAX)
        return err_set(err, ERR_USAGE, "--curl: more than %d headers", COPIED_HEADERS_MAX);
    copied->headers[copied->headers_count] = strdup(line);
    if (!copied->headers[copied->headers_count])
        return err_set(err, ERR_MEMORY, "out of memory");
    copied->headers_count++;
    return 0;
}

int copied_add_named(struct copied *copied, const char *name, const char *value, struct err *err)
{
    _cleanup_free_ char *line = NULL;
    if (asprintf(&line, "%s: %s", name, value) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    return copied_add_header(copied, line, err);
}
