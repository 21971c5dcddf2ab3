#include "probe/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Copies [from, to) with percent escapes resolved; false when it does not fit or an escape is
 * broken. */
static bool unescape(const char *from, const char *to, char *ret_text, size_t size)
{
    size_t used = 0;
    while (from < to && used + 1 < size) {
        char c = *from++;
        if (c == '%') {
            if (to - from < 2 || hex_digit(from[0]) < 0 || hex_digit(from[1]) < 0)
                return false;
            c = (char)(hex_digit(from[0]) * 16 + hex_digit(from[1]));
            from += 2;
        }
        ret_text[used++] = c;
    }
    ret_text[used] = '\0';
    return from == to;
}

static bool parse_user(const char *from, const char *at, struct url *url)
{
    const char *colon = memchr(from, ':', (size_t)(at - from));
    const char *user_end = colon ? colon : at;
    if (!unescape(from, user_end, url->user, sizeof url->user))
        return false;
    return !colon || unescape(colon + 1, at, url->password, sizeof url->password);
}

static bool parse_host(const char *from, const char *end, struct url *url)
{
    const char *host_end = end;
    const char *colon = NULL;
    if (from < end && *from == '[') {
        from++;
        host_end = memchr(from, ']', (size_t)(end - from));
        if (!host_end)
            return false;
        colon = host_end + 1 < end ? host_end + 1 : NULL;
        if (colon && *colon != ':')
            return false;
    } else {
        colon = memchr(from, ':', (size_t)(end - from));
        host_end = colon ? colon : end;
    }
    if (!unescape(from, host_end, url->host, sizeof url->host))
        return false;
    if (!colon)
        return true;
    char digits[8];
    int64_t port = 0;
    if (!unescape(colon + 1, end, digits, sizeof digits) ||
        units_parse_int(digits, 1, 65535, &port, NULL))
        return false;
    url->port = (int)port;
    return true;
}

static const char *last_at(const char *from, const char *end)
{
    for (const char *p = end; p > from; p--)
        if (p[-1] == '@')
            return p - 1;
    return NULL;
}

int url_parse(const char *text, struct url *ret_url, struct err *err)
{
    struct url url = {0};
    const char *mark = strstr(text, "://");
    if (!mark || !unescape(text, mark, url.scheme, sizeof url.scheme))
        return err_set(err, ERR_USAGE, "an address must begin with a scheme such as redis://");
    const char *from = mark + 3;
    const char *end = from + strcspn(from, "/?#");
    const char *at = last_at(from, end);
    if (at && !parse_user(from, at, &url))
        return err_set(err, ERR_USAGE, "user or password of the %s address cannot be read",
                       url.scheme);
    if (!parse_host(at ? at + 1 : from, end, &url))
        return err_set(err, ERR_USAGE, "host or port of the %s address cannot be read", url.scheme);
    const char *path_end = end + strcspn(end, "?#");
    if (!unescape(end, path_end, url.path, sizeof url.path))
        return err_set(err, ERR_USAGE, "the path of the %s address cannot be read", url.scheme);
    if (*path_end == '?') {
        size_t length = strcspn(path_end + 1, "#");
        if (length >= sizeof url.query)
            return err_set(err, ERR_USAGE, "the query of the %s address is too long", url.scheme);
        memcpy(url.query, path_end + 1, length);
    }
    *ret_url = url;
    return 0;
}

bool url_query(const struct url *url, const char *key, char *ret_value, size_t size)
{
    size_t length = strlen(key);
    for (const char *p = url->query; *p;) {
        const char *end = p + strcspn(p, "&");
        if (!strncmp(p, key, length) && p[length] == '=')
            return unescape(p + length + 1, end, ret_value, size);
        p = *end ? end + 1 : end;
    }
    return false;
}
