/* The coordinator's side of the board. */
#include <hiredis.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/coordinator_inside.h"

#define RENEW  NS_PER_S
#define EXTEND (5 * NS_PER_S)
#define LOOK   (250 * NS_PER_MS)
/* A lease that is away for longer, as often as it was looked for, is given up. */
#define GONE   (2 * NS_PER_S)
#define IDLE   (5 * NS_PER_MS)
#define STREAK 32 /* messages in one answer */

/* ---- what the pulse does ---- */

static void extend(struct coordinator *coordinator, struct board *board, unsigned phases)
{
    static const char *const names[] = {"scenario", "up"};
    char key[BOARD_KEY_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)board_tell(board, 3,
                         (const char *[]){"EXPIRE",
                                          board_key(&coordinator->place, key, "%s", names[i]),
                                          TTL_TEXT});
    for (unsigned i = 0; i < phases; i++)
        (void)board_tell(
            board, 3,
            (const char *[]){"EXPIRE", board_key(&coordinator->place, key, "go:%u", i), TTL_TEXT});
}

static void see(struct coordinator *coordinator, const redisReply *reply, ns_t now)
{
    pthread_mutex_lock(&coordinator->lock);
    for (unsigned i = 0; i < reply->elements; i++) {
        struct presence *presence = &coordinator->present[i];
        bool there = reply->element[i]->type == REDIS_REPLY_STRING;
        snprintf(presence->incarnation, sizeof presence->incarnation, "%s",
                 there ? reply->element[i]->str : "");
        presence->gone = there ? 0 : presence->gone ? presence->gone : now;
    }
    pthread_mutex_unlock(&coordinator->lock);
}

static void look(struct coordinator *coordinator, struct board *board, ns_t now)
{
    unsigned size = coordinator->all.size;
    const char **words = calloc(size + 1U, sizeof *words);
    char(*keys)[BOARD_KEY_MAX] = calloc(size, sizeof *keys);
    for (unsigned i = 0; words && keys && i < size; i++)
        words[i + 1] = board_key(&coordinator->place, keys[i], "rank:%u", i);
    if (words && keys) {
        words[0] = "MGET";
        redisReply *reply = board_ask(board, (int)size + 1, words, NULL);
        if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == size)
            see(coordinator, reply, now);
        if (reply)
            freeReplyObject(reply);
    }
    free(words);
    free(keys);
}

void coordinator_turn(void *context, struct board *board, ns_t now)
{
    struct coordinator *coordinator = context;
    char key[BOARD_KEY_MAX];
    pthread_mutex_lock(&coordinator->lock);
    unsigned phases = coordinator->phases;
    pthread_mutex_unlock(&coordinator->lock);
    if (now - coordinator->renewed >= RENEW &&
        board_tell(board, 5,
                   (const char *[]){"SET", board_key(&coordinator->place, key, "alive"),
                                    coordinator->run, "EX", ALIVE_TTL}))
        coordinator->renewed = now;
    if (now - coordinator->extended >= EXTEND) {
        extend(coordinator, board, phases);
        coordinator->extended = now;
    }
    if (now - coordinator->looked >= LOOK) {
        look(coordinator, board, now);
        coordinator->looked = now;
    }
}

unsigned coordinator_lost(struct coordinator *coordinator)
{
    unsigned lost = ATTENDANCE_NOBODY;
    ns_t now = clock_now();
    pthread_mutex_lock(&coordinator->lock);
    for (unsigned i = 0; i < coordinator->all.size && lost == ATTENDANCE_NOBODY; i++) {
        const struct attendee *attendee = &coordinator->all.v[i];
        const struct presence *presence = &coordinator->present[i];
        bool another =
            *presence->incarnation &&
            strncmp(presence->incarnation, attendee->incarnation, ATTENDANCE_INCARNATION - 1) != 0;
        bool gone = another || (presence->gone && now - presence->gone > GONE);
        if (*attendee->incarnation && !attendee->ended && gone)
            lost = i;
    }
    pthread_mutex_unlock(&coordinator->lock);
    return lost;
}

/* ---- the beginning and the end ---- */

static int take_session(struct coordinator *coordinator, struct err *err)
{
    char key[BOARD_KEY_MAX];
    ns_t give_up = clock_now() + 8 * NS_PER_S; /* one that has crashed is gone by then */
    board_key(&coordinator->place, key, "alive");
    while (!board_tell(&coordinator->board, 6,
                       (const char *[]){"SET", key, coordinator->run, "NX", "EX", ALIVE_TTL})) {
        if (clock_now() > give_up)
            return err_set(err, ERR_USAGE,
                           "session %s has a coordinator already%s%s: --session another-name",
                           coordinator->place.session, *coordinator->board.why ? ", or " : "",
                           coordinator->board.why);
        clock_sleep_until(clock_now() + 100 * NS_PER_MS);
    }
    return 0;
}

