/* What is searched for when a value is a secret: its kind, its spellings, its parts. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "base/mask_inside.h"

enum {
    SHORT = 4, /* shorter values are in every text */
    LONG = 8,  /* shorter ones only count as whole words */
};

/* ---- what kind of value it is ---- */

static bool is_number(const char *value)
{
    return !value[strspn(value, "0123456789")];
}

/* Letters with few digits behind them, perhaps several such words: postgres, my-app, hunter2. */
static bool is_words(const char *value)
{
    while (isalpha((unsigned char)*value)) {
        while (isalpha((unsigned char)*value))
            value++;
        if (*value && strchr("_.- ", *value))
            value++;
    }
    return strlen(value) <= 3 && is_number(value);
}

static unsigned kind_of(const char *value)
{
    size_t length = strlen(value);
    if (length < SHORT || mask_is_common(value))
        return 0;
    if (is_number(value))
        return MASK_NUMBER;
    if (is_words(value))
        return MASK_WORD;
    return length < LONG ? MASK_WHOLE : MASK_ANYWHERE;
}

/* ---- registering ---- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";

/* The digits that are the same whatever stands before and after the value, which begins shift bytes
 * into a group of three. */
static void add_base64_at(const char *value, size_t length, size_t shift, bool url)
{
    char text[MASK_PIECE * 4 / 3 + 8];
    size_t used = 0, bits = (shift + length) * 8;
    size_t first = (shift * 8 + 5) / 6, last = bits / 6;
    for (size_t i = first; i < last && used + 1 < sizeof text; i++) {
        unsigned digit = 0;
        for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
            size_t byte = bit / 8 - shift;
            digit = digit << 1 | ((unsigned char)value[byte] >> (7 - bit % 8) & 1U);
        }
        text[used++] = base64_digits[digit + (url && digit >= 62 ? 2 : 0)];
    }
    if (used >= LONG)
        mask_register(text, used, MASK_ANYWHERE);
}

static void add_base64(const char *value, size_t length)
{
    for (size_t shift = 0; shift < 3; shift++)
        for (int url = 0; url < 2; url++)
            add_base64_at(value, length, shift, url);
}

static void add_plain(const char *value)
{
    unsigned kind = kind_of(value);
    size_t length = strlen(value);
    if (!kind)
        return;
    for (; length > MASK_PIECE; value += MASK_PIECE, length -= MASK_PIECE) {
        mask_register(value, MASK_PIECE, kind);
        add_base64(value, MASK_PIECE);
    }
    if (length < SHORT)
        return;
    mask_register(value, length, kind);
    add_base64(value, length);
}

/* {{token}}: the column's cells are secrets. What the load makes itself is none. */
static void note_column(const char *hole, size_t length)
{
    static const char *const own[] = {"{{user}}", "{{seq}}", "{{uuid}}"};
    char name[MASK_COLUMN_MAX];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strncmp(hole, own[i], length))
            return;
    if (*hole != '{' || length - 4 >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(length - 4), hole + 2);
    mask_register_column(name);
}

/* "TOK-{{user}}": what is written, with a wild byte for each placeholder. What is written must say
 * enough to be told from other texts. */
static void add_template(const char *value)
{
    char pattern[MASK_PIECE], written[MASK_PIECE];
    size_t used = 0, said = 0, piece = 0;
    while (*value && used + 1 < sizeof pattern) {
        size_t hole = mask_placeholder(value);
        if (hole) {
            note_column(value, hole);
            add_base64(pattern + piece, used - piece);
            pattern[used++] = MASK_WILD;
            piece = used;
            value += hole;
            continue;
        }
        if (isalnum((unsigned char)*value))
            written[said++] = *value;
        pattern[used++] = *value++;
    }
    written[said] = '\0';
    if (said >= 3 && !mask_is_common(written) && pattern[0] != MASK_WILD)
        mask_register(pattern, used, said >= LONG ? MASK_ANYWHERE : MASK_WHOLE);
}

