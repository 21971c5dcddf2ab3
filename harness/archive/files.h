/* The CSV files of a run's directory: one pair of calls a file. Saving writes instants in ns
 * relative to the history's origin, an empty field is "never" or "not known". Loading takes the
 * origin as an argument. Main thread. */
#ifndef ARCHIVE_FILES_H
#define ARCHIVE_FILES_H

#include "base/err.h"
#include "model/run.h"

/* ---- history.csv, and actions.csv where actions were sent ---- */

int history_csv_save(const struct run *run, const char *dir, struct err *err);

/* Loads it as it is: instants plus origin. */
int history_csv_load(const char *path, ns_t origin, struct roster *roster,
                     const struct items *items, struct history *ret_history, struct err *err);

/* Behind the history, whose lines it is about. A file that is not there has none. */
int actions_csv_load(const char *path, struct run *run, struct err *err);

/* One from elsewhere: only user, released_ns, done_ns and outcome are required, and any clock will
 * do. The earliest instant becomes 1 s, the origin is the first release, attempts are counted.
 * actions: where there may be actions, by the same clock. */
int history_csv_load_foreign(const char *path, const char *actions, struct run *run,
                             struct err *err);

/* Are its users numbers? The first line decides, so that a slip in a later one is found. */
int history_csv_ids(const char *path, bool *ret_numbers, struct err *err);

/* ---- coupons.csv, parked.csv, before.csv: user,id; with items also item,units,order ---- */

/* Nothing is written for rows that are not known. */
int rows_csv_save(const struct run *run, const struct rows *rows, const char *dir, const char *name,
                  struct err *err);

/* Rows are known when the file is there; when they were asked for is told elsewhere and kept. id
 * may be missing: the place in the file then, from 1. */
int rows_csv_load(const char *path, struct roster *roster, const struct items *items,
                  struct rows *ret_rows, struct err *err);

/* ---- stock.csv, stock_before.csv: item,quantity ---- */

int stock_csv_save(const struct run *run, const struct rows *rows, const char *dir,
                   const char *name, struct err *err);
int stock_csv_load(const char *path, const struct items *items, struct rows *ret_rows,
                   struct err *err);

/* ---- produced.csv, dead_letter.csv: topic,partition,offset,user ---- */

int produced_csv_save(const struct run *run, const struct produced *produced, const char *dir,
                      const char *name, struct err *err);
int produced_csv_load(const char *path, const struct run *run, struct produced *ret_produced,
                      struct err *err);

/* ---- timeline.csv ---- */

int timeline_csv_save(const struct run *run, const char *dir, struct err *err);
int timeline_csv_load(const char *path, const struct scenario *scenario, ns_t origin,
                      struct timeline *ret_timeline, struct err *err);

/* ---- statements.csv ---- */

/* Nothing is written for a run without a trace. */
int statements_csv_save(const struct run *run, const char *dir, struct err *err);
int statements_csv_load(const char *path, struct run *run, struct err *err);

/* ---- queues by name ---- */

/* The name of a pipeline's queue, or its index as digits when the scenario does not name it. */
const char *queue_name(const struct scenario *scenario, int queue, char *text, size_t size);
int queue_find(const struct scenario *scenario, const char *name, size_t length); /* -1: none */

/* The queue whose name begins a text and is followed by a '/'; names may hold any character, as
 * queries do. *ret_length: of the name. -1: none. */
int queue_begins(const struct scenario *scenario, const char *text, size_t length,
                 size_t *ret_length);

#endif