static void forget(struct coordinator *coordinator, const char *format_of_one)
{
    char key[BOARD_KEY_MAX];
    (void)board_tell(
        &coordinator->board, 2,
        (const char *[]){"DEL", board_key(&coordinator->place, key, "%s", format_of_one)});
}

static void forget_all(struct coordinator *coordinator)
{
    char name[32];
    forget(coordinator, "scenario");
    forget(coordinator, "up");
    for (unsigned i = 0; i < HISTORY_PHASES_MAX; i++) {
        snprintf(name, sizeof name, "go:%u", i);
        forget(coordinator, name);
        snprintf(name, sizeof name, "stage:%u", i);
        forget(coordinator, name);
    }
    for (unsigned i = 0; i < coordinator->all.size; i++) {
        snprintf(name, sizeof name, "acked:%u", i);
        forget(coordinator, name);
    }
}

/* The stream and its end are made in one step, so that nothing stays that has none. */
static bool make_stream(struct coordinator *coordinator)
{
    struct board *board = &coordinator->board;
    char key[BOARD_KEY_MAX];
    board_key(&coordinator->place, key, "up");
    return board_tell(board, 1, (const char *[]){"MULTI"}) &&
           board_tell(board, 5, (const char *[]){"XADD", key, "*", "k", "begin"}) &&
           board_tell(board, 3, (const char *[]){"EXPIRE", key, TTL_TEXT}) &&
           board_tell(board, 1, (const char *[]){"EXEC"});
}

int coordinator_announce(struct coordinator *coordinator, struct buf *scenario, struct err *err)
{
    char key[BOARD_KEY_MAX];
    int rc = take_session(coordinator, err);
    if (rc)
        return rc;
    coordinator->opened = true;
    forget_all(coordinator);
    forget(coordinator, "abort");
    bool told = make_stream(coordinator) &&
                board_tell(&coordinator->board, 5,
                           (const char *[]){"SET", board_key(&coordinator->place, key, "scenario"),
                                            buf_text(scenario), "EX", TTL_TEXT});
    return told ? 0
                : err_set(err, ERR_ENVIRONMENT, "the Redis of the agents: %s",
                          coordinator->board.why);
}

/* `abort` is left to expire: agents that have not looked yet shall see it. */
void coordinator_clear(struct coordinator *coordinator)
{
    if (!coordinator->opened)
        return;
    forget_all(coordinator);
    forget(coordinator, "alive");
}

bool coordinator_set_stage(struct coordinator *coordinator, unsigned phase)
{
    char key[BOARD_KEY_MAX];
    board_key(&coordinator->place, key, "stage:%u", phase);
    return board_tell(&coordinator->board, 5, (const char *[]){"SET", key, "1", "EX", TTL_TEXT});
}

bool coordinator_set_go(struct coordinator *coordinator, unsigned phase, ns_t go, ns_t margin)
{
    char key[BOARD_KEY_MAX], value[64];
    board_key(&coordinator->place, key, "go:%u", phase);
    snprintf(value, sizeof value, "%lld %lld", (long long)go, (long long)margin);
    pthread_mutex_lock(&coordinator->lock);
    coordinator->phases = phase + 1;
    pthread_mutex_unlock(&coordinator->lock);
    redisReply *reply = board_ask(&coordinator->board, 6,
                                  (const char *[]){"SET", key, value, "NX", "EX", TTL_TEXT}, NULL);
    /* Nil: the answer to an earlier try was lost, and it is there. */
    bool set = reply && reply->type != REDIS_REPLY_ERROR;
    if (reply)
        freeReplyObject(reply);
    return set;
}

/* It says whose it is: agents that go on to the next round may still read it. */
bool coordinator_set_abort(struct coordinator *coordinator, const char *why)
{
    char key[BOARD_KEY_MAX], value[ATTENDANCE_INCARNATION + 64];
    snprintf(value, sizeof value, "%s %s", coordinator->run, why);
    return board_tell(
        &coordinator->board, 5,
        (const char *[]){"SET", board_key(&coordinator->place, key, "abort"), value, "EX", "5"});
}

/* ---- messages ---- */

