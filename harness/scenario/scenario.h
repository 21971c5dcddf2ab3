/* Scenarios: YAML to struct scenario, validated, defaults resolved. Main thread only. */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/spec.h"

/* Loads a file. sets are "key.path=value" overrides, applied before validation, `${NAME}` and
 * `${NAME:-default}` (upper case) are read from the environment. Errors are ERR_USAGE (also for a
 * file that cannot be read) with "file:line: what; allowed: …". The caller frees with
 * scenario_free. */
int scenario_load(const char *path, const char *const *sets, size_t sets_count,
                  struct scenario **ret_scenario, struct err *err)
    __attribute__((warn_unused_result));

/* The same from text; name stands for the file in messages. */
int scenario_load_text(const char *name, const char *text, const char *const *sets,
                       size_t sets_count, struct scenario **ret_scenario, struct err *err)
    __attribute__((warn_unused_result));

/* The same for a text that is resolved already, as scenario_print's are, or that came with somebody
 * else's run: nothing is read from the environment, ${NAME} stays ${NAME} and ${NAME:-default} is
 * its default. */
int scenario_load_resolved(const char *name, const char *text, const char *const *sets,
                           size_t sets_count, struct scenario **ret_scenario, struct err *err)
    __attribute__((warn_unused_result));

/* The bytes of a scenario's file: at most 1 MiB of text. Errors as above. */
int scenario_read(const char *path, struct buf *ret_text, struct err *err)
    __attribute__((warn_unused_result));

void scenario_free(struct scenario *scenario); /* NULL is fine */

/* The scenario with every default filled in, as YAML that scenario_load_text takes back. Passwords
 * in URLs are masked as ****. */
int scenario_print(const struct scenario *scenario, struct buf *ret_text, struct err *err);

/* JSON Schema (draft 2020-12) of scenario files, made from the same tables as the validation. A
 * write that fails is left in ferror(out). Errors: ERR_MEMORY. */
int scenario_print_schema(FILE *out, struct err *err);

/* Every key, and every check, as a table in Markdown, from the same tables. */
int scenario_print_keys(FILE *out, struct err *err);
int scenario_print_checks(FILE *out, struct err *err);

#endif
