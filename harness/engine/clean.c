/* What the stores hold from before, and whether a right service would look wrong because of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "engine/inside.h"
#include "load/phases/phases.h"

#define DEADLINE    (10 * NS_PER_S)
#define CLEAN_EVERY (100 * NS_PER_MS)

/* One thing that is left from before. Rows of others are harmless where the scenario subtracts
 * them. Returns false when it is not there; what is said ends with what to do. */
typedef bool leftover(const struct engine *engine, const struct probe_before *before,
                      char *ret_text, size_t size);

/* What empties the table, as it can be typed where the run was. */
struct empty_it {
    char text[256];
};

/* The name behind a word of the query, with its schema and quotes; "…": there is none. */
static const char *name_behind(const char *query, const char *word, char *ret_name, size_t size)
{
    static const char name[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.\"`";
    const char *at = strcasestr(query, word);
    size_t length = at ? strspn(at + strlen(word), name) : 0;
    if (!length || length >= size)
        snprintf(ret_name, size, "…");
    else
        snprintf(ret_name, size, "%.*s", (int)length, at + strlen(word));
    return ret_name;
}

static const char *query_of(const struct spec_rows *rows)
{
    const char *query = rows->query ? rows->query : rows->mysql ? rows->mysql : rows->postgres;
    return query ? query : "";
}

/* "coupon" of "SELECT user_id FROM coupon WHERE …"; "…": it is not that simple. */
static const char *table_of(const struct spec_rows *rows, char *ret_table, size_t size)
{
    bool joined = strcasestr(query_of(rows), " join ");
    return name_behind(joined ? "" : query_of(rows), " from ", ret_table, size);
}

/* "--reset 'TRUNCATE coupon'"; "" for a store that takes no such command. */
static void type_reset(const struct scenario *scenario, const struct spec_rows *rows,
                       char *ret_text, size_t size)
{
    const char *store = spec_rows_store(rows);
    char table[96], set[64] = "--reset ";
    if (!scenario->by_flags)
        snprintf(set, sizeof set, "--set stack.reset.%s=", store);
    snprintf(ret_text, *store ? size : 1, "%s'%s %s'", set,
             strcmp(store, "sqlite") != 0 ? "TRUNCATE" : "DELETE FROM",
             table_of(rows, table, sizeof table));
}

void clean_advise(const struct engine *engine, char *ret_text, size_t size)
{
    const struct spec_rows *rows = engine->scenario->evidence.coupons;
    *ret_text = '\0';
    if (rows && !rows->subtract)
        type_reset(engine->scenario, rows, ret_text, size);
}

void clean_own(const struct engine *engine, const char *who, char *ret_text, size_t size)
{
    const struct spec_rows *rows = engine->scenario->evidence.coupons;
    char table[96], column[96];
    bool sql = rows && *spec_rows_store(rows);
    table_of(sql ? rows : &(struct spec_rows){0}, table, sizeof table);
    name_behind(sql ? query_of(rows) : "", "select ", column, sizeof column);
    int used = snprintf(ret_text, size,
                        "rushproof check or init has asked as %s and was given one: give back "
                        "what it took, and delete its row",
                        who);
    if (used > 0 && (size_t)used < size && *table != '\xe2' && *column != '\xe2')
        snprintf(ret_text + used, size - (size_t)used, ": DELETE FROM %s WHERE %s = '%s'", table,
                 column, who);
}

static const char *empty_it(const struct engine *engine, const struct spec_rows *rows,
                            struct empty_it *ret)
{
    const struct scenario *scenario = engine->scenario;
    char reset[sizeof ret->text - 48];
    type_reset(scenario, rows, reset, sizeof reset);
    if (!*reset) {
        snprintf(ret->text, sizeof ret->text, "empty it before each round, by %s",
                 scenario->by_flags ? "--reset 'command: …', a line for sh"
                                    : "a step of setup, as in setup: [{run: [sh, -c, …]}]");
        return ret->text;
    }
    if (rows->postgres && !rows->url && !strcmp(scenario->stack.postgres, "private"))
        snprintf(ret->text, sizeof ret->text,
                 "the private Postgres begins empty, so a process of this run has written them, "
                 "after every stack.reset: let it write none");
    else
        snprintf(ret->text, sizeof ret->text, "empty it before each round: %s", reset);
    return ret->text;
}

/* "users 1, 2, 3 …" */
static void name_users(const struct roster *roster, const struct rows *rows, char *ret_text,
                       size_t size)
{
    struct roster_name name;
    if (roster_is_nameless(roster)) {
        snprintf(ret_text, size, "somebody whom nothing names");
        return;
    }
    size_t used = (size_t)snprintf(ret_text, size, "user%s", rows->count > 1 ? "s" : "");
    for (size_t i = 0; i < rows->count && i < 3 && used < size; i++)
        used += (size_t)snprintf(ret_text + used, size - used, "%s %s", i ? "," : "",
                                 roster_name(roster, rows->v[i].user, &name));
    if (rows->count > 3 && used < size)
        snprintf(ret_text + used, size - used, " …");
}

static bool has_coupons(const struct engine *engine, const struct probe_before *before,
                        char *ret_text, size_t size)
{
    (void)before;
    const struct spec_rows *spec = engine->scenario->evidence.coupons;
    const struct rows *rows = &engine->run->evidence.before;
    char users[256];
    if (!spec || spec->subtract || rows->count == 0)
        return false;
    name_users(engine->run->roster, rows, users, sizeof users);
    snprintf(ret_text, size,
             "%zu coupon row%s already there, of %s: %s, or, when they are other users', set "
             "evidence.coupons.subtract: true",
             rows->count, rows->count > 1 ? "s are" : " is", users,
             empty_it(engine, spec, &(struct empty_it){0}));
    return true;
}

const char *clean_nobody(const struct roster *roster, const struct rows *rows)
{
    struct roster_name name;
    const char *who = roster_nobody(rows->reason);
    for (size_t i = 0; !who && !roster_is_nameless(roster) && i < rows->count; i++)
        who = roster_nobody(roster_name(roster, rows->v[i].user, &name));
    return who;
}

/* Also among rows that are subtracted: the place that it has is one of this run's. */
static bool has_own_row(const struct engine *engine, const struct probe_before *before,
                        char *ret_text, size_t size)
{
    (void)before;
    const char *who = clean_nobody(engine->run->roster, &engine->run->evidence.before);
    if (who)
        clean_own(engine, who, ret_text, size);
    return who != NULL;
}

/* Rows of others are subtracted; but a service that remembers who has one is right not to give
 * those who ask now another. */
static bool has_our_coupons(const struct engine *engine, const struct probe_before *before,
                            char *ret_text, size_t size)
{
    (void)before;
    const struct scenario *scenario = engine->scenario;
    const struct rows *rows = &engine->run->evidence.before;
    const struct row *one = NULL;
    struct roster_name name;
    size_t users = phases_users(scenario), count = 0;
    if (!scenario->evidence.coupons || scenario->users.anonymous ||
        roster_is_nameless(engine->run->roster) || users == SIZE_MAX)
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        if (roster_place(engine->run->roster, rows->v[i].user) >= users)
            continue;
        one = one ? one : &rows->v[i];
        count++;
    }
    if (!one)
        return false;
    snprintf(ret_text, size,
             "%zu coupon row%s of users of this run %s there already, the first of user %s: use "
             "other users (%s), or %s",
             count, count > 1 ? "s" : "", count > 1 ? "are" : "is",
             roster_name(engine->run->roster, one->user, &name),
             scenario->by_flags ? "--first-user N" : "users.first",
             empty_it(engine, scenario->evidence.coupons, &(struct empty_it){0}));
    return true;
}

