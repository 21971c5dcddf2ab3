/* Texts from outside, made safe for the place where they are shown: scenario names, responses,
 * server messages and process output may hold anything. Secrets in them are masked (base/mask.h)
 * here, at the one place that all of them pass. Any thread. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdio.h>

#include "base/buf.h"
#include "model/roster.h"

enum text_place {
    TEXT_CLEAN,    /* valid UTF-8, nothing else changed: for JSON */
    TEXT_TERMINAL, /* control characters become "?": no text can move the cursor or colour a line */
    TEXT_XML,  /* for XML content and attributes: the five entities; what XML 1.0 forbids is U+FFFD
                */
    TEXT_HTML, /* the same, for HTML content */
    TEXT_MARKDOWN, /* for one line or table cell of GitHub's Markdown: no markup, no HTML, no
                      newline, no link, nobody called by @name */
    TEXT_SCRIPT,   /* for a JSON string inside a script element of HTML, without the quotes */
    TEXT_LABEL,    /* for a quoted label value of OpenMetrics */
    TEXT_FIELD, /* for one field of result.tsv: \t \n \r \\ for what would end or escape it; other
                   control characters become "?" */
};

/* Appends text (NULL is "") as the place needs it. Errors: -ERR_MEMORY. */
int text_add(struct buf *buf, enum text_place place, const char *text);

/* Up to the first newline: a message may go on with lines of a log. */
void text_first_line(const char *text, char *ret_line, size_t size);

/* The same onto a file. */
void text_print(FILE *out, enum text_place place, const char *text);

/* What the service calls a user. */
void text_print_user(FILE *out, enum text_place place, const struct roster *roster, int64_t user);

/* How many terminal columns the UTF-8 text takes (no wide or combining characters known: one each).
 */
int text_columns(const char *text);

#endif
