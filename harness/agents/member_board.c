/* A member's leases and looks. */
#include <hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/member_inside.h"

/* The lease of one that ended by itself is gone by then. */
#define HELD_LONGER (12 * NS_PER_S)
#define AGAIN       (200 * NS_PER_MS)

enum { LOOKED_AT = 6 };

static const char *text_at(const redisReply *reply, size_t i)
{
    return reply->element[i]->type == REDIS_REPLY_STRING ? reply->element[i]->str : "";
}

/* A look for the phase before says nothing of this one. */
static void see(struct member *member, const redisReply *reply, unsigned phase, ns_t asked)
{
    struct commit_look look = {.asked = asked};
    const char *lease = text_at(reply, 4);
    long long go = 0, margin = 0;
    if (sscanf(text_at(reply, 2), "%lld %lld", &go, &margin) == 2) {
        look.go = go;
        look.margin = margin;
    }
    pthread_mutex_lock(&member->lock);
    if (phase != member->phase)
        look.go = look.margin = 0;
    const char *alive = text_at(reply, 0), *abort = text_at(reply, 1);
    bool another = *member->run && *alive && strcmp(alive, member->run) != 0;
    look.coordinator = *alive && !another;
    look.stage = phase == member->phase && *text_at(reply, 5);
    /* One that coordinates another round has ended this one. */
    look.abort = another || (*member->run && !strncmp(abort, member->run, INCARNATION - 1));
    /* One that has expired while nobody could renew it is taken again. */
    look.mine = !*lease || !strncmp(lease, member->incarnation, INCARNATION - 1);
    member->leased = *lease ? member->leased : 0;
    member->look = look;
    pthread_mutex_unlock(&member->lock);
    outbox_acknowledge(member->outbox, strtoull(text_at(reply, 3), NULL, 10));
}

static void renew(struct member *member, struct board *board, ns_t now)
{
    char key[BOARD_KEY_MAX], value[INCARNATION + 80];
    pthread_mutex_lock(&member->lock);
    bool lost = !member->leased, due = lost || now - member->leased > NS_PER_S;
    bool mine = member->look.mine || !member->look.asked;
    pthread_mutex_unlock(&member->lock);
    if (!due || !mine)
        return;
    board_key(&member->place, key, "rank:%u", member->share.rank);
    snprintf(value, sizeof value, "%s %s", member->incarnation, member->host);
    bool renewed =
        lost ? board_tell(board, 6, (const char *[]){"SET", key, value, "NX", "EX", LEASE_TTL})
             : board_tell(board, 3, (const char *[]){"EXPIRE", key, LEASE_TTL});
    if (!renewed)
        return;
    pthread_mutex_lock(&member->lock);
    member->leased = now;
    pthread_mutex_unlock(&member->lock);
}

void member_turn(void *context, struct board *board, ns_t now)
{
    struct member *member = context;
    char keys[LOOKED_AT][BOARD_KEY_MAX];
    pthread_mutex_lock(&member->lock);
    unsigned phase = member->phase;
    pthread_mutex_unlock(&member->lock);
    renew(member, board, now);
    const char *words[] = {"MGET",
                           board_key(&member->place, keys[0], "alive"),
                           board_key(&member->place, keys[1], "abort"),
                           board_key(&member->place, keys[2], "go:%u", phase),
                           board_key(&member->place, keys[3], "acked:%u", member->share.rank),
                           board_key(&member->place, keys[4], "rank:%u", member->share.rank),
                           board_key(&member->place, keys[5], "stage:%u", phase)};
    redisReply *reply = board_ask(board, 1 + LOOKED_AT, words, NULL);
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == LOOKED_AT)
        see(member, reply, phase, now); /* what is seen is no older than the question */
    if (reply)
        freeReplyObject(reply);
}

struct commit_look member_look(struct member *member)
{
    pthread_mutex_lock(&member->lock);
    struct commit_look look = member->look;
    pthread_mutex_unlock(&member->lock);
    look.asked = pulse_there(member->pulse, look.asked);
    return look;
}

bool member_abandoned(struct member *member)
{
    char why[128];
    const struct commit_look look = member_look(member);
    ns_t now = pulse_there(member->pulse, clock_now());
    return pulse_away(member->pulse, why, sizeof why) ||
           (look.asked && (!look.coordinator || now - look.asked > BOARD_TTL * NS_PER_S));
}

/* ---- the rank ---- */

/* 1: taken; 0: somebody else has it; a negative code. */
static int try_rank(struct member *member, struct board *board, unsigned rank, char *ret_whose,
                    size_t size)
{
    char key[BOARD_KEY_MAX], value[INCARNATION + 80];
    board_key(&member->place, key, "rank:%u", rank);
    snprintf(value, sizeof value, "%s %s", member->incarnation, member->host);
    if (board_tell(board, 6, (const char *[]){"SET", key, value, "NX", "EX", LEASE_TTL}))
        return 1;
    redisReply *reply = board_ask(board, 2, (const char *[]){"GET", key}, NULL);
    if (reply && reply->type == REDIS_REPLY_STRING)
        snprintf(ret_whose, size, "%s",
                 strchr(reply->str, ' ') ? strchr(reply->str, ' ') + 1 : "?");
    if (reply)
        freeReplyObject(reply);
    return 0;
}

static int try_ranks(struct member *member, struct board *board, char *ret_whose, size_t size)
{
    const struct member_settings *settings = member->settings;
    int64_t first = settings->rank < 0 ? 0 : settings->rank;
    int64_t most = settings->size ? settings->size : AGENTS_MAX;
    int64_t end = settings->rank < 0 ? most : settings->rank + 1;
    for (int64_t rank = first; rank < end; rank++)
        if (try_rank(member, board, (unsigned)rank, ret_whose, size)) {
            member->share.rank = (uint32_t)rank;
            member->leased = clock_now();
            return 1;
        }
    return 0;
}

int member_claim(struct member *member, struct err *err)
{
    struct board board;
    char whose[80] = "";
    bool taken = false;
    ns_t give_up = clock_now() + HELD_LONGER;
    board_init(&board, &member->place);
    while (!(taken = try_ranks(member, &board, whose, sizeof whose) > 0) && clock_now() < give_up &&
           !member_stopping(member))
        clock_sleep_until(clock_now() + AGAIN);
    int rc = taken ? 0
             : member_stopping(member)
                 ? err_set(err, ERR_INTERRUPTED, "interrupted before it had a rank")
             : *whose ? err_set(err, ERR_USAGE,
                                "rank %" PRId64 " of session %s is an agent's on %s already: each "
                                "agent has a rank of its own",
                                member->settings->rank < 0 ? 0 : member->settings->rank,
                                member->place.session, whose)
                      : err_set(err, ERR_ENVIRONMENT, "no rank could be taken: %s", board.why);
    board_close(&board);
    return rc;
}

void member_give_up_rank(struct member *member)
{
    struct board board;
    char key[BOARD_KEY_MAX];
    board_init(&board, &member->place);
    (void)board_tell(
        &board, 2,
        (const char *[]){"DEL", board_key(&member->place, key, "rank:%u", member->share.rank)});
    board_close(&board);
}