static bool has_parked(const struct engine *engine, const struct probe_before *before,
                       char *ret_text, size_t size)
{
    const struct spec_rows *spec = engine->scenario->evidence.parked;
    if (!spec || spec->subtract || before->parked == 0)
        return false;
    snprintf(ret_text, size,
             "%" PRId64 " parked row%s already there: %s, or, when they are other users', set "
             "evidence.parked.subtract: true",
             before->parked, before->parked > 1 ? "s are" : " is",
             empty_it(engine, spec, &(struct empty_it){0}));
    return true;
}

static bool has_backlog(const struct engine *engine, const struct probe_before *before,
                        char *ret_text, size_t size)
{
    const struct spec_pipeline *spec = engine->scenario->evidence.pipeline;
    if (!spec || before->waiting == 0)
        return false;
    const char *skip = pipeline_kind(spec)->skip;
    snprintf(ret_text, size,
             "%" PRId64 " record%s of before wait%s to be consumed %s %.80s: wait for it "
             "(preflight: {wait: 30s})%s%s%s",
             before->waiting, before->waiting > 1 ? "s" : "", before->waiting > 1 ? "" : "s",
             spec->group ? "by the group" : "in", spec->group ? spec->group : spec->queues[0],
             *skip ? ", or " : "", skip,
             before->uncommitted ? "; it has not committed on all of them yet" : "");
    return true;
}

