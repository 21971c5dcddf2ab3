/* rushproof doctor: what this machine has and allows, and what that means for a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "command.h"
#include "doctor.h"
#include "report/term.h"
#include "version.h"

enum { NAME_COLUMNS = 20 };

struct settings {
    bool help;
};

static const struct opt table[] = {COMMAND_HELP_ROW(struct settings)};

static const struct opts opts = {
    "rushproof doctor",
    "",
    "Tells whether runs can work here: servers, limits, real-time priority and how to get it.",
    "Exit codes: 0 a default run can work, 4 it cannot; what is missing is marked.",
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static void tell(const struct term *term, const char *name, const struct diagnosis *diagnosis)
{
    static const struct {
        const char *unicode, *ascii;
        enum term_style style;
    } marks[] = {[DIAGNOSIS_GOOD] = {"✔", "+", TERM_GREEN},
                 [DIAGNOSIS_LESS] = {"?", "?", TERM_YELLOW},
                 [DIAGNOSIS_BAD] = {"✘", "x", TERM_RED}};
    _cleanup_(buf_free) struct buf lines, text;
    buf_init(&lines, 1 << 16);
    buf_init(&text, 1 << 16);
    const char *mark =
        term->unicode ? marks[diagnosis->level].unicode : marks[diagnosis->level].ascii;
    buf_adds(&lines, "  ");
    term_add(term, &lines, marks[diagnosis->level].style, mark);
    buf_addf(&lines, " %-*s ", NAME_COLUMNS, name);
    term_wrap(&text, diagnosis->text, NAME_COLUMNS + 5, term_columns(stdout));
    buf_adds(&lines, buf_text(&text) + NAME_COLUMNS + 5);
    for (unsigned i = 0; i < diagnosis->advice_count; i++)
        term_wrap(&lines, diagnosis->advice[i], NAME_COLUMNS + 7, term_columns(stdout));
    fputs(buf_text(&lines), stdout);
}

static int run_command(const struct command_call *call)
{
    struct err err = {0};
    if (call->count) {
        err_set(&err, ERR_USAGE, "doctor takes no argument '%s'", call->arguments[0]);
        return command_fail(&err, "rushproof doctor --help");
    }
    struct term term;
    char libraries[256];
    bool works = true;
    term_init(&term, stdout, 0);
    for (size_t i = 0; i < doctor_count; i++) {
        struct diagnosis diagnosis = {.level = DIAGNOSIS_GOOD};
        doctor_table[i].look(&diagnosis);
        tell(&term, doctor_table[i].name, &diagnosis);
        works &= diagnosis.level != DIAGNOSIS_BAD;
    }
    printf("\n  %s\n  %s\n", version_libraries(libraries, sizeof libraries),
           works ? "A default run can work here." : "A default run cannot work here.");
    return works ? EXIT_PASS : EXIT_ENVIRONMENT;
}

const struct command cmd_doctor = COMMAND(doctor);
