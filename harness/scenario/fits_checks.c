/* Evidence, the drain and the checks. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/words.h"
#include "model/check.h"
#include "scenario/fits.h"
#include "store/store.h"

/* ---- evidence and drain ---- */

int fits_query(const struct fits *fits, const char *path, const char *key, const char *only,
               const char *where, const char *text)
{
    char why[256], whole[128], name[32];
    struct err err = {0};
    bool own = where[0] == '$';
    snprintf(name, sizeof name, "%.*s", own ? (int)strcspn(where + 2, ".}") : 0, where + 2);
    if (own && words_find(spec_servers, name) < 0)
        return 0;
    if (own && !strcmp(spec_server(&fits->scenario->stack, name), "none"))
        return fits_refuse(fits, path, "stack.%s is none; allowed: with url, or another stack.%s",
                           name, name);
    const struct store_ops *ops = own ? store_named(name) : store_find(where, &err);
    if (!ops)
        return fits_refuse(fits, path, "%s", own ? "Kafka is no store" : err.message);
    if (only && strcmp(only, ops->name) != 0)
        return fits_refuse(fits, path, "the url is of another database than the query");
    if (ops->reads(text, why, sizeof why))
        return 0;
    snprintf(whole, sizeof whole, "%s.%s", path, key);
    return fits_refuse(fits, whole, "%s", why);
}

static int fits_rows(const struct fits *fits, const char *path, const struct spec_rows *rows)
{
    if (!rows)
        return 0;
    int given = (rows->postgres != NULL) + (rows->mysql != NULL) + (rows->command != NULL) +
                (rows->query != NULL);
    if (given != 1)
        return fits_refuse(fits, path,
                           "has %s; allowed: exactly one of postgres, mysql, command, query",
                           given ? "several" : "no query");
    if (rows->query && !rows->url)
        return fits_refuse(fits, path, "query needs url, which tells the store");
    if (rows->headers_count && (!rows->url || strncasecmp(rows->url, "http", 4) != 0) &&
        (!rows->url || rows->url[0] != '$'))
        return fits_refuse(fits, path, "headers go with a request; allowed: with an http:// url");
    const char *key = rows->postgres  ? "postgres"
                      : rows->mysql   ? "mysql"
                      : rows->command ? "command"
                                      : "query";
    return fits_query(fits, path, key, rows->query ? NULL : key, spec_rows_url(rows),
                      spec_rows_query(rows));
}

static bool is_same(const char *one, const char *other)
{
    return one && other ? !strcmp(one, other) : one == other;
}

/* Of which stores one snapshot has both; of one address alone it is known to be one store. */
static bool share_a_snapshot(const struct spec_rows *one, const struct spec_rows *other)
{
    static const char sqlite[] = "sqlite:";
    bool files =
        one->query && other->query && one->url && !strncmp(one->url, sqlite, sizeof sqlite - 1);
    return is_same(one->url, other->url) &&
           ((one->postgres && other->postgres) || (one->mysql && other->mysql) || files);
}

/* What is promised of both at once has to be read at once. */
static int fits_atomic(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_evidence *evidence = &scenario->evidence;
    if (!evidence->stock || !evidence->stock->atomic)
        return 0;
    if (!evidence->coupons || !share_a_snapshot(evidence->coupons, &evidence->stock->rows))
        return fits_refuse(fits, "evidence.stock.atomic",
                           "needs one snapshot of what is left and what was sold; allowed: with "
                           "evidence.coupons of the same Postgres, MySQL or SQLite");
    if ((scenario->items && scenario->items->hold) || scenario->demand.to)
        return fits_refuse(fits, "evidence.stock.atomic", "%s; allowed: without",
                           scenario->demand.to
                               ? "rows say nothing of what demand.to brings an item"
                               : "holds that have ended may be neither left nor sold");
    return 0;
}

int fits_evidence(const struct fits *fits)
{
    const struct spec_evidence *evidence = &fits->scenario->evidence;
    int rc = fits_rows(fits, "evidence.coupons", evidence->coupons);
    if (!rc)
        rc = fits_rows(fits, "evidence.parked", evidence->parked);
    if (!rc)
        rc = fits_rows(fits, "evidence.stock", evidence->stock ? &evidence->stock->rows : NULL);
    if (!rc)
        rc = fits_atomic(fits);
    if (rc)
        return rc;
    const struct spec_counter *counter = evidence->counter;
    if (counter && fits_query(fits, "evidence.counter", "redis", NULL,
                              counter->url ? counter->url : "${redis.url}", counter->redis))
        return -(int)ERR_USAGE;
    return fits_pipeline(fits);
}

int fits_drain(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    if (scenario->drain.poll_min > scenario->drain.poll_max)
        return fits_refuse(fits, "drain.poll_min",
                           "is longer than poll_max; allowed: at most that");
    if (scenario->wait == WAIT_UNTIL_LIMIT && !scenario->evidence.coupons)
        return fits_refuse(fits, "wait",
                           "'rows == limit' needs rows; allowed: with evidence.coupons");
    return 0;
}

/* ---- checks ---- */

static int fits_parameters(const struct fits *fits, unsigned index)
{
    const struct fits_path path = fits_path("expect", index, "");
    const struct node *entry = node_nearest(fits->tree->root, path.text);
    const struct check *check = checks_find(fits->scenario->expect[index].check);
    char words[128];
    bool enough = !check->asks;
    for (size_t i = 0; i < entry->count; i++) {
        const char *key = entry->entries[i].key;
        if (strcmp(key, "check") != 0 && strcmp(key, "name") != 0 &&
            words_find(check->takes, key) < 0)
            return fits_refuse(
                fits, path.text, "%s does not take %s; allowed: %s", check->name, key,
                check->takes ? words_spell(check->takes, words, sizeof words) : "no parameter");
        enough = enough || words_find(check->asks, key) >= 0;
    }
    if (!enough)
        return fits_refuse(fits, path.text, "%s needs one of %s", check->name,
                           words_spell(check->asks, words, sizeof words));
    return 0;
}

static int fits_question(const struct fits *fits, unsigned index)
{
    const struct spec_expect *expect = &fits->scenario->expect[index];
    const struct fits_path path = fits_path("expect", index, "");
    const char *url = spec_expect_url(fits->scenario, expect);
    if (!url)
        return 0;
    if (!expect->query)
        return fits_refuse(fits, path.text, "%s needs query", expect->check);
    return fits_query(fits, path.text, "query", NULL, url, expect->query);
}

int fits_expect(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    for (unsigned i = 0; i < scenario->expect_count; i++) {
        int rc = fits_parameters(fits, i);
        if (!rc)
            rc = fits_question(fits, i);
        if (rc)
            return rc;
        if (!strcmp(scenario->expect[i].check, "bystander") && !scenario->bystander)
            return fits_refuse(fits, fits_path("expect", i, "").text,
                               "there is no bystander; allowed: with bystander");
    }
    if (scenario->bystander && !strcmp(scenario->stack.postgres, "none") &&
        !strcmp(scenario->stack.mysql, "none"))
        return fits_refuse(fits, "bystander",
                           "stack.postgres is none; allowed: with a Postgres or MySQL");
    return 0;
}
