/* rushproof schema: the JSON Schema of scenario files, for editors. */
#include <stdio.h>

#include "command.h"
#include "scenario/scenario.h"

struct settings {
    bool help;
};

static const struct opt table[] = {COMMAND_HELP_ROW(struct settings)};

static const struct opts opts = {
    "rushproof schema",
    "[OPTION…]",
    "Prints the JSON Schema of scenario files: editors complete and check with it.",
    NULL,
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static int run_command(const struct command_call *call)
{
    (void)call;
    struct err err = {0};
    return scenario_print_schema(stdout, &err) ? command_fail(&err, "") : EXIT_PASS;
}

const struct command cmd_schema = COMMAND(schema);
