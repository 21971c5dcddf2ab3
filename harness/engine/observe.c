/* From the first release to the end of the late window: polls the stores, feeds the drain state
 * machine, reads the rows that the verdict judges, and keeps every sample. What changes in the
 * window sends the run back to draining. Main thread. */
#include <string.h>

#include "base/log.h"
#include "engine/inside.h"
#include "verify/case.h"

/* A source that has not answered by then is blocked in this round. */
#define SAMPLE_DEADLINE (NS_PER_S)
#define ROWS_DEADLINE   (10 * NS_PER_S)
/* The course's kind of wait looks at the count ten times a second. */
#define UNTIL_POLL (100 * NS_PER_MS)
#define WATCH_POLL (20 * NS_PER_MS)
/* The main thread notices the last response, a stop or a fault within this. */
#define SLICE (NS_PER_MS)

static ns_t earlier(ns_t a, ns_t b)
{
    return a < b ? a : b;
}

/* By whatever signal a fault sent, if that ended it: when no fault is left, nothing brings it back.
 */
static bool any_ended(struct engine *engine)
{
    const struct run *run = engine->run;
    bool any = false;
    for (unsigned i = 0; i < run->processes_count; i++) {
        const struct process_info *process = &run->processes[i];
        any |= process->ended && !process->server && (!process->once || process->unexpected);
    }
    return any && atomic_load(&engine->saboteur.finished);
}

static bool consumer_gone(struct engine *engine)
{
    bool gone = atomic_load(&engine->saboteur.consumer_gone);
    /* A restart in progress holds the lock: nobody is gone for good meanwhile. */
    if (pthread_mutex_trylock(&engine->stack_lock) == 0) {
        gone |= stack_watch(engine->stack, engine->run);
        gone |= any_ended(engine);
        pthread_mutex_unlock(&engine->stack_lock);
    }
    return gone;
}

/* Counted once, when the driver is done with the history. */
static int count_users(struct engine *engine, struct err *err)
{
    if (engine->users_counted || !atomic_load(&engine->driver.finished))
        return 0;
    struct case_file users = {0};
    int rc = case_build(engine->run, &users, err);
    if (rc)
        return rc;
    engine->users_counted = true;
    engine->accepted = spec_answers_decide(engine->scenario) ? case_awaited(&users) : COUNT_UNKNOWN;
    engine->tried = users.tried_certain;
    engine->undecided = users.undecided;
    case_free(&users);
    return 0;
}

static struct drain_facts facts(struct engine *engine)
{
    return (struct drain_facts){
        .settled = engine->users_counted ? atomic_load(&engine->driver.settled) : 0,
        .accepted = engine->users_counted ? engine->accepted : COUNT_UNKNOWN,
        .tried = engine->tried,
        .undecided = engine->undecided,
        .consumer_gone = consumer_gone(engine),
        .trouble = probes_trouble(engine->probes),
        .pipeline_trouble = probes_pipeline_trouble(engine->probes),
        .disturbed = !atomic_load(&engine->saboteur.finished),
        .restarting = atomic_load(&engine->saboteur.restarting),
    };
}

/* One polling round: read, keep, tell. */
static int take_sample(struct engine *engine, unsigned wants, uint32_t flags,
                       struct sample *ret_sample, struct err *err)
{
    struct sample sample = {.rows = COUNT_UNKNOWN};
    probes_sample(engine->probes, wants, clock_now() + SAMPLE_DEADLINE, &sample);
    sample.answered = atomic_load(&engine->progress.answered);
    sample.flags |= flags;
    int rc = timeline_add(&engine->run->timeline, &sample, err);
    if (rc)
        return rc;
    *ret_sample = engine->run->timeline.v[engine->run->timeline.count - 1];
    if (sample.rows != COUNT_UNKNOWN)
        atomic_store(&engine->saboteur.rows, sample.rows);
    return 0;
}

