#include "archive/archive.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "archive/files.h"
#include "archive/lengths.h"
#include "base/aside.h"
#include "base/cleanup.h"
#include "base/mask_stream.h"
#include "report/result.h"
#include "scenario/scenario.h"

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

int archive_result_json(const struct run *run, char **ret_text, struct err *err)
{
    _cleanup_(cleanup_json) json_t *result = NULL;
    int rc = result_make(run, &result, err);
    if (rc)
        return rc;
    if (json_object_set_new(result, "files", lengths_of(run)))
        return err_set(err, ERR_MEMORY, "no memory for result.json");
    char *text = json_dumps(result, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    if (!text)
        return err_set(err, ERR_MEMORY, "no memory for result.json");
    *ret_text = text;
    return 0;
}

int archive_print_json(const struct run *run, FILE *out, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    int rc = archive_result_json(run, &text, err);
    if (rc)
        return rc;
    mask_stream_print(out, text);
    fputc('\n', out);
    return 0;
}

static int save_text(const char *dir, const char *name, const char *text, struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, dir, name, err);
    if (rc)
        return rc;
    fputs(text, aside.file);
    if (*text && text[strlen(text) - 1] != '\n')
        fputc('\n', aside.file);
    return aside_commit(&aside, err);
}

static int save_scenario(const struct run *run, struct err *err)
{
    if (run->scenario_text)
        return save_text(run->dir, "scenario.yaml", run->scenario_text, err);
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, (size_t)1 << 24);
    int rc = run->scenario ? scenario_print(run->scenario, &text, err) : 0;
    return rc ? rc : save_text(run->dir, "scenario.yaml", buf_text(&text), err);
}

int archive_save_result(const struct run *run, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    int rc = archive_result_json(run, &text, err);
    return rc ? rc : save_text(run->dir, "result.json", text, err);
}

int archive_save(const struct run *run, struct err *err)
{
    const struct evidence *evidence = &run->evidence;
    const char *dir = run->dir;
    if (!*dir)
        return err_set(err, ERR_BUG, "the run has no directory to be saved in");
    int rc = save_scenario(run, err);
    if (!rc)
        rc = history_csv_save(run, dir, err);
    if (!rc)
        rc = timeline_csv_save(run, dir, err);
    if (!rc)
        rc = rows_csv_save(run, &evidence->before, dir, "before.csv", err);
    if (!rc)
        rc = rows_csv_save(run, &evidence->coupons, dir, "coupons.csv", err);
    if (!rc)
        rc = rows_csv_save(run, &evidence->parked, dir, "parked.csv", err);
    if (!rc)
        rc = stock_csv_save(run, &evidence->stock_before, dir, "stock_before.csv", err);
    if (!rc)
        rc = stock_csv_save(run, &evidence->stock, dir, "stock.csv", err);
    if (!rc)
        rc = produced_csv_save(run, &evidence->produced, dir, "produced.csv", err);
    if (!rc)
        rc = produced_csv_save(run, &evidence->dead_letter, dir, "dead_letter.csv", err);
    if (!rc)
        rc = statements_csv_save(run, dir, err);
    /* Last: a directory with a result.json is a complete one. */
    return rc ? rc : archive_save_result(run, err);
}
