/* links: archive */
/* covers: harness/archive/result_load.c harness/report/fields.c */
/* words: reports/result.schema.json */
/* result.json of somebody else's run: it is read or refused, and either way the run can be freed.
 */
#include "archive/archive.h"
#include "archive/result_load.h"
#include "fuzz.h"

static struct scenario scenario = {.name = (char *)"fuzz", .limit = 2};

static void load_starving(void *context)
{
    static struct run run;
    char *text = NULL;
    struct err err = {0};
    run_init(&run);
    run.scenario = &scenario;
    json_t *lengths = NULL;
    if (!result_load(context, &run, &lengths, &err))
        (void)!archive_result_json(&run, &text, &err);
    json_decref(lengths);
    free(text);
    run_free(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct run run;
    char path[128];
    struct err err = {0};
    run_init(&run);
    run.scenario = &scenario;
    snprintf(path, sizeof path, "%s/result.json", fuzz_dir());
    fuzz_file(path, bytes, size);
    starve(load_starving, path);
    json_t *lengths = NULL;
    if (result_load(path, &run, &lengths, &err)) {
        MUST(err.message[0]);
    } else {
        char *text = NULL;
        MUST(archive_result_json(&run, &text, &err) == 0 && text[0] == '{');
        free(text);
    }
    json_decref(lengths);
    run_free(&run);
    return 0;
}
