/* How the quick flags write their scenario: YAML lines, explained when somebody will keep them. */
#ifndef SCENARIO_QUICK_WRITER_H
#define SCENARIO_QUICK_WRITER_H

#include "scenario/quick.h"

struct quick_writer {
    const struct quick *quick;
    bool commented;
    struct buf *out;
    struct buf secrets; /* comment lines: what to export before a run */
    struct err *err;
};

/* A comment: the help of a key of the grammar, or a sentence of one's own. */
void quick_writer_explain(const struct quick_writer *writer, int indent, const char *text);

/* "key:" of a section, explained. */
void quick_writer_section(const struct quick_writer *writer, const char *key);

/* "key: value". A value with a password becomes ${variable} in a file that people keep; variable
 * NULL: never. */
void quick_writer_put(struct quick_writer *writer, int indent, const char *key,
                      const char *variable, const char *value);

/* Parts of the text, in its order. Errors: ERR_USAGE, ERR_MEMORY. */
int quick_writer_request(struct quick_writer *writer);   /* request, users */
int quick_writer_responses(struct quick_writer *writer); /* responses */
void quick_writer_between(struct quick_writer *writer);
int quick_writer_stores(struct quick_writer *writer); /* stack, evidence */

#endif
