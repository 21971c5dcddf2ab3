#include "load/decide/captures.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { LINE = 64 + TEMPLATE_CAPTURED_SIZE, HEADERS_MAX = (CAPTURES_MAX + 1) * LINE };

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) ? NULL : text + length;
}

int captures_compile(const struct spec_pair *v, unsigned count, const char *header,
                     struct captures *ret_captures, struct err *err)
{
    struct captures *captures = ret_captures;
    *captures = (struct captures){0};
    if (header)
        captures->headers[captures->headers_count++] = header;
    for (unsigned i = 0; i < count; i++) {
        int rc = extract_compile(&v[i], &captures->v[i], err);
        if (rc)
            return err_prefix(err, "decide.capture.%s", v[i].name);
        captures->count++;
        const char *name = after(v[i].value, "header:");
        captures->reads_body = captures->reads_body || !name;
        if (name)
            captures->headers[captures->headers_count++] = name;
    }
    return 0;
}

void captures_free(struct captures *captures)
{
    for (unsigned i = 0; i < captures->count; i++)
        extract_free(&captures->v[i]);
    *captures = (struct captures){0};
}

/* What was kept of a head, as lines again. */
static void spell_headers(const struct captures *captures, const struct exchange *exchange,
                          struct buf *ret_lines)
{
    for (unsigned i = 0; exchange && exchange->kept && i < captures->headers_count; i++)
        if (*exchange->kept[i])
            (void)buf_addf(ret_lines, "%s: %s\n", captures->headers[i], exchange->kept[i]);
}

void captures_take(const struct captures *captures, const struct exchange *exchange,
                   const struct response *response, char *texts[CAPTURES_MAX])
{
    _cleanup_(buf_free) struct buf lines, value;
    buf_init(&lines, HEADERS_MAX);
    buf_init(&value, TEMPLATE_CAPTURED_SIZE - 1);
    spell_headers(captures, exchange, &lines);
    const struct extract_answer answer = {.headers = buf_text(&lines),
                                          .body = response->body_whole ? response->body : "",
                                          .body_length =
                                              response->body_whole ? response->body_length : 0};
    for (unsigned i = 0; i < captures->count; i++) {
        char *copy =
            extract_value(&captures->v[i], &answer, &value) ? strdup(buf_text(&value)) : NULL;
        if (!copy)
            continue;
        free(texts[i]);
        texts[i] = copy;
    }
}
