#include "apply/request.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static const char MISSING[] = "userId is missing";
static const char NOT_WHOLE[] = "userId is not a whole number";
static const char NEGATIVE[] = "userId is negative";
static const char TOO_LARGE[] = "userId is too large";
static const char TWICE[] = "userId is given more than once, and differently";
static const char NOT_JSON[] = "the body is not a JSON object";

static const char NAME[] = "userId";
enum { NAME_LENGTH = sizeof NAME - 1 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next character of a percent-encoded value, or -1 when the encoding is broken. */
static int next_char(const char **at, const char *end)
{
    const char *from = *at;
    if (*from != '%') {
        *at = from + 1;
        return (unsigned char)*from;
    }
    if (end - from < 3)
        return -1;
    int high = hex_digit(from[1]), low = hex_digit(from[2]);
    *at = from + 3;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static const char *parse_value(const char *at, const char *end, int64_t *ret_user)
{
    if (at == end)
        return MISSING;
    bool negative = *at == '-';
    at += negative;
    if (at == end)
        return NOT_WHOLE;
    int64_t user = 0;
    bool large = false;
    while (at < end) {
        int c = next_char(&at, end);
        if (c < '0' || c > '9')
            return NOT_WHOLE;
        large |= __builtin_mul_overflow(user, 10, &user);
        large |= __builtin_add_overflow(user, c - '0', &user);
    }
    if (negative)
        return NEGATIVE;
    if (large)
        return TOO_LARGE;
    *ret_user = user;
    return NULL;
}

/* Puts a second mention beside the first. */
static const char *merge(const char *reason, int64_t user, bool *seen, int64_t *user_seen)
{
    if (reason)
        return reason;
    if (*seen && *user_seen != user)
        return TWICE;
    *seen = true;
    *user_seen = user;
    return NULL;
}

static const char *parse_form(const char *at, const char *end, bool *seen, int64_t *user_seen)
{
    while (at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        const char *stop = next ? next : end;
        if (stop - at > NAME_LENGTH && !memcmp(at, NAME, NAME_LENGTH) && at[NAME_LENGTH] == '=') {
            int64_t user = 0;
            const char *reason = parse_value(at + NAME_LENGTH + 1, stop, &user);
            reason = merge(reason, user, seen, user_seen);
            if (reason)
                return reason;
        }
        at = next ? next + 1 : end;
    }
    return NULL;
}

static const char *parse_json(const char *body, size_t length, bool *seen, int64_t *user_seen)
{
    json_error_t error;
    json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return json_error_code(&error) == json_error_numeric_overflow ? TOO_LARGE : NOT_JSON;
    const char *reason = NULL;
    const json_t *value = json_object_get(root, NAME);
    if (!json_is_object(root))
        reason = NOT_JSON;
    else if (value && !json_is_integer(value))
        reason = NOT_WHOLE;
    else if (value && json_integer_value(value) < 0)
        reason = NEGATIVE;
    else if (value)
        reason = merge(NULL, json_integer_value(value), seen, user_seen);
    json_decref(root);
    return reason;
}

const char *request_user(const char *query, const char *body, size_t length, int64_t *ret_user)
{
    bool seen = false;
    int64_t user = 0;
    const char *reason = NULL;
    if (query)
        reason = parse_form(query, query + strlen(query), &seen, &user);
    while (length > 0 && isspace((unsigned char)*body)) {
        body++;
        length--;
    }
    if (!reason && length > 0 && (*body == '{' || *body == '['))
        reason = parse_json(body, length, &seen, &user);
    else if (!reason && length > 0)
        reason = parse_form(body, body + length, &seen, &user);
    if (reason)
        return reason;
    if (!seen)
        return MISSING;
    *ret_user = user;
    return NULL;
}
