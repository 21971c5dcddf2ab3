/* Faults in who gets one: checks that are not the act, limits that are one off, counters that
 * forget. */
#include "faulty/redis.h"
#include "faulty/sql.h"
#include "service.h"

/* Whoever comes between the load and the store sees the same number. */
static void race_memory(struct ask *ask)
{
    int64_t sold = atomic_load(&ask->service->sold);
    if (sold >= ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_pause(ask);
    atomic_store(&ask->service->sold, sold + 1);
    ask_send(ask);
    answer_yes(ask, sold + 1);
}

/* Right alone; a second instance has a variable of its own. */
static void counts_alone(struct ask *ask)
{
    int64_t sold = atomic_fetch_add(&ask->service->sold, 1) + 1;
    if (sold > ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    answer_yes(ask, sold);
}

/* A limiter behind the decision instead of before it: who is turned away has a slot. */
static void limits_late(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    if (count % 20 == 0)
        answer_with(ask, 429, "{\"error\":\"too many requests\"}");
    else
        answer_yes(ask, count);
}

static void race_redis(struct ask *ask)
{
    int64_t sold = redis_ask(ask->worker->redis, "GET sold");
    if (sold >= ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_pause(ask);
    redis_ask(ask->worker->redis, "SET sold %lld", (long long)sold + 1);
    ask_send(ask);
    answer_yes(ask, sold + 1);
}

static void race_sql(struct ask *ask)
{
    int64_t sold = sql_ask(ask->worker->sql, "SELECT count(*) FROM coupon");
    if (sold >= ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_pause(ask);
    sql_ask(ask->worker->sql, "INSERT INTO coupon (user_id) VALUES (%lld)", (long long)ask->user);
    answer_yes(ask, sold + 1);
}

static void off_by_one(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit + 1) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    answer_yes(ask, count);
}

/* A TTL on the counter, and it runs out in the middle of the sale. */
static void counter_expires(struct ask *ask)
{
    if (ask->number == ask->service->limit * 3 / 2)
        redis_ask(ask->worker->redis, "DEL coupon_count");
    serve(ask);
}

/* The send fails, and the slot that was counted for it is not given back. */
static void slot_burned(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
    } else if (count % 10 == 0) {
        answer_with(ask, 503, "{\"error\":\"kafka\"}");
    } else {
        ask_send(ask);
        answer_yes(ask, count);
    }
}

static void nobody_served(struct ask *ask)
{
    ask_count(ask);
    answer_no(ask);
}

const struct fault *faults_stock(size_t *ret_count)
{
    static const struct fault table[] = {
        {"race-memory", "checks a variable, then sets it", .apply = race_memory},
        {"counts-alone", "counts in a variable that every instance has", .apply = counts_alone},
        {"limits-late", "turns away by 429 after it has decided", .apply = limits_late},
        {"race-redis", "GET, compare, SET", .apply = race_redis},
        {"race-sql", "SELECT count(*), then INSERT", .apply = race_sql},
        {"off-by-one", "sells one more than the limit, also one by one", .apply = off_by_one},
        {"counter-expires", "the counter is gone once in the middle", .apply = counter_expires},
        {"slot-burned", "every tenth slot is lost by a failed send", .apply = slot_burned},
        {"nobody-served", "everybody is told that it is sold out", .apply = nobody_served},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
