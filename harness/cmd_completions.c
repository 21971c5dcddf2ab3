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

static void print_words(const struct opts *of)
{
    for (size_t i = 0; i < of->count; i++)
        printf(" --%s%s", of->table[i].name, of->table[i].value ? "=" : "");
}

static void print_cases(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        printf("    %s) words=\"", commands[i].name);
        print_words(commands[i].options());
        puts("\" ;;");
    }
}

static void print_bash(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    fputs("# bash completion of rushproof; made by 'rushproof completions bash'\n"
          "_rushproof() {\n"
          "  local current=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
          "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words=\"--help --version",
          stdout);
    for (size_t i = 0; i < count; i++)
        printf(" %s", commands[i].name);
    fputs("\"\n  else\n    case \"${COMP_WORDS[1]}\" in\n", stdout);
    print_cases();
    fputs("    esac\n"
          "    if [ \"${COMP_WORDS[1]}\" = run ] && [[ \"$current\" != -* ]]; then\n"
          "      words=\"$(rushproof list --names 2>/dev/null)\"\n"
          "    fi\n"
          "  fi\n"
          "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -f -- \"$current\")\n"
          "  if [[ \"${COMPREPLY[0]-}\" == *= ]]; then compopt -o nospace; fi\n"
          "}\n"
          "complete -F _rushproof rushproof\n",
          stdout);
}

/* A zsh description ends at a bracket or quote. */
static void print_plain(const char *text)
{
    for (; *text; text++)
        if (!strchr("[]'\\:", *text))
            putchar(*text);
}

static void print_zsh(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    fputs("#compdef rushproof\n# made by 'rushproof completions zsh'\n_rushproof() {\n"
          "  local -a commands\n  commands=(\n",
          stdout);
    for (size_t i = 0; i < count; i++) {
        printf("    '%s:", commands[i].name);
        print_plain(commands[i].options()->brief);
        puts("'");
    }
    fputs("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
          "  case \"$words[2]\" in\n",
          stdout);
    for (size_t i = 0; i < count; i++) {
        const struct opts *of = commands[i].options();
        printf("    %s) _arguments", commands[i].name);
        for (size_t k = 0; k < of->count; k++) {
            printf(" '--%s%s[", of->table[k].name, of->table[k].value ? "=" : "");
            print_plain(of->table[k].help);
            printf("]%s'", of->table[k].value ? ":value:_files" : "");
        }
        puts(" '*:file:_files' ;;");
    }
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
