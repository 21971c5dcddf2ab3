#include "consumer/run.h"

#include <stdlib.h>

#include "base/log.h"
#include "common/backoff.h"
#include "consumer/stop.h"

enum { POLL_MS = 10, SHORT_SLEEP_MS = 500, HOLD_STEP_MS = 20 };

struct run {
    const struct settings *settings;
    struct run_counts *counts;
    struct db *db;
    struct save *save;
    struct feed *feed;
    struct batch batch;
    struct backoff backoff;
    struct rng rng;
    uint64_t taken; /* rows so far, for --pause-after */
};

/* Saves the batch, however long Postgres is away, and tells the feed what is safe. False when the
 * rest is not ours any more, or at the stop. */
static bool save_all(struct run *run)
{
    uint64_t generation = feed_generation(run->feed);
    struct err err;
    while (save_batch(run->save, &run->batch, &err) != DB_DONE) {
        feed_saved(run->feed, &run->batch); /* a part of it may be */
        if (stop_asked()) {
            log_warn("run", "stopped with rows unsaved, they will come again: %s", err.message);
            return false;
        }
        if (!counter_get(&run->counts->waiting))
            log_warn("run", "waiting for Postgres: %s", err.message);
        counter_set(&run->counts->waiting, 1);
        counter_add(&run->counts->retries, 1);
        feed_idle(run->feed, backoff_next(&run->backoff, &run->rng));
        if (feed_generation(run->feed) != generation) {
            log_warn("run", "the partitions were taken away before their rows were saved");
            return false;
        }
    }
    feed_saved(run->feed, &run->batch);
    counter_set(&run->counts->waiting, 0);
    backoff_reset(&run->backoff);
    return true;
}

/* Until SIGUSR1 has come, or the span is over. */
static void hold(struct run *run)
{
    const struct settings *settings = run->settings;
    ns_t until = settings->pause_for ? clock_now() + settings->pause_for : INT64_MAX;
    log_info("run", "holding after %llu rows", (unsigned long long)run->taken);
    counter_set(&run->counts->held, 1);
    while (!stop_asked() && !stop_go_on() && clock_now() < until) {
        ns_t left = until - clock_now();
        feed_idle(run->feed, left < HOLD_STEP_MS * NS_PER_MS ? left : HOLD_STEP_MS * NS_PER_MS);
    }
    counter_set(&run->counts->held, 0);
    log_info("run", "going on");
}

static void delay(struct run *run)
{
    ns_t span = run->settings->row_delay * (ns_t)run->batch.count;
    if (span > SHORT_SLEEP_MS * NS_PER_MS)
        feed_idle(run->feed, span); /* the group must not think that we are gone */
    else if (span > 0)
        stop_sleep(span);
}

/* How many records the coming batch may have: a hold comes after an exact number of rows. */
static size_t next_limit(const struct run *run)
{
    uint64_t hold_at = (uint64_t)run->settings->pause_after;
    if (run->taken >= hold_at || hold_at - run->taken > run->batch.max)
        return run->batch.max;
    return (size_t)(hold_at - run->taken);
}

static void step(struct run *run)
{
    batch_clear(&run->batch);
    feed_fill(run->feed, &run->batch, next_limit(run), POLL_MS * NS_PER_MS, run->settings->linger);
    if (batch_empty(&run->batch))
        return;
    uint64_t generation = feed_generation(run->feed);
    uint64_t rows = run->batch.count;
    delay(run);
    /* A stop during the delay, or a rebalance while filling: the records will be delivered again.
     */
    if (generation != feed_generation(run->feed) || !save_all(run))
        return;
    run->taken += rows;
    if (run->settings->pause_after && run->taken - rows < (uint64_t)run->settings->pause_after &&
        run->taken >= (uint64_t)run->settings->pause_after)
        hold(run);
}

/* Postgres may come up after us: only a contradiction ends the start. */
static int wait_for_database(struct run *run, struct err *err)
{
    while (!stop_asked() && db_connect(run->db, err) != DB_DONE) {
        if (!err->retriable)
            return -(int)err->code;
        if (!counter_get(&run->counts->waiting))
            log_warn("run", "waiting for Postgres: %s", err->message);
        counter_set(&run->counts->waiting, 1);
        stop_sleep(backoff_next(&run->backoff, &run->rng));
    }
    counter_set(&run->counts->waiting, 0);
    backoff_reset(&run->backoff);
    return 0;
}

/* The group is joined while Postgres is reached, but the tables come first: whoever waits for
 * "assigned", which is told by the first fill, may read them at once. And whoever has no Postgres
 * yet takes no partitions from others. */
static int open_feed(struct run *run, const struct feed_settings *settings, struct err *err)
{
    int rc = feed_new(settings, &run->counts->feed, &run->feed, err);
    if (rc || db_connect(run->db, err) == DB_DONE)
        return rc;
    feed_free(run->feed);
    run->feed = NULL;
    rc = wait_for_database(run, err);
    if (!rc && !stop_asked())
        rc = feed_new(settings, &run->counts->feed, &run->feed, err);
    return rc;
}

static int open_parts(struct run *run, void (*assigned)(void *arg, const char *text),
                      struct err *err)
{
    const struct settings *settings = run->settings;
    const struct db_settings db = {
        .url = settings->database_url,
        .setup = save_setup(settings->exactly_once),
        .timeout = settings->statement_timeout,
        .grace = settings->grace,
    };
    const struct save_settings save = {
        .topic = settings->topic,
        .group = settings->group,
        .exactly_once = settings->exactly_once,
    };
    const struct feed_settings feed = {
        .brokers = settings->kafka_brokers,
        .topic = settings->topic,
        .group = settings->group,
        .session_timeout = settings->session_timeout,
        .grace = settings->grace,
        .assigned = assigned,
    };
    int rc = batch_init(&run->batch, settings->batch ? (size_t)settings->batch : 1, err);
    if (!rc)
        rc = db_new(&db, &run->db, err);
    if (!rc)
        rc = save_new(run->db, &save, &run->counts->save, &run->save, err);
    if (!rc)
        rc = open_feed(run, &feed, err);
    return rc;
}

int run_until_stopped(const struct settings *settings,
                      void (*assigned)(void *arg, const char *text), struct run_counts *counts,
                      struct err *err)
{
    struct run run = {.settings = settings, .counts = counts};
    backoff_init(&run.backoff, 20 * NS_PER_MS, NS_PER_S);
    rng_seed(&run.rng, (uint64_t)clock_now());
    int rc = open_parts(&run, assigned, err);
    while (!rc && !stop_asked())
        step(&run);
    feed_free(run.feed);
    save_free(run.save);
    db_free(run.db);
    batch_free(&run.batch);
    return rc;
}
