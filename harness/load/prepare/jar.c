#include "load/prepare/jar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS = 7, LINE_MAX_BYTES = 8192 };

/* domain, tail ("TRUE": subdomains too), path, secure, expires, name, value */
enum { DOMAIN, TAIL, PATH, SECURE, EXPIRES, NAME, VALUE };

static bool host_fits(const char *domain, bool tail, const char *host)
{
    size_t longer = strlen(host), length = strlen(domain += *domain == '.');
    if (!strcasecmp(domain, host))
        return true;
    return tail && longer > length && host[longer - length - 1] == '.' &&
           !strcasecmp(host + longer - length, domain);
}

bool jar_path_fits(const char *cookie, const char *path)
{
    size_t length = strlen(cookie);
    if (strncmp(cookie, path, length) != 0)
        return false;
    return !length || cookie[length - 1] == '/' || strchr("/?#", path[length]) || !path[length];
}

static bool goes_there(char *const *fields, const struct jar_place *place)
{
    int64_t expires = atoll(fields[EXPIRES]); /* 0: with the session */
    return host_fits(fields[DOMAIN], !strcmp(fields[TAIL], "TRUE"), place->host) &&
           jar_path_fits(fields[PATH], place->path) &&
           (place->tls || strcmp(fields[SECURE], "TRUE") != 0) &&
           (!expires || expires > place->now);
}

int jar_add(const char *line, const struct jar_place *place, struct buf *ret_header)
{
    static const char http_only[] = "#HttpOnly_";
    char copy[LINE_MAX_BYTES], *rest = copy, *fields[FIELDS];
    if (!strncmp(line, http_only, strlen(http_only)))
        line += strlen(http_only);
    if ((size_t)snprintf(copy, sizeof copy, "%s", line) >= sizeof copy)
        return 0;
    for (int i = 0; i < FIELDS; i++)
        if (!(fields[i] = strsep(&rest, "\t")))
            return 0;
    if (!goes_there(fields, place))
        return 0;
    return buf_addf(ret_header, "%s%s=%s", ret_header->used ? "; " : "", fields[NAME],
                    fields[VALUE]);
}
