#include <signal.h>
#include <unistd.h>

#include "consumer.h"

/* Every how many records the fault shows. */
#define EVERY 10
/* After so many rows the crash comes, in the middle of a batch. */
#define CRASH_AFTER 35
/* As many rows as there are in the scenario. */
#define ROWS 100

static void right(struct consumer *consumer, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        consumer_insert(consumer, batch->users[i]);
    consumer_commit(consumer, batch);
}

/* Fails ten times, gives up and goes on, as Spring does. */
static void skip(struct consumer *consumer, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (++consumer->records % EVERY)
            consumer_insert(consumer, batch->users[i]);
    consumer_commit(consumer, batch);
}

static void park(struct consumer *consumer, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        (++consumer->records % EVERY ? consumer_insert : consumer_park)(consumer, batch->users[i]);
    consumer_commit(consumer, batch);
}

static void wrong_user(struct consumer *consumer, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        consumer_insert(consumer, batch->users[i] + (++consumer->records % EVERY ? 0 : 1000000));
    consumer_commit(consumer, batch);
}

static void commit_first(struct consumer *consumer, struct batch *batch)
{
    consumer_commit(consumer, batch);
    for (size_t i = 0; i < batch->count; i++) {
        consumer_insert(consumer, batch->users[i]);
        if (++consumer->records >= CRASH_AFTER && i + 1 < batch->count)
            consumer_crash(consumer);
    }
}

static void commit_late(struct consumer *consumer, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        consumer_insert(consumer, batch->users[i]);
        if (++consumer->records >= CRASH_AFTER)
            consumer_crash(consumer);
    }
    consumer_commit(consumer, batch);
}

/* All rows are written and committed; then the whole program crashes, its parent too. */
static void crash_after_rows(struct consumer *consumer, struct batch *batch)
{
    right(consumer, batch);
    consumer->records += (int64_t)batch->count;
    if (consumer->records < ROWS)
        return;
    usleep(50000);
    kill(getppid(), SIGSEGV);
}

/* It crashes by itself with records left, and nobody starts it again. */
static void crash_amid_rows(struct consumer *consumer, struct batch *batch)
{
    right(consumer, batch);
    consumer->records += (int64_t)batch->count;
    if (consumer->records >= CRASH_AFTER)
        kill(getppid(), SIGSEGV);
}

/* One worker crashes between two batches, and is started again: no harm is done. */
static void lose_worker(struct consumer *consumer, struct batch *batch)
{
    right(consumer, batch);
    consumer->records += (int64_t)batch->count;
    if (consumer->records >= CRASH_AFTER)
        consumer_crash(consumer);
}

/* Not a fault: offsets at once, rows a good while later. */
static void save_later(struct consumer *consumer, struct batch *batch)
{
    consumer_commit(consumer, batch);
    if (consumer->records == 0)
        sleep(2);
    consumer->records += (int64_t)batch->count;
    for (size_t i = 0; i < batch->count; i++)
        consumer_insert(consumer, batch->users[i]);
}

const struct consumer_fault *consumer_faults(size_t *ret_count)
{
    static const struct consumer_fault table[] = {
        {"none", "no fault: must pass every check", right},
        {"skips", "every tenth record is skipped and committed", skip},
        {"parks", "every tenth record is parked", park},
        {"wrong-user", "every tenth row has another user", wrong_user},
        {"crash-amid-rows", "a crash with records left", crash_amid_rows},
        {"crash-after-rows", "a crash after the last row", crash_after_rows},
        {"loses-worker", "no fault: a worker crashes once and is started again", lose_worker},
        {"commits-first", "offsets before rows, and a crash in between", commit_first},
        {"saves-later", "no fault: offsets at once, rows two seconds later", save_later},
        {"commits-late", "rows before offsets, and a crash in between", commit_late},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
