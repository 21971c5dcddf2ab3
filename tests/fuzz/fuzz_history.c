/* links: archive verify */
/* covers: harness/archive/history_csv.c harness/archive/table.c base/csv.c */
/* A history from elsewhere: what loads can be judged. */
#include "archive/files.h"
#include "fuzz.h"
#include "verify/checks.h"

/* What was loaded is judged, saved and loaded again: the same. */
static void judge(struct run *run)
{
    struct history again = {0};
    struct err err = {0};
    char path[128];
    MUST(tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, &err) == 0);
    MUST(checks_run(run, &err) == 0);
    MUST(history_csv_save(run, fuzz_dir(), &err) == 0);
    snprintf(path, sizeof path, "%s/history.csv", fuzz_dir());
    MUST(history_csv_load(path, run->history.origin, run->roster, run->items, &again, &err) == 0);
    MUST(again.count == run->history.count);
    MUST(!again.count || !memcmp(again.v, run->history.v, again.count * sizeof *again.v));
    history_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct spec_rule rule;
    static struct scenario scenario = {
        .limit = 2,
        .responses = {
            .accepted = &rule, .accepted_count = 1, .rejected = &rule, .rejected_count = 1}};
    static struct run run;
    char path[128];
    struct err err = {0};
    run_init(&run);
    run.scenario = &scenario;
    snprintf(path, sizeof path, "%s/history.csv", fuzz_dir());
    fuzz_file(path, bytes, size);
    bool numbers = true;
    if (!history_csv_ids(path, &numbers, &err) && !numbers)
        run.roster = roster_texts(false);
    if (history_csv_load_foreign(path, "", &run, &err))
        MUST(err.message[0]);
    else
        judge(&run);
    run_free(&run);
    return 0;
}
