#include "load/decide/captures.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_pointer.h"

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) ? NULL : text + length;
}

void captures_compile(const struct spec_pair *v, unsigned count, const char *header,
                      struct captures *ret_captures)
{
    struct captures *captures = ret_captures;
    *captures = (struct captures){.v = v, .count = count};
    if (header)
        captures->headers[captures->headers_count++] = header;
    for (unsigned i = 0; i < count; i++) {
        const char *name = after(v[i].value, "header:");
        captures->reads_body = captures->reads_body || !name;
        if (name)
            captures->headers[captures->headers_count++] = name;
    }
}

static const char *kept_header(const struct captures *captures, const struct exchange *exchange,
                               const char *name)
{
    for (unsigned i = 0; exchange->kept && i < captures->headers_count; i++)
        if (!strcmp(captures->headers[i], name))
            return exchange->kept[i];
    return "";
}

static void take_one(const struct captures *captures, const struct exchange *exchange,
                     const struct response *response, const char *where, char *ret_text)
{
    const char *name = after(where, "header:"), *pointer = after(where, "json:");
    *ret_text = '\0';
    if (name)
        strcpy(ret_text, kept_header(captures, exchange, name));
    if (!pointer || !response->body_whole)
        return;
    struct json_value value = json_pointer_find(response->body, response->body_length, pointer);
    if (value.type == JSON_TYPE_NONE || !json_value_text(&value, ret_text, TEMPLATE_CAPTURED_SIZE))
        *ret_text = '\0';
}

void captures_take(const struct captures *captures, const struct exchange *exchange,
                   const struct response *response, char *texts[CAPTURES_MAX])
{
    char text[TEMPLATE_CAPTURED_SIZE];
    for (unsigned i = 0; i < captures->count; i++) {
        take_one(captures, exchange, response, captures->v[i].value, text);
        char *copy = *text ? strdup(text) : NULL;
        if (!copy)
            continue;
        free(texts[i]);
        texts[i] = copy;
    }
}
