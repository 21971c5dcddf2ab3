#include "store/redis_rows.h"

#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "store/documents.h"
#include "store/redis_client.h"

struct reading {
    redis_ask *ask;
    void *context;
    const struct store *store;
    struct visit *visit;
    enum visit_slot slot;
};

/* How the rows of a structure are read, by what TYPE says of its key. */
static const struct {
    const char *type, *count;
    const char *words[4]; /* behind the first one comes the key */
    bool pairs;           /* of a user and an id */
} structures[] = {
    {"set", "SCARD", {"SMEMBERS"}, false},
    {"zset", "ZCARD", {"ZRANGE", "0", "-1"}, false},
    {"hash", "HLEN", {"HGETALL"}, true},
    {"list", "LLEN", {"LRANGE", "0", "-1"}, false},
};

static redisReply *ask(const struct reading *reading, int count, const char **words)
{
    return reading->ask(reading->context, reading->visit, count, words);
}

static void free_reply(redisReply **reply)
{
    if (*reply)
        freeReplyObject(*reply);
}

/* ---- elements ---- */

static void add_text(const struct reading *reading, const char *text, size_t size, const char *id)
{
    struct visit *visit = reading->visit;
    const char *column = reading->store->names[reading->slot].user;
    struct json_value value = {0};
    if (size && (*text == '{' || *text == '['))
        value = json_pointer_find(text, size, "");
    if (value.type != JSON_TYPE_NONE) {
        documents_add(visit, reading->slot, reading->store, &value);
        return;
    }
    snprintf(visit->place.column, sizeof visit->place.column, "%s", column ? column : "element");
    const struct row_cells cells = {.user = {CELL_TEXT, text, size}, .id = id};
    visit_add(visit, reading->slot, &reading->store->people, &cells);
}

/* A number's text, or a string's. */
static const char *text_of(const redisReply *reply, char digits[static 24], size_t *ret_size)
{
    if (reply->type == REDIS_REPLY_INTEGER) {
        *ret_size = (size_t)snprintf(digits, 24, "%lld", reply->integer);
        return digits;
    }
    *ret_size = reply->str ? (size_t)reply->len : 0;
    return reply->str;
}

static void add_reply(const struct reading *reading, const redisReply *reply, const redisReply *id)
{
    char digits[24], id_digits[24];
    size_t size, id_size;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements && !id) {
        add_reply(reading, reply->element[0], reply->elements > 1 ? reply->element[1] : NULL);
        return;
    }
    const char *text = text_of(reply, digits, &size);
    add_text(reading, text ? text : "", size, id ? text_of(id, id_digits, &id_size) : NULL);
}

static int add_replies(const struct reading *reading, const redisReply *reply, bool pairs)
{
    struct visit *visit = reading->visit;
    if (reply->type == REDIS_REPLY_NIL)
        return 0;
    if (reply->type != REDIS_REPLY_ARRAY)
        return visit_fail(visit, "the command's answer is a value, and rows are a list");
    if (pairs && reply->elements % 2)
        return visit_fail(visit, "the command's answer is no list of pairs");
    for (size_t i = 0; i < reply->elements && !visit->rc; i += pairs ? 2 : 1)
        add_reply(reading, reply->element[i], pairs ? reply->element[i + 1] : NULL);
    return visit->rc;
}

/* ---- one key ---- */

static int read_structure(const struct reading *reading, size_t kind, const char *key)
{
    const char *words[5] = {structures[kind].words[0], key, structures[kind].words[1],
                            structures[kind].words[2]};
    int count = structures[kind].words[1] ? 4 : 2;
    struct visit *visit = reading->visit;
    bool whole = visit->read[reading->slot];
    if (!whole) {
        words[0] = structures[kind].count;
        count = 2;
    }
    _cleanup_(free_reply) redisReply *reply = ask(reading, count, words);
    if (!reply)
        return visit->rc;
    if (whole)
        return add_replies(reading, reply, structures[kind].pairs);
    if (reply->type != REDIS_REPLY_INTEGER)
        return visit_fail(visit, "%s %s gave no count", words[0], key);
    visit->counts[reading->slot] = reply->integer;
    return 0;
}

/* A structure without elements does not exist in Redis, so a key that is not there is an empty one.
 */
