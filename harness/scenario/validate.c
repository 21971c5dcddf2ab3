#include "scenario/validate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenario/grammar.h"
#include "scenario/names.h"
#include "scenario/references.h"

struct judge {
    const struct scenario *scenario;
    const struct tree *tree;
    const char *name;
    struct err *err;
};

static int refuse(const struct judge *judge, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(const struct judge *judge, const char *path, const char *format, ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int line = node_nearest(judge->tree->root, path)->line;
    return tree_error(judge->name, line, judge->err, "%s: %s", path, what);
}

/* A path with one number in it: "load.%u.burst". */
struct path {
    char text[96];
};

static struct path numbered(const char *list, unsigned number, const char *rest)
{
    struct path path;
    snprintf(path.text, sizeof path.text, "%s.%u%s", list, number, rest);
    return path;
}

/* ---- stack and processes ---- */

static bool is_server(const char *name)
{
    return grammar_is_choice(names_servers, name);
}

static int judge_stack(const struct judge *judge)
{
    const struct spec_stack *stack = &judge->scenario->stack;
    for (unsigned i = 0; i < stack->topics_count; i++) {
        const struct spec_topic *topic = &stack->topics[i];
        for (unsigned j = 0; j < i; j++)
            if (!strcmp(stack->topics[j].name, topic->name))
                return refuse(judge, numbered("stack.topics", i, ".name").text,
                              "'%s' is here twice", topic->name);
        if (!strcmp(stack->kafka, "embedded") && topic->replication > stack->brokers)
            return refuse(judge, numbered("stack.topics", i, ".replication").text,
                          "%d copies need as many brokers; allowed: 1 to %d, or more stack.brokers",
                          topic->replication, stack->brokers);
    }
    for (unsigned i = 0; i < stack->reset_count; i++) {
        const char *server = stack->reset[i].name;
        const char *where = !strcmp(server, "redis") ? stack->redis : stack->postgres;
        if (!strstr(where, "://"))
            return refuse(judge, numbered("stack.reset", i, "").text,
                          "stack.%s is %s; allowed: a reset of an external store only", server,
                          where);
    }
    return 0;
}

static int judge_process(const struct judge *judge, unsigned index)
{
    static const char *const taken = "redis|postgres|kafka|dir|scenario";
    const struct spec_process *process = &judge->scenario->processes[index];
    if (grammar_is_choice(taken, process->name))
        return refuse(judge, numbered("processes", index, ".name").text,
                      "'%s' means something else in references; allowed: any other name",
                      process->name);
    for (unsigned i = 0; i < index; i++)
        if (!strcmp(judge->scenario->processes[i].name, process->name))
            return refuse(judge, numbered("processes", index, ".name").text, "'%s' is here twice",
                          process->name);
    if (!*process->run[0])
        return refuse(judge, numbered("processes", index, ".run.0").text,
                      "is empty; allowed: the name of a program");
    if (process->run_count == 1 && strchr(process->run[0], ' ') && !strchr(process->run[0], '/'))
        return refuse(judge, numbered("processes", index, ".run.0").text,
                      "'%s' is one word with blanks in it; allowed: a list of words",
                      process->run[0]);
    const struct spec_ready *ready = process->ready;
    if (ready && !ready->http && !ready->tcp && !ready->log)
        return refuse(judge, numbered("processes", index, ".ready").text,
                      "says nothing to wait for; allowed: http, tcp, log");
    return 0;
}

static int judge_processes(const struct judge *judge)
{
    for (unsigned i = 0; i < judge->scenario->processes_count; i++) {
        int rc = judge_process(judge, i);
        if (rc)
            return rc;
    }
    return 0;
}

/* ---- request, users, responses ---- */

static int judge_request(const struct judge *judge)
{
    const struct spec_request *request = &judge->scenario->request;
    for (unsigned i = 0; i < request->headers_count; i++)
        if (strpbrk(request->headers[i].value, "\r\n"))
            return refuse(judge, numbered("request.headers", i, "").text,
                          "%s has a line break in its value; allowed: one line",
                          request->headers[i].name);
    if (!request->cert != !request->key)
        return refuse(judge, request->cert ? "request.cert" : "request.key",
                      "cert and key go together; allowed: both or none");
    return 0;
}

static int judge_responses(const struct judge *judge)
{
    const struct spec_responses *responses = &judge->scenario->responses;
    if (responses->accepted_count + responses->rejected_count + responses->undecided_count == 0)
        return refuse(judge, "responses",
                      "no rule says what an answer means; allowed: accepted and rejected, or "
                      "undecided when it is the same for everybody");
    return 0;
}

/* ---- load ---- */

static int judge_waves(const struct judge *judge, unsigned index, const struct spec_waves *waves)
{
    bool repeated = waves->waves || waves->size || waves->every;
    if (waves->offsets_count && repeated)
        return refuse(judge, numbered("load", index, ".waves.offsets").text,
                      "and waves, size or every; allowed: offsets alone");
    if (!waves->offsets_count &&
        (!waves->waves || !waves->size || (waves->waves > 1 && !waves->every)))
        return refuse(judge, numbered("load", index, ".waves").text,
                      "allowed: waves, size and every together, or offsets alone");
    return 0;
}

/* `duration` or `requests`, one of them. */
static int judge_length(const struct judge *judge, unsigned index, const char *kind, ns_t duration,
                        int64_t requests)
{
    if ((duration > 0) != (requests > 0))
        return 0;
    return refuse(judge, numbered("load", index, kind).text,
                  "has %s; allowed: exactly one of duration, requests",
                  duration ? "duration and requests" : "no end");
}

static int judge_phase(const struct judge *judge, unsigned index)
{
    const struct spec_phase *phase = &judge->scenario->load[index];
    const void *kinds[] = {phase->burst,  phase->waves, phase->rate,
                           phase->closed, phase->retry, phase->pause};
    int given = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        given += kinds[i] != NULL;
    if (given != 1)
        return refuse(judge, numbered("load", index, "").text,
                      "has %d phases; allowed: exactly one of burst, waves, rate, closed, retry, "
                      "pause",
                      given);
    if (index == 0 && (phase->again || phase->retry))
        return refuse(
            judge, numbered("load", index, phase->retry ? ".retry" : ".again").text,
            "there are no users before the first phase; allowed: from the second phase on");
    if (phase->again && (phase->retry || phase->pause))
        return refuse(judge, numbered("load", index, ".again").text,
                      "means nothing here; allowed: with burst, waves, rate, closed");
    if (phase->waves)
        return judge_waves(judge, index, phase->waves);
    if (phase->rate)
        return judge_length(judge, index, ".rate", phase->rate->duration, phase->rate->requests);
    if (phase->closed)
        return judge_length(judge, index, ".closed", phase->closed->duration,
                            phase->closed->requests);
    if (phase->burst && phase->burst->require &&
        phase->burst->require->in_flight > phase->burst->requests)
        return refuse(judge, numbered("load", index, ".burst.require.in_flight").text,
                      "%" PRId64 " of %" PRId64 " requests; allowed: at most as many as requests",
                      phase->burst->require->in_flight, phase->burst->requests);
    return 0;
}

static int judge_load(const struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    bool sends = false;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        int rc = judge_phase(judge, i);
        if (rc)
            return rc;
        sends = sends || !scenario->load[i].pause;
    }
    if (!sends)
        return refuse(judge, "load", "sends nothing; allowed: at least one phase that is no pause");
    return 0;
}