/* A stock that is counted down begins at the limit; everything else at 0. */
static bool has_count(const struct engine *engine, const struct probe_before *before,
                      char *ret_text, size_t size)
{
    (void)before;
    const struct spec_counter *spec = engine->scenario->evidence.counter;
    const struct counter_reading *counter = &engine->run->evidence.counter;
    int64_t limit = engine->scenario->limit, begin = spec && spec->down ? limit : 0;
    if (!spec || !counter->known || counter->before == begin)
        return false;
    bool sold_out = spec->down ? counter->before <= 0 : counter->before >= limit;
    const char *key = strchr(spec->redis, ' ') ? "KEY" : spec->redis;
    char command[160];
    if (spec->down)
        snprintf(command, sizeof command, "SET %.128s %" PRId64, key, begin);
    else
        snprintf(command, sizeof command, "DEL %.128s", key);
    snprintf(ret_text, size,
             "the counter %s is at %" PRId64 " already%s, and should begin at %" PRId64
             ": set it before each round: %s'%s'%s",
             spec->redis, counter->before, sold_out ? ", so that nobody can win" : "", begin,
             engine->scenario->by_flags ? "--reset " : "--set stack.reset.redis=", command,
             spec->down || counter->before != limit || engine->scenario->by_flags
                 ? ""
                 : "; or, when it is a stock that is counted down: evidence.counter.down: true");
    return true;
}

/* Each item begins with its stock. */
static bool has_other_stock(const struct engine *engine, const struct probe_before *before,
                            char *ret_text, size_t size)
{
    (void)before;
    const struct items *items = engine->run->items;
    const struct rows *stock = &engine->run->evidence.stock_before;
    char name[64];
    for (size_t i = 0; items && stock->known && i < stock->count; i++) {
        int64_t item = stock->v[i].user, left = stock->v[i].id, begin = items_stock(items, item);
        if (item < 0 || (size_t)item >= items->count || left == begin)
            continue;
        snprintf(ret_text, size,
                 "the stock of %s is %" PRId64 " already, and should begin at %" PRId64
                 ": set it before each round by stack.reset, or say what there is in items",
                 items_name(items, item, name, sizeof name), left, begin);
        return true;
    }
    return false;
}

static leftover *const leftovers[] = {has_own_row, has_coupons, has_our_coupons, has_parked,
                                      has_backlog, has_count,   has_other_stock};

bool clean_leftover(const struct engine *engine, char *ret_text, size_t size)
{
    struct probe_before before;
    probes_before(engine->probes, &before);
    for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
        if (leftovers[i](engine, &before, ret_text, size))
            return true;
    return false;
}

/* What was there, or was not, at the end of the wait for it. */
static int say_waited(const struct spec_preflight *spec, struct err *err)
{
    char span[32];
    return spec->wait ? err_prefix(err, "after preflight.wait: %s",
                                   units_format_duration(spec->wait, span, sizeof span))
                      : -(int)err->code;
}

static int say_missing(const struct spec_preflight *spec, struct err *err)
{
    struct err cause = *err;
    if (!spec->wait)
        err_set(err, cause.code,
                "%s; is it spelled right? one that the service or its consumer makes at its "
                "start is waited for: preflight: {wait: 30s}",
                cause.message);
    return say_waited(spec, err);
}

/* Where users are numbers, say, a row of who is none cannot be read. */
static int say_own(const struct engine *engine, struct err *err)
{
    struct err cause = *err;
    const char *who = roster_nobody(cause.message);
    char own[384];
    if (!who)
        return -(int)err->code;
    clean_own(engine, who, own, sizeof own);
    return err_set(err, cause.code, "%s; %s", cause.message, own);
}

/* What is there before the release, taken again for as long as the scenario waits for it to go, and
 * for tables to come. */
int clean_baseline(struct engine *engine, struct err *err)
{
    const struct spec_preflight *spec = &engine->scenario->preflight;
    ns_t give_up = clock_now() + spec->wait;
    char why[512];
    bool missing;
    for (;;) {
        *err = (struct err){0};
        int rc =
            probes_baseline(engine->probes, &engine->run->evidence, clock_now() + DEADLINE, err);
        missing = rc && err->retriable;
        if (rc && !missing)
            return say_own(engine, err);
        if (!rc && !clean_leftover(engine, why, sizeof why))
            return 0;
        if (engine_stopping(engine))
            return err_set(err, ERR_INTERRUPTED, "interrupted in the preflight");
        if (clock_now() >= give_up)
            break;
        log_info("preflight", "waits: %s", missing ? err->message : why);
        engine_rest(engine, clock_now() + CLEAN_EVERY);
    }
    if (missing)
        return say_missing(spec, err);
    if (spec->clean) {
        err_set(err, ERR_ENVIRONMENT, "not clean before the load: %s", why);
        return say_waited(spec, err);
    }
    log_info("preflight", "goes on, though not clean: %s", why);
    return 0;
}

/* Whoever else is in the consumer's group takes records away from it, silently. */
void clean_strangers(struct engine *engine)
{
    struct evidence *evidence = &engine->run->evidence;
    if (stack_strangers(engine->stack, evidence->strangers, sizeof evidence->strangers))
        log_warn("preflight", "in the group %s, and not started by this run: %s",
                 engine->scenario->evidence.pipeline->group, evidence->strangers);
    else
        evidence->strangers[0] = '\0';
}