static int read_key(const struct reading *reading, const char *key)
{
    _cleanup_(free_reply) redisReply *type = ask(reading, 2, (const char *[]){"TYPE", key});
    if (!type)
        return reading->visit->rc;
    const char *name = type->str ? type->str : "?";
    for (size_t i = 0; i < sizeof structures / sizeof *structures; i++)
        if (!strcmp(structures[i].type, name))
            return read_structure(reading, i, key);
    if (!strcmp(name, "none"))
        return 0;
    return visit_fail(reading->visit,
                      "the key %.64s is a %s; allowed: a set, sorted set, hash or list, a pattern "
                      "of keys such as coupon:*, or a command whose answer is a list",
                      key, name);
}

/* ---- keys by a pattern ---- */

/* The * of a pattern; NULL: there is not exactly one, or something else that is not literal. */
static const char *star_of(const char *pattern)
{
    const char *star = strchr(pattern, '*');
    return star && !strchr(star + 1, '*') && !strpbrk(pattern, "?[]\\") ? star : NULL;
}

static int by_user(const void *a, const void *b)
{
    const struct row *first = a, *second = b;
    return first->user < second->user ? -1 : first->user > second->user;
}

/* SCAN may show a key twice while the table of keys grows. */
static void settle_keys(struct visit *visit, enum visit_slot slot)
{
    struct rows *rows = &visit->rows[slot];
    size_t kept = 0;
    if (rows->count)
        qsort(rows->v, rows->count, sizeof *rows->v, by_user);
    for (size_t i = 0; i < rows->count; i++)
        if (!kept || rows->v[kept - 1].user != rows->v[i].user) {
            rows->v[kept] = rows->v[i];
            rows->v[kept].id = (int64_t)kept + 1;
            kept++;
        }
    rows->count = kept;
    visit->counts[slot] = (int64_t)kept;
}

static void add_keys(const struct reading *reading, const redisReply *keys, size_t before,
                     size_t behind)
{
    struct visit *visit = reading->visit;
    for (size_t i = 0; i < keys->elements && !visit->rc; i++) {
        const redisReply *key = keys->element[i];
        snprintf(visit->place.where, sizeof visit->place.where, "key %.40s", key->str);
        if ((size_t)key->len >= before + behind)
            add_text(reading, key->str + before, (size_t)key->len - before - behind, NULL);
    }
}

static int read_keys(const struct reading *reading, const char *pattern)
{
    struct visit *visit = reading->visit;
    const char *star = star_of(pattern);
    char cursor[32] = "0";
    if (!star)
        return visit_fail(visit,
                          "the pattern %.64s has to have one *, which stands for the user, "
                          "and no other special character",
                          pattern);
    bool whole = visit->read[reading->slot];
    visit->read[reading->slot] = true; /* also to count each once */
    visit_begin(visit, reading->slot);
    do {
        _cleanup_(free_reply) redisReply *reply =
            ask(reading, 6, (const char *[]){"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
        if (!reply)
            break;
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || !reply->element[0]->str) {
            visit_fail(visit, "SCAN gave no keys");
            break;
        }
        add_keys(reading, reply->element[1], (size_t)(star - pattern), strlen(star + 1));
        snprintf(cursor, sizeof cursor, "%.31s", reply->element[0]->str);
    } while (!visit->rc && strcmp(cursor, "0") != 0);
    settle_keys(visit, reading->slot);
    visit->read[reading->slot] = whole;
    return visit->rc;
}

/* ---- a command ---- */

static bool gives_pairs(const char *const *words, int count)
{
    return !strcasecmp(words[0], "HGETALL") || !strcasecmp(words[count - 1], "WITHSCORES") ||
           !strcasecmp(words[count - 1], "WITHVALUES");
}

static int read_command(const struct reading *reading, int count, const char **words)
{
    _cleanup_(free_reply) redisReply *reply = ask(reading, count, words);
    return reply ? add_replies(reading, reply, gives_pairs(words, count)) : reading->visit->rc;
}

int redis_rows_read(redis_ask *ask_redis, void *context, const struct store *store,
                    struct visit *visit, enum visit_slot slot)
{
    const struct reading reading = {ask_redis, context, store, visit, slot};
    const char *words[REDIS_WORDS_MAX];
    _cleanup_free_ char *text = strdup(store->queries[slot]);
    int count = text ? redis_client_words(text, words) : -1;
    visit_begin(visit, slot);
    if (count < 0)
        return visit_fail(visit, "a Redis command of 1 to %d words is needed, its quotes closed",
                          REDIS_WORDS_MAX);
    if (count > 1)
        return read_command(&reading, count, words);
    return strpbrk(words[0], "*?[") ? read_keys(&reading, words[0]) : read_key(&reading, words[0]);
}
