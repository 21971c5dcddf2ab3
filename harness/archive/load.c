/* A saved run brought back, and histories from elsewhere. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "archive/files.h"
#include "archive/lengths.h"
#include "archive/regular.h"
#include "archive/result_load.h"
#include "base/cleanup.h"
#include "scenario/scenario.h"

/* Enough of a scenario to judge a history by: nothing is started, nothing is sent. */
static const char foreign_scenario[] = "name: history\n"
                                       "description: A history from elsewhere\n"
                                       "limit: 100\n"
                                       "stack: {redis: none, postgres: none, kafka: none}\n";
/* And what a scenario beside a history need not say, because it has been sent already. */
static const struct {
    const char *key, *line;
} foreign_lines[] = {
    {"request:", "request: {url: \"http://127.0.0.1/\"}\n"},
    {"responses:", "responses: {accepted: {status: 200}, rejected: {status: 410}}\n"},
    {"load:", "load: [{closed: {connections: 1, requests: 1}}]\n"},
};

static void cleanup_scenario(struct scenario **scenario)
{
    scenario_free(*scenario);
}

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

static int path_of(const char *dir, const char *name, char *ret_path, size_t size, struct err *err)
{
    if ((size_t)snprintf(ret_path, size, "%s/%s", dir, name) >= size)
        return err_set(err, ERR_USAGE, "the path of %s is too long", dir);
    return 0;
}

static int read_text(const char *path, char **ret_text, struct err *err)
{
    _cleanup_fclose_ FILE *file = regular_open(path, err);
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, (size_t)1 << 24);
    if (!file)
        return -(int)ERR_USAGE;
    char block[4096];
    size_t count;
    while ((count = fread(block, 1, sizeof block, file)))
        if (buf_add(&text, block, count))
            return err_set(err, ERR_USAGE, "%s is too large for a scenario", path);
    if (strlen(buf_text(&text)) != text.used)
        return err_set(err, ERR_USAGE, "%s: not UTF-8 text", path);
    *ret_text = buf_steal(&text);
    return *ret_text ? 0 : err_set(err, ERR_MEMORY, "no memory for %s", path);
}

static int load_stock(const char *dir, struct run *run, struct err *err)
{
    char path[4096];
    int rc = path_of(dir, "stock_before.csv", path, sizeof path, err);
    if (!rc)
        rc = stock_csv_load(path, run->items, &run->evidence.stock_before, err);
    if (!rc)
        rc = path_of(dir, "stock.csv", path, sizeof path, err);
    return rc ? rc : stock_csv_load(path, run->items, &run->evidence.stock, err);
}

static int load_rows(const char *dir, struct run *run, struct err *err)
{
    struct evidence *evidence = &run->evidence;
    const struct {
        const char *name;
        struct rows *rows;
    } files[] = {
        {"before.csv", &evidence->before},
        {"coupons.csv", &evidence->coupons},
        {"parked.csv", &evidence->parked},
    };
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof files / sizeof *files; i++) {
        char path[4096];
        rc = path_of(dir, files[i].name, path, sizeof path, err);
        if (!rc)
            rc = rows_csv_load(path, run->roster, run->items, files[i].rows, err);
    }
    return rc ? rc : load_stock(dir, run, err);
}

static int load_records(const char *dir, struct run *run, struct err *err)
{
    char path[4096];
    int rc = path_of(dir, "produced.csv", path, sizeof path, err);
    if (!rc)
        rc = produced_csv_load(path, run, &run->evidence.produced, err);
    if (!rc)
        rc = path_of(dir, "dead_letter.csv", path, sizeof path, err);
    if (!rc)
        rc = produced_csv_load(path, run, &run->evidence.dead_letter, err);
    return rc;
}

static int load_instants(const char *dir, struct run *run, struct err *err)
{
    char path[4096];
    ns_t origin = run->history.origin;
    int rc = path_of(dir, "history.csv", path, sizeof path, err);
    if (!rc)
        rc = history_csv_load(path, origin, run->roster, run->items, &run->history, err);
    if (!rc)
        rc = agents_bind(&run->agents, &run->history, err);
    if (!rc)
        rc = path_of(dir, "actions.csv", path, sizeof path, err);
    if (!rc)
        rc = actions_csv_load(path, run, err);
    if (!rc)
        rc = path_of(dir, "timeline.csv", path, sizeof path, err);
    if (!rc)
        rc = timeline_csv_load(path, run->scenario, origin, &run->timeline, err);
    if (!rc)
        rc = path_of(dir, "statements.csv", path, sizeof path, err);
    if (!rc)
        rc = statements_csv_load(path, run, err);
    if (!rc)
        rc = run_tally(run, err);
    return rc;
}

