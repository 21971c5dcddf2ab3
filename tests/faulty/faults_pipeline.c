/* Faults in what is sent. */
#include "faulty/redis.h"
#include "service.h"

/* Fire and forget, and nobody looks whether the send went well. */
static void never_produced(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
        return;
    }
    if (count % 10)
        ask_send(ask);
    answer_yes(ask, count);
}

/* A retry of the producer after an answer that came too late. */
static void produced_twice(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    if (count % 10 == 0)
        ask_send(ask);
    answer_yes(ask, count);
}

/* The first after the last is told no, and its event is sent all the same. */
static void phantom(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        if (count == ask->service->limit + 1)
            ask_send(ask);
        answer_no(ask);
        return;
    }
    ask_send(ask);
    answer_yes(ask, count);
}

/* Every fifth is served, but told 500; at its next try it is served again. */
static void served_again(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    if (ask->user % 5 == 0 &&
        redis_ask(ask->worker->redis, "SADD told_500 %lld", (long long)ask->user))
        answer_with(ask, 500, "{\"error\":\"too late\"}");
    else
        answer_yes(ask, count);
}

const struct fault *faults_pipeline(size_t *ret_count)
{
    static const struct fault table[] = {
        {"never-produced", "every tenth is told yes and not sent", .apply = never_produced},
        {"produced-twice", "every tenth is sent twice", .apply = produced_twice},
        {"phantom", "one is told no and sent", .apply = phantom},
        {"served-again", "served once and told 500, served again at the retry",
         .apply = served_again},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
