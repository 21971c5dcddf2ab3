/* The body of a copied request, as curl's options put it together. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "scenario/copied.h"

enum { BODY_MAX = 1 << 20 };

/* Between the fields of a form; no field has a line of it. */
#define BOUNDARY "rushproof-form-field"

int copied_add_data(struct copied *copied, const char *value, struct err *err)
{
    char *joined = NULL;
    if (*value == '@')
        return err_set(err, ERR_USAGE,
                       "--curl: the body is in the file %.100s: give it by --body "
                       "beside --curl",
                       value);
    if (asprintf(&joined, "%s%s%s", copied->body ? copied->body : "", copied->body ? "&" : "",
                 value) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(copied->body);
    copied->body = joined;
    return 0;
}

int copied_add_encoded(struct copied *copied, const char *value, struct err *err)
{
    _cleanup_(buf_free) struct buf out;
    size_t name = strcspn(value, "=@");
    buf_init(&out, BODY_MAX);
    if (value[name] == '@')
        return copied_add_data(copied, value + name, err);
    if (value[name] && name)
        (void)buf_addf(&out, "%.*s=", (int)name, value);
    for (const char *p = value + (value[name] ? name + 1 : 0); *p; p++)
        (void)buf_addf(&out, isalnum((unsigned char)*p) || strchr("-._~", *p) ? "%c" : "%%%02X",
                       (unsigned char)*p);
    return out.failed ? err_set(err, ERR_MEMORY, "out of memory")
                      : copied_add_data(copied, buf_text(&out), err);
}

/* A text of curl's --form: up to a semicolon, or in quotes with escapes. */
static void add_form_text(struct buf *out, const char *text)
{
    bool quoted = *text == '"';
    for (text += quoted; *text && *text != (quoted ? '"' : ';'); text++) {
        text += quoted && *text == '\\' && text[1];
        (void)buf_add(out, text, 1);
    }
}

/* What follows it: ";type=text/plain". */
static void add_form_type(struct buf *out, const char *text)
{
    const char *type = strstr(text, ";type=");
    if (type)
        (void)buf_addf(out, "Content-Type: %.*s\r\n", (int)strcspn(type + 6, ";"), type + 6);
}

int copied_add_field(struct copied *copied, const char *value, bool has_type, struct err *err)
{
    _cleanup_(buf_free) struct buf out;
    size_t name = strcspn(value, "=");
    buf_init(&out, BODY_MAX);
    if (!name || !value[name] || (copied->body && !copied->is_form))
        return err_set(err, ERR_USAGE, "--curl: '%.100s' is no field NAME=VALUE of a form%s", value,
                       copied->body ? ", or the request has a body beside its form" : "");
    if (has_type && strchr("@<", value[name + 1]) && value[name + 1])
        return err_set(err, ERR_USAGE,
                       "--curl: the field is in the file %.100s: write what is in it, as in -F "
                       "'%.*s=TEXT'",
                       value + name + 2, (int)name, value);
    (void)buf_addf(&out, "%s--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n",
                   copied->body ? copied->body : "", (int)name, value);
    if (has_type)
        add_form_type(&out, value + name);
    (void)buf_adds(&out, "\r\n");
    if (has_type)
        add_form_text(&out, value + name + 1);
    else
        (void)buf_adds(&out, value + name + 1);
    (void)buf_adds(&out, "\r\n");
    char *body = out.failed ? NULL : strdup(buf_text(&out));
    if (!body)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(copied->body);
    copied->body = body;
    copied->is_form = true;
    return 0;
}

int copied_end_form(struct copied *copied, struct err *err)
{
    char *body = NULL;
    if (!copied->is_form)
        return 0;
    if (asprintf(&body, "%s--" BOUNDARY "--\r\n", copied->body) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(copied->body);
    copied->body = body;
    return copied_add_named(copied, "Content-Type", "multipart/form-data; boundary=" BOUNDARY, err);
}

bool copied_next_field(const char *body, const char **at, struct copied_field *ret_field)
{
    const char *line = *at ? *at : body;
    size_t boundary = strcspn(body, "\r\n");
    if (strncmp(body, "--", 2) != 0 || boundary < 3 || strncmp(line, body, boundary) != 0)
        return false;
    const char *name = strstr(line, "name=\""), *value = strstr(line, "\r\n\r\n");
    const char *end = value ? memmem(value, strlen(value), body, boundary) : NULL;
    if (!name || !end || name > value || end < value + 6)
        return false;
    *ret_field = (struct copied_field){.name = name + 6,
                                       .name_length = strcspn(name + 6, "\"\r\n"),
                                       .value = value + 4,
                                       .value_length = (size_t)(end - value - 6)};
    *at = end;
    return true;
}
