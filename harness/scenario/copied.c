#include "scenario/copied.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"

void copied_free(struct copied *copied)
{
    free(copied->url);
    free(copied->method);
    free(copied->body);
    free(copied->socket);
    for (unsigned i = 0; i < copied->headers_count; i++)
        free(copied->headers[i]);
    *copied = (struct copied){0};
}

static int set(char **text, const char *value, struct err *err)
{
    free(*text);
    *text = strdup(value);
    return *text ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static bool has_header(const struct copied *copied, const char *name)
{
    for (unsigned i = 0; i < copied->headers_count; i++)
        if (!strncasecmp(copied->headers[i], name, strlen(name)) &&
            copied->headers[i][strlen(name)] == ':')
            return true;
    return false;
}

/* ---- curl's options ---- */

enum meaning {
    MEANS_NOTHING,
    MEANS_SKIP, /* and it has a value */
    MEANS_URL,
    MEANS_METHOD,
    MEANS_HEADER,
    MEANS_DATA,
    MEANS_ENCODE,
    MEANS_FORM,
    MEANS_FORM_STRING,
    MEANS_JSON,
    MEANS_COOKIE,
    MEANS_USER,
    MEANS_INSECURE,
    MEANS_HEAD,
    MEANS_GET,
    MEANS_SOCKET,
};

static const struct {
    const char *name;
    char letter;
    enum meaning meaning;
} known[] = {
    {"url", 0, MEANS_URL},
    {"request", 'X', MEANS_METHOD},
    {"header", 'H', MEANS_HEADER},
    {"data", 'd', MEANS_DATA},
    {"data-raw", 0, MEANS_DATA},
    {"data-binary", 0, MEANS_DATA},
    {"data-ascii", 0, MEANS_DATA},
    {"data-urlencode", 0, MEANS_ENCODE},
    {"form", 'F', MEANS_FORM},
    {"form-string", 0, MEANS_FORM_STRING},
    {"json", 0, MEANS_JSON},
    {"cookie", 'b', MEANS_COOKIE},
    {"user", 'u', MEANS_USER},
    {"insecure", 'k', MEANS_INSECURE},
    {"head", 'I', MEANS_HEAD},
    {"get", 'G', MEANS_GET},
    {"unix-socket", 0, MEANS_SOCKET},
    {"compressed", 0, MEANS_NOTHING},
    {"location", 'L', MEANS_NOTHING},
    {"silent", 's', MEANS_NOTHING},
    {"show-error", 'S', MEANS_NOTHING},
    {"verbose", 'v', MEANS_NOTHING},
    {"include", 'i', MEANS_NOTHING},
    {"fail", 'f', MEANS_NOTHING},
    {"globoff", 'g', MEANS_NOTHING},
    {"http1.1", 0, MEANS_NOTHING},
    {"http2", 0, MEANS_NOTHING},
    {"path-as-is", 0, MEANS_NOTHING},
    {"user-agent", 'A', MEANS_SKIP},
    {"referer", 'e', MEANS_SKIP},
    {"max-time", 'm', MEANS_SKIP},
    {"connect-timeout", 0, MEANS_SKIP},
    {"output", 'o', MEANS_SKIP},
    {"write-out", 'w', MEANS_SKIP},
    {"proxy", 'x', MEANS_SKIP},
    {"cookie-jar", 'c', MEANS_SKIP},
};

static int find_option(const char *word, const char **ret_value)
{
    const char *equals = strchr(word, '=');
    *ret_value = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = equals ? (size_t)(equals - word) : strlen(word);
        if (word[1] == '-' && strlen(known[i].name) == length - 2 &&
            !strncmp(known[i].name, word + 2, length - 2)) {
            *ret_value = equals ? equals + 1 : NULL;
            return (int)i;
        }
        if (word[1] != '-' && known[i].letter == word[1]) {
            *ret_value = word[2] ? word + 2 : NULL;
            return (int)i;
        }
    }
    return -1;
}

