#include "base/mask.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/mask_inside.h"

enum {
    SHORT = 4,   /* shorter values are in every text */
    LONG = 8,    /* shorter ones only count as whole words */
    PIECE = 256, /* longer values are searched for in pieces: no line may break them all */
    COLUMNS = 16,
    TEXT_MAX = 1 << 26,
};

static struct {
    pthread_rwlock_t lock;
    struct mask_trie trie;
    char columns[COLUMNS][64]; /* of feeders, named by {{placeholders}} in secrets */
    unsigned columns_count;
} registry = {.lock = PTHREAD_RWLOCK_INITIALIZER};

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

static void add_pattern(const char *pattern, size_t length, unsigned kind)
{
    pthread_rwlock_wrlock(&registry.lock);
    /* Without memory a value is still masked by its place. */
    (void)mask_trie_add(&registry.trie, pattern, length, kind);
    pthread_rwlock_unlock(&registry.lock);
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";

/* The digits that are the same whatever stands before and after the value, which begins shift bytes
 * into a group of three. */
static void add_base64_at(const char *value, size_t length, size_t shift, bool url)
{
    char text[PIECE * 4 / 3 + 8];
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
        add_pattern(text, used, MASK_ANYWHERE);
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
    for (; length > PIECE; value += PIECE, length -= PIECE) {
        add_pattern(value, PIECE, kind);
        add_base64(value, PIECE);
    }
    if (length < SHORT)
        return;
    add_pattern(value, length, kind);
    add_base64(value, length);
}

/* {{token}}: the column's cells are secrets. What the load makes itself is none. */
static void note_column(const char *hole, size_t length)
{
    static const char *const own[] = {"{{user}}", "{{seq}}", "{{uuid}}"};
    char name[sizeof registry.columns[0]];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strncmp(hole, own[i], length))
            return;
    if (*hole != '{' || length - 4 >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(length - 4), hole + 2);
    pthread_rwlock_wrlock(&registry.lock);
    if (registry.columns_count < COLUMNS)
        memcpy(registry.columns[registry.columns_count++], name, sizeof name);
    pthread_rwlock_unlock(&registry.lock);
}

bool mask_is_secret_column(const char *name)
{
    bool found = mask_is_secret(name);
    pthread_rwlock_rdlock(&registry.lock);
    for (unsigned i = 0; i < registry.columns_count; i++)
        found |= !strcmp(registry.columns[i], name);
    pthread_rwlock_unlock(&registry.lock);
    return found;
}

/* "TOK-{{user}}": what is written, with a wild byte for each placeholder. What is written must say
 * enough to be told from other texts. */
