#include "load/http/http1.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void http1_start(struct http1 *http1)
{
    *http1 = (struct http1){.no_body = http1->no_body};
}

/* The value of a header line if it has that name, without blanks around it; else NULL. */
static const char *value_of(const char *line, size_t length, const char *name, size_t *ret_length)
{
    size_t name_length = strlen(name);
    if (length <= name_length || line[name_length] != ':' ||
        strncasecmp(line, name, name_length) != 0)
        return NULL;
    const char *value = line + name_length + 1, *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *ret_length = (size_t)(end - value);
    return value;
}

static bool read_digits(const char *text, size_t length, unsigned base, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        char byte = text[i];
        unsigned digit = byte >= '0' && byte <= '9' ? (unsigned)(byte - '0')
                         : (byte | 0x20) >= 'a' && (byte | 0x20) <= 'f'
                             ? (unsigned)((byte | 0x20) - 'a' + 10)
                             : 99;
        if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit, &number) || number > INT64_MAX)
            return false;
    }
    *ret_number = number;
    return true;
}

static bool take_status_line(struct http1 *http1, const char *line, size_t length)
{
    uint64_t status;
    bool fine = length >= 12 && !memcmp(line, "HTTP/1.", 7) && (line[7] == '0' || line[7] == '1') &&
                line[8] == ' ' && read_digits(line + 9, 3, 10, &status) &&
                (length == 12 || line[12] == ' ') && status >= 100;
    if (!fine)
        return false;
    http1->status = (int)status;
    http1->keeps = line[7] == '1';
    return true;
}

