/* The scenario as the coordinator has handed it over: this machine fills in its own ${NAME}. */
#include <hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/member_inside.h"
#include "agents/message.h"
#include "scenario/scenario.h"

#define AGAIN (100 * NS_PER_MS)

/* One whose coordinator is gone is nobody's any more, and one that this agent had its part in is
 * not the next. */
static json_t *read_scenario(const struct member *member, const redisReply *text,
                             const redisReply *alive)
{
    if (text->type != REDIS_REPLY_STRING || alive->type != REDIS_REPLY_STRING)
        return NULL;
    json_t *object = json_loadb(text->str, text->len, 0, NULL);
    const char *run = message_text(object, "run");
    if (object && (strcmp(run, alive->str) != 0 || !strcmp(run, member->past.run))) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

/* What is there, and between two rounds whether there will be any; *ret_state is left where nobody
 * answers. */
static json_t *fetch(struct member *member, struct board *board, enum series_state *ret_state)
{
    char keys[3][BOARD_KEY_MAX];
    const char *words[] = {"MGET", board_key(&member->place, keys[0], "scenario"),
                           board_key(&member->place, keys[1], "alive"),
                           board_key(&member->place, keys[2], "series")};
    redisReply *reply = board_ask(board, 4, words, NULL);
    json_t *object = NULL;
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 3) {
        const redisReply *series = reply->element[2];
        object = read_scenario(member, reply->element[0], reply->element[1]);
        *ret_state =
            series_read(series->type == REDIS_REPLY_STRING ? series->str : "", member->past.series);
    }
    if (reply)
        freeReplyObject(reply);
    return object;
}

static bool superseded(struct member *member)
{
    const struct commit_look look = member_look(member);
    return look.asked && !look.mine;
}

/* Until there is one; *ret_state: what is said of its series. Between two rounds it is waited for
 * as long as that is kept. */
static json_t *poll_scenario(struct member *member, enum series_state *ret_state)
{
    struct board board;
    bool next = *member->past.series;
    ns_t wait = next ? BOARD_TTL * NS_PER_S : member->settings->wait, give_up = clock_now() + wait;
    json_t *object = NULL;
    board_init(&board, &member->place);
    while (!object && clock_now() < give_up && !member_stopping(member) && !superseded(member)) {
        enum series_state state = SERIES_GONE;
        bool answered = false;
        object = fetch(member, &board, &state);
        answered = board.link != NULL;
        if (next && answered && !object && state != SERIES_ON) {
            *ret_state = state;
            break;
        }
        give_up = next && answered ? clock_now() + wait : give_up;
        if (!object)
            clock_sleep_until(clock_now() + AGAIN);
    }
    board_close(&board);
    return object;
}

static int await_coordinator(struct member *member, json_t **ret_object, struct err *err)
{
    enum series_state state = SERIES_GONE;
    json_t *object = *ret_object = poll_scenario(member, &state);
    member->over = !object && *member->past.series && state == SERIES_OVER;
    if (object || member->over)
        return 0;
    if (*member->past.series && !superseded(member) && !member_stopping(member))
        return err_set(err, ERR_ENVIRONMENT, "the coordinator is gone between two rounds");
    if (superseded(member))
        return err_set(err, ERR_USAGE, "another agent has its rank, %u", member->share.rank);
    return member_stopping(member)
               ? err_set(err, ERR_INTERRUPTED, "interrupted before there was a coordinator")
               : err_set(err, ERR_ENVIRONMENT,
                         "no coordinator came to session %s: type `rushproof run SCENARIO --agents "
                         "N --redis URL --session %s` somewhere",
                         member->place.session, member->place.session);
}

/* How many there are is one number, whoever says it. */
static int check_size(struct member *member, int64_t size, struct err *err)
{
    const struct member_settings *settings = member->settings;
    if (size < 1 || size > AGENTS_MAX)
        return err_set(err, ERR_USAGE, "the coordinator speaks of %" PRId64 " agents", size);
    if (settings->size && settings->size != size)
        return err_set(err, ERR_USAGE,
                       "%" PRId64 " agents were started, and the run wants %" PRId64
                       ": --agents %" PRId64,
                       settings->size, size, settings->size);
    if (member->share.rank >= size)
        return err_set(err, ERR_USAGE,
                       "rank %u is one too many: the run wants %" PRId64 " agents, ranks 0 to "
                       "%" PRId64,
                       member->share.rank, size, size - 1);
    member->share.size = (uint32_t)size;
    return 0;
}

static int keep_hosts(struct member *member, const json_t *array, struct err *err)
{
    member->hosts = calloc(json_array_size(array) + 1, sizeof *member->hosts);
    for (size_t i = 0; member->hosts && i < json_array_size(array); i++) {
        const char *host = json_string_value(json_array_get(array, i));
        member->hosts[i] = strdup(host ? host : "");
        if (!member->hosts[i])
            break;
        member->hosts_count++;
    }
    return member->hosts && member->hosts_count == json_array_size(array)
               ? 0
               : err_set(err, ERR_MEMORY, "out of memory");
}

static int load(struct member *member, const json_t *object, struct err *err)
{
    const char *version = message_text(object, "version");
    if (strcmp(version, RUSHPROOF_VERSION) != 0)
        return err_set(err, ERR_USAGE,
                       "the coordinator is rushproof %s and this agent %s: use one version",
                       version, RUSHPROOF_VERSION);
    int rc = check_size(member, message_number(object, "size"), err);
    if (!rc)
        rc = keep_hosts(member, json_object_get(object, "hosts"), err);
    return rc ? rc
              : scenario_load_text(message_text(object, "name"), message_text(object, "text"), NULL,
                                   0, &member->scenario, err);
}

int member_learn(struct member *member, struct err *err)
{
    json_t *object = NULL;
    int rc = await_coordinator(member, &object, err);
    if (rc || member->over)
        return rc;
    pthread_mutex_lock(&member->lock);
    snprintf(member->run, sizeof member->run, "%s", message_text(object, "run"));
    snprintf(member->series, sizeof member->series, "%s", message_text(object, "series"));
    pthread_mutex_unlock(&member->lock);
    rc = load(member, object, err);
    json_decref(object);
    return rc;
}