static void add_template(const char *value)
{
    char pattern[PIECE], written[PIECE];
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
        add_pattern(pattern, used, said >= LONG ? MASK_ANYWHERE : MASK_WHOLE);
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
    char plain[PIECE];
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
    char part[PIECE];
    for (const char *at = value; (at = strchr(at, '=')) != NULL;) {
        size_t length = strcspn(++at, ";, ");
        snprintf(part, sizeof part, "%.*s", (int)(length < PIECE ? length : PIECE - 1), at);
        unsigned kind = kind_of(part);
        if (mask_placeholder(part) || strstr(part, "{{"))
            add_template(part);
        else if (kind & (MASK_ANYWHERE | MASK_WHOLE))
            add_plain(part);
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
}

void mask_learn(const char *text)
{
    struct mask_span span = mask_next_place(text, 0);
    for (; span.end > span.start; span = mask_next_place(text, span.end)) {
        _cleanup_free_ char *value = strndup(text + span.start, span.end - span.start);
        mask_add(value);
        const char *colon = value ? strchr(value, ':') : NULL;
        if (colon && !mask_placeholder(value)) /* curl -u user:password */
            mask_add(colon + 1);
    }
}

void mask_public(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (const char *at = text; *at;) {
        size_t length = strspn(at, letters);
        size_t joined = length ? length : 1;
        while (length && at[joined] && strchr("_-.", at[joined]) &&
               isalnum((unsigned char)at[joined + 1]))
            joined += 1 + strspn(at + joined + 1, letters);
        if (length >= SHORT && length <= PIECE)
            add_pattern(at, length, MASK_PUBLIC);
        if (joined > length && length && joined <= PIECE)
            add_pattern(at, joined, MASK_PUBLIC);
        at += length ? length : 1;
    }
}

void mask_forget(void)
{
    pthread_rwlock_wrlock(&registry.lock);
    mask_trie_free(&registry.trie);
    registry.columns_count = 0;
    pthread_rwlock_unlock(&registry.lock);
}

/* ---- masking ---- */

/* Stars for what is written, placeholders and the scheme of a header stay. */
static void put_masked(const char *text, struct mask_span span, struct buf *out)
{
    const char *at = text + span.start, *end = text + span.end;
    size_t scheme = mask_scheme(at);
    if (scheme && at + scheme < end) {
        (void)buf_add(out, at, scheme);
        at += scheme;
    }
    bool starred = false;
    while (at < end) {
        size_t hole = mask_placeholder(at);
        if (hole && at + hole <= end) {
            (void)buf_add(out, at, hole);
            at += hole;
            starred = false;
            continue;
        }
        if (!starred)
            (void)buf_adds(out, MASK_STARS);
        starred = true;
        at++;
    }
}

int mask_value(const char *value, struct buf *ret_text)
{
    put_masked(value, (struct mask_span){0, strlen(value)}, ret_text);
    return ret_text->failed ? -(int)ERR_MEMORY : 0;
}

static size_t match(const char *text, size_t at, size_t length, bool values)
{
    enum { ALL = MASK_ANYWHERE | MASK_WHOLE | MASK_WORD | MASK_NUMBER };
    return values ? mask_trie_match(&registry.trie, text, at, length, ALL) : 0;
}

static int mask(const char *text, bool values, struct buf *ret_text)
{
    size_t length = strlen(text), at = 0;
    struct mask_span span = mask_next_place(text, 0);
    while (at < length) {
        if (span.end > span.start && at >= span.start) {
            put_masked(text, span, ret_text);
            at = span.end;
            span = mask_next_place(text, at);
            continue;
        }
        size_t found = match(text, at, length, values);
        if (!found) {
            (void)buf_add(ret_text, text + at++, 1);
            continue;
        }
        (void)buf_adds(ret_text, MASK_STARS);
        at += found;
        if (at > span.start)
            span.start = at < span.end ? at : span.end;
        if (at >= span.end)
            span = mask_next_place(text, at);
    }
    return ret_text->failed ? -(int)ERR_MEMORY : 0;
}

int mask_text(const char *text, struct buf *ret_text)
{
    return mask(text, false, ret_text);
}

int mask_apply(const char *text, struct buf *ret_text)
{
    pthread_rwlock_rdlock(&registry.lock);
    int rc = mask(text, registry.trie.count > 0, ret_text);
    pthread_rwlock_unlock(&registry.lock);
    return rc;
}

void mask_apply_here(char *text, size_t size)
{
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, TEXT_MAX);
    if (!mask_apply(text, &masked) && strcmp(text, buf_text(&masked)) != 0)
        snprintf(text, size, "%s", buf_text(&masked));
}

int mask_bytes(const char *bytes, size_t count, bool final, struct buf *out, size_t *ret_used)
{
    size_t at = 0, plain = 0, stop = final ? count : count > MASK_HOLD ? count - MASK_HOLD : 0;
    pthread_rwlock_rdlock(&registry.lock);
    while (at < stop && registry.trie.count) {
        size_t found = mask_trie_match(&registry.trie, bytes, at, count, MASK_ANYWHERE);
        if (found) {
            (void)buf_add(out, bytes + plain, at - plain);
            (void)buf_adds(out, MASK_STARS);
            plain = at + found;
        }
        at += found ? found : 1;
    }
    pthread_rwlock_unlock(&registry.lock);
    at = at > stop ? at : stop;
    (void)buf_add(out, bytes + plain, at - plain);
    *ret_used = at;
    return out->failed ? -(int)ERR_MEMORY : 0;
}
