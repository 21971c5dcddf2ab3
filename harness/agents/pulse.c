#include "agents/pulse.h"

#include <hiredis.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN   (20 * NS_PER_MS)
#define SAMPLE (100 * NS_PER_MS)
#define START  (10 * NS_PER_S)

/* Of a row: so many at least. Who was held up at all of them asks on for a while. */
enum { QUESTIONS = 8, QUESTIONS_MOST = 32, POINTS_ENOUGH = 5 };
#define ASK_ON (10 * NS_PER_MS)

struct pulse {
    struct pulse_settings settings;
    struct board board; /* of the thread */
    pthread_t thread;
    atomic_bool stop;
    atomic_llong hush_from, hush_to;
    pthread_mutex_t lock; /* guards the members below */
    struct offsets offsets;
    ns_t round_trip;
    bool another;
    ns_t least; /* of all round trips; @thread pulse */
};

/* ---- the clock ---- */

static bool read_time(const redisReply *reply, ns_t *ret_there)
{
    if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        !reply->element[0]->str || !reply->element[1]->str)
        return false;
    *ret_there = strtoll(reply->element[0]->str, NULL, 10) * NS_PER_S +
                 strtoll(reply->element[1]->str, NULL, 10) * NS_PER_US;
    return *ret_there > 0;
}

static bool ask_time(struct pulse *pulse, struct offset_question *ret_question)
{
    struct offset_question question = {.sent = clock_now()};
    redisReply *reply = board_ask(&pulse->board, 1, (const char *[]){"TIME"}, NULL);
    question.heard = clock_now();
    bool answered = read_time(reply, &question.there);
    if (reply)
        freeReplyObject(reply);
    if (answered)
        *ret_question = question;
    return answered;
}

/* Is none of the row near the best that there ever was? */
static bool was_held_up(const struct pulse *pulse, ns_t best)
{
    return best > pulse->least + pulse->least / 4;
}

static size_t ask_row(struct pulse *pulse, struct offset_question v[static QUESTIONS_MOST])
{
    size_t count = 0;
    ns_t best = INT64_MAX, until = clock_now() + ASK_ON;
    while (count < QUESTIONS ||
           (count < QUESTIONS_MOST && was_held_up(pulse, best) && v[count - 1].heard < until)) {
        if (!ask_time(pulse, &v[count]))
            break;
        ns_t trip = v[count].heard - v[count].sent;
        best = trip < best ? trip : best;
        pulse->least = !pulse->least || trip < pulse->least ? trip : pulse->least;
        count++;
    }
    return count;
}

static void take_sample(struct pulse *pulse)
{
    struct offset_question v[QUESTIONS_MOST];
    struct err err;
    size_t count = ask_row(pulse, v);
    if (!count)
        return;
    struct offset_point point = offset_best(v, count);
    pthread_mutex_lock(&pulse->lock);
    if (!offsets_add(&pulse->offsets, &point, &err))
        pulse->round_trip = 2 * point.bound;
    pthread_mutex_unlock(&pulse->lock);
}

/* ---- the thread ---- */

static bool is_hushed(const struct pulse *pulse, ns_t now)
{
    return now >= atomic_load(&pulse->hush_from) && now < atomic_load(&pulse->hush_to);
}

static void turn(struct pulse *pulse, ns_t now, ns_t *due)
{
    if (is_hushed(pulse, now))
        return;
    pulse->settings.turn(pulse->settings.context, &pulse->board, now);
    if (now >= *due) {
        take_sample(pulse);
        *due = now + SAMPLE;
    }
    pthread_mutex_lock(&pulse->lock);
    pulse->another = pulse->board.another;
    pthread_mutex_unlock(&pulse->lock);
}

static void *beat(void *argument)
{
    struct pulse *pulse = argument;
    ns_t due = 0;
    while (!atomic_load(&pulse->stop)) {
        ns_t now = clock_now();
        turn(pulse, now, &due);
        clock_sleep_until(now + TURN);
    }
    return NULL;
}

static size_t count_points(struct pulse *pulse)
{
    pthread_mutex_lock(&pulse->lock);
    size_t count = pulse->offsets.count;
    pthread_mutex_unlock(&pulse->lock);
    return count;
}