static int load_scenario(const char *path, struct run *run, struct scenario **ret_scenario,
                         struct err *err)
{
    int rc = read_text(path, &run->scenario_text, err);
    if (!rc)
        rc = scenario_load_resolved(path, run->scenario_text, NULL, 0, ret_scenario, err);
    run->scenario = rc ? NULL : *ret_scenario;
    return rc;
}

static int load_saved(const char *dir, struct run *ret_run, struct scenario **ret_scenario,
                      struct err *err)
{
    _cleanup_free_ struct run *run = malloc(sizeof *run);
    _cleanup_(cleanup_scenario) struct scenario *scenario = NULL;
    if (!run)
        return err_set(err, ERR_MEMORY, "no memory for a run");
    run_init(run);
    snprintf(run->dir, sizeof run->dir, "%s", dir);
    _cleanup_(cleanup_json) json_t *lengths = NULL;
    char path[4096];
    int rc = path_of(dir, "scenario.yaml", path, sizeof path, err);
    if (!rc)
        rc = load_scenario(path, run, &scenario, err);
    if (!rc && !(run->roster = roster_of(scenario)))
        rc = err_set(err, ERR_MEMORY, "no memory for the users");
    if (!rc)
        rc = items_make(scenario, &run->items, err);
    if (!rc)
        rc = path_of(dir, "result.json", path, sizeof path, err);
    if (!rc)
        rc = result_load(path, run, &lengths, err);
    if (!rc)
        rc = load_instants(dir, run, err);
    if (!rc)
        roster_seal(run->roster); /* listed users are those who asked */
    if (!rc)
        rc = load_rows(dir, run, err);
    if (!rc)
        rc = load_records(dir, run, err);
    if (!rc)
        rc = lengths_check(run, lengths, dir, err);
    if (rc) {
        run_free(run);
        return rc;
    }
    *ret_run = *run;
    *ret_scenario = TAKE(scenario);
    return 0;
}

/* ---- from elsewhere ---- */

/* The folder of a path, without its last slash; "." when it has none. */
static void folder_of(const char *path, char *ret_dir, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(ret_dir, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    else
        snprintf(ret_dir, size, ".");
}

static bool has_line(const char *text, const char *begins)
{
    for (const char *at = strstr(text, begins); at; at = strstr(at + 1, begins))
        if (at == text || at[-1] == '\n')
            return true;
    return false;
}

/* The text with the lines that it lacks behind it, so that its own keep their numbers. */
static int complete_foreign(char **text, struct err *err)
{
    _cleanup_(buf_free) struct buf whole;
    buf_init(&whole, (size_t)1 << 24);
    buf_addf(&whole, "%s\n", *text);
    for (size_t i = 0; i < sizeof foreign_lines / sizeof *foreign_lines; i++)
        if (!has_line(*text, foreign_lines[i].key))
            buf_adds(&whole, foreign_lines[i].line);
    free(*text);
    *text = whole.failed ? NULL : buf_steal(&whole);
    return *text ? 0 : err_set(err, ERR_MEMORY, "no memory for a scenario");
}

static int load_foreign_scenario(const struct archive_foreign *foreign, const char *beside,
                                 struct run *run, struct scenario **ret_scenario, struct err *err)
{
    const char *path = foreign->scenario ? foreign->scenario : beside;
    int rc = 0;
    if (!foreign->scenario && access(beside, F_OK)) {
        path = "(built in)";
        run->scenario_text = strdup(foreign_scenario);
        rc = run->scenario_text ? 0 : err_set(err, ERR_MEMORY, "no memory for a scenario");
    } else {
        rc = read_text(path, &run->scenario_text, err);
    }
    if (!rc)
        rc = complete_foreign(&run->scenario_text, err);
    if (!rc)
        rc = scenario_load_resolved(path, run->scenario_text, foreign->sets, foreign->sets_count,
                                    ret_scenario, err);
    if (rc)
        return rc;
    run->scenario = *ret_scenario;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, (size_t)1 << 24);
    rc = scenario_print(run->scenario, &text, err);
    if (rc)
        return rc;
    free(run->scenario_text);
    run->scenario_text = buf_steal(&text);
    return run->scenario_text ? 0 : err_set(err, ERR_MEMORY, "no memory for a scenario");
}

static int load_foreign_rows(const struct archive_foreign *foreign, const char *dir,
                             struct run *run, struct err *err)
{
    struct evidence *evidence = &run->evidence;
    int rc = load_rows(dir, run, err);
    const struct {
        const char *path;
        struct rows *rows;
    } given[] = {{foreign->coupons, &evidence->coupons}, {foreign->parked, &evidence->parked}};
    for (size_t i = 0; !rc && i < sizeof given / sizeof *given; i++) {
        if (!given[i].path)
            continue;
        if (access(given[i].path, R_OK))
            return err_set(err, ERR_USAGE, "cannot read %s", given[i].path);
        rows_free(given[i].rows);
        rc = rows_csv_load(given[i].path, run->roster, run->items, given[i].rows, err);
    }
    return rc;
}

