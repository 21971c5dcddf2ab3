#include "scenario/interpolate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { NAME_MAX_BYTES = 127 };

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* Length of the upper-case name behind "${", 0 when text starts no reference of ours. */
static size_t name_length(const char *text)
{
    if (strncmp(text, "${", 2) != 0 || (text[2] >= '0' && text[2] <= '9'))
        return 0;
    return strspn(text + 2, name_characters);
}

/* "${NAME}" or "${NAME:-default}". */
struct reference {
    char name[NAME_MAX_BYTES + 1];
    const char *instead; /* the default; NULL: none */
    const char *end;     /* its brace */
};

/* The brace that ends it: a default may hold pairs of its own, ${X:-{"a": 1}} or ${X:-${limit}}. */
static const char *closing_brace(const char *rest)
{
    unsigned depth = 0;
    for (const char *at = rest; *at; at++) {
        if (*at == '}' && !depth--)
            return at;
        depth += *at == '{';
    }
    return strchr(rest, '}');
}

/* "${Limit}": of both kinds of names, upper case and lower case, it is neither. */
static int refuse_mixed(const char *text, struct err *err)
{
    char upper[NAME_MAX_BYTES + 1], lower[NAME_MAX_BYTES + 1];
    size_t length = 0;
    for (; length < NAME_MAX_BYTES && (isalnum((unsigned char)text[length]) || text[length] == '_');
         length++) {
        upper[length] = (char)toupper((unsigned char)text[length]);
        lower[length] = (char)tolower((unsigned char)text[length]);
    }
    upper[length] = lower[length] = '\0';
    return err_set(
        err, ERR_USAGE,
        "${%.*s}: names of environment variables are upper case, what the run fills in is "
        "lower case; did you mean ${%s} or ${%s}?",
        (int)length, text, upper, lower);
}

static int read_reference(const char *text, size_t length, struct reference *ret_reference,
                          struct err *err)
{
    if (length > NAME_MAX_BYTES)
        return err_set(err, ERR_USAGE, "a name of an environment variable is too long");
    char *name = ret_reference->name;
    snprintf(name, sizeof ret_reference->name, "%.*s", (int)length, text + 2);
    const char *rest = text + 2 + length;
    ret_reference->instead = !strncmp(rest, ":-", 2) ? rest + 2 : NULL;
    ret_reference->end = closing_brace(rest);
    if (!ret_reference->end)
        return err_set(err, ERR_USAGE, "${%s has no closing brace", name);
    if (isalpha((unsigned char)*rest))
        return refuse_mixed(text + 2, err);
    if (*rest != '}' && !ret_reference->instead)
        return err_set(err, ERR_USAGE, "${%s…: allowed: ${%s} and ${%s:-default}", name, name,
                       name);
    return 0;
}

/* What stands in its place; as in a shell, `:-` also replaces a value that is set but empty. */
static int add_value(const struct reference *reference, const char *value, struct buf *out,
                     struct err *err)
{
    const char *instead = reference->instead, *name = reference->name;
    if (!value && !instead)
        return err_set(err, ERR_USAGE,
                       "${%s} is not set in the environment; ${%s:-value} gives it a default", name,
                       name);
    if (value && value[utf8_check(value)])
        return err_set(err, ERR_USAGE, "the value of ${%s} is not UTF-8 text", name);
    bool own = value && (*value || !instead);
    if (own ? buf_adds(out, value) : buf_add(out, instead, (size_t)(reference->end - instead)))
        return err_set(err, ERR_USAGE, "too long after filling in ${%s}", name);
    return 0;
}

/* One reference; returns how many bytes of text it took, or a negative code. */
static int fill(const char *text, size_t length, interpolate_lookup *lookup, struct buf *out,
                struct err *err)
{
    struct reference reference;
    int rc = read_reference(text, length, &reference, err);
    if (rc)
        return rc;
    int taken = (int)(reference.end + 1 - text);
    if (!lookup && !reference.instead)
        return buf_add(out, text, (size_t)taken) ? -(int)ERR_MEMORY : taken;
    rc = add_value(&reference, lookup ? lookup(reference.name) : NULL, out, err);
    return rc ? rc : taken;
}

int interpolate_text(const char *text, interpolate_lookup *lookup, struct buf *ret_text,
                     struct err *err)
{
    while (*text) {
        if (text[0] == '$' && name_length(text + 1)) {
            size_t length = 3 + name_length(text + 1);
            (void)buf_add(ret_text, text + 1, length - 1);
            text += length;
            continue;
        }
        size_t length = name_length(text);
        if (length) {
            int taken = fill(text, length, lookup, ret_text, err);
            if (taken < 0)
                return taken;
            text += taken;
            continue;
        }
        (void)buf_add(ret_text, text++, 1);
    }
    return ret_text->failed ? err_set(err, ERR_USAGE, "the text is too long") : 0;
}

int interpolate_escape(const char *text, struct buf *ret_text)
{
    for (; *text; text++) {
        if (name_length(text))
            (void)buf_add(ret_text, "$", 1);
        (void)buf_add(ret_text, text, 1);
    }
    return ret_text->failed ? -(int)ERR_MEMORY : 0;
}
