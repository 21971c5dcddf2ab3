/* links: report plant scenario model */
/* The console as somebody sees it who pipes it: few lines, no escapes, never wider than it is told.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "base/units.h"
#include "plant.h"
#include "report/console.h"
#include "report/console_inside.h"
#include "report/report.h"
#include "report/result.h"
#include "report/term.h"
#include "report/text.h"

struct view {
    char kind[16];
    bool quiet, json;
    enum console_color color;
};

static char *read_back(FILE *file)
{
    long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    cr_assert_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    return text;
}

static char *show_verdict(const struct view *view)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    _cleanup_fclose_ FILE *file = tmpfile();
    cr_assert_eq(plant_run(view->kind, 0, &run, &scenario, &err), 0, "%s", err.message);
    struct console *console = console_new(&(struct console_settings){
        .out = file, .quiet = view->quiet, .json = view->json, .color = view->color});
    console_verdict(console, &run);
    console_free(console);
    plant_free(&run, scenario);
    fseek(file, 0, SEEK_END);
    return read_back(file);
}

static int widest(const char *text)
{
    int most = 0;
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        char *copy = strndup(line, length);
        int columns = text_columns(copy);
        /* A path that people copy stays whole. */
        if (columns > most && !strstr(copy, "/report.html"))
            most = columns;
        free(copy);
        line += length + (line[length] == '\n');
    }
    return most;
}

ParameterizedTestParameters(console, fits_the_width)
{
    static int widths[] = {40, 80, 120, 200};
    return cr_make_param_array(int, widths, 4);
}

ParameterizedTest(int *width, console, fits_the_width)
{
    char columns[16];
    snprintf(columns, sizeof columns, "%d", *width);
    setenv("COLUMNS", columns, 1);
    static const char *const kinds[] = {"pass", "fail24", "unfair", "hostile", "broken", "faults"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct view view = {.color = CONSOLE_COLOR_NEVER};
        snprintf(view.kind, sizeof view.kind, "%s", kinds[i]);
        _cleanup_free_ char *text = show_verdict(&view);
        /* Numbers of 19 digits and such words cannot be broken in 40 columns. */
        if (*width > 40)
            cr_expect_leq(widest(text), *width, "%s: %d columns of %d\n%s", kinds[i], widest(text),
                          *width, text);
    }
}

Test(console, a_pipe_gets_no_escapes)
{
    setenv("TERM", "xterm", 1);
    _cleanup_free_ char *text = show_verdict(&(struct view){.kind = "hostile"});
    cr_expect_null(strchr(text, '\x1b'));
    cr_expect_null(strchr(text, '\r'));
    cr_expect_null(strchr(text, '\x07'));
}

/* A cell that is cut shows no first half of a secret either. */
Test(console, masks_before_it_cuts)
{
    setenv("COLUMNS", "60", 1);
    mask_add("decision, something read, a no when more");
    _cleanup_free_ char *text = show_verdict(&(struct view){.kind = "pass"});
    mask_forget();
    cr_expect_null(strstr(text, "a decision, som"), "%s", text);
}

Test(console, colors_when_told_and_only_ours)
{
    _cleanup_free_ char *text =
        show_verdict(&(struct view){.kind = "hostile", .color = CONSOLE_COLOR_ALWAYS});
    cr_expect(strstr(text, "\x1b[31m"));
    cr_expect(strstr(text, "?[31mred"), "a text from outside cannot colour anything");
}

Test(console, names_the_users_and_what_to_do)
{
    setenv("COLUMNS", "100", 1);
    setenv("LC_ALL", "C", 1);
    _cleanup_free_ char *text = show_verdict(&(struct view){.kind = "lossy"});
    cr_expect(strstr(text, "x fail  lossy"), "%s", text);
    cr_expect(strstr(text, "user 18 (released 0.04 ms, done"), "%s", text);
    cr_expect(strstr(text, "1000 sent = 100 accepted + 900 rejected + 0 failed + 0 unknown"), "%s",
              text);
    setenv("LC_ALL", "C.UTF-8", 1);
    _cleanup_free_ char *unicode = show_verdict(&(struct view){.kind = "lossy"});
    cr_expect(strstr(unicode, "✘ fail  lossy"), "%s", unicode);
}

/* What a pipe gets of the run, which is freed. */
static char *tell_verdict(struct run *run, struct scenario *scenario)
{
    _cleanup_fclose_ FILE *file = tmpfile();
    struct console *console = console_new(&(struct console_settings){.out = file});
    console_verdict(console, run);
    console_free(console);
    plant_free(run, scenario);
    fseek(file, 0, SEEK_END);
    return read_back(file);
}

Test(console, says_what_was_not_checked)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    setenv("COLUMNS", "100", 1);
    cr_assert_eq(plant_run("pass", 0, &run, &scenario, &err), 0, "%s", err.message);
    snprintf(run.not_checked, sizeof run.not_checked, "counter, slots_burned");
    _cleanup_free_ char *text = tell_verdict(&run, scenario);
    cr_expect(strstr(text, "  unchecked  counter, slots_burned\n"), "%s", text);
}

