/* Ids by the type of their column: the same user in each, and what is none. */
#include <stdlib.h>
#include <string.h>

#include "stories.h"

#define RFC "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"
#define HEX "6EC0BD7F11C043DA975E2A8AD9EBAE0B"

enum ids { NUMBERS, UUIDS, TEXTS };

struct column {
    const char *query;
    enum ids ids;
    const char *user; /* NULL: no user */
};

static struct roster *make_roster(enum ids ids)
{
    struct roster *roster = ids == NUMBERS ? roster_numbers(1)
                            : ids == UUIDS ? roster_uuids(1, 1)
                                           : roster_texts(false);
    roster_seal(roster);
    return roster;
}

static void read_column(const struct column *column, bool mysql)
{
    struct world world;
    int64_t wanted = 0, user;
    world_init(&world);
    world.run.roster = make_roster(column->ids);
    world_coupons(&world, column->query);
    if (mysql) {
        probe_targets_set(&world.targets, "postgres", NULL);
        world.coupons = (struct spec_rows){.mysql = (char *)(uintptr_t)column->query,
                                           .url = (char *)(uintptr_t)servers.mysql};
    }
    if (!column->user) {
        world_must_fail(&world, "first column is", 5 * NS_PER_S);
    } else if (world_open(&world)) {
        check(roster_read(world.run.roster, column->user, strlen(column->user), &wanted), "%s",
              column->user);
        check_eq(world.evidence.before.count, 1);
        user = world.evidence.before.count ? world.evidence.before.v[0].user : -1;
        check(user == wanted, "%s is not %s", column->query, column->user);
    }
    world_close(&world);
}

void story_postgres_ids_by_column(void)
{
    static const struct column columns[] = {
        {"SELECT 7::int2", NUMBERS, "7"},
        {"SELECT 7::numeric", NUMBERS, "7"},
        {"SELECT '7'::text", NUMBERS, "7"},
        {"SELECT '7'::char(5)", NUMBERS, "7"},
        {"SELECT '7'::bytea", NUMBERS, "7"},
        {"SELECT 7.0::numeric", NUMBERS, NULL},
        {"SELECT '007'::text", NUMBERS, NULL},
        {"SELECT '" RFC "'::uuid", NUMBERS, NULL},
        {"SELECT '" HEX "'::uuid", UUIDS, RFC},
        {"SELECT '{" HEX "}'::text", UUIDS, RFC},
        {"SELECT '" RFC "'::char(40)", UUIDS, RFC},
        {"SELECT decode('" HEX "', 'hex')", UUIDS, RFC},
        {"SELECT '" RFC "'::bytea", UUIDS, RFC},
        {"SELECT 7", UUIDS, NULL},
        {"SELECT '" RFC "x'::text", UUIDS, NULL},
        {"SELECT ' bob '::text", TEXTS, " bob "},
        {"SELECT 'bob '::char(9)", TEXTS, "bob"},
        {"SELECT 'bob'::bytea", TEXTS, "bob"},
        {"SELECT 7", TEXTS, "7"},
        {"SELECT 7.0::numeric", TEXTS, "7.0"},
        {"SELECT ''::text", TEXTS, NULL},
        {"SELECT repeat('x', 256)", TEXTS, NULL},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        read_column(&columns[i], false);
}

void story_mysql_ids_by_column(void)
{
    mysql_do("DROP TABLE IF EXISTS ids");
    mysql_do("CREATE TABLE ids (small SMALLINT, exact DECIMAL(5,1), bin BINARY(16), varbin "
             "VARBINARY(40), fixed CHAR(40), "
             "free VARCHAR(40))");
    mysql_do("INSERT INTO ids VALUES (7, 7.0, UNHEX('" HEX "'), '" RFC "', '" RFC "', 'bob')");
    static const struct column columns[] = {
        {"SELECT small FROM ids", NUMBERS, "7"},  {"SELECT exact FROM ids", NUMBERS, NULL},
        {"SELECT free FROM ids", NUMBERS, NULL},  {"SELECT bin FROM ids", UUIDS, RFC},
        {"SELECT varbin FROM ids", UUIDS, RFC},   {"SELECT fixed FROM ids", UUIDS, RFC},
        {"SELECT HEX(bin) FROM ids", UUIDS, RFC}, {"SELECT small FROM ids", UUIDS, NULL},
        {"SELECT free FROM ids", TEXTS, "bob"},   {"SELECT exact FROM ids", TEXTS, "7.0"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        read_column(&columns[i], true);
    mysql_do("DROP TABLE ids");
}
