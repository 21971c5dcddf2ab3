/* links: base */
/* covers: base/opts.c base/units.c */
/* words: tests/fuzz/fuzz_opts.c */
/* Lines as the words of a command line. */
#include "base/opts.h"
#include "base/units.h"
#include "fuzz.h"

struct settings {
    bool flag;
    const char *text, *choice;
    int64_t number, any;
    ns_t span;
    struct opt_list list;
};

static const struct opt table[] = {
    {"flag", 'f', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "a flag",
     offsetof(struct settings, flag)},
    {"text", 't', OPT_TEXT, "TEXT", "x", NULL, NULL, 0, 0, "a text",
     offsetof(struct settings, text)},
    {"number", 'n', OPT_INT, "N", "5", NULL, NULL, -10, 1000, "a number",
     offsetof(struct settings, number)},
    {"span", 0, OPT_DURATION, "SPAN", "1s", NULL, NULL, 0, 0, "a span",
     offsetof(struct settings, span)},
    {"choice", 0, OPT_CHOICE, "NAME", "redis", NULL, "redis|kafka", 0, 0, "a choice",
     offsetof(struct settings, choice)},
    {"list", 'l', OPT_LIST, "ITEM", NULL, NULL, NULL, 0, 0, "a list",
     offsetof(struct settings, list)},
    {"any", 0, OPT_INT, "N", NULL, "RUSHPROOF_FUZZ_ANY", NULL, 0, 0,
     "any number; its help is longer than a line of eighty columns, which breaks it between words",
     offsetof(struct settings, any)},
};
static const struct opts opts = {
    "fuzz",    "[OPTION…]",
    "Fuzzes.", "A paragraph that is\nbroken.\n\nAnother, with \\ and -x.\n  as it is\n.dot",
    table,     sizeof table / sizeof *table};

static void print_all(void)
{
    static FILE *out;
    if (!out)
        out = fopen("/dev/null", "w");
    MUST(out);
    opts_print_help(&opts, out);
    opts_print_man(&opts, "fuzz", "1", out);
    opts_print_completion(&opts, out);
}

struct words {
    int argc;
    char *argv[34];
};

/* getopt reorders the words, so each parse has its own. */
static int parse(const struct words *words, struct settings *settings, int *ret_first,
                 struct err *err)
{
    char *argv[34];
    memcpy(argv, words->argv, sizeof argv);
    return opts_parse(&opts, words->argc, argv, settings, ret_first, err);
}

static void parse_starving(void *context)
{
    struct settings settings = {0};
    struct err err = {0};
    int first = 0;
    (void)!parse(context, &settings, &first, &err);
    print_all();
    opts_release(&opts, &settings);
}

static void check_settings(const struct settings *settings)
{
    char span[64];
    MUST(settings->number >= -10 && settings->number <= 1000);
    MUST(!strcmp(settings->choice, "redis") || !strcmp(settings->choice, "kafka"));
    MUST(settings->span >= 0);
    units_format_duration(settings->span, span, sizeof span);
    MUST(span[0] >= '0' && span[0] <= '9');
}

/* The first line is what the environment says, the others are the words. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size), *rest = text;
    struct words words = {.argc = 1, .argv = {(char *)"fuzz"}};
    struct settings settings = {0};
    struct err err = {0};
    int first = 0;
    setenv("RUSHPROOF_FUZZ_ANY", fuzz_line(&rest), 1);
    while (words.argc < 32 && *rest)
        words.argv[words.argc++] = fuzz_line(&rest);
    starve(parse_starving, &words);
    if (parse(&words, &settings, &first, &err)) {
        MUST(err.message[0]);
    } else {
        MUST(first >= 1 && first <= words.argc);
        check_settings(&settings);
    }
    print_all();
    opts_release(&opts, &settings);
    free(text);
    return 0;
}
