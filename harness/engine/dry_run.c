/* The dry run: everything but the burst, in the order of a run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "engine/inside.h"
#include "load/http/target.h"
#include "load/prepare/single.h"
#include "model/answers.h"
#include "verify/checks.h"

#define ROW_WITHIN       (5 * NS_PER_S)
#define LOOK_AGAIN       (50 * NS_PER_MS)
#define COLLECT_DEADLINE (10 * NS_PER_S)

/* ---- as whom ---- */

/* Does it end with the run: in its own directory, or served by one of its own processes? */
static bool goes_with_us(struct engine *engine, const struct server_info *server)
{
    struct target target;
    if (strcmp(server->kind, "external") != 0 || strstr(server->address, engine->run->dir))
        return true;
    return !strncmp(server->address, "http", 4) && !target_parse(server->address, &target, NULL) &&
           engine_owns(engine, target.port);
}

static bool all_goes_with_us(struct engine *engine)
{
    const struct spec_pipeline *pipeline = engine->scenario->evidence.pipeline;
    bool ours = engine->own_target && !(pipeline && pipeline->url && *pipeline->url != '$');
    for (unsigned i = 0; i < engine->run->servers_count; i++)
        ours = ours && goes_with_us(engine, &engine->run->servers[i]);
    return ours;
}

static void choose_user(struct engine *engine, bool spend, struct dry_run *dry)
{
    bool returned = engine->scenario->stack.reset_count || all_goes_with_us(engine);
    bool named = single_names_user(&engine->request);
    dry->as = returned ? DRY_USER_RETURNED
              : spend  ? DRY_USER_SPENT
              : named  ? DRY_USER_INVALID
                       : DRY_NOBODY_ASKED;
    if (dry->as == DRY_USER_INVALID)
        snprintf(dry->user, sizeof dry->user, "%s", ROSTER_NOBODY_CHECK);
    else
        roster_text(engine->run->roster, roster_user(engine->run->roster, 0), dry->user);
}

/* ---- the request ---- */

static int ask(struct engine *engine, struct dry_run *dry, struct err *err)
{
    struct run *run = engine->run;
    const struct single_settings settings = {
        .scenario = engine->scenario,
        .steps = engine->steps,
        .rush = dry->as == DRY_NOBODY_ASKED ? NULL : &engine->request,
        .dir = engine->settings->scenario_dir,
        .roster = run->roster,
        .items = run->items,
        .user = roster_user(run->roster, 0),
        .nobody = dry->as == DRY_USER_INVALID ? ROSTER_NOBODY_CHECK : NULL,
        .stop = engine->settings->stop,
    };
    engine_enter(engine, PHASE_RELEASE);
    int rc = history_init(&run->history, 1, err);
    if (!rc && run->items)
        rc = history_order(&run->history, err);
    if (!rc && run->history.orders)
        run->history.orders[0] = (struct order){.asked_units = 1, .units = 1};
    if (!rc)
        rc = single_run(&settings, run, dry, err);
    if (!rc && engine_stopping(engine))
        rc = err_set(err, ERR_INTERRUPTED, "interrupted");
    return rc;
}

static bool has_row(const struct rows *rows, int64_t user)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->v[i].user == user)
            return true;
    return false;
}

static bool may_have_won(const struct run *run)
{
    const struct request *record = &run->history.v[0];
    return run->history.count &&
           (record->cls == CLASS_ACCEPTED || record->cause == CAUSE_UNDECIDED);
}

static bool is_there(const struct run *run)
{
    const struct evidence *evidence = &run->evidence;
    int64_t user = run->history.v[0].user;
    return !roster_is_nameless(run->roster) &&
           (has_row(&evidence->coupons, user) || has_row(&evidence->parked, user));
}

/* What a consumer writes may come as late as in a run: a JVM that is cold takes seconds for its
 * first row. */
static ns_t row_within(const struct scenario *scenario)
{
    bool later = scenario->evidence.pipeline || scenario->processes_count > 1;
    return later && scenario->drain.timeout > ROW_WITHIN ? scenario->drain.timeout : ROW_WITHIN;
}