/* Several are one header; what has no = is a file. */
static int add_cookies(struct copied *copied, const char *value, struct err *err)
{
    char *joined = NULL;
    if (!strchr(value, '='))
        return err_set(
            err, ERR_USAGE,
            "--curl: the cookies are in the file %.100s: write those that are needed, as "
            "in -b 'NAME=VALUE'",
            value);
    for (unsigned i = 0; i < copied->headers_count; i++) {
        if (strncasecmp(copied->headers[i], "Cookie:", strlen("Cookie:")) != 0)
            continue;
        if (asprintf(&joined, "%s; %s", copied->headers[i], value) < 0)
            return err_set(err, ERR_MEMORY, "out of memory");
        free(copied->headers[i]);
        copied->headers[i] = joined;
        return 0;
    }
    return copied_add_named(copied, "Cookie", value, err);
}

static int add_basic(struct copied *copied, const char *value, struct err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)value;
    size_t length = strlen(value), used = 0;
    _cleanup_free_ char *out = malloc(length * 4 / 3 + 16);
    if (!out)
        return err_set(err, ERR_MEMORY, "out of memory");
    used = (size_t)sprintf(out, "Basic ");
    for (size_t i = 0; i < length; i += 3) {
        unsigned bits = (unsigned)in[i] << 16 | (i + 1 < length ? (unsigned)in[i + 1] << 8 : 0) |
                        (i + 2 < length ? in[i + 2] : 0);
        for (int k = 0; k < 4; k++)
            out[used++] = (size_t)k > length - i ? '=' : digits[bits >> (18 - 6 * k) & 63];
    }
    out[used] = '\0';
    return copied_add_named(copied, "Authorization", out, err);
}

static int take_option(struct copied *copied, enum meaning meaning, const char *value, bool *gets,
                       struct err *err)
{
    switch (meaning) {
    case MEANS_URL:
        return set(&copied->url, value, err);
    case MEANS_METHOD:
        return set(&copied->method, value, err);
    case MEANS_HEADER:
        return copied_add_header(copied, value, err);
    case MEANS_DATA:
        return copied_add_data(copied, value, err);
    case MEANS_ENCODE:
        return copied_add_encoded(copied, value, err);
    case MEANS_FORM:
    case MEANS_FORM_STRING:
        return copied_add_field(copied, value, meaning == MEANS_FORM, err);
    case MEANS_JSON:
        if (!has_header(copied, "Content-Type") &&
            copied_add_named(copied, "Content-Type", "application/json", err))
            return -(int)err->code;
        return copied_add_data(copied, value, err);
    case MEANS_COOKIE:
        return add_cookies(copied, value, err);
    case MEANS_USER:
        return add_basic(copied, value, err);
    case MEANS_INSECURE:
        copied->insecure = true;
        return 0;
    case MEANS_HEAD:
        return set(&copied->method, "HEAD", err);
    case MEANS_SOCKET:
        return set(&copied->socket, value, err);
    case MEANS_GET:
        *gets = true;
        return 0;
    case MEANS_NOTHING:
    case MEANS_SKIP:
        break;
    }
    return 0;
}

static bool has_value(enum meaning meaning)
{
    return meaning != MEANS_NOTHING && meaning != MEANS_INSECURE && meaning != MEANS_HEAD &&
           meaning != MEANS_GET;
}