/* ---- evidence and drain ---- */

static int judge_rows(const struct judge *judge, const char *path, const struct spec_rows *rows)
{
    if (!rows)
        return 0;
    if (!rows->postgres == !rows->mysql)
        return refuse(judge, path, "has %s; allowed: exactly one of postgres, mysql",
                      rows->postgres ? "both" : "no query");
    if (rows->mysql && !rows->url)
        return refuse(judge, path, "mysql needs url; allowed: a mysql:// URL");
    bool is_mysql_url =
        rows->url && (!strncmp(rows->url, "mysql:", 6) || !strncmp(rows->url, "mariadb:", 8));
    bool is_postgres_url = rows->url && !strncmp(rows->url, "postgres", 8);
    if ((rows->mysql && is_postgres_url) || (rows->postgres && is_mysql_url))
        return refuse(judge, path, "the url is of another database than the query");
    if (!rows->url && !strcmp(judge->scenario->stack.postgres, "none"))
        return refuse(judge, path,
                      "stack.postgres is none; allowed: with url, or another "
                      "stack.postgres");
    return 0;
}

static int judge_evidence(const struct judge *judge)
{
    const struct spec_evidence *evidence = &judge->scenario->evidence;
    const struct spec_stack *stack = &judge->scenario->stack;
    int rc = judge_rows(judge, "evidence.coupons", evidence->coupons);
    if (!rc)
        rc = judge_rows(judge, "evidence.parked", evidence->parked);
    if (rc)
        return rc;
    if (evidence->counter && !evidence->counter->url && !strcmp(stack->redis, "none"))
        return refuse(judge, "evidence.counter",
                      "stack.redis is none; allowed: with url, or another stack.redis");
    const struct spec_pipeline *pipeline = evidence->pipeline;
    if (pipeline && !pipeline->brokers && !strcmp(stack->kafka, "none"))
        return refuse(judge, "evidence.pipeline",
                      "stack.kafka is none; allowed: with brokers, or another stack.kafka");
    if (pipeline && pipeline->pointer && pipeline->value != VALUE_JSON)
        return refuse(judge, "evidence.pipeline.pointer",
                      "only JSON has pointers; allowed: with value: json");
    return 0;
}

