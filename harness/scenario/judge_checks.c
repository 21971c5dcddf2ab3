/* Evidence, the drain and the checks. */
#include <string.h>

#include "scenario/grammar.h"
#include "scenario/judge.h"
#include "scenario/names.h"

/* ---- evidence and drain ---- */

static int judge_rows(const struct judge *judge, const char *path, const struct spec_rows *rows)
{
    if (!rows)
        return 0;
    if (!rows->postgres == !rows->mysql)
        return judge_refuse(judge, path, "has %s; allowed: exactly one of postgres, mysql",
                            rows->postgres ? "both" : "no query");
    if (rows->mysql && !rows->url)
        return judge_refuse(judge, path, "mysql needs url; allowed: a mysql:// URL");
    bool is_mysql_url =
        rows->url && (!strncmp(rows->url, "mysql:", 6) || !strncmp(rows->url, "mariadb:", 8));
    bool is_postgres_url = rows->url && !strncmp(rows->url, "postgres", 8);
    if ((rows->mysql && is_postgres_url) || (rows->postgres && is_mysql_url))
        return judge_refuse(judge, path, "the url is of another database than the query");
    if (!rows->url && !strcmp(judge->scenario->stack.postgres, "none"))
        return judge_refuse(judge, path,
                            "stack.postgres is none; allowed: with url, or another "
                            "stack.postgres");
    return 0;
}

int judge_evidence(const struct judge *judge)
{
    const struct spec_evidence *evidence = &judge->scenario->evidence;
    const struct spec_stack *stack = &judge->scenario->stack;
    int rc = judge_rows(judge, "evidence.coupons", evidence->coupons);
    if (!rc)
        rc = judge_rows(judge, "evidence.parked", evidence->parked);
    if (rc)
        return rc;
    if (evidence->counter && !evidence->counter->url && !strcmp(stack->redis, "none"))
        return judge_refuse(judge, "evidence.counter",
                            "stack.redis is none; allowed: with url, or another stack.redis");
    const struct spec_pipeline *pipeline = evidence->pipeline;
    if (pipeline && !pipeline->brokers && !strcmp(stack->kafka, "none"))
        return judge_refuse(judge, "evidence.pipeline",
                            "stack.kafka is none; allowed: with brokers, or another stack.kafka");
    if (pipeline && pipeline->pointer && pipeline->value != VALUE_JSON)
        return judge_refuse(judge, "evidence.pipeline.pointer",
                            "only JSON has pointers; allowed: with value: json");
    return 0;
}

int judge_drain(const struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    if (scenario->drain.poll_min > scenario->drain.poll_max)
        return judge_refuse(judge, "drain.poll_min",
                            "is longer than poll_max; allowed: at most that");
    if (scenario->wait == WAIT_UNTIL_LIMIT && !scenario->evidence.coupons)
        return judge_refuse(judge, "wait",
                            "'rows == limit' needs rows; allowed: with evidence.coupons");
    return 0;
}

/* ---- checks ---- */

static int judge_parameters(const struct judge *judge, unsigned index)
{
    const struct judge_path path = judge_path("expect", index, "");
    const struct node *entry = node_nearest(judge->tree->root, path.text);
    const struct check_name *check = names_find_check(judge->scenario->expect[index].check);
    char words[128];
    bool enough = !check->needs;
    for (size_t i = 0; i < entry->count; i++) {
        const char *key = entry->entries[i].key;
        if (strcmp(key, "check") != 0 && !grammar_is_choice(check->takes, key))
            return judge_refuse(
                judge, path.text, "%s does not take %s; allowed: %s", check->name, key,
                *check->takes ? grammar_spell_choices(check->takes, words, sizeof words)
                              : "no parameter");
        enough = enough || grammar_is_choice(check->needs, key);
    }
    if (!enough)
        return judge_refuse(judge, path.text, "%s needs one of %s", check->name,
                            grammar_spell_choices(check->needs, words, sizeof words));
    return 0;
}

static int judge_question(const struct judge *judge, unsigned index)
{
    const struct spec_expect *expect = &judge->scenario->expect[index];
    const struct spec_stack *stack = &judge->scenario->stack;
    bool sql = !strcmp(expect->check, "sql"), redis = !strcmp(expect->check, "redis");
    if (!sql && !redis)
        return 0;
    if (!expect->query)
        return judge_refuse(judge, judge_path("expect", index, "").text, "%s needs query",
                            expect->check);
    if (!expect->url && !strcmp(sql ? stack->postgres : stack->redis, "none"))
        return judge_refuse(judge, judge_path("expect", index, "").text,
                            "stack.%s is none; allowed: with url", sql ? "postgres" : "redis");
    return 0;
}

int judge_expect(const struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    for (unsigned i = 0; i < scenario->expect_count; i++) {
        int rc = judge_parameters(judge, i);
        if (!rc)
            rc = judge_question(judge, i);
        if (rc)
            return rc;
        if (!strcmp(scenario->expect[i].check, "bystander") && !scenario->bystander)
            return judge_refuse(judge, judge_path("expect", i, "").text,
                                "there is no bystander; allowed: with bystander");
    }
    if (scenario->bystander && !strcmp(scenario->stack.postgres, "none"))
        return judge_refuse(judge, "bystander", "stack.postgres is none; allowed: with a Postgres");
    return 0;
}
