/* Services that are right and slow, beside one that is neither: what a judge who does not wait
 * would call lost. */
#include <stdbool.h>
#include <unistd.h>

#include "faulty/redis.h"
#include "faulty/sql.h"
#include "service.h"

/* A list in Redis holds who is to have a row. */
static bool enqueue(struct ask *ask)
{
    if (ask_count(ask) > ask->service->limit)
        return false;
    redis_ask(ask->worker->redis, "RPUSH pending %lld", (long long)ask->user);
    return true;
}

/* A scheduler that wakes up every --delay ms and writes a third of them. */
static void *write_now_and_then(void *argument)
{
    struct worker *worker = argument;
    for (;;) {
        usleep((useconds_t)worker->service->delay_ms * 1000);
        for (int64_t i = 0; i <= worker->service->limit / 3; i++) {
            long long user = redis_ask(worker->redis, "LPOP pending");
            if (user)
                sql_ask(worker->sql, "INSERT INTO coupon (user_id) VALUES (%lld)", user);
        }
    }
    return NULL;
}

static void schedule(struct ask *ask)
{
    if (enqueue(ask))
        answer_yes(ask, 0);
    else
        answer_no(ask);
}

/* Everybody is told the same: who won is seen later. */
static void put_off(struct ask *ask)
{
    (void)enqueue(ask);
    answer_with(ask, 200, "{\"result\":\"WAITING\"}");
}

/* A stock that is counted down, below nothing for those who come too late. */
static void fill_stock(struct worker *worker)
{
    redis_ask(worker->redis, "SET coupon_stock %lld", (long long)worker->service->limit);
}

static void take_from_stock(struct ask *ask)
{
    int64_t left = redis_ask(ask->worker->redis, "DECR coupon_stock");
    if (left < 0) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    answer_yes(ask, ask->service->limit - left);
}

const struct fault *faults_late(size_t *ret_count)
{
    static const struct fault table[] = {
        {"scheduler", "no fault: rows are written now and then, long after the answers",
         .apply = schedule, .aside = write_now_and_then},
        {"waiting", "no fault: everybody is told to wait, rows come later", .apply = put_off,
         .aside = write_now_and_then},
        {"waiting-for-ever", "everybody is told to wait, and rows never come", .apply = put_off},
        {"stock", "no fault: a stock that is counted down", .apply = take_from_stock,
         .before = fill_stock},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