static int judge_drain(const struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    if (scenario->drain.poll_min > scenario->drain.poll_max)
        return refuse(judge, "drain.poll_min", "is longer than poll_max; allowed: at most that");
    if (scenario->wait == WAIT_UNTIL_LIMIT && !scenario->evidence.coupons)
        return refuse(judge, "wait", "'rows == limit' needs rows; allowed: with evidence.coupons");
    return 0;
}

/* ---- checks ---- */

static int judge_parameters(const struct judge *judge, unsigned index)
{
    const struct path path = numbered("expect", index, "");
    const struct node *entry = node_nearest(judge->tree->root, path.text);
    const struct check_name *check = names_find_check(judge->scenario->expect[index].check);
    char words[128];
    bool enough = !check->needs;
    for (size_t i = 0; i < entry->count; i++) {
        const char *key = entry->entries[i].key;
        if (strcmp(key, "check") != 0 && !grammar_is_choice(check->takes, key))
            return refuse(judge, path.text, "%s does not take %s; allowed: %s", check->name, key,
                          *check->takes ? grammar_spell_choices(check->takes, words, sizeof words)
                                        : "no parameter");
        enough = enough || grammar_is_choice(check->needs, key);
    }
    if (!enough)
        return refuse(judge, path.text, "%s needs one of %s", check->name,
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
        return refuse(judge, numbered("expect", index, "").text, "%s needs query", expect->check);
    if (!expect->url && !strcmp(sql ? stack->postgres : stack->redis, "none"))
        return refuse(judge, numbered("expect", index, "").text,
                      "stack.%s is none; allowed: with url", sql ? "postgres" : "redis");
    return 0;
}

static int judge_expect(const struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    for (unsigned i = 0; i < scenario->expect_count; i++) {
        int rc = judge_parameters(judge, i);
        if (!rc)
            rc = judge_question(judge, i);
        if (rc)
            return rc;
        if (!strcmp(scenario->expect[i].check, "bystander") && !scenario->bystander)
            return refuse(judge, numbered("expect", i, "").text,
                          "there is no bystander; allowed: with bystander");
    }
    if (scenario->bystander && !strcmp(scenario->stack.postgres, "none"))
        return refuse(judge, "bystander", "stack.postgres is none; allowed: with a Postgres");
    return 0;
}

/* ---- faults ---- */

static bool has_process(const struct scenario *scenario, const char *name)
{
    for (unsigned i = 0; i < scenario->processes_count; i++)
        if (!strcmp(scenario->processes[i].name, name))
            return true;
    return false;
}

static const char *server_kind(const struct spec_stack *stack, const char *name)
{
    return !strcmp(name, "redis")      ? stack->redis
           : !strcmp(name, "postgres") ? stack->postgres
                                       : stack->kafka;
}

static int judge_target(const struct judge *judge, unsigned index, const struct spec_fault *fault)
{
    struct path path = numbered("faults", index, ".target");
    bool ours = has_process(judge->scenario, fault->target);
    if (!ours && !is_server(fault->target))
        return refuse(judge, path.text,
                      "there is no process '%s'; allowed: the name of a process, redis, postgres, "
                      "kafka",
                      fault->target);
    const char *kind = ours ? "process" : server_kind(&judge->scenario->stack, fault->target);
    if (!ours && !grammar_is_choice("private|embedded|apache", kind))
        return refuse(judge, path.text,
                      "stack.%s is %s; allowed: servers that the run starts itself", fault->target,
                      kind);
    bool broker = fault->action == FAULT_BROKER_DOWN || fault->action == FAULT_BROKER_UP ||
                  fault->action == FAULT_PRODUCE_ERRORS;
    if (broker && strcmp(kind, "embedded") != 0)
        return refuse(judge, path.text, "this action needs target kafka with stack.kafka embedded");
    return 0;
}

static int judge_fault(const struct judge *judge, unsigned index)
{
    const struct spec_fault *fault = &judge->scenario->faults[index];
    int rc = judge_target(judge, index, fault);
    if (rc)
        return rc;
    struct path path = numbered("faults", index, "");
    if (!fault->signal != (fault->action != FAULT_SIGNAL))
        return refuse(judge, path.text, "action signal and signal go together");
    bool counted = fault->when == WHEN_ROWS || fault->when == WHEN_ANSWERED;
    bool errors = fault->action == FAULT_PRODUCE_ERRORS;
    if (counted && errors)
        return refuse(judge, path.text,
                      "count cannot be rows or answers and errors; allowed: when time or "
                      "last_response with produce_errors");
    if ((counted || errors) != (fault->count > 0))
        return refuse(judge, path.text,
                      "count belongs to when rows, when answered and action produce_errors: %s",
                      fault->count ? "none of them is here" : "it is missing");
    if (fault->restart_after && fault->action != FAULT_KILL && fault->action != FAULT_TERMINATE)
        return refuse(judge, path.text, "restart_after; allowed: with kill and terminate");
    return 0;
}

static int judge_faults(const struct judge *judge)
{
    for (unsigned i = 0; i < judge->scenario->faults_count; i++) {
        int rc = judge_fault(judge, i);
        if (rc)
            return rc;
    }
    return 0;
}

int validate_scenario(const struct scenario *scenario, const struct tree *tree, const char *name,
                      struct err *err)
{
    static int (*const judges[])(const struct judge *) = {
        judge_stack,    judge_processes, judge_request, judge_responses, judge_load,
        judge_evidence, judge_drain,     judge_expect,  judge_faults,
    };
    struct judge judge = {.scenario = scenario, .tree = tree, .name = name, .err = err};
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
        int rc = judges[i](&judge);
        if (rc)
            return rc;
    }
    return references_check(scenario, tree, name, err);
}
