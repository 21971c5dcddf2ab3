/* How shells cut a command into words. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "scenario/copied.h"

enum { WORD_MAX = 1 << 20 };

void copied_words_free(struct copied_words *words)
{
    for (unsigned i = 0; i < words->count; i++)
        free(words->v[i]);
    words->count = 0;
}

static int keep(struct copied_words *words, struct buf *word, struct err *err)
{
    if (words->count == COPIED_WORDS_MAX)
        return err_set(err, ERR_USAGE, "--curl: the command has more than %d words",
                       COPIED_WORDS_MAX);
    char *text = word->failed ? NULL : strdup(buf_text(word));
    if (!text)
        return err_set(err, ERR_MEMORY, "out of memory");
    words->v[words->count++] = text;
    buf_clear(word);
    return 0;
}

static void put_utf8(struct buf *word, unsigned code)
{
    char bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(size == 1 ? code : lead[size] | code);
    (void)buf_add(word, bytes, size);
}

/* Up to `most` digits behind *at; moves it behind them. */
static unsigned take_digits(const char **at, int base, int most)
{
    unsigned value = 0;
    for (; most > 0 && isxdigit((unsigned char)**at); most--, ++*at) {
        int c = tolower((unsigned char)**at), digit = isdigit(c) ? c - '0' : c - 'a' + 10;
        if (digit >= base)
            break;
        value = value * (unsigned)base + (unsigned)digit;
    }
    return value;
}

/* Half of a pair, as JSON and JavaScript write characters beyond 0xffff. */
static unsigned take_pair(const char **at, unsigned first)
{
    bool high = first >= 0xd800 && first < 0xdc00;
    if (!high || (*at)[0] != '\\' || (*at)[1] != 'u')
        return first;
    const char *behind = *at + 2;
    unsigned second = take_digits(&behind, 16, 4);
    if (second < 0xdc00 || second > 0xdfff)
        return first;
    *at = behind;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/* $'…': at stands behind the backslash. */
static const char *take_escape(const char *at, struct buf *word)
{
    static const char letters[] = "abefnrtv", meant[] = "\a\b\x1b\f\n\r\t\v";
    const char *letter = strchr(letters, *at);
    char c = *at;
    if (c == 'u' || c == 'U' || c == 'x') {
        at++;
        unsigned code = take_digits(&at, 16, c == 'u' ? 4 : c == 'U' ? 8 : 2);
        if (c == 'x')
            (void)buf_add(word, &(char){(char)code}, 1);
        else
            put_utf8(word, take_pair(&at, code));
        return at;
    }
    if (c >= '0' && c <= '7') {
        unsigned code = take_digits(&at, 8, 3);
        (void)buf_add(word, &(char){(char)code}, 1);
        return at;
    }
    (void)buf_add(word, letter && c ? &meant[letter - letters] : at, 1);
    return at + 1;
}

/* A quoted part; at stands on its first quote. NULL: it is not closed. */
static const char *take_quoted(const char *at, bool dollar, struct buf *word)
{
    char quote = *at++;
    while (*at && *at != quote) {
        bool escapes = *at == '\\' && at[1] && (dollar || quote == '"');
        if (escapes && dollar) {
            at = take_escape(at + 1, word);
        } else if (escapes && at[1] == '\n') {
            at += 2;
        } else if (escapes && strchr("$`\"\\!", at[1])) {
            (void)buf_add(word, at + 1, 1);
            at += 2;
        } else {
            (void)buf_add(word, at++, 1);
        }
    }
    return *at ? at + 1 : NULL;
}

static int not_closed(struct err *err)
{
    return err_set(
        err, ERR_USAGE,
        "--curl: a quote of the command is not closed; save it in a file as it was copied "
        "and give --curl @FILE, so that no shell reads it before");
}

/* A backslash at the end of a line goes on in the next one: behind it; else where it began. */
static const char *skip_continued(const char *at)
{
    if (*at != '\\')
        return at;
    const char *end = at + 1 + (at[1] == '\r');
    return *end == '\n' ? end + 1 : at;
}

int copied_split_bash(const char *text, struct copied_words *ret_words, struct err *err)
{
    _cleanup_(buf_free) struct buf word;
    buf_init(&word, WORD_MAX);
    bool inside = false;
    int rc = 0;
    for (const char *at = text; !rc && at && *at;) {
        bool dollar = *at == '$' && at[1] == '\'';
        const char *next = skip_continued(at);
        if (next != at) {
            at = next;
        } else if (isspace((unsigned char)*at)) {
            rc = inside ? keep(ret_words, &word, err) : 0;
            inside = false;
            at++;
        } else if (*at == '\'' || *at == '"' || dollar) {
            inside = true;
            at = take_quoted(at + dollar, dollar, &word);
            if (!at)
                return not_closed(err);
        } else {
            inside = true;
            at += *at == '\\' && at[1];
            (void)buf_add(&word, at++, 1);
        }
    }
    return rc || !inside ? rc : keep(ret_words, &word, err);
}

/* What cmd.exe hands over: carets escape outside of quotes, and continue a line. */
static int undo_carets(const char *text, struct buf *out)
{
    bool quoted = false;
    for (const char *at = text; *at; at++) {
        if (*at == '^' && !quoted && at[1]) {
            at++;
            if (*at == '\r' && at[1] == '\n')
                at++;
            if (*at == '\n' && at[1] == '\n') { /* an escaped line break: two of them */
                (void)buf_adds(out, "\n");
                at++;
            } else if (*at != '\n') {
                (void)buf_add(out, at, 1);
            }
            continue;
        }
        quoted ^= *at == '"';
        (void)buf_add(out, at, 1);
    }
    return out->failed ? -(int)ERR_MEMORY : 0;
}

/* A word by the rules of Windows' C library: 2n backslashes and a quote are n and a quote that
 * opens or closes, one more a quote that is meant. */
static const char *take_windows(const char *at, bool *quoted, struct buf *word)
{
    size_t slashes = strspn(at, "\\");
    if (at[slashes] != '"') {
        (void)buf_add(word, at, slashes ? slashes : 1);
        return at + (slashes ? slashes : 1);
    }
    (void)buf_add(word, at, slashes / 2);
    at += slashes + 1;
    if (slashes % 2) {
        (void)buf_adds(word, "\"");
    } else if (*quoted && *at == '"') {
        (void)buf_adds(word, "\"");
        at++;
    } else {
        *quoted = !*quoted;
    }
    return at;
}

int copied_split_cmd(const char *text, struct copied_words *ret_words, struct err *err)
{
    _cleanup_(buf_free) struct buf plain, word;
    buf_init(&plain, WORD_MAX);
    buf_init(&word, WORD_MAX);
    if (undo_carets(text, &plain))
        return err_set(err, ERR_MEMORY, "out of memory");
    bool inside = false, quoted = false;
    int rc = 0;
    for (const char *at = buf_text(&plain); !rc && *at;) {
        if (isspace((unsigned char)*at) && !quoted) {
            rc = inside ? keep(ret_words, &word, err) : 0;
            inside = false;
            at++;
            continue;
        }
        inside = true;
        at = take_windows(at, &quoted, &word);
    }
    if (quoted)
        return not_closed(err);
    return rc || !inside ? rc : keep(ret_words, &word, err);
}
