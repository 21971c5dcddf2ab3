#include "scenario/interpolate.h"

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

/* One reference; returns how many bytes of text it took, or a negative code. */
static int fill(const char *text, size_t length, interpolate_lookup *lookup, struct buf *out,
                struct err *err)
{
    char name[NAME_MAX_BYTES + 1];
    if (length > NAME_MAX_BYTES)
        return err_set(err, ERR_USAGE, "a name of an environment variable is too long");
    snprintf(name, sizeof name, "%.*s", (int)length, text + 2);
    const char *rest = text + 2 + length;
    bool has_default = !strncmp(rest, ":-", 2);
    const char *end = strchr(rest, '}');
    if (!end)
        return err_set(err, ERR_USAGE, "${%s has no closing brace", name);
    if (*rest != '}' && !has_default)
        return err_set(err, ERR_USAGE, "${%s…: allowed: ${%s} and ${%s:-default}", name, name,
                       name);
    const char *value = lookup ? lookup(name) : NULL;
    if (!lookup && !has_default)
        return buf_add(out, text, (size_t)(end + 1 - text)) ? -(int)ERR_MEMORY
                                                            : (int)(end + 1 - text);
    if (!value && !has_default)
        return err_set(err, ERR_USAGE,
                       "${%s} is not set in the environment; ${%s:-value} gives it a default", name,
                       name);
    if (value && value[utf8_check(value)])
        return err_set(err, ERR_USAGE, "the value of ${%s} is not UTF-8 text", name);
    /* As in a shell, `:-` also replaces a value that is set but empty. */
    int rc = value && (*value || !has_default) ? buf_adds(out, value)
                                               : buf_add(out, rest + 2, (size_t)(end - rest) - 2);
    return rc ? err_set(err, ERR_USAGE, "too long after filling in ${%s}", name)
              : (int)(end + 1 - text);
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
