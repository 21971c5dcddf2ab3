/* The small languages of the quick flags, taken apart. Pure but for @files. */
#ifndef SCENARIO_QUICK_PARTS_H
#define SCENARIO_QUICK_PARTS_H

#include "base/buf.h"
#include "base/err.h"

enum { PARTS_MAX = 4 };

/* "a;b;c", blanks around the parts removed; the last one keeps its semicolons. */
struct parts {
    char *text; /* owned */
    char *v[PARTS_MAX];
    unsigned count;
};

void parts_free(struct parts *parts);

/* Splits at the first max - 1 semicolons. Errors: ERR_MEMORY. */
int parts_split(const char *text, unsigned max, struct parts *ret_parts, struct err *err);

/* What a flag says: its text, or the content of the file behind an @. The caller frees *ret_text.
 * Errors: ERR_USAGE, with the flag's name; ERR_MEMORY. */
int parts_read(const char *flag, const char *value, char **ret_text, struct err *err);

/* "status=200,json:/isSuccess=true,header:X=y,rank=/rank" as a YAML mapping in flow style. A comma
 * in a value is written \, . Errors: ERR_USAGE with the flag's name. */
int parts_rule(const char *flag, const char *text, struct buf *ret_yaml, struct err *err);

#endif
