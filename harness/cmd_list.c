/* rushproof list: the scenarios and what they teach. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "command.h"
#include "report/term.h"
#include "report/text.h"
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

static int widest_name(const struct library *library)
{
    size_t widest = 0;
    for (size_t i = 0; i < library->count; i++)
        if (strlen(library->v[i].name) > widest)
            widest = strlen(library->v[i].name);
    return (int)widest;
}

/* For people: the description in a column of its own. */
static void print_wrapped(const struct term *term, const struct library_entry *entry, int column)
{
    _cleanup_(buf_free) struct buf name, text;
    buf_init(&name, 1 << 16);
    buf_init(&text, 1 << 20);
    term_add(term, &name, TERM_BOLD, entry->name);
    term_wrap(&text, entry->description, column, term_columns(stdout));
    printf("%s%*s%s", buf_text(&name), column - (int)strlen(entry->name), "",
           buf_text(&text) + (text.used > (size_t)column ? column : 0));
}

/* In a pipe a scenario is one line. */
static void print_plain(const struct library_entry *entry, int column)
{
    printf("%-*s", column, entry->name);
    text_print(stdout, TEXT_TERMINAL, entry->description);
    puts("");
}

static void print_all(const struct library *library, bool names)
{
    struct term term;
    term_init(&term, stdout, 0);
    int column = widest_name(library) + 2;
    for (size_t i = 0; i < library->count; i++) {
        const struct library_entry *entry = &library->v[i];
        if (names)
            puts(entry->name);
        else if (term.live)
            print_wrapped(&term, entry, column);
        else
            print_plain(entry, column);
    }
}

static int run_command(const struct command_call *call)
{
    const struct settings *settings = call->settings;
    struct err err = {0};
    struct library library = {0};
    if (library_list(command_program_dir(), &library, &err))
        return command_fail(&err, "");
    if (!library.count && !settings->names)
        fprintf(stderr,
                "there is no scenario in ./scenarios nor beside the programs; RUSHPROOF_SCENARIOS "
                "names another directory, `rushproof init --url …` writes one\n");
    print_all(&library, settings->names);
    library_free(&library);
    return EXIT_PASS;
}

const struct command cmd_list = COMMAND(list);