/* The eye is at the end when all has scrolled by. */
Test(console, the_last_line_is_the_verdict)
{
    setenv("COLUMNS", "80", 1);
    setenv("LC_ALL", "C", 1);
    static const struct {
        const char *kind, *last;
    } table[] = {{"pass", "\n+ pass  kafka: "}, {"fail24", "\nx fail  24-vs-100: cap_exact"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct view view = {.color = CONSOLE_COLOR_NEVER};
        snprintf(view.kind, sizeof view.kind, "%s", table[i].kind);
        _cleanup_free_ char *text = show_verdict(&view);
        char *end = text + strlen(text) - 1;
        cr_assert_eq(*end, '\n');
        *end = '\0';
        const char *line = strrchr(text, '\n');
        cr_expect(line && !strncmp(line, table[i].last, strlen(table[i].last)), "%s", text);
    }
}

Test(console, cells_end_between_words)
{
    setenv("COLUMNS", "60", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    _cleanup_free_ char *text = show_verdict(&(struct view){.kind = "pass"});
    cr_expect(strstr(text, " …"), "nothing was cut\n%s", text);
    for (const char *at = text; (at = strstr(at, "…")) != NULL; at++)
        cr_expect_eq(at[-1], ' ', "a word is cut: %.20s", at - 10);
}

/* Who reads a console has room for a few; all of them are in the files. */
Test(console, a_few_users_are_named_and_the_rest_counted)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    setenv("COLUMNS", "100", 1);
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    struct finding *lost = (struct finding *)(uintptr_t)findings_find(&run.findings, "lost");
    for (int i = 0; i < 10; i++)
        finding_witness(lost, "one more")->user = (struct maybe){true, 700 + i};
    size_t count = lost->witnesses_count;
    char more[64];
    snprintf(more, sizeof more, "      … 5 of %zu; all are in result.json\n", count);
    _cleanup_free_ char *text = tell_verdict(&run, scenario);
    cr_expect(strstr(text, more), "%s\n%s", more, text);
    cr_expect(strstr(text, "must hold: everybody who was told yes has a coupon or is parked"), "%s",
              text);
}

Test(console, quiet_is_one_line_and_json_none)
{
    _cleanup_free_ char *quiet = show_verdict(&(struct view){.kind = "fail24", .quiet = true});
    cr_expect(!strncmp(quiet, "24-vs-100: fail: expected: 100, but was: 24", 43), "%s", quiet);
    cr_expect_eq(strchr(quiet, '\n'), quiet + strlen(quiet) - 1);
    _cleanup_free_ char *json = show_verdict(&(struct view){.kind = "fail24", .json = true});
    cr_expect_str_eq(json, "");
}

/* A whole run as the engine tells it, ten times in each phase. */
static char *tell_run(int64_t silent)
{
    static struct run run;
    static struct progress progress;
    struct scenario *scenario = NULL;
    struct err err = {0};
    _cleanup_fclose_ FILE *file = tmpfile();
    cr_assert_eq(plant_run("pass", 0, &run, &scenario, &err), 0, "%s", err.message);
    struct console *console = console_new(&(struct console_settings){.out = file});
    atomic_store(&progress.planned, 1000);
    atomic_store(&progress.staged, 640);
    atomic_store(&progress.answered, 812);
    /* The gate opens before the first request leaves: that instant is not part of the spread. */
    atomic_store(&progress.first_release, run.tally.first_released - 5 * NS_PER_MS);
    atomic_store(&progress.load_finished, true);
    char spread[32], expected[128];
    for (int64_t i = 0; i < silent; i++) {
        struct request *request = &run.history.v[i];
        request->cls = CLASS_UNKNOWN;
        request->cause = CAUSE_TIMEOUT;
        request->status = 0;
    }
    snprintf(expected, sizeof expected, "  load       released in %s, %s",
             units_format_duration(run.tally.spread, spread, sizeof spread),
             silent ? "0 of 1000 answered, 1000 timeout" : "1000 answered");
    for (int phase = PHASE_STACK; phase <= PHASE_CHECK; phase++)
        for (int i = 0; i < 10; i++)
            console_progress(
                console, &run, (enum run_phase)phase, phase == PHASE_STACK ? NULL : &progress,
                phase < PHASE_SETTLE ? NULL : &run.timeline.v[run.timeline.count - 1], "");
    console_free(console);
    plant_free(&run, scenario);
    fseek(file, 0, SEEK_END);
    char *text = read_back(file);
    cr_expect(strstr(text, expected), "no '%s' in\n%s", expected, text);
    return text;
}

Test(console, a_run_that_sent_nothing_says_why_and_no_more)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    setenv("COLUMNS", "100", 1);
    cr_assert_eq(plant_run("pass", 0, &run, &scenario, &err), 0, "%s", err.message);
    run.tally = (struct tally){0};
    run.drain.outcome = DRAIN_NOT_RUN;
    run.verdict = VERDICT_UNKNOWN;
    snprintf(run.error, sizeof run.error, "nothing listens on port 1");
    _cleanup_free_ char *text = tell_verdict(&run, scenario);
    cr_expect(strstr(text, "  nothing listens on port 1\n  no request was sent\n"), "%s", text);
    cr_expect_not(strstr(text, "cap_exact"), "%s", text);
}

