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

/* One whose coordinator is gone is nobody's any more. */
static json_t *fetch(struct member *member, struct board *board)
{
    char keys[2][BOARD_KEY_MAX];
    const char *words[] = {"MGET", board_key(&member->place, keys[0], "scenario"),
                           board_key(&member->place, keys[1], "alive")};
    redisReply *reply = board_ask(board, 3, words, NULL);
    bool both = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                reply->element[0]->type == REDIS_REPLY_STRING &&
                reply->element[1]->type == REDIS_REPLY_STRING;
    json_t *object =
        both ? json_loadb(reply->element[0]->str, reply->element[0]->len, 0, NULL) : NULL;
    if (object && strcmp(message_text(object, "run"), reply->element[1]->str) != 0) {
        json_decref(object);
        object = NULL;
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

static int await_coordinator(struct member *member, json_t **ret_object, struct err *err)
{
    struct board board;
    ns_t give_up = clock_now() + member->settings->wait;
    json_t *object = NULL;
    board_init(&board, &member->place);
    while (!object && clock_now() < give_up && !member_stopping(member) && !superseded(member)) {
        object = fetch(member, &board);
        if (!object)
            clock_sleep_until(clock_now() + AGAIN);
    }
    board_close(&board);
    *ret_object = object;
    if (object)
        return 0;
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
    if (rc)
        return rc;
    pthread_mutex_lock(&member->lock);
    snprintf(member->run, sizeof member->run, "%s", message_text(object, "run"));
    pthread_mutex_unlock(&member->lock);
    rc = load(member, object, err);
    json_decref(object);
    return rc;
}
