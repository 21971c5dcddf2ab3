#include "scenario/quick_parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "scenario/emit.h"
#include "scenario/scenario.h"
#include "scenario/tree.h"

/* ---- semicolons and files ---- */

static char *trim(char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]))
        text[--length] = '\0';
    return text;
}

void parts_free(struct parts *parts)
{
    free(parts->text);
    *parts = (struct parts){0};
}

int parts_split(const char *text, unsigned max, struct parts *ret_parts, struct err *err)
{
    struct parts parts = {.text = strdup(text)};
    if (!parts.text)
        return err_set(err, ERR_MEMORY, "out of memory");
    char *rest = parts.text;
    while (rest && parts.count < max) {
        char *semicolon = parts.count + 1 < max ? strchr(rest, ';') : NULL;
        if (semicolon)
            *semicolon = '\0';
        parts.v[parts.count++] = trim(rest);
        rest = semicolon ? semicolon + 1 : NULL;
    }
    *ret_parts = parts;
    return 0;
}

int parts_read(const char *flag, const char *value, char **ret_text, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    if (*value == '@') {
        int rc = scenario_read(value + 1, &text, err);
        if (rc)
            return err_prefix(err, "--%s", flag);
        while (text.used && strchr("\r\n", text.data[text.used - 1]))
            text.data[--text.used] = '\0';
    } else {
        (void)buf_adds(&text, value);
    }
    char *copy = text.failed ? NULL : buf_steal(&text);
    if (!copy)
        return err_set(err, ERR_MEMORY, "--%s: out of memory, or too long", flag);
    *ret_text = copy;
    return 0;
}

/* ---- response rules ---- */

struct rule_text {
    /* what stands behind each key, in flow style */
    struct buf status, json, header, text, matches, rank;
};

static void rule_text_init(struct rule_text *rule)
{
    buf_init(&rule->status, TREE_BYTES_MAX);
    buf_init(&rule->json, TREE_BYTES_MAX);
    buf_init(&rule->header, TREE_BYTES_MAX);
    buf_init(&rule->text, TREE_BYTES_MAX);
    buf_init(&rule->matches, TREE_BYTES_MAX);
    buf_init(&rule->rank, TREE_BYTES_MAX);
}

static void rule_text_free(struct rule_text *rule)
{
    buf_free(&rule->status);
    buf_free(&rule->json);
    buf_free(&rule->header);
    buf_free(&rule->text);
    buf_free(&rule->matches);
    buf_free(&rule->rank);
}

static void add_comma(struct buf *buf)
{
    if (buf->used)
        (void)buf_adds(buf, ", ");
}

/* "name=value" behind "json:" or "header:". False when it is not that. */
static bool add_pair(struct buf *buf, char *pair)
{
    char *equals = strchr(pair, '=');
    if (!equals || equals == pair)
        return false;
    *equals = '\0';
    add_comma(buf);
    (void)emit_text(pair, buf);
    (void)buf_adds(buf, ": ");
    (void)emit_text(equals + 1, buf);
    return true;
}

static bool add_status(struct buf *buf, const char *numbers)
{
    while (*numbers) {
        size_t digits = strspn(numbers, "0123456789");
        if (digits != 3 || (numbers[digits] && numbers[digits] != '|'))
            return false;
        add_comma(buf);
        (void)buf_add(buf, numbers, digits);
        numbers += digits + (numbers[digits] == '|');
    }
    return buf->used > 0;
}

static bool add_text(struct buf *buf, const char *text)
{
    add_comma(buf);
    return !emit_text(text, buf);
}

static bool add_condition(struct rule_text *rule, char *word)
{
    if (!strncmp(word, "status=", 7))
        return add_status(&rule->status, word + 7);
    if (!strncmp(word, "json:", 5))
        return add_pair(&rule->json, word + 5);
    if (!strncmp(word, "header:", 7))
        return add_pair(&rule->header, word + 7);
    if (!strncmp(word, "text=", 5) && word[5])
        return add_text(&rule->text, word + 5);
    if (!strncmp(word, "matches=", 8) && word[8])
        return add_text(&rule->matches, word + 8);
    if (!strncmp(word, "rank=", 5) && word[5] && !rule->rank.used)
        return !emit_text(word + 5, &rule->rank);
    return false;
}

/* Cuts the next word off at a comma that has no backslash before it. */
static char *next_word(char **rest)
{
    char *word = *rest, *to = word, *from = word;
    for (; *from && *from != ','; from++) {
        if (from[0] == '\\' && from[1] == ',')
            from++;
        *to++ = *from;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return trim(word);
}

static void write_rule(const struct rule_text *rule, struct buf *yaml)
{
    const struct {
        const char *key, *open, *close;
        const struct buf *text;
    } members[] = {{"status", "[", "]", &rule->status},   {"json", "{", "}", &rule->json},
                   {"header", "{", "}", &rule->header},   {"text", "[", "]", &rule->text},
                   {"matches", "[", "]", &rule->matches}, {"rank", "", "", &rule->rank}};
    const char *comma = "";
    (void)buf_adds(yaml, "{");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (!members[i].text->used)
            continue;
        (void)buf_addf(yaml, "%s%s: %s%s%s", comma, members[i].key, members[i].open,
                       buf_text(members[i].text), members[i].close);
        comma = ", ";
    }
    (void)buf_adds(yaml, "}");
}

/* Values are compared as text: quotes around one would be part of it and match nothing. */
static const char *quoted_value(const char *word)
{
    const char *equals = strncmp(word, "json:", 5) ? NULL : strchr(word, '=');
    size_t length = equals ? strlen(equals + 1) : 0;
    return length > 1 && equals[1] == '"' && equals[length] == '"' ? equals + 2 : NULL;
}

int parts_rule(const char *flag, const char *text, struct buf *ret_yaml, struct err *err)
{
    _cleanup_(rule_text_free) struct rule_text rule;
    rule_text_init(&rule);
    _cleanup_free_ char *copy = strdup(text);
    if (!copy)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (char *rest = copy; rest;) {
        char *word = next_word(&rest);
        const char *quoted = quoted_value(word);
        if (quoted)
            return err_set(
                err, ERR_USAGE,
                "--%s: '%.100s': write it without quotes: '%.*s%.*s'; a value is compared "
                "as text, so true is true and \"true\"",
                flag, word, (int)(quoted - 1 - word), word, (int)strlen(quoted) - 1, quoted);
        if (!add_condition(&rule, word))
            return err_set(
                err, ERR_USAGE,
                "--%s: '%.100s' is not a condition; allowed: status=200 (or 200|201), "
                "json:/pointer=value, header:Name=value, text=words, matches=expression, "
                "rank=/pointer, with commas between them",
                flag, word);
    }
    write_rule(&rule, ret_yaml);
    return ret_yaml->failed ? err_set(err, ERR_MEMORY, "--%s: too long", flag) : 0;
}
