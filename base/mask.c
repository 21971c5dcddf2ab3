#include "base/mask.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/mask_inside.h"

enum { COLUMNS = 16, TEXT_MAX = 1 << 26, PUBLIC_MIN = 4 };

static struct {
    pthread_rwlock_t lock;
    struct mask_trie trie;
    char columns[COLUMNS][MASK_COLUMN_MAX]; /* of feeders, named by {{placeholders}} in secrets */
    unsigned columns_count;
} registry = {.lock = PTHREAD_RWLOCK_INITIALIZER};

/* ---- registering ---- */

void mask_register(const char *pattern, size_t length, unsigned kind)
{
    pthread_rwlock_wrlock(&registry.lock);
    /* Without memory a value is still masked by its place. */
    (void)mask_trie_add(&registry.trie, pattern, length, kind);
    pthread_rwlock_unlock(&registry.lock);
}

void mask_register_column(const char *name)
{
    pthread_rwlock_wrlock(&registry.lock);
    if (registry.columns_count < COLUMNS)
        snprintf(registry.columns[registry.columns_count++], MASK_COLUMN_MAX, "%s", name);
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

void mask_public(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (const char *at = text; *at;) {
        size_t length = strspn(at, letters);
        size_t joined = length ? length : 1;
        while (length && at[joined] && strchr("_-.", at[joined]) &&
               isalnum((unsigned char)at[joined + 1]))
            joined += 1 + strspn(at + joined + 1, letters);
        if (length >= PUBLIC_MIN && length <= MASK_PIECE)
            mask_register(at, length, MASK_PUBLIC);
        if (joined > length && length && joined <= MASK_PIECE)
            mask_register(at, joined, MASK_PUBLIC);
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

bool mask_find_place(const char *text, size_t from, size_t *ret_start, size_t *ret_end)
{
    struct mask_span span = mask_next_place(text, from);
    *ret_start = span.start;
    *ret_end = span.end;
    return span.end > span.start;
}

typedef struct mask_span (*next_fn)(const char *text, size_t from);

static size_t match(const char *text, size_t at, size_t length, bool values)
{
    enum { ALL = MASK_ANYWHERE | MASK_WHOLE | MASK_WORD | MASK_NUMBER };
    return values ? mask_trie_match(&registry.trie, text, at, length, ALL) : 0;
}

static int mask(const char *text, bool values, next_fn next, struct buf *ret_text)
{
    size_t length = strlen(text), at = 0;
    struct mask_span span = next(text, 0);
    while (at < length) {
        if (span.end > span.start && at >= span.start) {
            put_masked(text, span, ret_text);
            at = span.end;
            span = next(text, at);
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
            span = next(text, at);
    }
    return ret_text->failed ? -(int)ERR_MEMORY : 0;
}

int mask_text(const char *text, struct buf *ret_text)
{
    return mask(text, false, mask_next_place, ret_text);
}

static int apply(const char *text, next_fn next, struct buf *ret_text)
{
    pthread_rwlock_rdlock(&registry.lock);
    int rc = mask(text, registry.trie.count > 0, next, ret_text);
    pthread_rwlock_unlock(&registry.lock);
    return rc;
}

static void apply_here(char *text, size_t size, next_fn next)
{
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, TEXT_MAX);
    if (!apply(text, next, &masked) && strcmp(text, buf_text(&masked)) != 0)
        snprintf(text, size, "%s", buf_text(&masked));
}

int mask_apply(const char *text, struct buf *ret_text)
{
    return apply(text, mask_next_place, ret_text);
}

void mask_apply_here(char *text, size_t size)
{
    apply_here(text, size, mask_next_place);
}

int mask_sentence(const char *text, struct buf *ret_text)
{
    return apply(text, mask_next_in_sentence, ret_text);
}

void mask_sentence_here(char *text, size_t size)
{
    apply_here(text, size, mask_next_in_sentence);
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