static const char *field(const redisReply *entry, const char *name, size_t *ret_size)
{
    const redisReply *fields = entry->element[1];
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (fields->element[i]->str && fields->element[i + 1]->str &&
            !strcmp(fields->element[i]->str, name)) {
            *ret_size = fields->element[i + 1]->len;
            return fields->element[i + 1]->str;
        }
    *ret_size = 0;
    return "";
}

static bool is_entry(const redisReply *entry)
{
    return entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 &&
           entry->element[0]->type == REDIS_REPLY_STRING &&
           entry->element[1]->type == REDIS_REPLY_ARRAY;
}

static int take_entry(struct coordinator *coordinator, const redisReply *entry, bool *heard,
                      struct err *err)
{
    size_t size;
    bool chunk = false;
    if (!is_entry(entry))
        return err_set(err, ERR_ENVIRONMENT, "the Redis of the agents gives no stream");
    snprintf(coordinator->last, sizeof coordinator->last, "%s", entry->element[0]->str);
    struct attendance_word word = {
        .rank = (unsigned)strtoul(field(entry, "r", &size), NULL, 10),
        .incarnation = field(entry, "i", &size),
        .kind = field(entry, "k", &size),
        .number = strtoull(field(entry, "n", &size), NULL, 10),
    };
    /* Our own, which has made the stream, or one that was meant for the round before. */
    if (!*word.incarnation || strcmp(field(entry, "c", &size), coordinator->run) != 0)
        return 0;
    word.bytes = field(entry, "b", &word.size);
    int rc = attendance_take(&coordinator->all, &word, &chunk, err);
    if (!rc && word.rank < coordinator->all.size)
        heard[word.rank] = true;
    return rc || !chunk
               ? rc
               : coordinator_keep_chunk(coordinator, word.rank, word.bytes, word.size, err);
}

/* What was taken is taken away, and its agent may send more. */
static void acknowledge(struct coordinator *coordinator, const redisReply *entries,
                        const bool *heard)
{
    char key[BOARD_KEY_MAX], number[24];
    const char *words[STREAK + 2] = {"XDEL", board_key(&coordinator->place, key, "up")};
    int count = 2;
    for (size_t i = 0; i < entries->elements && count < STREAK + 2; i++)
        words[count++] = entries->element[i]->element[0]->str;
    (void)board_tell(&coordinator->board, count, words);
    for (unsigned i = 0; i < coordinator->all.size; i++) {
        if (!heard[i])
            continue;
        snprintf(number, sizeof number, "%" PRIu64, coordinator->all.v[i].next);
        (void)board_tell(&coordinator->board, 5,
                         (const char *[]){"SET", board_key(&coordinator->place, key, "acked:%u", i),
                                          number, "EX", TTL_TEXT});
    }
}

static int take_entries(struct coordinator *coordinator, const redisReply *entries, struct err *err)
{
    bool *heard = calloc(coordinator->all.size + 1U, sizeof *heard);
    int rc = heard ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < entries->elements && !rc; i++)
        rc = take_entry(coordinator, entries->element[i], heard, err);
    if (!rc)
        acknowledge(coordinator, entries, heard);
    free(heard);
    return rc;
}

static void count_progress(struct coordinator *coordinator)
{
    struct progress *progress = coordinator->progress;
    atomic_llong *const counters[] = {&progress->planned, &progress->staged, &progress->released,
                                      &progress->answered};
    for (size_t k = 0; k < sizeof counters / sizeof *counters; k++) {
        long long sum = 0;
        for (unsigned i = 0; i < coordinator->all.size; i++)
            sum += coordinator->all.v[i].progress[k];
        atomic_store(counters[k], sum);
    }
}

int coordinator_pump(struct coordinator *coordinator, struct err *err)
{
    char key[BOARD_KEY_MAX], why[128];
    int rc = 0;
    if (pulse_away(coordinator->pulse, why, sizeof why))
        return err_set(err, ERR_INVALID, "%s while the run went on: what agents knew is lost", why);
    redisReply *reply =
        board_ask(&coordinator->board, 6,
                  (const char *[]){"XREAD", "COUNT", "32", "STREAMS",
                                   board_key(&coordinator->place, key, "up"), coordinator->last},
                  NULL);
    const redisReply *stream = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 1
                                   ? reply->element[0]
                                   : NULL;
    bool any = stream && stream->type == REDIS_REPLY_ARRAY && stream->elements == 2 &&
               stream->element[1]->type == REDIS_REPLY_ARRAY;
    if (any)
        rc = take_entries(coordinator, stream->element[1], err);
    if (reply)
        freeReplyObject(reply);
    count_progress(coordinator);
    if (!any)
        clock_sleep_until(clock_now() + IDLE);
    return rc;
}