/* curl takes an address without a scheme for http. */
static int set_url(struct copied *copied, const char *word, struct err *err)
{
    char *url = NULL;
    if (copied->url)
        return err_set(err, ERR_USAGE, "--curl: '%.100s' is one URL too many", word);
    if (asprintf(&url, "%s%s", strstr(word, "://") ? "" : "http://", word) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    copied->url = url;
    return 0;
}

/* --get: the body is the query. */
static int body_to_query(struct copied *copied, struct err *err)
{
    char *url = NULL;
    if (!copied->body || !copied->url)
        return 0;
    if (asprintf(&url, "%s%s%s", copied->url, strchr(copied->url, '?') ? "&" : "?", copied->body) <
        0)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(copied->url);
    free(copied->body);
    copied->url = url;
    copied->body = NULL;
    return 0;
}

/* What a shell does with the answer is no part of the request. */
static bool is_end(const char *word)
{
    return *word && strspn(word, "|&;<>12") == strlen(word) && strpbrk(word, "|&;<>");
}

/* Letters without values stand together, and the last one may have a value: -sSLX POST. */
static int find_last(struct copied *copied, char **word, const char **ret_value, bool *gets,
                     struct err *err)
{
    int found = find_option(*word, ret_value);
    while (found >= 0 && (*word)[1] != '-' && !has_value(known[found].meaning) && (*word)[2]) {
        if (take_option(copied, known[found].meaning, NULL, gets, err))
            return -1;
        *++*word = '-';
        found = find_option(*word, ret_value);
    }
    return found;
}

static int read_words(struct copied *copied, const struct copied_words *words, struct err *err)
{
    bool gets = false;
    int rc = 0;
    for (unsigned i = 1; !rc && i < words->count && !is_end(words->v[i]); i++) {
        char *word = words->v[i];
        const char *value;
        if (*word != '-' || !word[1]) {
            rc = set_url(copied, word, err);
            continue;
        }
        int found = find_last(copied, &word, &value, &gets, err);
        if (found < 0)
            return err_set(
                err, ERR_USAGE,
                "--curl: the option %.60s is not known here; leave it out if the request "
                "does not need it",
                word);
        bool takes = has_value(known[found].meaning);
        if (takes && !value && ++i == words->count)
            return err_set(err, ERR_USAGE, "--curl: %s has no value", word);
        rc = take_option(copied, known[found].meaning, takes && !value ? words->v[i] : value, &gets,
                         err);
    }
    return rc || !gets ? rc : body_to_query(copied, err);
}

static int finish(struct copied *copied, struct err *err)
{
    if (!copied->url)
        return err_set(err, ERR_USAGE, "--curl: the command has no URL");
    if (copied_end_form(copied, err))
        return -(int)err->code;
    if (copied->body && !has_header(copied, "Content-Type") && copied->body[0] != '{' &&
        copied_add_named(copied, "Content-Type", "application/x-www-form-urlencoded", err))
        return -(int)err->code;
    return copied->method ? 0 : set(&copied->method, copied->body ? "POST" : "GET", err);
}

static int read_curl(const char *text, struct copied *copied, struct err *err)
{
    _cleanup_(copied_words_free) struct copied_words words = {.count = 0};
    bool windows = strstr(text, "^\"") || strstr(text, "^\n") || strstr(text, "^\r\n") ||
                   (strchr(text, '"') && !strchr(text, '\'') && strstr(text, "curl \""));
    text += strspn(text, " \t\r\n");
    text += *text == '$' && text[1] == ' ' ? 2 : 0; /* a prompt */
    int rc = (windows ? copied_split_cmd : copied_split_bash)(text, &words, err);
    if (!rc && (!words.count || !strstr(words.v[0], "curl")))
        rc = err_set(err, ERR_USAGE,
                     "--curl: '%.60s' is no command of curl; allowed: what a browser's developer "
                     "tools copy as cURL (bash or cmd) or as PowerShell",
                     words.count ? words.v[0] : "");
    return rc ? rc : read_words(copied, &words, err);
}

int copied_read(const char *text, struct copied *ret_copied, struct err *err)
{
    struct copied copied = {0};
    bool power = strcasestr(text, "Invoke-WebRequest") || strcasestr(text, "Invoke-RestMethod");
    int rc = power ? copied_read_powershell(text, &copied, err) : read_curl(text, &copied, err);
    if (!rc)
        rc = finish(&copied, err);
    if (rc)
        copied_free(&copied);
    else
        *ret_copied = copied;
    return rc;
}
