/* The archive: a run's directory on disk, written and read back. result.json, history.csv,
 * timeline.csv, coupons.csv, parked.csv, produced.csv, before.csv, scenario.yaml (resolved). Main
 * thread. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "base/err.h"
#include "model/run.h"

/* Makes root/<scenario>/<UTC stamp>/ (never an existing one: a suffix is added) and moves the link
 * root/latest. Fills run->dir. */
int archive_make_dir(const char *root, struct run *run, struct err *err)
    __attribute__((warn_unused_result));

/* Writes every file of the archive into run->dir, each whole or not at all (written aside,
 * renamed). */
int archive_save(const struct run *run, struct err *err) __attribute__((warn_unused_result));

/* result.json alone as text; the caller frees it. */
int archive_result_json(const struct run *run, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

/* Brings a saved run back; *ret_scenario is what run->scenario points at (scenario_free). dir may
 * also be a history.csv from elsewhere, with coupons.csv beside it or not. Errors: ERR_USAGE with
 * file:line. */
int archive_load(const char *dir, struct run *ret_run, struct scenario **ret_scenario,
                 struct err *err) __attribute__((warn_unused_result));

#endif