/* Reads the rows that an assertion at this instant would have seen. */
static int assert_now(struct engine *engine, struct err *err)
{
    struct run *run = engine->run;
    struct sample sample;
    int rc = probes_rows(engine->probes, &run->evidence, clock_now() + ROWS_DEADLINE, err);
    if (rc)
        return rc;
    run->drain.asserted = clock_now();
    run->drain.rows_at_assert = (int64_t)run->evidence.coupons.count;
    rc = take_sample(engine, PROBE_PIPELINE | PROBE_ROWS, 0, &sample, err);
    if (rc)
        return rc;
    run->drain.lag_at_assert = sample_lag(&sample);
    engine->asserted = true;
    return 0;
}

/* The state of the polling loop. */
struct polling {
    ns_t settled;         /* when the last response had come; 0: not yet */
    bool ticketed;        /* all have had their first answer */
    bool decided;         /* by the drain state machine */
    struct sample sample; /* the latest */
    ns_t look;            /* WAIT_UNTIL_LIMIT: when the scenario's own poll looks next */
    int64_t seen;         /* rows that it saw last */
};

/* Has the moment come at which the scenario's own wait would assert? Not for WAIT_DRAINED. */
static bool assert_is_due(const struct engine *engine, const struct polling *polling, ns_t now)
{
    const struct scenario *scenario = engine->scenario;
    if (!polling->settled || engine->asserted)
        return false;
    switch (scenario->wait) {
    case WAIT_DRAINED:
        return false;
    case WAIT_LAST_RESPONSE:
        return true;
    case WAIT_SLEEP:
        return now >= polling->settled + scenario->wait_span;
    case WAIT_UNTIL_LIMIT:
        return polling->seen == scenario->limit ||
               now >= polling->settled + scenario->drain.timeout;
    }
    return false;
}

/* When the next round shall be: what the drain wants, or what the scenario's own wait wants first.
 */
static ns_t next_round(struct engine *engine, const struct polling *polling, unsigned *ret_wants)
{
    const struct scenario *scenario = engine->scenario;
    ns_t now = clock_now();
    ns_t next = now + UNTIL_POLL;
    *ret_wants = PROBE_ROWS;
    if (!polling->decided)
        next = drain_next(engine->drain, now, ret_wants);
    if (!polling->settled || engine->asserted)
        return next;
    if (scenario->wait == WAIT_SLEEP)
        return earlier(next, polling->settled + scenario->wait_span);
    if (scenario->wait == WAIT_UNTIL_LIMIT)
        return earlier(next, polling->look);
    return next;
}

/* The scenario's own poll sees the count ten times a second and nothing of what the drain sees in
 * between: a test written like that knows no better. */
static int look_for_limit(struct engine *engine, struct polling *polling, struct err *err)
{
    struct sample sample = {.rows = COUNT_UNKNOWN};
    if (engine->scenario->wait != WAIT_UNTIL_LIMIT || !polling->settled || engine->asserted ||
        clock_now() < polling->look)
        return 0;
    polling->look = clock_now() + UNTIL_POLL;
    int rc = take_sample(engine, PROBE_ROWS, 0, &sample, err);
    polling->seen = sample.rows;
    return rc;
}

/* Rests until the instant, or until the load is settled for the first time. */
static void rest(struct engine *engine, ns_t until, bool wake_when_settled)
{
    while (clock_now() < until && !engine_stopping(engine)) {
        if (wake_when_settled && atomic_load(&engine->driver.settled))
            return;
        engine_rest(engine, earlier(until, clock_now() + SLICE));
    }
}

