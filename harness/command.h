/* Subcommands: one file cmd_<name>.c and one row in main.c each. They print and end the program;
 * nothing else in the harness does. Which code it ends with: model/exit_code.h. Main thread. */
#ifndef HARNESS_COMMAND_H
#define HARNESS_COMMAND_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opts.h"
#include "model/exit_code.h"

struct command {
    const char *name;
    const struct opts *(*options)(void); /* for help, man page and completions */
    int (*run)(int argc, char **argv);   /* argv[0] is the command's name; returns the exit code */
};

const struct command *command_table(size_t *ret_count);
const struct command *command_find(const char *name);

/* Rows of the table. */
extern const struct command cmd_run, cmd_explore, cmd_list, cmd_init, cmd_verify, cmd_report,
    cmd_compare, cmd_selftest, cmd_doctor, cmd_schema, cmd_man, cmd_completions;

/* Set by SIGINT and SIGTERM. */
extern volatile bool command_stop;

/* The directory of the rushproof program itself. */
const char *command_program_dir(void);

/* Prints the error and gives the exit code that belongs to it. */
int command_fail(const struct err *err, const char *what_to_try);

/* Parses; on --help prints and returns true, on an error prints; *ret_exit is then the exit code.
 */
bool command_parse(const struct opts *opts, int argc, char **argv, void *settings, const bool *help,
                   int *ret_rest, int *ret_exit);

/* The row that every command's table has. */
#define COMMAND_HELP_ROW(type)                                                                     \
    {                                                                                              \
        "help", 'h', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print this help",                    \
            offsetof(type, help)                                                                   \
    }

#endif
