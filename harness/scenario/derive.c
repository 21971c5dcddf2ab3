#include "scenario/derive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/items.h"
#include "model/observed.h"

/* More load threads than that take the cores from the service. */
enum { WORKERS_MAX = 8 };

/* Of actions that are sent side by side each has a thread. */
static int64_t least_workers(const struct scenario *scenario)
{
    int64_t least = 1;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *phase = &scenario->load[i];
        int64_t beside = phase->kind == LOAD_ACTION ? phase->action.names_count : 1;
        least = beside > least ? beside : least;
    }
    return least;
}

static void derive_workers(struct scenario *scenario)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t least = least_workers(scenario);
    if (!scenario->workers)
        scenario->workers = cores < least ? least : cores > WORKERS_MAX ? WORKERS_MAX : cores;
}

static int add_topic(struct spec_stack *stack, const char *name)
{
    for (unsigned i = 0; i < stack->topics_count; i++)
        if (!strcmp(stack->topics[i].name, name))
            return 0;
    struct spec_topic *topic = &stack->topics[stack->topics_count++];
    *topic = (struct spec_topic){strdup(name), 3, 1};
    return topic->name ? 0 : -(int)ERR_MEMORY;
}

/* Of a pipeline on the stack's own Kafka. */
static int derive_topics(struct scenario *scenario, const struct tree *tree)
{
    struct spec_stack *stack = &scenario->stack;
    const struct spec_pipeline *pipeline = scenario->evidence.pipeline;
    bool ours = !strcmp(stack->kafka, "embedded") || !strcmp(stack->kafka, "apache");
    bool given = node_find(node_find(tree->root, "stack"), "topics");
    if (!pipeline || pipeline->kind != PIPELINE_kafka || !ours || given || pipeline->url)
        return 0;
    stack->topics = calloc(pipeline->queues_count + 1, sizeof *stack->topics);
    int rc = stack->topics ? 0 : -(int)ERR_MEMORY;
    for (unsigned i = 0; i < pipeline->queues_count && !rc; i++)
        rc = add_topic(stack, pipeline->queues[i]);
    return rc || !pipeline->dead_letter ? rc : add_topic(stack, pipeline->dead_letter);
}

/* Whose end is waited for may end. */
static void derive_once(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        struct spec_process *process = &scenario->processes[i];
        process->once |= process->ready && process->ready->ended;
    }
}

/* Eight bytes are how Kafka's client in Java writes; others write texts. */
static void derive_value(struct spec_pipeline *pipeline, const struct node *given)
{
    bool shown = pipeline_kind(pipeline)->records && pipeline->kind != PIPELINE_kafka;
    if (shown && !node_find(given, "value"))
        pipeline->value =
            pipeline->kind == PIPELINE_rabbitmq && pipeline->pointer ? VALUE_JSON : VALUE_TEXT;
}

/* A dead letter is read as the records are, unless the scenario says how else. */
static int derive_dead_letter(struct scenario *scenario, const struct tree *tree)
{
    struct spec_pipeline *pipeline = scenario->evidence.pipeline;
    const struct node *given = node_find(node_find(tree->root, "evidence"), "pipeline");
    if (pipeline)
        derive_value(pipeline, given);
    if (!pipeline || !pipeline->dead_letter)
        return 0;
    if (!node_find(given, "dead_letter_value"))
        pipeline->dead_letter_value = pipeline->value;
    bool pointed =
        pipeline->dead_letter_value == VALUE_JSON || pipeline->kind == PIPELINE_redis_stream;
    if (!pointed || pipeline->dead_letter_pointer || !pipeline->pointer)
        return 0;
    pipeline->dead_letter_pointer = strdup(pipeline->pointer);
    return pipeline->dead_letter_pointer ? 0 : -(int)ERR_MEMORY;
}

/* Before there was `errors`, produce_errors had its number in `count`, where `when` left it free.
 */
static void derive_errors(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->faults_count; i++) {
        struct spec_fault *fault = &scenario->faults[i];
        bool counted = fault->when != WHEN_TIME && fault->when != WHEN_LAST_RESPONSE;
        if (fault->action != FAULT_PRODUCE_ERRORS || counted || fault->errors)
            continue;
        fault->errors = fault->count;
        fault->count = 0;
    }
}

