/* Invoke-WebRequest, as browsers copy it: a session with cookies, and parameters of which some are
 * hash tables. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "scenario/copied.h"

enum { TEXT_MAX = 1 << 20 };

/* "$([char]252)"; 0: it is not there. */
static unsigned long read_code(const char *at, const char **ret_end)
{
    static const char begin[] = "$([char]";
    char *end;
    if (strncasecmp(at, begin, sizeof begin - 1) != 0)
        return 0;
    unsigned long code = strtoul(at + sizeof begin - 1, &end, 0);
    *ret_end = end + 1;
    return *end == ')' && code <= 0xffff ? code : 0;
}

/* How what is not ASCII is written, in UTF-16; false: there is none of it. */
static bool take_code(const char **at, struct buf *out)
{
    const char *end, *low_end;
    char bytes[4];
    unsigned long code = read_code(*at, &end);
    unsigned long low = code >= 0xd800 && code < 0xdc00 ? read_code(end, &low_end) : 0;
    if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        end = low_end;
    }
    if (!code || (code >= 0xd800 && code < 0xe000))
        return false;
    (void)buf_add(out, bytes, utf8_put((uint32_t)code, bytes));
    *at = end;
    return true;
}

/* What stands at *at within quotes; moves *at to the next. */
static void take_character(const char **at, char quote, struct buf *out)
{
    if (quote == '"' && take_code(at, out))
        return;
    static const char letters[] = "nrt0", meant[] = "\n\r\t";
    const char *p = *at;
    bool escape = *p == '`' && quote == '"' && p[1];
    const char *letter = escape ? strchr(letters, p[1]) : NULL;
    bool two = escape || *p == quote;
    (void)buf_add(out, letter ? &meant[letter - letters] : escape ? p + 1 : p, 1);
    *at = p + (two ? 2 : 1);
}

/* A text in quotes behind at: in double ones a backtick escapes, in single ones two are one. Moves
 * *at behind it. NULL: there is none, or no memory. */
static char *take_text(const char **at)
{
    struct buf out;
    const char *p = *at;
    while (isspace((unsigned char)*p) || *p == '(')
        p++;
    char quote = *p;
    if (quote != '"' && quote != '\'')
        return NULL;
    buf_init(&out, TEXT_MAX);
    for (p++; *p && (*p != quote || p[1] == quote);)
        take_character(&p, quote, &out);
    *at = *p ? p + 1 : p;
    char *text = out.failed ? NULL : strdup(buf_text(&out));
    buf_free(&out);
    return text;
}

/* What stands behind "-Name"; NULL: it is not there. */
static const char *find_parameter(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; (at = strcasestr(at, name)); at += length)
        if (at > text && at[-1] == '-' && !isalnum((unsigned char)at[length]) &&
            (at - 1 == text || isspace((unsigned char)at[-2]) || at[-2] == '`'))
            return at + length;
    return NULL;
}

static int take_parameter(const char *text, const char *name, char **ret_value)
{
    const char *at = find_parameter(text, name);
    if (at)
        *ret_value = take_text(&at);
    return 0;
}

/* @{ "name"="value" … } */
static int read_headers(struct copied *copied, const char *text, struct err *err)
{
    const char *at = find_parameter(text, "Headers");
    at = at ? strstr(at, "@{") : NULL;
    int rc = 0;
    for (at = at ? at + 2 : ""; !rc && *at && *at != '}';) {
        if (*at != '"' && *at != '\'') {
            at++;
            continue;
        }
        _cleanup_free_ char *name = take_text(&at), *value = NULL;
        at += strspn(at, " \t=");
        value = take_text(&at);
        rc = name && value ? copied_add_named(copied, name, value, err) : 0;
    }
    return rc;
}

/* $session.Cookies.Add((New-Object System.Net.Cookie("NAME", "VALUE", "/", "host"))) */
static int read_cookies(struct copied *copied, const char *text, struct err *err)
{
    _cleanup_(buf_free) struct buf all;
    buf_init(&all, TEXT_MAX);
    for (const char *at = text; (at = strstr(at, "Net.Cookie("));) {
        at += strlen("Net.Cookie(");
        _cleanup_free_ char *name = take_text(&at), *value = NULL;
        at += strspn(at, " ,");
        value = take_text(&at);
        if (name && value)
            (void)buf_addf(&all, "%s%s=%s", all.used ? "; " : "", name, value);
    }
    return all.used ? copied_add_named(copied, "Cookie", buf_text(&all), err) : 0;
}

int copied_read_powershell(const char *text, struct copied *ret_copied, struct err *err)
{
    const char *command = strcasestr(text, "Invoke-WebRequest");
    command = command ? command : strcasestr(text, "Invoke-RestMethod");
    _cleanup_free_ char *type = NULL;
    (void)take_parameter(command, "Uri", &ret_copied->url);
    (void)take_parameter(command, "Method", &ret_copied->method);
    (void)take_parameter(command, "ContentType", &type);
    const char *body = find_parameter(command, "Body");
    /* ([System.Text.Encoding]::UTF8.GetBytes("…")) where it is not ASCII */
    const char *inside = body ? strstr(body, "GetBytes(") : NULL;
    if (inside && inside < body + 64)
        body = inside + strlen("GetBytes");
    ret_copied->body = body ? take_text(&body) : NULL;
    int rc = read_headers(ret_copied, command, err);
    if (!rc)
        rc = read_cookies(ret_copied, text, err);
    if (!rc && type)
        rc = copied_add_named(ret_copied, "Content-Type", type, err);
    return rc;
}