/* Escapes taken out, once: p%40ss is p@ss, a\"b is a"b. */
static bool plain_of(const char *value, char *ret_plain, size_t size)
{
    const char *at = value, *end = value + strlen(value);
    size_t used = 0;
    while (at < end && used + 4 < size) {
        struct mask_unit unit = {0};
        if (*at != '+' && *at != '\'')
            unit = mask_unit_read(at, end, 0);
        if (unit.count == 1 && !unit.bytes[0])
            unit.taken = 0;
        if (unit.taken)
            memcpy(ret_plain + used, unit.bytes, unit.count);
        else
            ret_plain[used] = *at;
        used += unit.taken ? unit.count : 1;
        at += unit.taken ? unit.taken : 1;
    }
    ret_plain[used] = '\0';
    return strcmp(value, ret_plain) != 0;
}

static int base64_value(char digit)
{
    const char *at = digit ? strchr(base64_digits, digit) : NULL;
    ptrdiff_t value = at ? at - base64_digits : -1;
    return (int)(value >= 64 ? value - 2 : value);
}

/* "Basic dXNlcjpwYXNz": the password is what follows the colon. */
static void add_basic(const char *digits)
{
    char plain[MASK_PIECE];
    size_t used = 0;
    unsigned bits = 0, held = 0;
    for (; base64_value(*digits) >= 0 && used + 1 < sizeof plain; digits++) {
        held = held << 6 | (unsigned)base64_value(*digits);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        plain[used++] = (char)(held >> bits);
    }
    plain[used] = '\0';
    const char *colon = strchr(plain, ':');
    if (colon)
        add_plain(colon + 1);
}

/* Cookies have names of their own: what they hold is what counts. */
static void add_cookies(const char *value)
{
    char part[MASK_PIECE];
    for (const char *at = value; (at = strchr(at, '=')) != NULL;) {
        size_t length = strcspn(++at, ";, ");
        snprintf(part, sizeof part, "%.*s", (int)(length < MASK_PIECE ? length : MASK_PIECE - 1),
                 at);
        unsigned kind = kind_of(part);
        if (mask_placeholder(part) || strstr(part, "{{"))
            add_template(part);
        else if (kind & (MASK_ANYWHERE | MASK_WHOLE))
            add_plain(part);
    }
}

/* A key of several lines is shown line by line. */
static void add_lines(const char *value)
{
    char line[MASK_PIECE];
    for (const char *at = value; *at; at += *at == '\n') {
        size_t length = strcspn(at, "\n");
        if (length >= (size_t)2 * LONG && length < sizeof line) {
            snprintf(line, sizeof line, "%.*s", (int)length, at);
            add_plain(line);
        }
        at += length;
    }
}

void mask_add(const char *value)
{
    if (!value)
        return;
    size_t scheme = mask_scheme(value);
    if (scheme && (value[0] == 'b' || value[0] == 'B') && (value[1] == 'a' || value[1] == 'A'))
        add_basic(value + scheme);
    value += scheme;
    if (strstr(value, "{{") || strstr(value, "${")) {
        add_template(value);
        return;
    }
    add_plain(value);
    _cleanup_free_ char *plain = malloc(strlen(value) + 8);
    if (plain && plain_of(value, plain, strlen(value) + 8))
        add_plain(plain);
    if (strchr(value, '='))
        add_cookies(value);
    if (strchr(value, '\n'))
        add_lines(value);
}

/* Where a scenario takes a secret from (`capture: {token: json:/accessToken}`) is none itself. */
static bool is_source(const char *value)
{
    static const char *const kinds[] = {"json:", "header:", "cookie:", "regex:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(value, kinds[i], strlen(kinds[i])))
            return true;
    return false;
}

void mask_learn(const char *text)
{
    struct mask_span span = mask_next_place(text, 0);
    for (; span.end > span.start; span = mask_next_place(text, span.end)) {
        _cleanup_free_ char *value = strndup(text + span.start, span.end - span.start);
        if (value && is_source(value))
            continue;
        mask_add(value);
        const char *colon = value ? strchr(value, ':') : NULL;
        if (colon && !mask_placeholder(value)) /* curl -u user:password */
            mask_add(colon + 1);
    }
}
