/* Exit codes: the one place where an error or a run becomes one. Pure. */
#ifndef MODEL_EXIT_CODE_H
#define MODEL_EXIT_CODE_H

#include "base/err.h"
#include "model/finding.h"

struct run;

enum exit_code {
    EXIT_PASS = 0,
    EXIT_FAIL = 1,
    EXIT_UNKNOWN = 2,
    EXIT_USAGE = 3,
    EXIT_ENVIRONMENT = 4,
    EXIT_INTERRUPTED = 130,
};

enum exit_code exit_code_of_error(enum err_code code);
enum exit_code exit_code_of_verdict(enum verdict verdict);

/* By what ended it, else by its verdict. A run that an error cut short but that is a fail all the
 * same (a process that crashed) is one. */
enum exit_code exit_code_of_run(const struct run *run, enum exit_code error);

#endif