/* Latecomers after the burst are no part of it. */
Test(console, a_burst_is_told_by_its_own_phase)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    struct tally burst;
    cr_assert_eq(plant_run("pass", 0, &run, &scenario, &err), 0, "%s", err.message);
    cr_assert(result_burst(&run, &burst));
    cr_expect_eq(burst.spread, run.tally.spread);
    struct spec_phase phases[] = {scenario->load[0],
                                  {LOAD_WAVES, .waves = {.waves = 1, .size = 1}}},
                      *own = scenario->load;
    scenario->load = phases;
    scenario->load_count = 2;
    struct request *late = &run.history.v[run.history.count - 1];
    late->phase = 1;
    late->released += NS_PER_S;
    late->done += NS_PER_S;
    cr_assert_eq(tally_make(&run.history, TALLY_ALL_PHASES, &run.tally, &err), 0);
    cr_assert_geq(run.tally.spread, NS_PER_S);
    cr_assert(result_burst(&run, &burst));
    cr_expect_lt(burst.spread, NS_PER_S / 2);
    cr_expect_eq(burst.sent, run.tally.sent - 1);
    scenario->load = own;
    scenario->load_count = 1;
    plant_free(&run, scenario);
}

Test(console, a_pipe_is_not_flooded)
{
    _cleanup_free_ char *text = tell_run(0);
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    cr_expect_geq(lines, 3);
    cr_expect_leq(lines, 6, "%s", text);
    cr_expect(strstr(text, "kafka: limit 100, 1000 requests\n"), "%s", text);
    cr_expect(
        strstr(text,
               "  servers    redis 7.0.15, postgres 15.10, kafka librdkafka 2.0.2 embedded, ready"),
        "%s", text);
}

Test(console, what_ended_is_not_what_was_answered)
{
    _cleanup_free_ char *text = tell_run(1000);
    cr_expect(strstr(text, ", 0 of 1000 answered, 1000 timeout"), "%s", text);
}

/* While the load goes on nobody knows yet whether what ended was answered. */
Test(console, the_bar_counts_what_has_ended)
{
    struct scenario scenario = {.limit = 10};
    struct run run = {.scenario = &scenario};
    struct progress progress = {0};
    struct console *console = console_new(&(struct console_settings){.out = stderr});
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, 4096);
    atomic_store(&progress.answered, 812);
    console_compose_live(console, &run, PHASE_SETTLE, &progress, NULL, "", &lines);
    cr_expect(strstr(buf_text(&lines), "ended"), "%s", buf_text(&lines));
    cr_expect_null(strstr(buf_text(&lines), "answered"), "%s", buf_text(&lines));
    console_free(console);
}

/* A run that ended while it started: nothing ran until its end, and there is no instant to count
 * from.
 */
Test(report_page, who_was_never_started_did_not_run)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(plant_run("broken", 0, &run, &scenario, &err), 0, "%s", err.message);
    run.history.origin = 0;
    run.processes[0] = (struct process_info){
        .name = "migrate", .exit_code = 3, .ended = 5 * NS_PER_S, .looked = 5 * NS_PER_S};
    run.processes[1] = (struct process_info){.name = "apply", .exit_code = -1};
    run.processes_count = 2;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(report_write_one("html", &run, out, &err), 0, "%s", err.message);
    fclose(out);
    cr_expect(strstr(text, "ended with code 3<"), "without an instant");
    cr_expect(strstr(text, "was not started"));
    cr_expect_null(strstr(text, "ran until the end"));
    free(text);
    plant_free(&run, scenario);
}

/* Of ten who were all told yes, with a limit of three, nobody says that they prove nothing. */
Test(console, what_failed_is_proved)
{
    static struct run run;
    run_init(&run);
    struct finding *vacuous = findings_add(&run.findings, "not_vacuous");
    finding_set(vacuous, VERDICT_UNKNOWN, "the run proves nothing: nobody was told no");
    snprintf(run.invalid, sizeof run.invalid, "the run proves nothing: nobody was told no");
    run.verdict = VERDICT_UNKNOWN;
    cr_expect_str_eq(result_invalid(&run), vacuous->message);
    run.verdict = VERDICT_FAIL;
    cr_expect_str_eq(result_invalid(&run), "");
    snprintf(run.invalid, sizeof run.invalid, "released over 80 ms");
    cr_expect_str_eq(result_invalid(&run), "released over 80 ms");
}
