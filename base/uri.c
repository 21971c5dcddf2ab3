#include "base/uri.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

static const char hint[] =
    "in a user or password write '/' as %2F, '?' as %3F, '#' as %23, '@' as %40, ':' as %3A";

/* One part of the text, while it is being read. */
struct part {
    const char *from, *to;
};

static size_t part_length(struct part part)
{
    return (size_t)(part.to - part.from);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdefABCDEF", *at = c ? strchr(digits, c) : NULL;
    if (!at)
        return -1;
    int value = (int)(at - digits);
    return value < 16 ? value : value - 6;
}

/* Copies a part with its percent escapes resolved. NULL, or what is wrong with it. */
static const char *decode(struct part part, char *ret_text, size_t size)
{
    size_t used = 0;
    for (const char *p = part.from; p < part.to; p++) {
        char c = *p;
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return "has a control character";
        if (c == '%') {
            int high = part.to - p > 2 ? hex_digit(p[1]) : -1;
            int low = high >= 0 ? hex_digit(p[2]) : -1;
            if (low < 0)
                return "has a '%' without two hex digits; a '%' itself is written %25";
            c = (char)(high * 16 + low);
            if (!c)
                return "has a %00, which no address can hold";
            p += 2;
        }
        if (used + 1 >= size)
            return "is too long";
        ret_text[used++] = c;
    }
    ret_text[used] = '\0';
    return NULL;
}

static int refuse(const struct uri *uri, const char *part, const char *why, struct err *err)
{
    return err_set(err, ERR_USAGE, "the %s of the %s:// address %s", part, uri->scheme, why);
}