static int note_last_response(struct engine *engine, struct polling *polling, struct err *err)
{
    if (polling->settled || !atomic_load(&engine->driver.settled))
        return 0;
    polling->settled = atomic_load(&engine->driver.settled);
    polling->look = polling->settled;
    engine_enter(engine, PHASE_DRAIN);
    struct drain_result *drain = &engine->run->drain;
    if (engine->scenario->wait == WAIT_LAST_RESPONSE) {
        int rc = assert_now(engine, err);
        drain->rows_at_last_response = drain->rows_at_assert;
        return rc;
    }
    int rc = take_sample(engine, PROBE_ROWS, 0, &polling->sample, err);
    drain->rows_at_last_response = polling->sample.rows;
    return rc;
}

/* What an assertion would have seen when all had their first answer. */
static int note_last_ticket(struct engine *engine, struct polling *polling, struct err *err)
{
    if (!engine->scenario->decide || polling->ticketed || !atomic_load(&engine->driver.ticketed))
        return 0;
    polling->ticketed = true;
    struct sample sample = {.rows = COUNT_UNKNOWN};
    int rc = take_sample(engine, PROBE_ROWS, 0, &sample, err);
    engine->run->drain.rows_at_last_ticket = sample.rows;
    return rc;
}

static int poll_once(struct engine *engine, struct polling *polling, struct err *err)
{
    unsigned wants = 0;
    rest(engine, next_round(engine, polling, &wants), !polling->settled);
    int rc = note_last_ticket(engine, polling, err);
    if (!rc)
        rc = note_last_response(engine, polling, err);
    if (!rc)
        rc = look_for_limit(engine, polling, err);
    if (!rc && assert_is_due(engine, polling, clock_now()))
        rc = assert_now(engine, err);
    if (!rc)
        rc = take_sample(engine, wants, 0, &polling->sample, err);
    if (!rc)
        rc = count_users(engine, err);
    if (!rc && !polling->decided) {
        struct drain_facts now = facts(engine);
        polling->decided = drain_feed(engine->drain, &polling->sample, &now) == DRAIN_DECIDED;
    }
    return rc;
}

static bool load_failed(const struct engine *engine)
{
    return atomic_load(&engine->driver.finished) && engine->driver.err.code;
}

static int poll_until_decided(struct engine *engine, struct polling *polling, struct err *err)
{
    int rc = 0;
    bool over = false;
    polling->decided = false;
    while (!rc && !over && !engine_stopping(engine)) {
        rc = poll_once(engine, polling, err);
        bool judged = engine->scenario->wait == WAIT_DRAINED || engine->asserted;
        over = (polling->decided && judged) || load_failed(engine);
    }
    return rc;
}

/* Who is there, by the rows, or where there are none by the records. Dead letters are read at the
 * very end only, and offsets account for them. *ret_known: it could be read. */
static int read_names(struct engine *engine, bool *ret_known, struct err *err)
{
    struct evidence *evidence = &engine->run->evidence;
    const struct spec_evidence *spec = &engine->scenario->evidence;
    ns_t deadline = clock_now() + ROWS_DEADLINE;
    int rc = 0;
    if ((spec->coupons || (spec->stock && !spec->pipeline)) &&
        !(spec->pipeline && spec->pipeline->dead_letter)) {
        rc = probes_rows(engine->probes, evidence, deadline, err);
        *ret_known = !rc && (spec->coupons ? evidence->coupons.known : evidence->stock.known);
    } else if (spec->pipeline && !spec->coupons) {
        rc = probes_records(engine->probes, evidence, deadline, err);
        *ret_known = !rc && evidence->produced.known;
    }
    return rc;
}

/* Of balances alone nothing else tells when they have come to rest. */
static bool asks_by_name(const struct engine *engine)
{
    const struct spec_evidence *spec = &engine->scenario->evidence;
    enum drain_outcome outcome = engine->run->drain.outcome;
    return outcome == DRAIN_DRAINED ||
           (outcome == DRAIN_QUIET_ONLY && spec->stock && !spec->coupons && !spec->pipeline);
}

/* Drained is decided by numbers; whether the saved are those who were told yes is asked once, by
 * name. */
