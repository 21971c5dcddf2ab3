#include "base/opts.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"

enum { FIRST_LONG = 1000 };

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; at && *at;) {
        size_t span = strcspn(at, "|");
        if (span == length && !strncmp(at, value, span))
            return true;
        at += span + (at[span] == '|');
    }
    return false;
}

static int list_add(struct opt_list *list, const char *value, struct err *err)
{
    const char **items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return err_set(err, ERR_MEMORY, "out of memory");
    list->items = items;
    items[list->count++] = value;
    return 0;
}

static int store(const struct opt *opt, const char *value, void *settings, struct err *err)
{
    void *target = (char *)settings + opt->offset;
    switch (opt->type) {
    case OPT_FLAG:
        *(bool *)target = !value || (strcmp(value, "0") != 0 && strcmp(value, "") != 0);
        return 0;
    case OPT_TEXT:
        *(const char **)target = value;
        return 0;
    case OPT_INT: {
        bool any = opt->low == 0 && opt->high == 0;
        return units_parse_int(value, any ? INT64_MIN : opt->low, any ? INT64_MAX : opt->high,
                               target, err);
    }
    case OPT_DURATION:
        return units_parse_duration(value, target, err);
    case OPT_CHOICE:
        if (!is_choice(opt->choices, value))
            return err_set(err, ERR_USAGE, "'%s' is not allowed: one of %s", value, opt->choices);
        *(const char **)target = value;
        return 0;
    case OPT_LIST:
        return list_add(target, value, err);
    }
    return err_set(err, ERR_BUG, "unknown option type");
}

static int store_defaults(const struct opts *opts, void *settings, struct err *err)
{
    for (size_t i = 0; i < opts->count; i++) {
        const struct opt *opt = &opts->table[i];
        const char *env = opt->env ? getenv(opt->env) : NULL;
        const char *value = env && *env ? env : opt->def;
        if (value && store(opt, value, settings, err))
            return env ? err_prefix(err, "%s (environment)", opt->env)
                       : err_prefix(err, "--%s (default)", opt->name);
    }
    return 0;
}

/* getopt's own tables, made from ours. */
static void make_getopt(const struct opts *opts, struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < opts->count; i++) {
        const struct opt *opt = &opts->table[i];
        bool takes = opt->type != OPT_FLAG;
        longs[i] = (struct option){opt->name, takes ? required_argument : no_argument, NULL,
                                   FIRST_LONG + (int)i};
        if (opt->letter) {
            *shorts++ = opt->letter;
            if (takes)
                *shorts++ = ':';
        }
    }
    *shorts = '\0';
}

static const struct opt *find(const struct opts *opts, int got)
{
    if (got >= FIRST_LONG)
        return &opts->table[got - FIRST_LONG];
    for (size_t i = 0; i < opts->count; i++)
        if (opts->table[i].letter == got)
            return &opts->table[i];
    return NULL;
}

int opts_parse(const struct opts *opts, int argc, char **argv, void *settings, int *ret_rest,
               struct err *err)
{
    int rc = store_defaults(opts, settings, err);
    if (rc)
        return rc;
    _cleanup_free_ struct option *longs = calloc(opts->count + 1, sizeof *longs);
    _cleanup_free_ char *shorts = malloc(opts->count * 2 + 3);
    if (!longs || !shorts)
        return err_set(err, ERR_MEMORY, "out of memory");
    make_getopt(opts, longs, shorts);

    optind = 0; /* 0, not 1: glibc then starts afresh */
    opterr = 0;
    int got;
    while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const char *word = argv[optind > 0 ? optind - 1 : 0];
        if (got == ':')
            return err_set(err, ERR_USAGE, "%s needs a value; try '%s --help'", word,
                           opts->program);
        const struct opt *opt = got == '?' ? NULL : find(opts, got);
        if (!opt && optopt >= FIRST_LONG)
            return err_set(err, ERR_USAGE, "--%s takes no value; try '%s --help'",
                           opts->table[optopt - FIRST_LONG].name, opts->program);
        if (!opt)
            return err_set(err, ERR_USAGE, "unknown option %s; try '%s --help'", word,
                           opts->program);
        rc = store(opt, optarg, settings, err);
        if (rc)
            return err_prefix(err, "--%s", opt->name);
    }
    *ret_rest = optind;
    return 0;
}

void opts_release(const struct opts *opts, void *settings)
{
    for (size_t i = 0; i < opts->count; i++) {
        if (opts->table[i].type != OPT_LIST)
            continue;
        struct opt_list *list = (struct opt_list *)((char *)settings + opts->table[i].offset);
        free(list->items);
        *list = (struct opt_list){0};
    }
}