static int read_scheme(const char *text, struct uri *uri, const char **ret_rest, struct err *err)
{
    size_t length = strspn(text, LETTERS DIGITS "+-.");
    if (length == 0 || text[length] != ':' || !strchr(LETTERS, text[0]) ||
        length >= sizeof uri->scheme)
        return err_set(err, ERR_USAGE,
                       "an address must begin with a scheme, as redis://host:6379 does");
    for (size_t i = 0; i < length; i++)
        uri->scheme[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    *ret_rest = text + length + 1;
    return 0;
}

static int read_user(struct part part, struct uri *uri, struct err *err)
{
    const char *colon = memchr(part.from, ':', part_length(part));
    struct part user = {part.from, colon ? colon : part.to};
    const char *why = decode(user, uri->user, sizeof uri->user);
    if (why)
        return refuse(uri, "user", why, err);
    uri->has_user = true;
    uri->has_password = colon != NULL;
    why = colon ? decode((struct part){colon + 1, part.to}, uri->password, sizeof uri->password)
                : NULL;
    return why ? refuse(uri, "password", why, err) : 0;
}

/* What stands behind a host: nothing, or a colon and a port. An empty port is none, by the RFC. */
static int read_port(struct part part, const struct uri *uri, struct uri_host *host,
                     struct err *err)
{
    char digits[8] = "";
    int64_t port = 0;
    size_t length = part_length(part);
    if (length < 2)
        return 0;
    bool fits = length - 1 < sizeof digits;
    if (fits)
        memcpy(digits, part.from + 1, length - 1);
    if (!fits || digits[0] == '-' || units_parse_int(digits, 1, 65535, &port, NULL))
        return err_set(err, ERR_USAGE,
                       "the port of the %s:// address is no number from 1 to 65535; %s",
                       uri->scheme, hint);
    host->port = (int)port;
    return 0;
}

static bool is_six(const char *name)
{
    char bare[64];
    struct in6_addr address;
    size_t length = strcspn(name, "%"); /* a zone, "fe80::1%eth0" */
    if (length >= sizeof bare)
        return false;
    memcpy(bare, name, length);
    bare[length] = '\0';
    return inet_pton(AF_INET6, bare, &address) == 1;
}

static int read_literal(struct part part, const struct uri *uri, struct uri_host *host,
                        struct err *err)
{
    const char *close = memchr(part.from, ']', part_length(part));
    if (!close)
        return refuse(uri, "host", "has a '[' without its ']'", err);
    const char *why = decode((struct part){part.from + 1, close}, host->name, sizeof host->name);
    if (!why && !is_six(host->name))
        why = "has no IPv6 address in its brackets";
    if (!why && close + 1 < part.to && close[1] != ':')
        why = "has something other than ':' and a port behind its ']'";
    host->literal = true;
    return why ? refuse(uri, "host", why, err)
               : read_port((struct part){close + 1, part.to}, uri, host, err);
}

static int read_host(struct part part, struct uri *uri, struct err *err)
{
    if (uri->hosts_count == URI_HOSTS_MAX)
        return refuse(uri, "host", "is a list of more than 16", err);
    struct uri_host *host = &uri->hosts[uri->hosts_count++];
    if (part.from < part.to && *part.from == '[')
        return read_literal(part, uri, host, err);
    const char *colon = memchr(part.from, ':', part_length(part));
    const char *end = colon ? colon : part.to;
    if (colon && memchr(colon + 1, ':', (size_t)(part.to - colon - 1)))
        return refuse(uri, "host",
                      "has several ':'; an IPv6 address stands in brackets, as in [::1]:6379", err);
    for (const char *p = part.from; p < end; p++)
        if (strchr("[]<>\"\\^`{|} ", *p))
            return refuse(uri, "host", "has a character that no host has", err);
    const char *why = decode((struct part){part.from, end}, host->name, sizeof host->name);
    return why ? refuse(uri, "host", why, err)
               : read_port((struct part){end, part.to}, uri, host, err);
}

static int read_authority(struct part part, struct uri *uri, struct err *err)
{
    const char *at = memrchr(part.from, '@', part_length(part));
    int rc = at ? read_user((struct part){part.from, at}, uri, err) : 0;
    const char *from = at ? at + 1 : part.from;
    while (!rc) {
        const char *comma = memchr(from, ',', (size_t)(part.to - from));
        rc = read_host((struct part){from, comma ? comma : part.to}, uri, err);
        if (!comma)
            return rc;
        from = comma + 1;
    }
    return rc;
}

/* Escapes of the query are looked at when a value is asked for; broken ones are told now. */
static int read_query(struct part part, struct uri *uri, struct err *err)
{
    char ignored[sizeof uri->query];
    const char *why = decode(part, ignored, sizeof ignored);
    if (!why && part_length(part) >= sizeof uri->query)
        why = "is too long";
    if (why)
        return refuse(uri, "query", why, err);
    memcpy(uri->query, part.from, part_length(part));
    return 0;
}

int uri_parse(const char *text, struct uri *ret_uri, struct err *err)
{
    struct uri uri = {0};
    const char *at = NULL;
    int rc = read_scheme(text, &uri, &at, err);
    if (!rc && !strncmp(at, "//", 2)) {
        uri.authority = true;
        size_t length = strcspn(at + 2, "/?#");
        rc = read_authority((struct part){at + 2, at + 2 + length}, &uri, err);
        at += 2 + length;
    }
    if (rc)
        return rc;
    if (!uri.hosts_count)
        uri.hosts_count = 1;
    size_t length = strcspn(at, "?#");
    const char *why = decode((struct part){at, at + length}, uri.path, sizeof uri.path);
    if (why)
        return refuse(&uri, "path", why, err);
    at += length;
    if (*at == '?' &&
        (rc = read_query((struct part){at + 1, at + 1 + strcspn(at + 1, "#")}, &uri, err)))
        return rc;
    *ret_uri = uri;
    return 0;
}

bool uri_query(const struct uri *uri, const char *key, char *ret_value, size_t size)
{
    char name[64];
    for (const char *p = uri->query; *p;) {
        size_t length = strcspn(p, "&"), end = strcspn(p, "=&");
        if (!decode((struct part){p, p + end}, name, sizeof name) && !strcmp(name, key) &&
            p[end] == '=')
            return !decode((struct part){p + end + 1, p + length}, ret_value, size);
        p += length + (p[length] == '&');
    }
    return false;
}

int uri_port(const struct uri *uri)
{
    static const struct {
        const char *scheme;
        int port;
    } known[] = {{"redis", 6379},      {"rediss", 6379}, {"postgres", 5432},
                 {"postgresql", 5432}, {"mysql", 3306},  {"mariadb", 3306},
                 {"amqp", 5672},       {"amqps", 5671},  {"kafka", 9092}};
    int port = uri->hosts[0].port;
    for (size_t i = 0; i < sizeof known / sizeof *known && !port; i++)
        port = strcmp(known[i].scheme, uri->scheme) ? 0 : known[i].port;
    return port;
}

char *uri_escape(const char *text, char *ret_text, size_t size)
{
    size_t used = 0;
    for (; *text && used + 4 <= size; text++) {
        bool plain = strchr(LETTERS DIGITS "-._~", *text) != NULL;
        used += (size_t)snprintf(ret_text + used, 4, plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
    ret_text[used] = '\0';
    return ret_text;
}

int uri_expect(const struct uri *uri, const char *what, const char *const *schemes, struct err *err)
{
    char list[128] = "";
    bool known = false;
    for (size_t i = 0; schemes[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s://", i ? " or " : "", schemes[i]);
        known |= !strcmp(uri->scheme, schemes[i]);
    }
    if (!known)
        return err_set(err, ERR_USAGE, "a %s address begins with %s, not %s:", what, list,
                       uri->scheme);
    if (!uri->authority)
        return err_set(err, ERR_USAGE, "a %s address has '//' behind '%s:'", what, uri->scheme);
    if (uri->hosts_count > 1)
        return err_set(err, ERR_USAGE, "a %s address names one host, not %u", what,
                       uri->hosts_count);
    return 0;
}

char *uri_place(const char *host, int port, char *ret_text, size_t size)
{
    bool six = strchr(host, ':') != NULL;
    int used = snprintf(ret_text, size, "%s%s%s", six ? "[" : "", host, six ? "]" : "");
    if (port && used > 0 && (size_t)used < size)
        snprintf(ret_text + used, size - (size_t)used, ":%d", port);
    return ret_text;
}