int pulse_start(const struct pulse_settings *settings, struct pulse **ret_pulse, struct err *err)
{
    struct pulse *pulse = calloc(1, sizeof *pulse);
    if (!pulse)
        return err_set(err, ERR_MEMORY, "out of memory");
    pulse->settings = *settings;
    board_init(&pulse->board, settings->place);
    pthread_mutex_init(&pulse->lock, NULL);
    int failed = pthread_create(&pulse->thread, NULL, beat, pulse);
    if (failed) {
        pthread_mutex_destroy(&pulse->lock);
        free(pulse);
        return err_errno(err, ERR_ENVIRONMENT, failed, "cannot start a thread for the agents");
    }
    ns_t give_up = clock_now() + START;
    while (count_points(pulse) < POINTS_ENOUGH && clock_now() < give_up)
        clock_sleep_until(clock_now() + TURN);
    if (count_points(pulse) < POINTS_ENOUGH) {
        pulse_stop(pulse);
        return err_set(err, ERR_ENVIRONMENT,
                       "the Redis of the agents does not tell its TIME: its user needs +time");
    }
    *ret_pulse = pulse;
    return 0;
}

void pulse_stop(struct pulse *pulse)
{
    if (!pulse)
        return;
    atomic_store(&pulse->stop, true);
    pthread_join(pulse->thread, NULL);
    board_close(&pulse->board);
    offsets_free(&pulse->offsets);
    pthread_mutex_destroy(&pulse->lock);
    free(pulse);
}

/* ---- for others ---- */

void pulse_hush(struct pulse *pulse, ns_t from, ns_t to)
{
    atomic_store(&pulse->hush_from, from);
    atomic_store(&pulse->hush_to, to);
}

struct offset_point pulse_offset(struct pulse *pulse, ns_t own)
{
    pthread_mutex_lock(&pulse->lock);
    struct offset_point point = offsets_at(&pulse->offsets, own);
    pthread_mutex_unlock(&pulse->lock);
    return point;
}

ns_t pulse_there(struct pulse *pulse, ns_t own)
{
    return own ? own + pulse_offset(pulse, own).offset : 0;
}

ns_t pulse_here(struct pulse *pulse, ns_t there)
{
    size_t near = 0;
    pthread_mutex_lock(&pulse->lock);
    ns_t own = offsets_here(&pulse->offsets, there, &near);
    pthread_mutex_unlock(&pulse->lock);
    return own;
}

ns_t pulse_round_trip(struct pulse *pulse)
{
    pthread_mutex_lock(&pulse->lock);
    ns_t trip = pulse->round_trip;
    pthread_mutex_unlock(&pulse->lock);
    return trip;
}

bool pulse_away(struct pulse *pulse, char *ret_why, size_t size)
{
    pthread_mutex_lock(&pulse->lock);
    bool another = pulse->another;
    pthread_mutex_unlock(&pulse->lock);
    if (another)
        snprintf(ret_why, size, "the Redis of the agents was restarted");
    return another;
}

static int copy(const struct offsets *from_all, ns_t from, struct offsets *ret_offsets,
                struct err *err)
{
    size_t first = 0;
    int rc = 0;
    while (first + 1 < from_all->count && from_all->v[first + 1].at <= from)
        first++;
    for (size_t i = first; i < from_all->count && !rc; i++)
        rc = offsets_add(ret_offsets, &from_all->v[i], err);
    return rc;
}

int pulse_copy(struct pulse *pulse, ns_t from, ns_t behind, ns_t deadline,
               struct offsets *ret_offsets, struct err *err)
{
    for (bool there = false; !there && clock_now() < deadline;) {
        pthread_mutex_lock(&pulse->lock);
        there = pulse->offsets.count && pulse->offsets.v[pulse->offsets.count - 1].at > behind;
        pthread_mutex_unlock(&pulse->lock);
        if (!there)
            clock_sleep_until(clock_now() + TURN);
    }
    pthread_mutex_lock(&pulse->lock);
    int rc = copy(&pulse->offsets, from, ret_offsets, err);
    pthread_mutex_unlock(&pulse->lock);
    return rc;
}
