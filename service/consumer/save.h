/* Writes batches into Postgres: coupons, parked users, malformed records. One thread; any thread
 * may read the counters. */
#ifndef CONSUMER_SAVE_H
#define CONSUMER_SAVE_H

#include <stdbool.h>

#include "base/buf.h"
#include "common/metrics.h"
#include "consumer/batch.h"
#include "consumer/db.h"

struct save_settings {
    const char *topic, *group;
    bool exactly_once;
};

struct save_counts {
    struct counter rows;      /* coupons inserted */
    struct counter repeated;  /* users who had one already (exactly once) */
    struct counter parked;    /* users moved to failed_event */
    struct counter malformed; /* records that are no user id */
};

struct save;

/* The queries that a connection needs before save can use it; NULL at the end. */
const char *const *save_setup(bool exactly_once);

/* db and counts stay the caller's and must outlive save. */
int save_new(struct db *db, const struct save_settings *settings, struct save_counts *counts,
             struct save **ret_save, struct err *err) __attribute__((warn_unused_result));
void save_free(struct save *save);

/* Saves everything in the batch: one statement for the rows; when Postgres refuses one of them, row
 * by row, with the refused ones parked. DB_DONE or DB_FAILED. After DB_FAILED the batch is to be
 * saved again: it has been shortened by what is safe already. */
enum db_result save_batch(struct save *save, struct batch *batch, struct err *err);

#endif
