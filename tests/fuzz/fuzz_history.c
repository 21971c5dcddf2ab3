/* links: archive verify */
/* covers: harness/archive/history_csv.c harness/archive/csv_in.c */
/* A history from elsewhere: what loads can be judged. */
#include "archive/files.h"
#include "fuzz.h"
#include "verify/checks.h"

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
    if (history_csv_load_foreign(path, &run.history, &err))
        MUST(err.message[0]);
    else
        MUST(tally_make(&run.history, TALLY_ALL_PHASES, &run.tally, &err) == 0 &&
             checks_run(&run, &err) == 0);
    run_free(&run);
    return 0;
}
