/* rushproof completions: words for the shell, made from the option tables. */
#include <stdio.h>
#include <string.h>

#include "command.h"

struct settings {
    bool help;
};

static const struct opt table[] = {COMMAND_HELP_ROW(struct settings)};

static const struct opts opts = {
    "rushproof completions",
    "bash|zsh",
    "Prints a completion script for the shell.",
    "  bash: rushproof completions bash > /etc/bash_completion.d/rushproof\n"
    "  zsh:  rushproof completions zsh > \"${fpath[1]}/_rushproof\"",
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static bool takes_scenarios(const struct opts *of)
{
    return of->usage && strstr(of->usage, "SCENARIO");
}

static bool takes_files(const struct opt *opt)
{
    return opt->type == OPT_TEXT || opt->type == OPT_LIST;
}

/* "a|b|c" with another character in between. */
static void print_choices(const char *choices, char between)
{
    for (; *choices; choices++)
        putchar(*choices == '|' ? between : *choices);
}

/* ---- bash ---- */

static void print_words(const struct opts *of)
{
    for (size_t i = 0; i < of->count; i++)
        printf(" --%s%s", of->table[i].name, of->table[i].value ? "=" : "");
}

static void print_cases(const struct command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct opts *of = commands[i].options();
        printf("    '%s ') words=\"", commands[i].name);
        print_words(of);
        printf("\"; operand=%s ;;\n", takes_scenarios(of) ? "scenario" : "file");
        for (size_t k = 0; k < of->count; k++) {
            const struct opt *opt = &of->table[k];
            if (!opt->value)
                continue;
            printf("    '%s --%s') words=\"", commands[i].name, opt->name);
            print_choices(opt->type == OPT_CHOICE ? opt->choices : "", ' ');
            printf("\"; operand=%s ;;\n", takes_files(opt) ? "file" : "none");
        }
    }
}

/* The shell breaks words at "=", unless somebody has told it not to. */
static void print_bash(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    fputs("# bash completion of rushproof; made by 'rushproof completions bash'\n"
          "_rushproof() {\n"
          "  local current=\"${COMP_WORDS[COMP_CWORD]}\" option=\"\" prefix=\"\" words=\"\" "
          "operand=file\n"
          "  if [[ $current == --*=* ]]; then\n"
          "    option=\"${current%%=*}\" prefix=\"${current%%=*}=\" current=\"${current#*=}\"\n"
          "  elif ((COMP_CWORD > 2)) && [[ $current == '=' ]]; then\n"
          "    option=\"${COMP_WORDS[COMP_CWORD-1]}\" current=\"\"\n"
          "  elif ((COMP_CWORD > 3)) && [[ ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; then\n"
          "    option=\"${COMP_WORDS[COMP_CWORD-2]}\"\n"
          "  fi\n"
          "  if ((COMP_CWORD == 1)); then\n    operand=none words=\"--help --version",
          stdout);
    for (size_t i = 0; i < count; i++)
        printf(" %s", commands[i].name);
    fputs("\"\n  else\n    case \"${COMP_WORDS[1]} $option\" in\n", stdout);
    print_cases(commands, count);
    fputs("    esac\n  fi\n"
          "  [[ $current == -* || -n $option || $operand == none ]] || words=\"\"\n"
          "  if [[ $operand == scenario && $current != -* ]]; then\n"
          "    words=\"$(rushproof list --names 2>/dev/null)\"\n  fi\n"
          "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
          "  if [[ $operand != none && $current != -* ]]; then\n"
          "    mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$current\")\n"
          "    compopt -o filenames 2>/dev/null\n  fi\n"
          "  if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi\n"
          "  [[ -z $prefix ]] || COMPREPLY=(\"${COMPREPLY[@]/#/$prefix}\")\n"
          "}\n"
          "complete -F _rushproof rushproof\n",
          stdout);
}

/* ---- zsh ---- */

/* Within single quotes; what the place of the text gives a meaning gets a backslash. */
static void print_quoted(const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (*text == '\\' || strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_zsh_option(const struct opt *opt)
{
    printf(" \\\n      '%s--%s%s[", opt->type == OPT_LIST ? "*" : "", opt->name,
           opt->value ? "=" : "");
    print_quoted(opt->help, "[]:");
    putchar(']');
    if (opt->value) {
        putchar(':');
        print_quoted(opt->value, "[]:");
        putchar(':');
    }
    if (opt->value && opt->type == OPT_CHOICE) {
        putchar('(');
        print_choices(opt->choices, ' ');
        putchar(')');
    } else if (opt->value) {
        fputs(takes_files(opt) ? "_files" : " ", stdout);
    }
    putchar('\'');
}

static void print_zsh_command(const struct command *command)
{
    const struct opts *of = command->options();
    printf("    %s) _arguments", command->name);
    for (size_t i = 0; i < of->count; i++)
        print_zsh_option(&of->table[i]);
    printf(" \\\n      %s ;;\n",
           takes_scenarios(of) ? "'*:scenario:_rushproof_scenarios'" : "'*:file:_files'");
}

static void print_zsh(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    fputs("#compdef rushproof\n# made by 'rushproof completions zsh'\n"
          "_rushproof_scenarios() {\n"
          "  local -a names\n  names=(${(f)\"$(rushproof list --names 2>/dev/null)\"})\n"
          "  _alternative 'names:scenario:compadd -a names' 'files:file:_files'\n}\n\n"
          "_rushproof() {\n  local -a commands\n  commands=(\n",
          stdout);
    for (size_t i = 0; i < count; i++) {
        printf("    '%s:", commands[i].name);
        print_quoted(commands[i].options()->brief, "");
        puts("'");
    }
    fputs("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
          "  local command=\"$words[2]\"\n  shift words\n  (( CURRENT-- ))\n"
          "  case \"$command\" in\n",
          stdout);
    for (size_t i = 0; i < count; i++)
        print_zsh_command(&commands[i]);
    fputs("  esac\n}\n_rushproof \"$@\"\n", stdout);
}

static int run_command(const struct command_call *call)
{
    const char *shell = call->count ? call->arguments[0] : "";
    if (!strcmp(shell, "bash")) {
        print_bash();
    } else if (!strcmp(shell, "zsh")) {
        print_zsh();
    } else {
        struct err err = {0};
        err_set(&err, ERR_USAGE, "there are no completions for '%s'; allowed: bash, zsh", shell);
        return command_fail(&err, "");
    }
    return EXIT_PASS;
}

const struct command cmd_completions = COMMAND(completions);