/* The file that lists the users fills in the request too, unless that has one of its own. */
static int derive_feeder(struct scenario *scenario)
{
    const char *file = scenario->users.ids.feeder;
    if (!file || scenario->request.feeder)
        return 0;
    struct spec_feeder *feeder = calloc(1, sizeof *feeder);
    scenario->request.feeder = feeder;
    if (feeder)
        feeder->file = strdup(file);
    return feeder && feeder->file ? 0 : -(int)ERR_MEMORY;
}

/* Whoever asks for one URL is given the first: they differ in where they lead to. */
static void derive_url(struct scenario *scenario)
{
    scenario->request.url = scenario->request.urls[0];
    for (unsigned i = 0; i < scenario->prepare_count; i++)
        scenario->prepare[i].request.url = scenario->prepare[i].request.urls[0];
}

/* Of items the limit is all of their stock. What is no number fits_items refuses. */
static void derive_limit(struct scenario *scenario)
{
    const struct spec_items *items = scenario->items;
    int64_t total = 0, stock = 0;
    if (!items)
        return;
    int64_t one = items_scale((int)items->decimals);
    if (items->ids && (__builtin_mul_overflow(items->count, items->stock, &total) ||
                       __builtin_mul_overflow(total, one, &total)))
        total = SPEC_LIMIT_MAX;
    for (unsigned i = 0; i < items->each_count; i++)
        if (items_amount((int)items->decimals, items->each[i].value, strlen(items->each[i].value),
                         &stock) &&
            __builtin_add_overflow(total, stock, &total))
            total = SPEC_LIMIT_MAX;
    scenario->limit = total < SPEC_LIMIT_MAX ? total : SPEC_LIMIT_MAX;
}

/* The rush's request carries the keys, and is sent so often. */
static void derive_keys(struct scenario *scenario, const struct tree *tree)
{
    const struct spec_idempotency *spec = scenario->idempotency;
    if (!spec)
        return;
    scenario->request.key_header = spec->header;
    scenario->request.key_seed = (uint64_t)scenario->seed;
    if (!node_find(node_find(tree->root, "users"), "repeat"))
        scenario->users.repeat = spec->times;
    for (unsigned i = 0; i < scenario->load_count; i++)
        scenario->load[i].again |= scenario->load[i].reuse == REUSE_PAYLOAD;
}

/* They are asked as the request is: by the same TLS, and as long. */
static void derive_asked(const struct scenario *scenario, struct spec_request *asked)
{
    const struct spec_request *request = &scenario->request;
    if (!asked)
        return;
    asked->url = asked->urls[0];
    asked->timeout = request->timeout;
    asked->ca = request->ca;
    asked->cert = request->cert;
    asked->key = request->key;
    asked->insecure = request->insecure;
    if (scenario->decide) {
        asked->captured = scenario->decide->capture;
        asked->captured_count = scenario->decide->capture_count;
    }
}

static void derive_decide(struct scenario *scenario)
{
    if (scenario->decide)
        derive_asked(scenario, spec_decide_asks(scenario->decide));
    if (scenario->decide)
        derive_asked(scenario, scenario->decide->then);
}

/* They are asked as the request is, and their status tells what no rule does. */
static void derive_actions(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->actions_count; i++) {
        struct spec_action *action = &scenario->actions[i];
        derive_asked(scenario, &action->request);
        action->request.about_order = true;
        action->responses.otherwise = OTHERWISE_STATUS;
    }
}

/* Whoever says where to listen wants to see something, and who holds answers stands between. */
static void derive_between(struct scenario *scenario, const struct tree *tree)
{
    if (spec_between_listens(&scenario->between) &&
        !node_find(node_find(tree->root, "between"), "what"))
        scenario->between.what = BETWEEN_OBSERVE;
    if (scenario->hold)
        scenario->between.what = BETWEEN_OBSERVE;
}

int derive_defaults(struct scenario *scenario, const struct tree *tree, struct err *err)
{
    derive_workers(scenario);
    derive_limit(scenario);
    bool failed = derive_grpc(scenario, tree) != 0;
    derive_url(scenario);
    derive_decide(scenario);
    derive_actions(scenario);
    derive_keys(scenario, tree);
    derive_once(scenario);
    derive_errors(scenario);
    derive_between(scenario, tree);
    failed = failed || derive_topics(scenario, tree) || derive_dead_letter(scenario, tree) ||
             derive_feeder(scenario);
    return failed ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}
