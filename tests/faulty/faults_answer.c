/* Faults in what is told, and in whose turn it is. */
#include <event2/event.h>
#include <stdlib.h>

#include "service.h"

static void every_second_500(struct ask *ask)
{
    if (ask->number % 2)
        serve(ask);
    else
        answer_with(ask, 500, "{\"error\":\"who knows\"}");
}

static void strange_answer(struct ask *ask)
{
    if (ask->number % 50)
        serve(ask);
    else
        answer_with(ask, 200, "{\"result\":\"perhaps\"}");
}

/* The last one is told that it was the first. */
static void rank_lies(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    answer_yes(ask, ask->service->limit + 1 - count);
}

/* ---- last in, first out ---- */

/* A short stack in front of the counter. Every few milliseconds the newest are served; whoever has
 * waited for longer is in the way and is told that it is sold out. */
#define STACK_MAX     4096
#define SERVED_A_TURN 3
#define TURNS_WAITED  2

static const struct timeval turn = {.tv_usec = 5000};

static struct {
    struct ask *asks[STACK_MAX];
    int turns[STACK_MAX];
    int count;
    struct event *timer;
} waiting;

static void take_turn(int fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
    for (int served = 0; served < SERVED_A_TURN && waiting.count; served++)
        serve(waiting.asks[--waiting.count]);
    int kept = 0;
    for (int i = 0; i < waiting.count; i++) {
        if (++waiting.turns[i] >= TURNS_WAITED) {
            answer_no(waiting.asks[i]);
            continue;
        }
        waiting.asks[kept] = waiting.asks[i];
        waiting.turns[kept++] = waiting.turns[i];
    }
    waiting.count = kept;
}

static void last_in_first_out(struct ask *ask)
{
    if (!waiting.timer) {
        waiting.timer = event_new(ask->worker->base, -1, EV_PERSIST, take_turn, NULL);
        event_add(waiting.timer, &turn);
    }
    if (waiting.count == STACK_MAX) {
        answer_with(ask, 503, "{\"error\":\"full\"}");
        return;
    }
    waiting.turns[waiting.count] = 0;
    waiting.asks[waiting.count++] = ask;
}

const struct fault *faults_answer(size_t *ret_count)
{
    static const struct fault table[] = {
        {"every-second-500", "every second request is answered 500", .apply = every_second_500},
        {"strange-answer", "every fiftieth answer is one that nobody knows",
         .apply = strange_answer},
        {"rank-lies", "ranks are told backwards", .apply = rank_lies},
        {"last-in-first-out", "who has waited longest is turned away", .apply = last_in_first_out,
         .alone = true},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
