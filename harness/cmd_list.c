/* rushproof list: the scenarios and what they teach. */
#include <stdio.h>

#include "command.h"
#include "scenario/library.h"

struct settings {
    bool help, names;
};

static const struct opt table[] = {
    {"names", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "names only, one a line",
     offsetof(struct settings, names)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts opts = {
    "rushproof list",
    "[OPTION…]",
    "Lists the scenarios with their descriptions.",
    NULL,
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static int run_command(int argc, char **argv)
{
    struct settings settings = {0};
    int rest, exit_code;
    if (command_parse(&opts, argc, argv, &settings, &settings.help, &rest, &exit_code))
        return exit_code;
    struct err err = {0};
    struct library library = {0};
    if (library_list(command_program_dir(), &library, &err))
        return command_fail(&err, "");
    for (size_t i = 0; i < library.count; i++) {
        const struct library_entry *entry = &library.v[i];
        if (settings.names)
            puts(entry->name);
        else
            printf("%-24s %s\n", entry->name, entry->description);
    }
    library_free(&library);
    return EXIT_PASS;
}

const struct command cmd_list = {"list", options, run_command};
