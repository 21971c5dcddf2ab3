/* links: base */
/* covers: base/opts.c base/units.c */
/* Lines as the words of a command line. */
#include "base/opts.h"
#include "fuzz.h"

struct settings {
    bool flag;
    const char *text, *choice;
    int64_t number;
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
};

static void print_all(const struct opts *opts)
{
    static FILE *out;
    if (!out)
        out = fopen("/dev/null", "w");
    MUST(out);
    opts_print_help(opts, out);
    opts_print_man(opts, "fuzz", "1", out);
    opts_print_completion(opts, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct opts opts = {"fuzz",  "[OPTION…]", "Fuzzes.",
                                     "More.", table,       sizeof table / sizeof *table};
    char *text = fuzz_text(bytes, size), *rest = text, *argv[34] = {(char *)"fuzz"};
    int argc = 1, first = 0;
    struct settings settings = {0};
    struct err err = {0};
    while (argc < 32 && *rest)
        argv[argc++] = fuzz_line(&rest);
    if (opts_parse(&opts, argc, argv, &settings, &first, &err)) {
        MUST(err.message[0]);
    } else {
        MUST(first >= 1 && first <= argc && settings.number >= -10 && settings.number <= 1000);
        MUST(!strcmp(settings.choice, "redis") || !strcmp(settings.choice, "kafka"));
    }
    print_all(&opts);
    opts_release(&opts, &settings);
    free(text);
    return 0;
}
