#include "base/tail.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char rest[] = " \u2026 ";

/* The beginning of the last lines that fit; of the last line, when it alone does not. */
static const char *find_start(const char *text, size_t room)
{
    const char *start = text + strlen(text), *end = start;
    for (const char *at = start;; at--) {
        bool begins = at == text || at[-1] == '\n';
        if (begins && (start == end || (size_t)(end - at) < room))
            start = at;
        if (at == text || (start != end && (size_t)(end - at) >= room))
            return start;
    }
}

static void cut_middle(const char *line, char *ret_text, size_t size)
{
    size_t room = size - sizeof rest, head = room / 2;
    const char *tail = line + strlen(line) - (room - head);
    while (utf8_continues(*tail))
        tail++;
    head = utf8_cut(line, head);
    snprintf(ret_text, size, "%.*s%s%s", (int)head, line, rest, tail);
}

void tail_lines(const char *text, char *ret_text, size_t size)
{
    const char *start = find_start(text, size);
    size_t length = strlen(start);
    if (length < size)
        memcpy(ret_text, start, length + 1);
    else
        cut_middle(start, ret_text, size);
}
