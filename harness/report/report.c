#include "report/report.h"

#include <jansson.h>
#include <string.h>

#include "base/aside.h"
#include "base/cleanup.h"
#include "report/result.h"
#include "report/writers.h"

static const struct report_writer writers[] = {
    {"junit", "junit.xml", "one testcase a check, for CI", junit_write},
    {"html", "report.html", "one page that explains the run, without network", html_write},
    {"summary", "summary.md", "Markdown for CI summary pages and pull requests", summary_write},
    {"metrics", "metrics.prom", "OpenMetrics, for a push gateway or a text collector",
     metrics_write},
    {"tsv", "result.tsv", "result.json flat: a line a value, a check and a user", tsv_write},
};

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

const struct report_writer *report_table(size_t *ret_count)
{
    *ret_count = sizeof writers / sizeof *writers;
    return writers;
}

static int write_file(const struct report_writer *writer, const struct run *run,
                      const json_t *result, struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, run->dir, writer->file, err);
    if (!rc)
        rc = writer->write(run, result, aside.file, err);
    return rc ? rc : aside_commit(&aside, err);
}

int report_write_all(const struct run *run, struct err *err)
{
    _cleanup_(cleanup_json) json_t *result = NULL;
    int rc = result_make(run, &result, err);
    for (size_t i = 0; !rc && i < sizeof writers / sizeof *writers; i++)
        rc = write_file(&writers[i], run, result, err);
    return rc;
}

int report_write_one(const char *name, const struct run *run, FILE *out, struct err *err)
{
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (strcmp(writers[i].name, name) != 0)
            continue;
        _cleanup_(cleanup_json) json_t *result = NULL;
        int rc = result_make(run, &result, err);
        return rc ? rc : writers[i].write(run, result, out, err);
    }
    return err_set(err, ERR_USAGE, "there is no report called %s", name);
}
