/* Rows that are structures in Redis. */
#include <string.h>

#include "stories.h"

static void from_redis(struct world *world, const char *query, const char *url)
{
    world_init(world);
    world->coupons.query = (char *)(uintptr_t)query;
    world->coupons.url = (char *)(uintptr_t)url;
    world->scenario.evidence.coupons = &world->coupons;
}

static void fill(void)
{
    redis_do("FLUSHALL", "SYNC", NULL);
    redis_do("SADD rows:set", "7 8 9", NULL);
    redis_do("ZADD rows:sorted", "1 7 2 8 3 9", NULL);
    redis_do("HSET rows:hash", "7 70 8 80 9 90", NULL);
    redis_do("RPUSH rows:list", "7 8 9", NULL);
    redis_do("RPUSH", "rows:json", "{\"user_id\": 7}");
    redis_do("RPUSH", "rows:json", "{\"user_id\": \"8\", \"id\": 5}");
    redis_do("SET", "rows:key:7", "x");
    redis_do("SET", "rows:key:8", "y");
    redis_do("SADD", "rows:key:9", "z");
    redis_do("SET", "rows:text", "7");
    redis_do("RPUSH rows:mixed", "7 bob", NULL);
}

void story_redis_structures_are_rows(void)
{
    static const struct {
        const char *query;
        int64_t count, user, id; /* of the row of user 8 */
    } rows[] = {
        {"rows:set", 3, 8, 0},
        {"rows:sorted", 3, 8, 0},
        {"rows:hash", 3, 8, 80},
        {"rows:list", 3, 8, 0},
        {"rows:json", 2, 8, 5},
        {"rows:key:*", 3, 8, 0},
        {"ZRANGE rows:sorted 0 -1 WITHSCORES", 3, 8, 2},
        {"HKEYS rows:hash", 3, 8, 0},
        {"EVAL_RO \"return {{7, 70}, {8, 80}}\" 0", 2, 8, 80},
        {"rows:nothing", 0, 0, 0},
        {"rows:nothing:*", 0, 0, 0},
    };
    fill();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        from_redis(&world, rows[i].query, servers.redis);
        world.coupons.subtract = false;
        if (world_open(&world)) {
            world_sample(&world, PROBE_ROWS, BUSY);
            check(world.sample.rows == rows[i].count, "%s: %lld rows", rows[i].query,
                  (long long)world.sample.rows);
            world_collect(&world);
            const struct rows *read = &world.evidence.coupons;
            check(read->known && read->count == (size_t)rows[i].count, "%s: %zu rows, %s",
                  rows[i].query, read->count, read->reason);
            for (size_t at = 0; at < read->count; at++)
                if (read->v[at].user == 8 && rows[i].id)
                    check_eq(read->v[at].id, rows[i].id);
        }
        world_close(&world);
    }
    redis_do("FLUSHALL", "SYNC", NULL);
}

void story_redis_rows_name_what_is_wrong(void)
{
    static const char *const wrong[][2] = {
        {"rows:text", "the key rows:text is a string; allowed: a set, sorted set, hash or list"},
        {"rows:mixed", "has no user: its element is 'bob', and not a whole number"},
        {"rows:a*b*", "has to have one *"},
        {"LLEN rows:mixed", "the command's answer is a value, and rows are a list"},
        {"LPOP rows:mixed", "evidence must only be read"},
        {"LRANGE rows:text 0 -1", "WRONGTYPE"},
    };
    fill();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct world world;
        from_redis(&world, wrong[i][0], servers.redis);
        world_must_fail(&world, wrong[i][1], BUSY);
        world_close(&world);
    }
    redis_do("FLUSHALL", "SYNC", NULL);
}
