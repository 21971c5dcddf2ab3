/* Which stores a scenario names, each once: the same server at the same address is one source. */
#include <string.h>

#include "probe/probes_state.h"

const struct store_kind store_postgres = {"postgres", postgres_source, postgres_run};
const struct store_kind store_mysql = {"mysql", mysql_source, mysql_run};
static struct source *open_redis(struct db_settings *settings, struct err *err)
{
    struct source *source = redis_source(settings->url, err);
    db_settings_free(settings);
    return source;
}

const struct store_kind store_redis = {"redis", open_redis, NULL};

/* An address of the scenario: its own, a reference to the stack's, or nothing, which means the
 * stack's. */
const char *stores_resolve(const char *url, const char *reference, const char *own)
{
    return !url || !strcmp(url, reference) ? own : url;
}

static struct store *find_store(struct probes *probes, const struct store_kind *kind,
                                const char *url)
{
    for (size_t i = 0; i < probes->stores_count; i++)
        if (probes->stores[i].kind == kind && !strcmp(probes->stores[i].url, url))
            return &probes->stores[i];
    return NULL;
}

/* The store of that kind and address, added when it is new. There is room: the array was made large
 * enough for all that a scenario can name, so that pointers into it stay good. */
static struct store *want_store(struct probes *probes, const struct store_kind *kind,
                                const char *url, const struct probe_targets *targets)
{
    struct store *store = find_store(probes, kind, url);
    if (store)
        return store;
    store = &probes->stores[probes->stores_count++];
    store->kind = kind;
    store->own = url == targets->redis || url == targets->postgres;
    store->url = strdup(url);
    store->wanted.url = strdup(url);
    return store->url && store->wanted.url ? store : NULL;
}

static int no_address(const char *what, const struct store_kind *kind, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s: there is no %s to ask; give a url", what, kind->name);
}

const struct spec_rows *probes_spec(const struct probes *probes, enum db_slot slot)
{
    const struct spec_evidence *evidence = &probes->scenario->evidence;
    return slot == DB_COUPONS ? evidence->coupons : evidence->parked;
}

/* Before anything is connected: a slip of the pen must not reach a store. */
static int want_reading(const struct store_kind *kind, const char *query, const char *what,
                        struct err *err)
{
    char why[256];
    enum dialect dialect = kind == &store_mysql ? DIALECT_MYSQL : DIALECT_POSTGRES;
    if (kind == &store_redis || statement_reads(dialect, query, why, sizeof why))
        return 0;
    return err_set(err, ERR_USAGE, "%s: %s", what, why);
}

static int want_rows(struct probes *probes, enum db_slot slot, const char *what,
                     const struct probe_targets *targets, struct err *err)
{
    const struct spec_rows *spec = probes_spec(probes, slot);
    if (!spec)
        return 0;
    const struct store_kind *kind = spec->mysql ? &store_mysql : &store_postgres;
    const char *url =
        stores_resolve(spec->url, "${postgres.url}", spec->mysql ? NULL : targets->postgres);
    if (!url)
        return no_address(what, kind, err);
    struct store *store = want_store(probes, kind, url, targets);
    if (!store)
        return err_set(err, ERR_MEMORY, "no room for the probe of %s", what);
    const char *query = spec->mysql ? spec->mysql : spec->postgres;
    if (!query)
        return err_set(err, ERR_USAGE, "%s: a query is needed", what);
    if (want_reading(kind, query, what, err))
        return -(int)ERR_USAGE;
    store->wanted.queries[slot] = strdup(query);
    if (!store->wanted.roster)
        store->wanted.roster = roster_share(probes->roster);
    store->has[slot] = true;
    probes->slots[slot] = store;
    return store->wanted.queries[slot] ? 0 : err_set(err, ERR_MEMORY, "no room for a query");
}

static int want_counter(struct probes *probes, const struct probe_targets *targets, struct err *err)
{
    const struct spec_counter *spec = probes->scenario->evidence.counter;
    if (!spec)
        return 0;
    const char *url = stores_resolve(spec->url, "${redis.url}", targets->redis);
    if (!url)
        return no_address("counter", &store_redis, err);
    probes->counter = want_store(probes, &store_redis, url, targets);
    return probes->counter ? 0 : err_set(err, ERR_MEMORY, "no room for the probe of redis");
}

static int want_asked(struct probes *probes, unsigned index, const struct probe_targets *targets,
                      struct err *err)
{
    const struct spec_expect *expect = &probes->scenario->expect[index];
    bool sql = !strcmp(expect->check, "sql");
    if ((!sql && strcmp(expect->check, "redis") != 0) || !expect->query)
        return 0;
    const char *url = sql ? stores_resolve(expect->url, "${postgres.url}", targets->postgres)
                          : stores_resolve(expect->url, "${redis.url}", targets->redis);
    const struct store_kind *kind = !sql                                      ? &store_redis
                                    : statement_dialect(url) == DIALECT_MYSQL ? &store_mysql
                                                                              : &store_postgres;
    if (!url)
        return no_address(expect->check, kind, err);
    if (want_reading(kind, expect->query, expect->check, err))
        return -(int)ERR_USAGE;
    probes->asked[index] = want_store(probes, kind, url, targets);
    return probes->asked[index] ? 0 : err_set(err, ERR_MEMORY, "no room for a probe");
}

/* The stack's own database if it is read at all, else the one with the coupons. */
static void choose_postgres(struct probes *probes, const struct probe_targets *targets)
{
    if (targets->postgres)
        probes->postgres = find_store(probes, &store_postgres, targets->postgres);
    struct store *coupons = probes->slots[DB_COUPONS];
    if (!probes->postgres && coupons && coupons->kind == &store_postgres)
        probes->postgres = coupons;
}

int stores_want(struct probes *probes, const struct probe_targets *targets, struct err *err)
{
    int rc = want_rows(probes, DB_COUPONS, "coupons", targets, err);
    if (!rc)
        rc = want_rows(probes, DB_PARKED, "parked", targets, err);
    if (!rc)
        rc = want_counter(probes, targets, err);
    for (unsigned i = 0; !rc && i < probes->scenario->expect_count; i++)
        rc = want_asked(probes, i, targets, err);
    if (!rc)
        choose_postgres(probes, targets);
    return rc;
}