struct element {
    const char *bytes;
    size_t length;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The next element of a list (RFC 9110, 5.6.1) without blanks around it: empty ones are passed
 * over, and a comma within quotes is none. False: there is no other. */
static bool next_element(const char **at, const char *end, struct element *ret_element)
{
    bool quoted = false;
    while (*at < end && (is_blank(**at) || **at == ','))
        ++*at;
    const char *start = *at;
    for (; *at < end && (quoted || **at != ','); ++*at)
        if (**at == '"')
            quoted = !quoted;
        else if (quoted && **at == '\\' && *at + 1 < end)
            ++*at;
    const char *stop = *at;
    while (stop > start && is_blank(stop[-1]))
        stop--;
    *ret_element = (struct element){start, (size_t)(stop - start)};
    return stop > start;
}

static bool is_token(const struct element *element, const char *token)
{
    return element->length == strlen(token) && !strncasecmp(element->bytes, token, element->length);
}

static bool has_token(const char *value, size_t length, const char *token)
{
    struct element element;
    for (const char *at = value; next_element(&at, value + length, &element);)
        if (is_token(&element, token))
            return true;
    return false;
}

/* What was encoded last is undone first: only a body that is chunked last ends by itself. */
static bool ends_in_token(const char *value, size_t length, const char *token)
{
    struct element element;
    bool last = false;
    for (const char *at = value; next_element(&at, value + length, &element);)
        last = is_token(&element, token);
    return last;
}

/* One number, or the same again and again: a list that was joined from several such headers is
 * one length (RFC 9112, 6.3). */
static bool take_length(struct http1 *http1, const char *value, size_t length)
{
    struct element element;
    bool any = false;
    for (const char *at = value; next_element(&at, value + length, &element); any = true) {
        uint64_t left;
        if (!read_digits(element.bytes, element.length, 10, &left) ||
            (http1->has_length && left != http1->left))
            return false;
        http1->has_length = true;
        http1->left = left;
    }
    return any;
}

static bool has_name(const char *line, size_t length)
{
    return memchr(line, ':', length) && *line != ':';
}

static bool take_header(struct http1 *http1, const char *line, size_t length)
{
    const char *value;
    size_t value_length;
    if (*line == ' ' || *line == '\t')
        return true; /* a folded header goes on: nothing that is read here is ever folded */
    if (!has_name(line, length))
        return false;
    if ((value = value_of(line, length, "Content-Length", &value_length))) {
        return take_length(http1, value, value_length);
    } else if ((value = value_of(line, length, "Transfer-Encoding", &value_length))) {
        http1->chunked = ends_in_token(value, value_length, "chunked");
    } else if ((value = value_of(line, length, "Connection", &value_length))) {
        http1->closes |= has_token(value, value_length, "close");
        http1->keeps |= has_token(value, value_length, "keep-alive");
        http1->keeps &= !http1->closes;
    }
    return true;
}

static void begin_body(struct http1 *http1)
{
    if (http1->status == 101)
        http1->state = HTTP1_BROKEN; /* nobody asked for another protocol */
    else if (http1->status < 200)
        http1_start(http1); /* the real answer follows */
    else if (http1->no_body || http1->status == 204 || http1->status == 304)
        http1->state = HTTP1_DONE;
    else if (http1->chunked)
        http1->state = HTTP1_CHUNK_SIZE;
    else if (http1->has_length)
        http1->state = http1->left ? HTTP1_FIXED : HTTP1_DONE;
    else
        http1->state = HTTP1_UNTIL_CLOSE;
}

/* The end of the line, on its line feed; NULL: it has not come yet. A bare line feed ends a line,
 * as RFC 9112 allows and libcurl does. */
static const char *find_line_end(const char *line, const char *end)
{
    return memchr(line, '\n', (size_t)(end - line));
}

static size_t line_length(const char *line, const char *stop)
{
    return (size_t)(stop - line) - (stop > line && stop[-1] == '\r');
}

/* What follows the head's empty line; NULL: it has not come yet. */
static const char *find_head_end(const char *bytes, const char *end)
{
    const char *stop;
    for (const char *line = bytes; (stop = find_line_end(line, end)); line = stop + 1)
        if (line > bytes && line_length(line, stop) == 0)
            return stop + 1;
    return NULL;
}

bool http1_take_line(struct http1 *http1, const char *line, size_t length)
{
    bool first = !http1->status;
    bool fine = !memchr(line, '\0', length) &&
                (first ? take_status_line(http1, line, length) : take_header(http1, line, length));
    if (!fine)
        http1->state = HTTP1_BROKEN;
    return fine;
}

static size_t take_head(struct http1 *http1, const char *bytes, size_t count,
                        const struct http1_events *events)
{
    static const char protocol[] = "HTTP/1.";
    size_t known = count < sizeof protocol - 1 ? count : sizeof protocol - 1;
    if (memcmp(bytes, protocol, known) != 0) {
        http1->state = HTTP1_BROKEN;
        return 0;
    }
    const char *end = find_head_end(bytes, bytes + count);
    for (const char *line = bytes; end && line < end;) {
        const char *stop = find_line_end(line, end);
        size_t length = line_length(line, stop);
        if (length && !http1_take_line(http1, line, length))
            return 0;
        if (events->header)
            events->header(events->context, line, length);
        line = stop + 1;
    }
    if (!end)
        return 0;
    begin_body(http1);
    return (size_t)(end - bytes);
}

static size_t take_data(struct http1 *http1, const char *bytes, size_t count,
                        const struct http1_events *events)
{
    size_t taken = count < http1->left ? count : (size_t)http1->left;
    events->body(events->context, bytes, taken);
    http1->left -= taken;
    if (!http1->left)
        http1->state = http1->state == HTTP1_FIXED ? HTTP1_DONE : HTTP1_CHUNK_END;
    return taken;
}

enum { CHUNK_DIGITS_MAX = 16 /* more would be zeros; libcurl takes no more */ };

/* What follows the size is an extension, whatever it is. */
static void take_chunk_line(struct http1 *http1, const char *line, size_t length)
{
    size_t digits = 0;
    while (digits < length && strchr("0123456789abcdefABCDEF", line[digits]) && line[digits])
        digits++;
    if (digits > CHUNK_DIGITS_MAX || !read_digits(line, digits, 16, &http1->left))
        http1->state = HTTP1_BROKEN;
    else
        http1->state = http1->left ? HTTP1_CHUNK_DATA : HTTP1_TRAILER;
}

static size_t take_line(struct http1 *http1, const char *bytes, size_t count)
{
    enum { LINE_MAX_BYTES = 4096 };
    const char *end = find_line_end(bytes, bytes + count);
    if (!end) {
        bool digit = http1->state != HTTP1_CHUNK_SIZE || !count || isxdigit((unsigned char)*bytes);
        bool line_break = http1->state != HTTP1_CHUNK_END || !count || *bytes == '\r';
        if (count > LINE_MAX_BYTES || !digit || !line_break)
            http1->state = HTTP1_BROKEN;
        return 0;
    }
    size_t length = line_length(bytes, end);
    if (http1->state == HTTP1_CHUNK_SIZE)
        take_chunk_line(http1, bytes, length);
    else if (http1->state == HTTP1_CHUNK_END)
        http1->state = length ? HTTP1_BROKEN : HTTP1_CHUNK_SIZE;
    else if (length == 0)
        http1->state = HTTP1_DONE;
    else if (!is_blank(*bytes) && !has_name(bytes, length))
        http1->state = HTTP1_BROKEN;
    return (size_t)(end - bytes) + 1;
}

/* Its first byte ends the body, whether the other one comes or not. */
static size_t take_last_break(struct http1 *http1, char byte)
{
    http1->state = byte == '\r' && http1->state == HTTP1_TRAILER ? HTTP1_LAST_BREAK
                   : byte == '\n'                                ? HTTP1_DONE
                                                                 : HTTP1_BROKEN;
    return http1->state != HTTP1_BROKEN;
}

static size_t take_step(struct http1 *http1, const char *bytes, size_t count,
                        const struct http1_events *events)
{
    switch (http1->state) {
    case HTTP1_HEAD:
        return take_head(http1, bytes, count, events);
    case HTTP1_FIXED:
    case HTTP1_CHUNK_DATA:
        return take_data(http1, bytes, count, events);
    case HTTP1_UNTIL_CLOSE:
        events->body(events->context, bytes, count);
        return count;
    case HTTP1_LAST_BREAK:
        return take_last_break(http1, *bytes);
    case HTTP1_TRAILER:
        if (*bytes == '\r')
            return take_last_break(http1, *bytes);
        return take_line(http1, bytes, count);
    case HTTP1_CHUNK_SIZE:
    case HTTP1_CHUNK_END:
        return take_line(http1, bytes, count);
    case HTTP1_DONE:
    case HTTP1_BROKEN:
        break;
    }
    return 0;
}

size_t http1_take(struct http1 *http1, const char *bytes, size_t count,
                  const struct http1_events *events)
{
    size_t taken = 0;
    while (taken < count) {
        size_t step = take_step(http1, bytes + taken, count - taken, events);
        if (step == 0)
            break;
        taken += step;
    }
    return taken;
}

bool http1_ends_well(const struct http1 *http1)
{
    return http1->state == HTTP1_DONE || http1->state == HTTP1_UNTIL_CLOSE ||
           http1->state == HTTP1_LAST_BREAK;
}