/* Reads everything, until the user's row is there where one is promised. */
static int look_after(struct engine *engine, struct dry_run *dry, struct err *err)
{
    struct run *run = engine->run;
    ns_t give_up = clock_now() + row_within(run->scenario);
    bool waits = run->evidence.before.known && may_have_won(run) && dry->as >= DRY_USER_RETURNED;
    int rc;
    engine_enter(engine, PHASE_DRAIN);
    for (;;) {
        rc = probes_collect(engine->probes, &run->evidence, clock_now() + COLLECT_DEADLINE, err);
        bool there = !rc && waits && is_there(run);
        if (there)
            dry->row_after = clock_now() - run->history.v[0].done;
        if (rc || there || !waits || clock_now() >= give_up || engine_stopping(engine))
            break;
        engine_rest(engine, clock_now() + LOOK_AGAIN);
    }
    dry->looked = !rc;
    return rc ? rc : engine_stopping(engine) ? err_set(err, ERR_INTERRUPTED, "interrupted") : 0;
}

/* ---- what is wrong ---- */

/* A service may end the connection on what is no user of it. */
static const char *advice_on(const struct dry_run *dry, const struct dry_answer *answer,
                             bool request)
{
    if (answer->status)
        return "see its answer above";
    if (strcasestr(answer->trouble, "timeout"))
        return "a service that has to warm up first needs a longer request.timeout (--timeout 60s)";
    return request && dry->as == DRY_USER_INVALID
               ? "does the service run, and listen there? If it does, it may not bear who is no "
                 "user: --spend asks as the first one"
               : "does the service run, and listen there?";
}

static void judge_troubles(struct dry_run *dry)
{
    for (unsigned i = 0; i < dry->answers_count; i++) {
        const struct dry_answer *answer = &dry->answers[i];
        bool request = !strcmp(answer->what, "request");
        if (answer->trouble[0])
            dry_run_problem(dry, EXIT_ENVIRONMENT, advice_on(dry, answer, request), "%s: %s%s",
                            request ? answer->sent : answer->what,
                            answer->status ? "" : "no answer: ", answer->trouble);
    }
}

/* What comes from before the service says that the path or the method is wrong; a login that wants
 * none of our nobody is right. */
static void judge_nobody(const struct engine *engine, struct dry_run *dry)
{
    static const int32_t wrong[] = {404, 405, 421, 501, 502, 503, 504};
    const struct run *run = engine->run;
    const struct request *record = &run->history.v[0];
    bool is_wrong = record->status >= 300 && record->status < 400;
    bool there = clean_nobody(run->roster, &run->evidence.coupons);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        is_wrong |= record->status == wrong[i];
    if (is_wrong)
        dry_run_problem(dry, EXIT_UNKNOWN, "is it the right URL, and the right method?",
                        "status %d: this is not how a service answers somebody who is no user",
                        record->status);
    if (record->cls != CLASS_ACCEPTED && !there)
        return;
    char own[384];
    clean_own(engine, dry->user, own, sizeof own);
    dry_run_problem(dry, EXIT_UNKNOWN, own,
                    there ? "the service checks no ids: '%s', who is no user, has a row"
                          : "'%s', who is no user, was told yes: is responses.accepted too wide, "
                            "or does the service check no ids?",
                    dry->user);
}

static void judge_user(const struct run *run, struct dry_run *dry)
{
    const struct request *record = &run->history.v[0];
    char advice[384] = "";
    if (record->cls == CLASS_ACCEPTED || record->cause == CAUSE_UNDECIDED)
        return;
    if (record->cls == CLASS_REJECTED) {
        dry_run_problem(dry, EXIT_UNKNOWN,
                        "is everything sold already, or are responses.accepted and "
                        "responses.rejected the wrong way round?",
                        "user %s, who is the first to ask, was told no", dry->user);
        return;
    }
    if (!answers_advise(&run->answers, run->scenario, advice, sizeof advice))
        snprintf(advice, sizeof advice, "see the answer above");
    dry_run_problem(dry, EXIT_UNKNOWN, advice, "the answer is neither a yes nor a no (%s)",
                    record->cls == CLASS_LIMITED
                        ? "limited"
                        : request_cause_name((enum request_cause)record->cause));
}

