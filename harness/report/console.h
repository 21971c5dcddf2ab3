/* The console: a run as it happens, and its verdict. Live lines on a terminal, plain lines when
 * piped. Main thread. */
#ifndef REPORT_CONSOLE_H
#define REPORT_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

#include "model/dry_run.h"
#include "model/power.h"
#include "model/progress.h"
#include "model/run.h"

enum console_color { CONSOLE_COLOR_AUTO, CONSOLE_COLOR_NEVER, CONSOLE_COLOR_ALWAYS };

struct console_settings {
    FILE *out;                /* where it writes */
    bool quiet;               /* the verdict line only */
    bool json;                /* nothing at all: stdout belongs to result.json */
    enum console_color color; /* AUTO honours NO_COLOR and isatty */
};

struct console;

struct console *console_new(const struct console_settings *settings);
void console_free(struct console *console);

/* A progress_listener; context is the console. */
void console_progress(void *context, const struct run *run, enum run_phase phase,
                      const struct progress *progress, const struct sample *sample,
                      const char *text);

/* The verdict block: checks as a short table, users named, where the report lies, what to do next.
 */
void console_verdict(struct console *console, const struct run *run);

/* What a dry run showed; type: the command that makes the real one. The last line says whether it
 * may be made. */
void console_check(struct console *console, const struct run *run, const struct dry_run *dry,
                   const char *type);

/* A burst that was none, and that there will be another attempt: of the most that are allowed. */
void console_retry(struct console *console, const struct run *run, int64_t most);

/* After several rounds: how many failed, the power of the clean round that had the least, and what
 * all say together when none failed. */
void console_rounds(struct console *console, const struct run *runs_last, int64_t passed,
                    int64_t failed, int64_t unknown, const struct power *loosest);

/* "rushproof: what; why; what to try" on stderr. */
void console_error(const struct err *err, const char *what_to_try);

#endif
