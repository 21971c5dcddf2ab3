/* Faults in the table itself: rows that nobody asked for, at a time when nobody looks. */
#include <unistd.h>

#include "faulty/sql.h"
#include "service.h"

static void wait_until_sold(struct worker *worker)
{
    while (sql_ask(worker->sql, "SELECT count(*) FROM coupon") < worker->service->limit ||
           !atomic_load(&worker->service->loser))
        usleep(2000);
}

static void give_to_loser(struct worker *worker)
{
    sql_ask(worker->sql, "INSERT INTO coupon (user_id) VALUES (%lld)",
            atomic_load(&worker->service->loser));
}

/* When all is quiet, somebody who was told no gets one: a scheduled job, a retry, a second
 * consumer. */
static void *late_row(void *argument)
{
    struct worker *worker = argument;
    wait_until_sold(worker);
    usleep((useconds_t)worker->service->delay_ms * 1000);
    give_to_loser(worker);
    return NULL;
}

/* Who cleans up before the test? The row is there before the service is ready to be asked. */
static void leave_row(struct worker *worker)
{
    sql_ask(worker->sql, "INSERT INTO coupon (user_id) VALUES (999999)");
}

/* For a moment there are far too many, and in the end the number is right. The request that did it
 * is answered only when they are gone, so nobody can call it settled before. */
static void flicker(struct ask *ask)
{
    if (ask->number == ask->service->limit + 1) {
        sql_ask(ask->worker->sql,
                "INSERT INTO coupon (user_id) SELECT -g FROM generate_series(0, %lld) g",
                (long long)ask->service->limit);
        usleep((useconds_t)ask->service->delay_ms * 1000);
        sql_ask(ask->worker->sql, "DELETE FROM coupon WHERE user_id <= 0");
    }
    serve(ask);
}

const struct fault *faults_rows(size_t *ret_count)
{
    static const struct fault table[] = {
        {"late-row", "one more row, some time after all is quiet", .apply = serve,
         .aside = late_row},
        {"flicker", "far too many rows, which are gone again soon", .apply = flicker},
        {"leftover", "a row of an earlier run was left behind", .apply = serve,
         .before = leave_row},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
