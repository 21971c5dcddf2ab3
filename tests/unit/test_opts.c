/* links: base */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opts.h"

struct settings {
    bool help;
    const char *name;
    int64_t count;
    ns_t wait;
    const char *color;
    struct opt_list sets;
};

static const struct opt table[] = {
    {"help", 'h', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print this help",
     offsetof(struct settings, help)},
    {"name", 'n', OPT_TEXT, "NAME", "joe", "OPTS_TEST_NAME", NULL, 0, 0, "a name",
     offsetof(struct settings, name)},
    {"count", 0, OPT_INT, "N", "5", NULL, NULL, 1, 10, "how many",
     offsetof(struct settings, count)},
    {"wait", 0, OPT_DURATION, "SPAN", "1s", NULL, NULL, 0, 0, "how long",
     offsetof(struct settings, wait)},
    {"color", 0, OPT_CHOICE, "C", "red", NULL, "red|green", 0, 0, "which",
     offsetof(struct settings, color)},
    {"set", 's', OPT_LIST, "K=V", NULL, NULL, NULL, 0, 0, "again and again",
     offsetof(struct settings, sets)},
};

static const struct opts opts = {"prog", "[OPTION…]", "Does things.",
                                 NULL,   table,       sizeof table / sizeof *table};

static int parse(struct settings *settings, struct err *err, int *rest, int argc, ...)
{
    static char *argv[16];
    va_list args;
    va_start(args, argc);
    argv[0] = (char *)"prog";
    for (int i = 0; i < argc; i++)
        argv[i + 1] = va_arg(args, char *);
    va_end(args);
    argv[argc + 1] = NULL;
    *settings = (struct settings){0};
    return opts_parse(&opts, argc + 1, argv, settings, rest, err);
}

Test(opts, defaults_environment_and_arguments)
{
    struct settings s;
    struct err err = {0};
    int rest;
    unsetenv("OPTS_TEST_NAME");
    cr_assert_eq(parse(&s, &err, &rest, 0), 0, "%s", err.message);
    cr_assert_str_eq(s.name, "joe");
    cr_assert_eq(s.count, 5);
    cr_assert_eq(s.wait, NS_PER_S);
    setenv("OPTS_TEST_NAME", "ann", 1);
    cr_assert_eq(parse(&s, &err, &rest, 1, "--count=7"), 0);
    cr_assert_str_eq(s.name, "ann");
    cr_assert_eq(s.count, 7);
    cr_assert_eq(parse(&s, &err, &rest, 6, "-n", "bob", "-s", "a=1", "--set=b=2", "file"), 0);
    cr_assert_str_eq(s.name, "bob");
    cr_assert_eq(s.sets.count, 2);
    cr_assert_str_eq(s.sets.items[1], "b=2");
    cr_assert_eq(rest, 6);
    opts_release(&opts, &s);
    cr_assert_null(s.sets.items);
}

Test(opts, options_may_follow_operands)
{
    struct settings s;
    struct err err = {0};
    int rest;
    cr_assert_eq(parse(&s, &err, &rest, 3, "file", "--count=7", "other"), 0);
    cr_assert_eq(s.count, 7);
    cr_assert_eq(rest, 2);
    cr_assert_eq(parse(&s, &err, &rest, 3, "file", "--", "--count=8"), 0);
    cr_assert_eq(s.count, 5, "what follows -- is an operand");
    cr_assert_eq(rest, 2);
}

Test(opts, errors_say_what_and_what_is_allowed)
{
    static const struct {
        const char *argument, *message;
    } bad[] = {
        {"--count=11", "--count: '11' is not allowed: a whole number from 1 to 10"},
        {"--count=x", "--count: 'x' is not allowed: a whole number from 1 to 10"},
        {"--wait=5", "--wait: '5' is not a duration"},
        {"--color=blue", "--color: 'blue' is not allowed: one of red|green"},
        {"--color=re", "--color: 're' is not allowed"},
        {"--bogus", "unknown option --bogus; try 'prog --help'"},
        {"-x", "unknown option -x; try 'prog --help'"},
        {"--name", "--name needs a value"},
        {"--help=1", "--help takes no value"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct settings s;
        struct err err = {0};
        int rest;
        cr_assert_eq(parse(&s, &err, &rest, 1, bad[i].argument), -(int)ERR_USAGE, "%s",
                     bad[i].argument);
        cr_assert_eq(strncmp(err.message, bad[i].message, strlen(bad[i].message)), 0, "%s gave: %s",
                     bad[i].argument, err.message);
        opts_release(&opts, &s);
    }
}

static char *print(void (*writer)(FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    writer(out);
    fclose(out);
    return text;
}

static void help(FILE *out)
{
    opts_print_help(&opts, out);
}

static void man(FILE *out)
{
    opts_print_man(&opts, "prog", "1", out);
}

Test(opts, every_option_is_in_help_and_man_page)
{
    char *texts[] = {print(help), print(man)};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cr_assert_not_null(strstr(texts[0], table[i].name));
        cr_assert_not_null(strstr(texts[1], table[i].name));
        cr_assert_not_null(strstr(texts[0], table[i].help));
    }
    for (char *line = strtok(texts[0], "\n"); line; line = strtok(NULL, "\n"))
        cr_assert_leq(strlen(line), 82, "too wide: %s", line);
    free(texts[0]);
    free(texts[1]);
}