static int ask_by_name(struct engine *engine, bool *ret_reopened, struct err *err)
{
    struct run *run = engine->run;
    struct case_file users = {0};
    bool known = false;
    if (!asks_by_name(engine) || engine->asserted)
        return 0;
    int rc = read_names(engine, &known, err);
    if (known)
        rc = case_build(run, &users, err);
    /* What could not be read names nobody. */
    *ret_reopened = users.run && case_unsettled(&users) && !users.produced.undecoded &&
                    engine->accepted != COUNT_UNKNOWN;
    case_free(&users);
    if (*ret_reopened)
        drain_misled(engine->drain);
    return rc;
}

static int watch(struct engine *engine, bool *ret_reopened, struct err *err)
{
    engine_enter(engine, PHASE_WATCH);
    driver_let_leave(engine);
    ns_t end = clock_now() + engine->scenario->drain.window;
    struct sample sample;
    do {
        rest(engine, earlier(end, clock_now() + WATCH_POLL), false);
        int rc = take_sample(engine, PROBE_ROWS | PROBE_PIPELINE | PROBE_COUNTER, SAMPLE_WATCH,
                             &sample, err);
        if (rc)
            return rc;
        struct drain_facts now = facts(engine);
        *ret_reopened = drain_feed(engine->drain, &sample, &now) == DRAIN_CONTINUE;
    } while (clock_now() < end && !*ret_reopened && !engine_stopping(engine));
    return 0;
}

static bool is_quiet(enum drain_outcome outcome)
{
    return outcome == DRAIN_DRAINED || outcome == DRAIN_DRAINED_LOSSY ||
           outcome == DRAIN_QUIET_ONLY;
}

/* Keeps what assert_now and the probes wrote while drain_result fills its own members. */
static void fill_drain(struct engine *engine)
{
    struct drain_result *result = &engine->run->drain;
    struct drain_result own = *result;
    drain_result(engine->drain, result);
    result->rows_at_last_response = own.rows_at_last_response;
    result->rows_at_assert = own.rows_at_assert;
    result->lag_at_assert = own.lag_at_assert;
    result->asserted = own.asserted;
}

/* By name, and through the late window. */
static int decision_stands(struct engine *engine, bool *ret_reopened, struct err *err)
{
    if (!is_quiet(engine->run->drain.outcome) || engine_stopping(engine))
        return 0;
    int rc = ask_by_name(engine, ret_reopened, err);
    if (rc || *ret_reopened)
        return rc;
    rc = watch(engine, ret_reopened, err);
    fill_drain(engine);
    return rc;
}

int observe(struct engine *engine, struct err *err)
{
    struct progress *progress = &engine->progress;
    while (!atomic_load(&progress->first_release) && !atomic_load(&engine->driver.finished) &&
           !engine_stopping(engine)) {
        engine_tick(engine, "");
        clock_sleep_until(clock_now() + SLICE);
    }
    bystander_mark(engine->bystander, BYSTANDER_DURING);
    engine_enter(engine, PHASE_RELEASE);
    engine_enter(engine, PHASE_SETTLE);
    struct polling polling = {.sample.rows = COUNT_UNKNOWN, .seen = COUNT_UNKNOWN};
    int rc = 0;
    bool reopened = true;
    while (!rc && reopened) {
        reopened = false;
        rc = poll_until_decided(engine, &polling, err);
        if (rc)
            break;
        fill_drain(engine);
        log_info("drain", "%s %s", drain_outcome_name(engine->run->drain.outcome),
                 engine->run->drain.detail);
        rc = decision_stands(engine, &reopened, err);
        if (reopened)
            engine_enter(engine, PHASE_DRAIN);
    }
    return rc;
}

void observe_processes(struct engine *engine)
{
    pthread_mutex_lock(&engine->stack_lock);
    stack_watch(engine->stack, engine->run);
    stack_read_words(engine->stack, engine->run);
    pthread_mutex_unlock(&engine->stack_lock);
}
