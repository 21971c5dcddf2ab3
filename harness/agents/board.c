#include "agents/board.h"

#include <hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "store/redis_client.h"

#define PATIENCE NS_PER_S
#define AGAIN    (100 * NS_PER_MS)

int board_check_session(const char *session, struct err *err)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t length = strlen(session);
    if (!length || length > BOARD_SESSION_MAX || session[strspn(session, fine)])
        return err_set(err, ERR_USAGE,
                       "--session: '%.64s'; allowed: 1 to %d letters, digits, '-', '_', '.'",
                       session, BOARD_SESSION_MAX);
    return 0;
}

/* The value of a line "name:value" of INFO. */
static void find(const char *info, const char *name, char *ret_value, size_t size)
{
    size_t length = strlen(name);
    *ret_value = '\0';
    for (const char *line = info; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) != 0 || line[length] != ':')
            continue;
        snprintf(ret_value, size, "%.*s", (int)strcspn(line + length + 1, "\r\n"),
                 line + length + 1);
        return;
    }
}

/* ret_refusal: what the server says instead, as its mode or the user's rights have it; size 0: not
 * asked for. */
static redisReply *read_info(struct redis_link *link, char *ret_refusal, size_t size)
{
    redisReply *reply = redis_client_ask(link, 1, (const char *[]){"INFO"});
    snprintf(ret_refusal, size, "no answer");
    if (reply && reply->type == REDIS_REPLY_STRING)
        return reply;
    if (reply && reply->type == REDIS_REPLY_ERROR)
        snprintf(ret_refusal, size, "%.*s", (int)strcspn(reply->str, ".\r\n"), reply->str);
    if (reply)
        freeReplyObject(reply);
    return NULL;
}

/* What is kept there must not be thrown away for want of room. */
static int check_fit(const char *info, struct err *err)
{
    char policy[32], most[32];
    find(info, "maxmemory_policy", policy, sizeof policy);
    find(info, "maxmemory", most, sizeof most);
    if (!*policy || !strcmp(policy, "noeviction") || !*most || !strcmp(most, "0"))
        return 0;
    return err_set(
        err, ERR_ENVIRONMENT,
        "the Redis of the agents throws keys away when it is full (maxmemory-policy %s): "
        "type `redis-cli CONFIG SET maxmemory-policy noeviction`",
        policy);
}

int board_meet(struct board_place *place, struct err *err)
{
    struct redis_link *link = redis_client_open(place->url, 2 * PATIENCE, err);
    if (!link)
        return -(int)err->code;
    char refusal[160];
    redisReply *info = read_info(link, refusal, sizeof refusal);
    int rc =
        info ? check_fit(info->str, err)
             : err_set(err, ERR_ENVIRONMENT,
                       "the Redis of the agents does not answer INFO: %s; docs/many-machines.md "
                       "tells how one is started that others may reach, and which commands its "
                       "user needs (+info …)",
                       refusal);
    if (info)
        find(info->str, "run_id", place->run_id, sizeof place->run_id);
    if (info)
        freeReplyObject(info);
    redis_client_close(&link);
    return rc;
}

void board_identify(const char *url, char ret_run_id[static BOARD_RUN_ID])
{
    struct err err;
    struct redis_link *link = redis_client_open(url, PATIENCE, &err);
    redisReply *info = link ? read_info(link, NULL, 0) : NULL;
    *ret_run_id = '\0';
    if (info) {
        find(info->str, "run_id", ret_run_id, BOARD_RUN_ID);
        freeReplyObject(info);
    }
    redis_client_close(&link);
}

void board_init(struct board *board, const struct board_place *place)
{
    *board = (struct board){.place = *place};
}

void board_close(struct board *board)
{
    redis_client_close(&board->link);
}

static void go_away(struct board *board, const char *why)
{
    snprintf(board->why, sizeof board->why, "%.250s", why);
    redis_client_close(&board->link);
    board->next = clock_now() + AGAIN;
}

/* Is it the server that it was? One that does not tell is taken for it. */
static void recognise(struct board *board)
{
    char id[BOARD_RUN_ID] = "";
    redisReply *info = read_info(board->link, NULL, 0);
    if (info) {
        find(info->str, "run_id", id, sizeof id);
        freeReplyObject(info);
    }
    board->another = *id && *board->place.run_id && strcmp(id, board->place.run_id) != 0;
    if (board->another)
        go_away(board, "the Redis of the agents was restarted");
}

static bool come_back(struct board *board)
{
    struct err err = {0};
    if (board->link)
        return true;
    if (board->another || clock_now() < board->next)
        return false;
    board->link = redis_client_open(board->place.url, PATIENCE, &err);
    if (board->link)
        recognise(board);
    else
        go_away(board, err.message);
    return board->link != NULL;
}

struct redisReply *board_ask(struct board *board, int count, const char **words,
                             const size_t *sizes)
{
    if (!come_back(board))
        return NULL;
    redisReply *reply = redis_client_ask_bytes(board->link, count, words, sizes);
    if (!reply)
        go_away(board, redis_client_why(board->link));
    else if (reply->type == REDIS_REPLY_ERROR)
        snprintf(board->why, sizeof board->why, "%s: %.200s", words[0], reply->str);
    return reply;
}

bool board_tell(struct board *board, int count, const char **words)
{
    redisReply *reply = board_ask(board, count, words, NULL);
    bool told = reply && reply->type != REDIS_REPLY_ERROR && reply->type != REDIS_REPLY_NIL;
    if (reply)
        freeReplyObject(reply);
    return told;
}

char *board_key(const struct board_place *place, char ret_key[static BOARD_KEY_MAX],
                const char *format, ...)
{
    va_list args;
    int used = snprintf(ret_key, BOARD_KEY_MAX, "rushproof:{%s}:", place->session);
    va_start(args, format);
    vsnprintf(ret_key + used, (size_t)(BOARD_KEY_MAX - used), format, args);
    va_end(args);
    return ret_key;
}
