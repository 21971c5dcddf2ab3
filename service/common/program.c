#include "common/program.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

int program_fail(const char *program, const struct err *err)
{
    fprintf(stderr, "%s: %s\n", program, err->message);
    return err->code == ERR_USAGE ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

void program_log(const char *level)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "off"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], level))
            log_to_stderr((enum log_level)i);
}

bool program_told(const struct opts *opts, const char *program, bool help, bool man, bool version)
{
    if (help)
        opts_print_help(opts, stdout);
    else if (man)
        opts_print_man(opts, program, RUSHPROOF_VERSION, stdout);
    else if (version)
        printf("%s %s\n", program, RUSHPROOF_VERSION);
    return help || man || version;
}
