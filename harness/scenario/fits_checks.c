/* Evidence, the drain and the checks. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "model/check.h"
#include "model/statement.h"
#include "scenario/fits.h"

/* ---- evidence and drain ---- */

/* What is wrong with a query on its face is said before anything starts. */
static int fits_statement(const struct fits *fits, const char *path, const char *key,
                          enum dialect dialect, const char *text)
{
    char why[256], whole[128];
    if (statement_reads(dialect, text, why, sizeof why))
        return 0;
    snprintf(whole, sizeof whole, "%s.%s", path, key);
    return fits_refuse(fits, whole, "%s", why);
}

static bool starts_with(const char *text, const char *start)
{
    return text && !strncmp(text, start, strlen(start));
}

/* The url is of the kind of database that the query is for. */
static bool is_for(const char *url, bool mysql)
{
    return mysql ? !starts_with(url, "postgres")
                 : !starts_with(url, "mysql:") && !starts_with(url, "mariadb:");
}

static int fits_rows(const struct fits *fits, const char *path, const struct spec_rows *rows)
{
    if (!rows)
        return 0;
    if (!rows->postgres == !rows->mysql)
        return fits_refuse(fits, path, "has %s; allowed: exactly one of postgres, mysql",
                           rows->postgres ? "both" : "no query");
    if (rows->mysql && !rows->url)
        return fits_refuse(fits, path, "mysql needs url; allowed: a mysql:// URL");
    if (!is_for(rows->url, rows->mysql))
        return fits_refuse(fits, path, "the url is of another database than the query");
    if (!rows->url && !strcmp(fits->scenario->stack.postgres, "none"))
        return fits_refuse(fits, path,
                           "stack.postgres is none; allowed: with url, or another "
                           "stack.postgres");
    return rows->mysql ? fits_statement(fits, path, "mysql", DIALECT_MYSQL, rows->mysql)
                       : fits_statement(fits, path, "postgres", DIALECT_POSTGRES, rows->postgres);
}

static int fits_dead_letter(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    bool described = pipeline->dead_letter_value != VALUE_INT64 || pipeline->dead_letter_pointer;
    if (described && !pipeline->dead_letter)
        return fits_refuse(fits, "evidence.pipeline",
                           "dead_letter_value and dead_letter_pointer say how the records of "
                           "dead_letter are read; allowed: with dead_letter");
    if (pipeline->dead_letter_pointer && pipeline->dead_letter_value != VALUE_JSON)
        return fits_refuse(fits, "evidence.pipeline.dead_letter_pointer",
                           "only JSON has pointers; allowed: with dead_letter_value: json");
    return 0;
}

int fits_evidence(const struct fits *fits)
{
    const struct spec_evidence *evidence = &fits->scenario->evidence;
    const struct spec_stack *stack = &fits->scenario->stack;
    int rc = fits_rows(fits, "evidence.coupons", evidence->coupons);
    if (!rc)
        rc = fits_rows(fits, "evidence.parked", evidence->parked);
    if (rc)
        return rc;
    if (evidence->counter && !evidence->counter->url && !strcmp(stack->redis, "none"))
        return fits_refuse(fits, "evidence.counter",
                           "stack.redis is none; allowed: with url, or another stack.redis");
    if (evidence->counter &&
        fits_statement(fits, "evidence.counter", "redis", DIALECT_REDIS, evidence->counter->redis))
        return -(int)ERR_USAGE;
    const struct spec_pipeline *pipeline = evidence->pipeline;
    if (pipeline && !pipeline->url && !strcmp(stack->kafka, "none"))
        return fits_refuse(fits, "evidence.pipeline",
                           "stack.kafka is none; allowed: with url, or another stack.kafka");
    if (pipeline && pipeline->pointer && pipeline->value != VALUE_JSON)
        return fits_refuse(fits, "evidence.pipeline.pointer",
                           "only JSON has pointers; allowed: with value: json");
    return pipeline ? fits_dead_letter(fits, pipeline) : 0;
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
        if (strcmp(key, "check") != 0 && words_find(check->takes, key) < 0)
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
    const struct spec_stack *stack = &fits->scenario->stack;
    bool sql = !strcmp(expect->check, "sql"), redis = !strcmp(expect->check, "redis");
    if (!sql && !redis)
        return 0;
    if (!expect->query)
        return fits_refuse(fits, fits_path("expect", index, "").text, "%s needs query",
                           expect->check);
    if (!expect->url && !strcmp(sql ? stack->postgres : stack->redis, "none"))
        return fits_refuse(fits, fits_path("expect", index, "").text,
                           "stack.%s is none; allowed: with url", sql ? "postgres" : "redis");
    return fits_statement(fits, fits_path("expect", index, "").text, "query",
                          sql ? statement_dialect(expect->url) : DIALECT_REDIS, expect->query);
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
    if (scenario->bystander && !strcmp(scenario->stack.postgres, "none"))
        return fits_refuse(fits, "bystander", "stack.postgres is none; allowed: with a Postgres");
    return 0;
}