static void judge_row(const struct run *run, struct dry_run *dry)
{
    const struct evidence *evidence = &run->evidence;
    size_t news = evidence->coupons.count;
    char span[32], advice[384];
    if (!evidence->coupons.known || dry->row_after || roster_is_nameless(run->roster))
        return;
    units_format_duration(row_within(run->scenario), span, sizeof span);
    dry->keeps_logs = run->scenario->processes_count > 0;
    snprintf(advice, sizeof advice, "%s%s%.200s%s",
             news > evidence->before.count
                 ? "is the first column of the query the user, spelled as in the request?"
                 : "is evidence.coupons the table that the service writes to, and does its "
                   "consumer run?",
             dry->keeps_logs ? " What the processes said is in " : "",
             dry->keeps_logs ? run->dir : "", dry->keeps_logs ? "/logs/" : "");
    dry_run_problem(dry, EXIT_UNKNOWN, advice,
                    "user %s was told yes, and no row of that user came within %s", dry->user,
                    span);
}

static void judge_others(const struct run *run, struct dry_run *dry)
{
    const struct scenario *scenario = run->scenario;
    const struct evidence *evidence = &run->evidence;
    const struct counter_reading *counter = &evidence->counter;
    if (scenario->evidence.counter && counter->known && counter->after == counter->before)
        dry_run_problem(dry, EXIT_UNKNOWN,
                        "is evidence.counter.redis the key that the service counts in?",
                        "the counter %s is at %" PRId64 " as before the yes",
                        scenario->evidence.counter->redis, counter->after);
    if (evidence->produced.known && !evidence->produced.count)
        dry_run_problem(dry, EXIT_UNKNOWN, "is it the one that the service writes to?",
                        "no record came into %s after the yes",
                        pipeline_queue(scenario->evidence.pipeline, 0));
    if (evidence->produced.undecoded[0])
        dry_run_problem(dry, EXIT_UNKNOWN,
                        "evidence.pipeline.value says how a record holds its user: int64, text, "
                        "json:/pointer",
                        "a record of %s holds no user: %s",
                        pipeline_queue(scenario->evidence.pipeline, 0),
                        evidence->produced.undecoded);
}

