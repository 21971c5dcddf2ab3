#include "apply/outbox.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "apply/exact_script.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define KEY_LEASE "coupon_relay"      /* string with an expiry: who publishes */
#define KEY_MARKS "coupon_relay_mark" /* hash: partition -> offset */

enum { COMMAND_MAX = 1 << 20, NAME_SIZE = 17 };

static const char HOLD_SCRIPT[] = "local holder = redis.call('GET', KEYS[1])\n"
                                  "if holder and holder ~= ARGV[1] then return 0 end\n"
                                  "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
                                  "return 1\n";

static const char LET_GO_SCRIPT[] =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end\n"
    "return 0\n";

struct outbox {
    struct redis_address address;
    struct timeval timeout;
    redisContext *context; /* NULL while not connected */
    char name[NAME_SIZE];
};

static void cleanup_reply(redisReply *const *reply)
{
    if (*reply)
        freeReplyObject(*reply);
}

#define _cleanup_reply_ _cleanup_(cleanup_reply)

int outbox_new(const struct redis_address *address, ns_t timeout, struct outbox **ret_outbox,
               struct err *err)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return err_set(err, ERR_MEMORY, "out of memory");
    uint64_t name = 0;
    if (getrandom(&name, sizeof name, 0) != (ssize_t)sizeof name) {
        free(outbox);
        return err_set(err, ERR_ENVIRONMENT, "no random numbers");
    }
    snprintf(outbox->name, sizeof outbox->name, "%016" PRIx64, name);
    outbox->address = *address;
    outbox->timeout =
        (struct timeval){.tv_sec = timeout / NS_PER_S, .tv_usec = timeout % NS_PER_S / NS_PER_US};
    *ret_outbox = outbox;
    return 0;
}

static void disconnect(struct outbox *outbox)
{
    if (outbox->context)
        redisFree(outbox->context);
    outbox->context = NULL;
}

void outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return;
    disconnect(outbox);
    free(outbox);
}

/* Ends the connection and says why. */
static int fail(struct outbox *outbox, const redisReply *reply, struct err *err)
{
    const char *why = reply && reply->type == REDIS_REPLY_ERROR ? reply->str
                      : outbox->context                         ? outbox->context->errstr
                                                                : "out of memory";
    err_set(err, ERR_ENVIRONMENT, "redis: %s", why);
    err->retriable = true;
    disconnect(outbox);
    return -(int)ERR_ENVIRONMENT;
}

static bool is_bad(const redisReply *reply)
{
    return !reply || reply->type == REDIS_REPLY_ERROR;
}

static int greet(struct outbox *outbox, struct err *err)
{
    const struct redis_address *address = &outbox->address;
    _cleanup_reply_ redisReply *login = NULL;
    _cleanup_reply_ redisReply *chosen = NULL;
    if (address->password[0] && address->user[0])
        login = redisCommand(outbox->context, "AUTH %s %s", address->user, address->password);
    else if (address->password[0])
        login = redisCommand(outbox->context, "AUTH %s", address->password);
    if (address->password[0] && is_bad(login))
        return fail(outbox, login, err);
    if (address->db)
        chosen = redisCommand(outbox->context, "SELECT %d", (int)address->db);
    return address->db && is_bad(chosen) ? fail(outbox, chosen, err) : 0;
}

static int reach(struct outbox *outbox, struct err *err)
{
    if (outbox->context)
        return 0;
    const struct redis_address *address = &outbox->address;
    outbox->context = address->local ? redisConnectUnixWithTimeout(address->host, outbox->timeout)
                                     : redisConnectWithTimeout(address->host, (int)address->port,
                                                               outbox->timeout);
    if (!outbox->context || outbox->context->err)
        return fail(outbox, NULL, err);
    redisSetTimeout(outbox->context, outbox->timeout);
    return greet(outbox, err);
}

int outbox_hold(struct outbox *outbox, ns_t span, bool *ret_held, struct err *err)
{
    int rc = reach(outbox, err);
    if (rc)
        return rc;
    _cleanup_reply_ redisReply *reply =
        redisCommand(outbox->context, "EVAL %s 1 " KEY_LEASE " %s %lld", HOLD_SCRIPT, outbox->name,
                     (long long)(span / NS_PER_MS));
    if (is_bad(reply))
        return fail(outbox, reply, err);
    *ret_held = reply->integer == 1;
    return 0;
}

