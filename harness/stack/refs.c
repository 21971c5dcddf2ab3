#include "stack/refs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mask.h"

#define TEXT_MAX ((size_t)1 << 20)

static struct ref *find(const struct refs *refs, const char *name, size_t length)
{
    for (size_t i = 0; i < refs->count; i++) {
        if (strlen(refs->v[i].name) == length && strncmp(refs->v[i].name, name, length) == 0)
            return &refs->v[i];
    }
    return NULL;
}

int refs_set(struct refs *refs, struct err *err, const char *name, const char *format, ...)
{
    char *value = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&value, format, args);
    va_end(args);
    if (length < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (mask_is_secret(name))
        mask_add(value);
    mask_learn(value);
    struct ref *known = find(refs, name, strlen(name));
    if (known) {
        free(known->value);
        known->value = value;
        return 0;
    }
    struct ref *larger = reallocarray(refs->v, refs->count + 1, sizeof *larger);
    char *copy = larger ? strdup(name) : NULL;
    refs->v = larger ? larger : refs->v;
    if (!copy) {
        free(value);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    refs->v[refs->count++] = (struct ref){.name = copy, .value = value};
    return 0;
}

void refs_free(struct refs *refs)
{
    for (size_t i = 0; i < refs->count; i++) {
        free(refs->v[i].name);
        free(refs->v[i].value);
    }
    free(refs->v);
    *refs = (struct refs){0};
}

static int unknown(const struct refs *refs, const char *name, size_t length, struct err *err)
{
    char list[768] = "";
    for (size_t i = 0; i < refs->count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s${%s}", i ? ", " : "", refs->v[i].name);
    }
    return err_set(err, ERR_USAGE, "unknown reference ${%.*s}; known are %s", (int)length, name,
                   list);
}

int refs_expand(const struct refs *refs, const char *text, char **ret_text, struct err *err)
{
    _cleanup_(buf_free) struct buf out;
    buf_init(&out, TEXT_MAX);
    for (const char *at = text; *at;) {
        const char *open = strstr(at, "${");
        const char *close = open ? strchr(open, '}') : NULL;
        if (!close) {
            buf_adds(&out, at);
            break;
        }
        buf_add(&out, at, (size_t)(open - at));
        const struct ref *ref = find(refs, open + 2, (size_t)(close - open - 2));
        if (!ref)
            return unknown(refs, open + 2, (size_t)(close - open - 2), err);
        buf_adds(&out, ref->value);
        at = close + 1;
    }
    char *expanded = out.failed ? NULL : buf_steal(&out);
    if (!expanded)
        return err_set(err, ERR_MEMORY, "a text with references is longer than %zu bytes",
                       TEXT_MAX);
    *ret_text = expanded;
    return 0;
}

bool refs_mentions(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; at && (at = strstr(at, "${")); at += 2) {
        if (strncmp(at + 2, name, length) == 0 && (at[2 + length] == '}' || at[2 + length] == '.'))
            return true;
    }
    return false;
}

bool refs_names(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; at && (at = strstr(at, "${")); at += 2) {
        const char *rest = at + 2 + length;
        if (!strncmp(at + 2, name, length) && (*rest == '}' || !strncmp(rest, ".port}", 6)))
            return true;
    }
    return false;
}
