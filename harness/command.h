/* Subcommands: one file cmd_<name>.c and one row in main.c each. They print and end the program;
 * nothing else in the harness does. Which code it ends with: model/exit_code.h. Main thread. */
#ifndef HARNESS_COMMAND_H
#define HARNESS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/opts.h"
#include "model/exit_code.h"

/* What a command was called with. */
struct command_call {
    void *settings;   /* its struct settings, filled in */
    char **arguments; /* those that are no options */
    int count;
    char **argv; /* all words; argv[0] is the command's name */
    int argc;
};

struct command {
    const char *name;
    const struct opts *(*options)(void); /* for help, man page and completions */
    size_t settings_size, help;          /* of its struct settings, and where that has `help` */
    int (*run)(const struct command_call *call); /* returns the exit code */
};

/* A command's file has a struct settings and the functions options and run_command. */
#define COMMAND(word)                                                                              \
    {                                                                                              \
#word, options, sizeof(struct settings), offsetof(struct settings, help), run_command      \
    }

const struct command *command_table(size_t *ret_count);
const struct command *command_find(const char *name);

/* Rows of the table. */
extern const struct command cmd_run, cmd_agent, cmd_check, cmd_explore, cmd_list, cmd_init,
    cmd_verify, cmd_report, cmd_compare, cmd_selftest, cmd_doctor, cmd_schema, cmd_man,
    cmd_completions;

/* Set by SIGINT and SIGTERM. */
extern volatile bool command_stop;

/* The directory of the rushproof program itself. */
const char *command_program_dir(void);

/* Prints the error and gives the exit code that belongs to it. */
int command_fail(const struct err *err, const char *what_to_try);

/* --until-sure P: how many decided rounds that asks for; 0: NULL was given. Errors: ERR_USAGE. */
int command_read_sure(const char *text, int64_t *ret_rounds, struct err *err)
    __attribute__((warn_unused_result));

/* Rows that several commands have alike. */
#define COMMAND_SURE_ROW(type)                                                                     \
    {                                                                                              \
        "until-sure", 0, OPT_TEXT, "P", NULL, NULL, NULL, 0, 0,                                    \
            "so many decided rounds that a violation that one in 1/P rounds shows would have "     \
            "shown with 95 % probability: 0.01 makes 299; ends at the first failure",              \
            offsetof(type, until_sure)                                                             \
    }
#define COMMAND_QUIET_ROW(type)                                                                    \
    {                                                                                              \
        "quiet", 'q', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print the verdict line only",       \
            offsetof(type, quiet)                                                                  \
    }
#define COMMAND_COLOR_ROW(type)                                                                    \
    {                                                                                              \
        "no-color", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "no colors (also: NO_COLOR)",       \
            offsetof(type, no_color)                                                               \
    }

/* What a run may do to others. */
#define COMMAND_LEAVE_ROWS(type)                                                                   \
    {"allow-host",                                                                                 \
     0,                                                                                            \
     OPT_LIST,                                                                                     \
     "HOST",                                                                                       \
     NULL,                                                                                         \
     NULL,                                                                                         \
     NULL,                                                                                         \
     0,                                                                                            \
     0,                                                                                            \
     "allow load on a host that is not this machine",                                              \
     offsetof(type, allow_hosts)},                                                                 \
    {                                                                                              \
        "allow-reset", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,                                  \
            "allow the scenario's reset on stores that are not on this machine",                   \
            offsetof(type, allow_reset)                                                            \
    }

/* The row that every command's table has. */
#define COMMAND_HELP_ROW(type)                                                                     \
    {                                                                                              \
        "help", 'h', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print this help",                    \
            offsetof(type, help)                                                                   \
    }

#endif