void outbox_let_go(struct outbox *outbox)
{
    if (!outbox->context)
        return; /* the lease runs out by itself */
    _cleanup_reply_ redisReply *reply =
        redisCommand(outbox->context, "EVAL %s 1 " KEY_LEASE " %s", LET_GO_SCRIPT, outbox->name);
    (void)reply;
}

int outbox_list(struct outbox *outbox, int64_t *ret_users, size_t *ret_count, uint64_t *ret_length,
                struct err *err)
{
    int rc = reach(outbox, err);
    if (rc)
        return rc;
    _cleanup_reply_ redisReply *list = NULL;
    _cleanup_reply_ redisReply *length = NULL;
    redisAppendCommand(outbox->context, "ZRANGE " KEY_OUTBOX " 0 %d", OUTBOX_BATCH - 1);
    redisAppendCommand(outbox->context, "ZCARD " KEY_OUTBOX);
    if (redisGetReply(outbox->context, (void **)&list) || is_bad(list))
        return fail(outbox, list, err);
    if (redisGetReply(outbox->context, (void **)&length) || is_bad(length))
        return fail(outbox, length, err);
    for (size_t i = 0; i < list->elements; i++)
        ret_users[i] = strtoll(list->element[i]->str, NULL, 10);
    *ret_count = list->elements;
    *ret_length = (uint64_t)length->integer;
    return 0;
}

static void add_number(struct buf *out, int64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    buf_addf(out, "$%d\r\n%s\r\n", length, text);
}

/* ZREM and HSET as one transaction; each only when it has something to do. */
static void render_removal(struct buf *out, const int64_t *users, size_t count,
                           const struct mark *marks, size_t mark_count)
{
    buf_adds(out, "*1\r\n$5\r\nMULTI\r\n");
    if (count)
        buf_addf(out, "*%zu\r\n$4\r\nZREM\r\n$%zu\r\n" KEY_OUTBOX "\r\n", count + 2,
                 sizeof KEY_OUTBOX - 1);
    for (size_t i = 0; i < count; i++)
        add_number(out, users[i]);
    if (mark_count)
        buf_addf(out, "*%zu\r\n$4\r\nHSET\r\n$%zu\r\n" KEY_MARKS "\r\n", 2 * mark_count + 2,
                 sizeof KEY_MARKS - 1);
    for (size_t i = 0; i < mark_count; i++) {
        add_number(out, marks[i].partition);
        add_number(out, marks[i].offset);
    }
    buf_adds(out, "*1\r\n$4\r\nEXEC\r\n");
}

int outbox_remove(struct outbox *outbox, const int64_t *users, size_t count,
                  const struct mark *marks, size_t mark_count, uint64_t *ret_removed,
                  struct err *err)
{
    int rc = reach(outbox, err);
    if (rc)
        return rc;
    _cleanup_(buf_free) struct buf command;
    buf_init(&command, COMMAND_MAX);
    render_removal(&command, users, count, marks, mark_count);
    if (command.failed)
        return err_set(err, ERR_MEMORY, "out of memory");
    redisAppendFormattedCommand(outbox->context, command.data, command.used);
    uint64_t removed = 0;
    for (int left = 2 + !!count + !!mark_count; left > 0; left--) {
        _cleanup_reply_ redisReply *reply = NULL;
        if (redisGetReply(outbox->context, (void **)&reply) || is_bad(reply))
            return fail(outbox, reply, err);
        if (left == 1 && count && reply->elements)
            removed = (uint64_t)reply->element[0]->integer;
    }
    *ret_removed = removed;
    return 0;
}

int outbox_mark(struct outbox *outbox, int32_t partition, int64_t *ret_offset, struct err *err)
{
    int rc = reach(outbox, err);
    if (rc)
        return rc;
    _cleanup_reply_ redisReply *reply =
        redisCommand(outbox->context, "HGET " KEY_MARKS " %d", (int)partition);
    if (is_bad(reply))
        return fail(outbox, reply, err);
    *ret_offset = reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : -1;
    return 0;
}