/* Its UUIDs were made elsewhere: users are whoever is in the history. */
static int make_foreign_roster(const char *history, struct run *run, struct err *err)
{
    const struct spec_ids *ids = &run->scenario->users.ids;
    bool uuids = ids->form && !strcmp(ids->form, "uuid"), numbers = false;
    bool nameless = spec_ids_kind(ids) == USER_IDS_NONE;
    int rc = uuids || nameless ? 0 : history_csv_ids(history, &numbers, err);
    if (rc)
        return rc;
    run->roster = nameless  ? roster_nameless(run->scenario->users.first)
                  : numbers ? roster_numbers(run->scenario->users.first)
                            : roster_texts(uuids);
    return run->roster ? 0 : err_set(err, ERR_MEMORY, "no memory for the users");
}

/* Whoever hands in rows with a history says that they are what was left when it was over. */
static void assume_read_at_the_end(struct run *run)
{
    struct evidence *evidence = &run->evidence;
    ns_t end = run->tally.last_response + 1;
    evidence->coupons.asked = evidence->parked.asked = end;
    evidence->produced.asked = evidence->dead_letter.asked = evidence->stock.asked = end;
}

int archive_load_foreign(const struct archive_foreign *foreign, struct run *ret_run,
                         struct scenario **ret_scenario, struct err *err)
{
    _cleanup_free_ struct run *run = malloc(sizeof *run);
    _cleanup_(cleanup_scenario) struct scenario *scenario = NULL;
    if (!run)
        return err_set(err, ERR_MEMORY, "no memory for a run");
    run_init(run);
    char dir[sizeof run->dir], beside[4096];
    folder_of(foreign->history, dir, sizeof dir);
    if (strlen(foreign->history) < sizeof run->dir)
        memcpy(run->dir, dir, sizeof run->dir);
    int rc = path_of(dir, "scenario.yaml", beside, sizeof beside, err);
    if (!rc)
        rc = load_foreign_scenario(foreign, beside, run, &scenario, err);
    if (!rc)
        rc = make_foreign_roster(foreign->history, run, err);
    if (!rc)
        rc = items_make(scenario, &run->items, err);
    if (!rc)
        rc = path_of(dir, "actions.csv", beside, sizeof beside, err);
    if (!rc)
        rc = history_csv_load_foreign(foreign->history, beside, run, err);
    if (!rc)
        rc = load_foreign_rows(foreign, dir, run, err);
    if (!rc)
        rc = load_records(dir, run, err);
    if (!rc)
        rc = run_tally(run, err);
    if (rc) {
        run_free(run);
        return rc;
    }
    assume_read_at_the_end(run);
    *ret_run = *run;
    *ret_scenario = TAKE(scenario);
    return 0;
}

/* A run's directory that lost its result.json, or never had one: what processes did, the counter
 * and when things were read is in no other file. */
static int refuse_torn(const char *dir, struct err *err)
{
    static const char *const ours[] = {"timeline.csv", "rushproof.log"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        char path[4096];
        int rc = path_of(dir, ours[i], path, sizeof path, err);
        if (rc)
            return rc;
        if (!access(path, F_OK))
            return err_set(
                err, ERR_USAGE,
                "%s is a run's directory (%s), and its result.json is not there: the run was "
                "not written to its end, or the file is lost; to judge the requests and rows "
                "alone: rushproof verify %s/history.csv",
                dir, ours[i], dir);
    }
    return 0;
}

int archive_load(const char *dir, struct run *ret_run, struct scenario **ret_scenario,
                 struct err *err)
{
    struct stat status;
    char path[4096];
    if (stat(dir, &status))
        return err_set(err, ERR_USAGE, "%s is not there", dir);
    if (!S_ISDIR(status.st_mode))
        return archive_load_foreign(&(struct archive_foreign){.history = dir}, ret_run,
                                    ret_scenario, err);
    int rc = path_of(dir, "result.json", path, sizeof path, err);
    if (!rc && !access(path, F_OK))
        return load_saved(dir, ret_run, ret_scenario, err);
    if (!rc)
        rc = path_of(dir, "history.csv", path, sizeof path, err);
    if (!rc && access(path, F_OK))
        return archive_newest(dir, path, sizeof path)
                   ? load_saved(path, ret_run, ret_scenario, err)
                   : err_set(err, ERR_USAGE,
                             "%s holds neither result.json nor history.csv, nor a run that does",
                             dir);
    if (!rc)
        rc = refuse_torn(dir, err);
    return rc ? rc
              : archive_load_foreign(&(struct archive_foreign){.history = path}, ret_run,
                                     ret_scenario, err);
}