/* Breaks text at blanks so that lines stay within 80 columns, each after the indent. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
    bool first = true;
    while (*text) {
        size_t span = strcspn(text, " ");
        if (!first && column + 1 + (int)span > 79) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, span, out);
        column += (int)span;
        first = false;
        text += span;
        while (*text == ' ')
            text++;
    }
    fputc('\n', out);
}

/* Details as lines: one for each paragraph, however it was broken in the source, and one for each
 * line that begins with a blank, which stays as it is. The caller frees the text; NULL: out of
 * memory. */
static char *join_paragraphs(const char *details)
{
    char *text = strdup(details);
    bool verbatim = text && *text == ' ';
    for (char *at = text; at && *at; at++) {
        if (*at != '\n')
            continue;
        bool ends =
            verbatim || !at[1] || at[1] == '\n' || at[1] == ' ' || at == text || at[-1] == '\n';
        verbatim = at[1] == ' ';
        if (!ends)
            *at = ' ';
    }
    return text;
}

static void print_details(FILE *out, const char *details)
{
    _cleanup_free_ char *text = join_paragraphs(details);
    fputc('\n', out);
    for (char *line = text, *rest = text; (line = strsep(&rest, "\n"));) {
        if (*line == ' ')
            fprintf(out, "%s\n", line);
        else
            print_wrapped(out, line, 0, 0);
    }
}

static void print_option(const struct opt *opt, FILE *out)
{
    char head[96];
    int used = opt->letter ? snprintf(head, sizeof head, "  -%c, --%s", opt->letter, opt->name)
                           : snprintf(head, sizeof head, "      --%s", opt->name);
    if (opt->value)
        used += snprintf(head + used, sizeof head - (size_t)used, "=%s", opt->value);
    fputs(head, out);
    enum { HELP_COLUMN = 30 };
    if (used > HELP_COLUMN - 2) {
        fputc('\n', out);
        used = 0;
    }
    fprintf(out, "%*s", HELP_COLUMN - used, "");

    char text[1024];
    used = snprintf(text, sizeof text, "%s", opt->help);
    if (opt->choices)
        used += snprintf(text + used, sizeof text - (size_t)used, "; one of %s", opt->choices);
    if (opt->def && *opt->def)
        used += snprintf(text + used, sizeof text - (size_t)used, " [%s]", opt->def);
    if (opt->env)
        snprintf(text + used, sizeof text - (size_t)used, " ($%s)", opt->env);
    print_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

void opts_print_help(const struct opts *opts, FILE *out)
{
    fprintf(out, "Usage: %s %s\n\n", opts->program, opts->usage);
    print_wrapped(out, opts->brief, 0, 0);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < opts->count; i++)
        print_option(&opts->table[i], out);
    if (opts->details)
        print_details(out, opts->details);
}

/* In roff a leading dot or quote is a request, and a bare minus is a hyphen. */
static void print_roff(FILE *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
    fputc('\n', out);
}

static void print_roff_details(FILE *out, const char *details)
{
    _cleanup_free_ char *text = join_paragraphs(details);
    fputs(".SH DETAILS\n", out);
    for (char *line = text, *rest = text; (line = strsep(&rest, "\n"));) {
        fputs(*line == ' ' ? ".br\n" : ".PP\n", out);
        if (*line)
            print_roff(out, line);
    }
}

void opts_print_man(const struct opts *opts, const char *name, const char *version, FILE *out)
{
    fprintf(out, ".TH \"%s\" 1 \"\" \"rushproof %s\" \"User Commands\"\n.SH NAME\n", name, version);
    fprintf(out, "%s \\- ", name);
    print_roff(out, opts->brief);
    fprintf(out, ".SH SYNOPSIS\n.B %s\n", opts->program);
    print_roff(out, opts->usage);
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < opts->count; i++) {
        const struct opt *opt = &opts->table[i];
        fputs(".TP\n", out);
        if (opt->letter)
            fprintf(out, "\\fB\\-%c\\fR, ", opt->letter);
        fprintf(out, "\\fB\\-\\-%s\\fR", opt->name);
        if (opt->value)
            fprintf(out, "=\\fI%s\\fR", opt->value);
        fputc('\n', out);
        print_roff(out, opt->help);
        if (opt->choices)
            fprintf(out, ".br\nOne of %s.\n", opt->choices);
        if (opt->def && *opt->def)
            fprintf(out, ".br\nDefault: %s.\n", opt->def);
        if (opt->env)
            fprintf(out, ".br\nEnvironment: %s.\n", opt->env);
    }
    if (opts->details)
        print_roff_details(out, opts->details);
}

void opts_print_completion(const struct opts *opts, FILE *out)
{
    for (size_t i = 0; i < opts->count; i++)
        fprintf(out, "--%s%s\t%s\n", opts->table[i].name, opts->table[i].value ? "=" : "",
                opts->table[i].help);
}
