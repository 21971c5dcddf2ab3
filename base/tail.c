#include "base/tail.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* How many lines may stand behind one that says what went wrong. */
enum { LOOKED_BACK = 48 };

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

static void cut_middle(const char *line, size_t length, char *ret_text, size_t size)
{
    size_t room = size - sizeof rest, head = room / 2;
    const char *end = line + length, *tail = end - (room - head);
    while (tail < end && utf8_continues(*tail))
        tail++;
    head = utf8_cut(line, head);
    snprintf(ret_text, size, "%.*s%s%.*s", (int)head, line, rest, (int)(end - tail), tail);
}

/* Does the line say itself what went wrong, in the words of most languages' run times? */
static bool says_error(const char *line, size_t length)
{
    static const char *const words[] = {"Error: ", "Exception: ", "ERROR",  "FATAL",
                                        "error: ", "Caused by: ", "panic: "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(line, length, words[i], strlen(words[i])))
            return true;
    return false;
}

/* The last line that does, when few stand behind it: stacks are longer than what fits. */
static const char *find_error(const char *text)
{
    const char *end = text + strlen(text);
    for (int lines = 0; lines < LOOKED_BACK && end > text; lines++) {
        const char *newline = memrchr(text, '\n', (size_t)(end - text));
        const char *line = newline ? newline + 1 : text;
        if (says_error(line, (size_t)(end - line)))
            return line;
        end = newline ? newline : text;
    }
    return NULL;
}

/* From the beginning of the text, whole lines. */
static void copy_lines(const char *text, char *ret_text, size_t size)
{
    size_t length = strlen(text), line = strcspn(text, "\n");
    if (length < size) {
        memcpy(ret_text, text, length + 1);
    } else if (line >= size) {
        cut_middle(text, line, ret_text, size);
    } else {
        const char *end = text[size - 1] == '\n' ? text + size - 1 : memrchr(text, '\n', size - 1);
        length = (size_t)(end - text);
        memcpy(ret_text, text, length);
        ret_text[length] = '\0';
    }
}

void tail_lines(const char *text, char *ret_text, size_t size)
{
    const char *error = find_error(text);
    copy_lines(error ? error : find_start(text, size), ret_text, size);
}
