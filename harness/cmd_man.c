/* rushproof man: the man pages, made from the option tables. */
#include <stdio.h>

#include "command.h"

struct settings {
    bool help;
};

static const struct opt table[] = {COMMAND_HELP_ROW(struct settings)};

static const struct opts opts = {
    "rushproof man",
    "[COMMAND]",
    "Prints a man page: of rushproof, or of one command (pipe it to 'man -l -').",
    NULL,
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static void print_overview(void)
{
    printf(".TH \"rushproof\" 1 \"\" \"rushproof %s\" \"User Commands\"\n", RUSHPROOF_VERSION);
    fputs(".SH NAME\nrushproof \\- proves that a first-come-first-served endpoint survives the "
          "rush\n"
          ".SH SYNOPSIS\n.B rushproof\nCOMMAND [OPTION…] [ARGUMENT…]\n.SH COMMANDS\n",
          stdout);
    size_t count;
    const struct command *commands = command_table(&count);
    for (size_t i = 0; i < count; i++)
        printf(".TP\n.BR rushproof\\-%s (1)\n%s\n", commands[i].name, commands[i].options()->brief);
    fputs(".SH EXIT STATUS\n0 pass, 1 fail, 2 unknown or invalid run, 3 usage or scenario error,\n"
          "4 environment (a server did not start, target unreachable), 130 interrupted.\n",
          stdout);
}

static int run_command(const struct command_call *call)
{
    if (!call->count) {
        print_overview();
        return EXIT_PASS;
    }
    const struct command *command = command_find(call->arguments[0]);
    if (!command) {
        struct err err = {0};
        err_set(&err, ERR_USAGE, "there is no command '%s'", call->arguments[0]);
        return command_fail(&err, "rushproof --help lists the commands");
    }
    char name[64];
    snprintf(name, sizeof name, "rushproof-%s", command->name);
    opts_print_man(command->options(), name, RUSHPROOF_VERSION, stdout);
    return EXIT_PASS;
}

const struct command cmd_man = COMMAND(man);
