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

/* ---- items ---- */

static const char NO_ITEM[] = "item is missing";
static const char BAD_ITEM[] =
    "item holds other characters than letters, digits and . _ -, or too many";
static const char BAD_QUANTITY[] = "quantity is no whole number from 1 to 1000000";
enum { QUANTITY_MAX = 1000000 };

/* The value of a name in a form; NULL: it is not there. */
static const char *find_value(const char *at, const char *end, const char *name, size_t *ret_length)
{
    size_t length = strlen(name);
    while (at && at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at)), *stop = next ? next : end;
        if ((size_t)(stop - at) > length && !memcmp(at, name, length) && at[length] == '=') {
            *ret_length = (size_t)(stop - at) - length - 1;
            return at + length + 1;
        }
        at = next ? next + 1 : end;
    }
    return NULL;
}

static const char *take_item(const char *text, size_t length, char *ret_item, size_t size)
{
    if (!length || length >= size)
        return length ? BAD_ITEM : NO_ITEM;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
            return BAD_ITEM;
    memcpy(ret_item, text, length);
    ret_item[length] = '\0';
    return NULL;
}

static const char *take_quantity(const char *text, size_t length, int64_t *ret_units)
{
    int64_t units = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || units > QUANTITY_MAX)
            return BAD_QUANTITY;
        units = units * 10 + (text[i] - '0');
    }
    *ret_units = units;
    return units < 1 || units > QUANTITY_MAX ? BAD_QUANTITY : NULL;
}

static const char *order_of_form(const char *at, const char *end, char *ret_item, size_t size,
                                 int64_t *ret_units)
{
    size_t length;
    const char *item = find_value(at, end, "item", &length);
    const char *reason = item ? take_item(item, length, ret_item, size) : NO_ITEM;
    const char *quantity = find_value(at, end, "quantity", &length);
    return reason ? reason : quantity ? take_quantity(quantity, length, ret_units) : NULL;
}

static const char *order_of_json(const char *body, size_t length, char *ret_item, size_t size,
                                 int64_t *ret_units)
{
    json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *item = json_object_get(root, "item"),
                 *quantity = json_object_get(root, "quantity");
    const char *reason = item ? take_item(json_string_value(item) ? json_string_value(item) : "",
                                          json_string_length(item), ret_item, size)
                              : NO_ITEM;
    if (!reason && quantity) {
        *ret_units = json_integer_value(quantity);
        reason = *ret_units < 1 || *ret_units > QUANTITY_MAX ? BAD_QUANTITY : NULL;
    }
    json_decref(root);
    return reason;
}

static const char NO_ORDER[] = "order is no id of one";

const char *request_about(const char *query, int64_t *ret_order)
{
    size_t length = 0;
    const char *text = query ? find_value(query, query + strlen(query), "order", &length) : NULL;
    return text && !parse_value(text, text + length, ret_order) ? NULL : NO_ORDER;
}

const char *request_order(const char *query, const char *body, size_t length, char *ret_item,
                          size_t size, int64_t *ret_units)
{
    *ret_units = 1;
    const char *end = query ? query + strlen(query) : NULL;
    const char *reason = order_of_form(query, end, ret_item, size, ret_units);
    if (reason != NO_ITEM || !length)
        return reason;
    while (length > 0 && isspace((unsigned char)*body)) {
        body++;
        length--;
    }
    return length > 0 && *body == '{'
               ? order_of_json(body, length, ret_item, size, ret_units)
               : order_of_form(body, body + length, ret_item, size, ret_units);
}
