/* The archive: a run's directory on disk, written and read back. result.json, history.csv,
 * timeline.csv, coupons.csv, parked.csv, produced.csv, dead_letter.csv, before.csv, scenario.yaml
 * (resolved). reports/README.md tells what is in them. Main thread. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include <stdio.h>

#include "base/err.h"
#include "model/run.h"

/* Makes root/<scenario>/<UTC stamp>/ (never an existing one: a suffix is added) and moves the link
 * root/latest. Fills run->dir, and run->wall_start when it is 0. Errors: ERR_ENVIRONMENT. */
int archive_make_dir(const char *root, struct run *run, struct err *err)
    __attribute__((warn_unused_result));

/* The newest of the runs of which dir is the directory, by their stamps: reports/<scenario>, or
 * reports with its link `latest`. False: there is none in it. */
bool archive_newest(const char *dir, char *ret_dir, size_t size);

/* Writes every file of the archive into run->dir, each whole or not at all (written aside,
 * renamed). What is not known gets no file. */
int archive_save(const struct run *run, struct err *err) __attribute__((warn_unused_result));

/* result.json alone, again: for what became known while the others were written. */
int archive_save_result(const struct run *run, struct err *err) __attribute__((warn_unused_result));

/* Masks the secrets in what servers and processes have written to dir/logs, once they have ended.
 */
int archive_mask_logs(const char *dir, struct err *err) __attribute__((warn_unused_result));

/* result.json alone as text; the caller frees it. */
int archive_result_json(const struct run *run, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

/* The same onto out, with a newline. A write that fails stays in out (ferror). */
int archive_print_json(const struct run *run, FILE *out, struct err *err)
    __attribute__((warn_unused_result));

/* Brings a saved run back; *ret_scenario is what run->scenario points at (scenario_free, after
 * run_free). dir may also be a directory of runs (the newest of them), or a history from elsewhere
 * (a CSV file, or a directory without result.json): see archive_load_foreign. Errors: ERR_USAGE
 * with file:line. */
int archive_load(const char *dir, struct run *ret_run, struct scenario **ret_scenario,
                 struct err *err) __attribute__((warn_unused_result));

/* A history that something else recorded. Borrowed during the call only. */
struct archive_foreign {
    const char *history;  /* the CSV file */
    const char *coupons;  /* rows as CSV; NULL: coupons.csv beside the history, when it is there */
    const char *parked;   /* likewise parked.csv */
    const char *scenario; /* YAML; NULL: scenario.yaml beside the history, else limit 100 */
    const char *const *sets; /* "limit=20" …, for the scenario */
    size_t sets_count;
};

/* The run has no findings yet: let checks_run judge it. Errors: ERR_USAGE with file:line. */
int archive_load_foreign(const struct archive_foreign *foreign, struct run *ret_run,
                         struct scenario **ret_scenario, struct err *err)
    __attribute__((warn_unused_result));

#endif