static void judge_unread(const struct run *run, struct dry_run *dry)
{
    const struct spec_evidence *spec = &run->scenario->evidence;
    const struct evidence *evidence = &run->evidence;
    const struct {
        bool given, known;
        const char *what, *reason;
    } sources[] = {
        {spec->coupons, evidence->coupons.known, "evidence.coupons", evidence->coupons.reason},
        {spec->parked, evidence->parked.known, "evidence.parked", evidence->parked.reason},
        {spec->counter, evidence->counter.known, "evidence.counter", evidence->counter.reason},
        {spec->pipeline && pipeline_kind(spec->pipeline)->records, evidence->produced.known,
         "evidence.pipeline", evidence->produced.reason},
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (sources[i].given && !sources[i].known)
            dry_run_problem(dry, EXIT_ENVIRONMENT, "", "%s could not be read%s%s", sources[i].what,
                            *sources[i].reason ? ": " : "", sources[i].reason);
    for (size_t i = 0; evidence->asked && i < evidence->asked_count; i++)
        if (!evidence->asked[i].known && evidence->asked[i].reason)
            dry_run_problem(dry, EXIT_ENVIRONMENT, "", "expect.%zu (%s): %s", i,
                            run->scenario->expect[i].check, evidence->asked[i].reason);
}

static void judge(const struct engine *engine, struct dry_run *dry)
{
    const struct run *run = engine->run;
    bool answered = run->history.count && run->history.v[0].status;
    judge_troubles(dry);
    if (answered && dry->as == DRY_USER_INVALID)
        judge_nobody(engine, dry);
    else if (answered)
        judge_user(run, dry);
    if (!dry->looked)
        return;
    judge_unread(run, dry);
    if (answered && dry->as >= DRY_USER_RETURNED && may_have_won(run)) {
        judge_row(run, dry);
        judge_others(run, dry);
    }
}

/* ---- what it cannot show ---- */

static void say_unshown(const struct engine *engine, struct dry_run *dry)
{
    const struct scenario *scenario = engine->scenario;
    const char *give = scenario->by_flags ? "--reset gives it back" : "stack.reset gives it back";
    if (dry->as == DRY_USER_INVALID)
        dry_run_unshown(
            dry,
            "what a yes and a no look like, and whether a row follows: '%s' is no user "
            "and should get neither; --spend asks as the first user, for good, unless %s",
            dry->user, give);
    else if (dry->as == DRY_NOBODY_ASKED)
        dry_run_unshown(dry,
                        "any answer: the request does not say who asks, so each is a real one; "
                        "--spend sends it, for good, unless %s",
                        give);
    else if (spec_answers_decide(scenario))
        dry_run_unshown(dry, "what a no looks like: nobody was turned away");
    if (dry->as == DRY_USER_RETURNED && !engine->own_target)
        dry_run_unshown(dry, "what the service keeps in memory: that outlives the reset");
    if (engine->run->evidence.produced.absent)
        dry_run_unshown(dry, "whether the queue is called so: %s, as when it is empty",
                        engine->run->evidence.produced.reason);
    if (scenario->decide)
        dry_run_unshown(dry, "what becomes of a ticket: it was not asked for");
    if (engine->run->scenario->warmup)
        dry_run_unshown(dry, "the warm-up: it was left out");
    dry_run_unshown(dry, "whether it survives the rush: that takes one");
}

/* ---- all of it ---- */

static void note(struct dry_run *dry, const struct err *cause, const char *advice)
{
    dry_run_problem(dry, exit_code_of_error(cause->code), advice, "%s", cause->message);
}

/* What the stores hold from before; whatever is wrong with it, the service can still be asked. */
static int look_before(struct engine *engine, struct dry_run *dry, struct err *err)
{
    struct err cause = {0};
    char why[512];
    engine_enter(engine, PHASE_PREFLIGHT);
    int rc = preflight_look(engine, &cause);
    if (rc && (cause.code == ERR_INTERRUPTED || cause.code == ERR_MEMORY || !engine->request.url)) {
        *err = cause;
        return rc;
    }
    if (rc)
        note(dry, &cause, "");
    else if (engine->run->scenario->preflight.clean && clean_leftover(engine, why, sizeof why))
        dry_run_problem(dry, EXIT_ENVIRONMENT, "", "not clean before the load: %s", why);
    return 0;
}

static int run_phases(struct engine *engine, bool spend, struct dry_run *dry, struct err *err)
{
    int rc = look_before(engine, dry, err);
    if (rc)
        return rc;
    instances_name(engine);
    choose_user(engine, spend, dry);
    rc = ask(engine, dry, err);
    if (!rc && engine->drain) /* the stores could be read */
        rc = look_after(engine, dry, err);
    if (rc)
        return rc;
    if (dry->as == DRY_USER_SPENT && may_have_won(engine->run))
        clean_advise(engine, dry->reset, sizeof dry->reset);
    instances_look(engine);
    observe_processes(engine);
    judge(engine, dry);
    say_unshown(engine, dry);
    return checks_foresee(engine->run, dry, err);
}

/* What was taken is given back, also when something went wrong meanwhile. */
static void give_back(struct engine *engine, struct dry_run *dry)
{
    struct err cause = {0};
    if (engine->scenario->stack.reset_count && engine->run->history.count &&
        stack_reset_stores(engine->stack, &cause))
        note(dry, &cause, "what the request has taken was not given back");
}

int engine_dry_run(const struct scenario *scenario, const struct engine_settings *settings,
                   bool spend, struct stack *stack, struct run *run, struct dry_run *dry,
                   struct err *err)
{
    struct scenario brief = *scenario; /* says what is left from before, and goes on */
    brief.preflight.clean = false;
    brief.warmup = NULL;
    struct engine *engine = engine_new(&brief, settings, stack, run);
    if (!engine)
        return err_set(err, ERR_MEMORY, "no room for a run");
    int rc = run_phases(engine, spend, dry, err);
    give_back(engine, dry);
    engine_release(engine);
    return rc;
}
