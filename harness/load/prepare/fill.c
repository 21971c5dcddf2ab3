#include "load/prepare/fill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static bool is_name(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && !memcmp(name, text, length);
}

/* What a name stands for; NULL: nothing. */
static const char *find(const struct fill *fill, const char *name, size_t length, char *digits,
                        size_t size)
{
    if (is_name("uuid", name, length))
        return fill->uuid;
    if (is_name("seq", name, length)) {
        snprintf(digits, size, "%" PRIu64, fill->seq);
        return digits;
    }
    if (fill->item && is_name("item", name, length))
        return fill->item;
    if (fill->item && is_name("units", name, length))
        return "1";
    if (fill->nobody)
        return fill->nobody;
    if (is_name("user", name, length))
        return fill->user;
    for (size_t i = 0; i < fill->values_count; i++)
        if (fill->values[i].known && is_name(fill->values[i].name, name, length))
            return buf_text(&fill->values[i].text);
    int column = fill->feeder->rows ? feeder_column(fill->feeder, name, length) : -1;
    return column < 0 ? NULL
                      : feeder_cell(fill->feeder, fill->row % fill->feeder->rows, (size_t)column);
}

int fill_text(const struct fill *fill, const char *text, enum escape escape, struct buf *ret_text,
              struct err *err)
{
    const char *open, *close;
    buf_clear(ret_text);
    while ((open = strstr(text, "{{")) && (close = strstr(open, "}}"))) {
        const char *name = open + 2, *end = close;
        char digits[24];
        while (name < end && *name == ' ')
            name++;
        while (end > name && end[-1] == ' ')
            end--;
        const char *value = find(fill, name, (size_t)(end - name), digits, sizeof digits);
        if (!value)
            return err_set(err, ERR_USAGE, "{{%.*s}} is not known here", (int)(end - name), name);
        _cleanup_free_ char *escaped = NULL;
        int rc = escape_text(escape, value, &escaped, err);
        if (rc)
            return err_prefix(err, "{{%.*s}}", (int)(end - name), name);
        (void)buf_add(ret_text, text, (size_t)(open - text));
        (void)buf_adds(ret_text, escaped);
        text = close + 2;
    }
    return buf_adds(ret_text, text) ? err_set(err, ERR_MEMORY, "a request is too long") : 0;
}
