/* Command-line options as a table: one row holds an option's name, type, range, default,
 * environment variable and help, and feeds the parser, --help, the man page and the shell
 * completions. getopt_long does the parsing. Main thread only (getopt keeps globals). */
#ifndef BASE_OPTS_H
#define BASE_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"

enum opt_type {
    OPT_FLAG,     /* bool: present or not */
    OPT_TEXT,     /* const char *: borrowed from argv, the environment or the table */
    OPT_INT,      /* int64_t within [low, high] */
    OPT_DURATION, /* ns_t, written 10ms, 1.5s … */
    OPT_CHOICE,   /* const char *: one of the names in choices */
    OPT_LIST,     /* struct opt_list: may be given again and again */
};

struct opt_list {
    const char **items; /* borrowed texts in an array owned by the list */
    size_t count;
};

struct opt {
    const char *name; /* long name, without the dashes */
    char letter;      /* short name or 0 */
    enum opt_type type;
    const char *value;   /* what --help calls its value: "N", "URL"; NULL for flags */
    const char *def;     /* default as text, or NULL: the target keeps what it holds */
    const char *env;     /* environment variable that gives the default, or NULL */
    const char *choices; /* "redis|kafka", for OPT_CHOICE */
    int64_t low, high;   /* for OPT_INT; both 0 means any */
    const char *help;
    size_t offset; /* offsetof(struct settings, member) */
};

struct opts {
    const char *program; /* "rushproof run" */
    const char *usage;   /* "[OPTION…] [SCENARIO…]" */
    const char *brief;   /* one sentence */
    const char *details; /* paragraphs after the options, or NULL */
    const struct opt *table;
    size_t count;
};

/* Fills settings with defaults, then the environment, then argv (argv[0] is skipped). Options and
 * operands may be mixed: operands are moved to the end, *ret_rest is the index of the first. --help
 * and --version are rows of the caller's own table. Errors are ERR_USAGE and name the option, the
 * value and what is allowed. */
int opts_parse(const struct opts *opts, int argc, char **argv, void *settings, int *ret_rest,
               struct err *err) __attribute__((warn_unused_result));

/* Frees what OPT_LIST members own. */
void opts_release(const struct opts *opts, void *settings);

void opts_print_help(const struct opts *opts, FILE *out);
/* A man page in roff; section 1. name is the page's name ("rushproof-run"). */
void opts_print_man(const struct opts *opts, const char *name, const char *version, FILE *out);
/* The options' names one a line with a tab and the help: what completions are made from. */
void opts_print_completion(const struct opts *opts, FILE *out);

/* Rows that the table of every program has: flags of its struct settings. */
#define OPTS_PROGRAM_ROWS(owner)                                                                   \
    {.name = "help",                                                                               \
     .letter = 'h',                                                                                \
     .type = OPT_FLAG,                                                                             \
     .help = "print this help",                                                                    \
     .offset = offsetof(owner, help)},                                                             \
        {.name = "man",                                                                            \
         .type = OPT_FLAG,                                                                         \
         .help = "print the man page",                                                             \
         .offset = offsetof(owner, man)},                                                          \
    {                                                                                              \
        .name = "version", .letter = 'V', .type = OPT_FLAG, .help = "print the version",           \
        .offset = offsetof(owner, version)                                                         \
    }

#endif
