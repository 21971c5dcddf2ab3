#include "verify/sources.h"

#include <stdio.h>
#include <string.h>

#include "verify/gone.h"
#include "verify/ledger.h"
#include "verify/respelled.h"
#include "verify/undecoded.h"

/* ---- what is given, readable, and read whole ---- */

struct reading {
    unsigned bit;
    bool given, read;
    ns_t asked;
    size_t undecoded;
};

#define READINGS 6

static void list_readings(const struct case_file *facts, struct reading *ret_v)
{
    const struct evidence *evidence = &facts->run->evidence;
    const struct spec_evidence *spec = &facts->run->scenario->evidence;
    bool dead_letter = spec->pipeline && spec->pipeline->dead_letter;
    bool records =
        spec->pipeline && pipeline_kind(spec->pipeline)->records && !evidence->produced.hidden;
    const struct reading v[READINGS] = {
        {NEEDS_COUPONS, spec->coupons, evidence->coupons.known, evidence->coupons.asked,
         facts->coupons.unplaced},
        {NEEDS_PARKED, spec->parked, evidence->parked.known, evidence->parked.asked, 0},
        {NEEDS_PARKED, dead_letter, evidence->dead_letter.known, evidence->dead_letter.asked,
         facts->dead.undecoded},
        {NEEDS_PRODUCED, records, evidence->produced.known, evidence->produced.asked,
         facts->produced.undecoded},
        {NEEDS_STOCK, spec->stock, evidence->stock.known, evidence->stock.asked, 0},
        {NEEDS_COUNTER, spec->counter, evidence->counter.known, evidence->counter.asked, 0},
    };
    for (int i = 0; i < READINGS; i++)
        ret_v[i] = v[i];
}

/* Samples of a run that names no store hold nothing. */
static bool has_readings(const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        if (sample->rows != COUNT_UNKNOWN || sample->counter.known || sample->lanes_count)
            return true;
    }
    return false;
}

static bool rows_sampled(const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->v[i].rows != COUNT_UNKNOWN)
            return true;
    return false;
}

static bool is_quiet(enum drain_outcome outcome)
{
    return outcome == DRAIN_DRAINED || outcome == DRAIN_DRAINED_LOSSY ||
           outcome == DRAIN_QUIET_ONLY;
}

/* A scenario that asserts before the pipeline has drained wants to know what it sees then. */
static bool at_rest(const struct case_file *facts)
{
    return facts->foreign || facts->early || is_quiet(facts->run->drain.outcome);
}

/* Does anything at all show that the service was reached? A wrong target says yes to nobody and
 * leaves no trace in the stores. */
static bool left_a_trace(const struct case_file *facts)
{
    const struct counter_reading *counter = &facts->run->evidence.counter;
    return facts->requests_accepted || facts->coupons.count || facts->parked.count ||
           facts->dead.count || facts->produced.count ||
           (counter->known && counter->after != counter->before);
}

static bool is_somebodys(const struct case_list *list)
{
    return list->count > list->strangers;
}

/* Has the store of the rows shown that it is this service's? */
static bool rows_are_ours(const struct case_file *facts)
{
    return !(facts->given & NEEDS_COUPONS) || is_somebodys(&facts->coupons) ||
           is_somebodys(&facts->parked) || is_somebodys(&facts->dead);
}

/* Users who have a row from before the run and none of it: what is missing may be theirs, and a
 * service that remembers them is right not to write another. */
static int64_t remembered(const struct case_file *facts)
{
    int64_t count = 0;
    for (size_t i = 0; facts->run->evidence.before.count && i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        count += user->decision != DECISION_NONE && user->seen & SEEN_BEFORE &&
                 !(user->seen & (SEEN_COUPON | SEEN_PARKED));
    }
    return count;
}

/* Complete, with nobody left who may still be served unasked; or waited for until the timeout. What
 * this proves of a user does not hang on what others had before the run. */
static bool is_proof_of_one(const struct case_file *facts)
{
    const struct run *run = facts->run;
    if (facts->foreign)
        return true;
    if (!left_a_trace(facts))
        return false;
    if (facts->early)
        return true;
    if (!rows_are_ours(facts))
        return false;
    if (run->drain.outcome == DRAIN_DRAINED_LOSSY)
        return true;
    bool waited = run->drain.decided >= run->tally.last_response + run->scenario->drain.timeout;
    return is_quiet(run->drain.outcome) && (!facts->undecided || waited);
}

/* A number that is too small proves nothing beside rows of before: a service that remembers them is
 * right to count them, to its limit as well. */
static bool is_proof(const struct case_file *facts)
{
    return is_proof_of_one(facts) && (facts->foreign || !remembered(facts));
}

/* A no says something about the service only beside a yes, or beside answers that may be one: when
 * nobody at all was told yes, the path, the rules or the target may be wrong. */
static bool decisions_told(const struct case_file *facts)
{
    return facts->requests_accepted || (facts->requests_rejected && facts->causes[CAUSE_UNDECIDED]);
}

static unsigned other_sources(const struct case_file *facts)
{
    const struct run *run = facts->run;
    bool usable = !facts->coupons.unplaced;
    return (usable && has_readings(&run->timeline) ? NEEDS_TIMELINE : 0U) |
           (usable && rows_sampled(&run->timeline) ? NEEDS_ROW_SAMPLES : 0U) |
           (ledger_possible(run) ? NEEDS_ITEMS : 0U) |
           (decisions_told(facts) ? NEEDS_DECISIONS : 0U) | (facts->nameless ? 0U : NEEDS_NAMES) |
           (run->bystander_count ? NEEDS_BYSTANDER : 0U) | (at_rest(facts) ? NEEDS_REST : 0U) |
           (is_proof(facts) ? NEEDS_PROOF : 0U) |
           (is_proof_of_one(facts) ? NEEDS_PROOF_OF_ONE : 0U);
}

/* Takes the rows out of the case when not one of them is of anybody who asked. */
static void set_apart(struct case_list *rows)
{
    if (is_somebodys(rows))
        return;
    rows->unplaced = rows->count;
    rows->count = rows->distinct = rows->repeats = rows->strangers = 0;
}

/* A queue without a record beside users who have rows, a counter that never moved beside users who
 * were told yes: another queue, another key. Nothing is drawn from what is not this service's. */
static unsigned untouched(const struct case_file *facts)
{
    const struct evidence *evidence = &facts->run->evidence;
    const struct counter_reading *counter = &evidence->counter;
    bool rows = is_somebodys(&facts->coupons) || is_somebodys(&facts->parked);
    bool queue = evidence->produced.known && !evidence->produced.count && rows;
    bool key = counter->known && counter->after == counter->before && facts->requests_accepted;
    return (queue ? NEEDS_PRODUCED : 0U) | (key ? NEEDS_COUNTER : 0U);
}

/* What the scenario promises besides lists and counter. A history from elsewhere promises nothing
 * beyond itself. */
static unsigned promised(const struct case_file *facts)
{
    const struct scenario *scenario = facts->run->scenario;
    bool told = scenario->responses.accepted_count || facts->requests_rejected;
    bool sampled = !facts->foreign && scenario->evidence.coupons;
    return NEEDS_REST | NEEDS_PROOF | NEEDS_PROOF_OF_ONE | (told ? NEEDS_DECISIONS : 0U) |
           (sampled ? NEEDS_TIMELINE | NEEDS_ROW_SAMPLES : 0U) |
           (!facts->foreign && scenario->bystander ? NEEDS_BYSTANDER : 0U);
}

void sources_survey(struct case_file *facts)
{
    struct reading v[READINGS];
    unsigned unread = 0, early = 0;
    set_apart(&facts->coupons);
    list_readings(facts, v);
    for (int i = 0; i < READINGS; i++) {
        bool given = v[i].read || (v[i].given && !facts->foreign);
        facts->given |= given ? v[i].bit : 0;
        unread |= given && (!v[i].read || v[i].undecoded) ? v[i].bit : 0;
        early |= given && v[i].asked <= facts->run->tally.last_response ? v[i].bit : 0;
    }
    if (!facts->foreign)
        unread |= untouched(facts) & facts->given;
    unsigned others = other_sources(facts);
    facts->known = (facts->given & ~unread) | others;
    facts->whole = facts->known & ~early;
    facts->given |= others | promised(facts);
}

/* ---- what is missing ---- */

static const struct {
    unsigned bit;
    const char *what;
    const char *add;
} sources[] = {
    {NEEDS_COUPONS, "the coupon rows",
     "evidence.coupons: {postgres: \"SELECT user_id, id FROM coupon\"}"},
    {NEEDS_PARKED, "the parked events",
     "evidence.parked: {postgres: \"SELECT user_id, id FROM failed_event\"}"},
    {NEEDS_COUNTER, "the counter", "evidence.counter: {redis: coupon_count, counts: requests}"},
    {NEEDS_STOCK, "what is left of each item",
     "evidence.stock: {postgres: \"SELECT item, quantity FROM stock\"}"},
    {NEEDS_ITEMS, "items", "items: {sku-a: 100, sku-b: 7}"},
    {NEEDS_PRODUCED, "the produced records",
     "evidence.pipeline: {topics: coupon_create, group: group_1}"},
    {NEEDS_ROW_SAMPLES, "samples of the rows over time",
     "evidence.coupons: {postgres: \"SELECT user_id, id FROM coupon\"}"},
    {NEEDS_TIMELINE, "samples of the rows over time",
     "evidence.coupons: {postgres: \"SELECT user_id, id FROM coupon\"}"},
    {NEEDS_DECISIONS, "who was told yes and who was told no",
     "responses.accepted and responses.rejected: rules that tell the two answers apart"},
    {NEEDS_NAMES, "whose row is whose (users.ids: none)",
     "users.ids: number, uuid, a pattern such as user-{{n}}@shop.example, or a file"},
    {NEEDS_BYSTANDER, "the bystander's figures", "bystander: {rate: 200, connections: 2}"},
};

static const struct produced *undecoded(const struct case_file *facts, unsigned bit, size_t *ret_n)
{
    const struct evidence *evidence = &facts->run->evidence;
    bool dead = bit == NEEDS_PARKED;
    *ret_n = dead ? facts->dead.undecoded : bit == NEEDS_PRODUCED ? facts->produced.undecoded : 0;
    return dead ? &evidence->dead_letter : &evidence->produced;
}

static void say_untouched(const struct case_file *facts, unsigned bit, struct finding *finding)
{
    const struct scenario *scenario = facts->run->scenario;
    const struct spec_pipeline *pipeline = scenario->evidence.pipeline;
    if (bit == NEEDS_PRODUCED) {
        const char *reason = facts->run->evidence.produced.reason;
        finding_set(finding, VERDICT_UNKNOWN, "no record came into %s, though users have rows%s%s",
                    pipeline_queue(pipeline, 0), *reason ? "; " : "", reason);
        finding_hint(finding, "is evidence.pipeline.topics the %s that the service writes to?",
                     facts->queue);
    } else {
        finding_set(finding, VERDICT_UNKNOWN,
                    "the counter %s never moved, though users were told yes",
                    scenario->evidence.counter ? scenario->evidence.counter->redis : "");
        finding_hint(finding,
                     "is evidence.counter.redis the key that the service counts in? a "
                     "Redis that was killed keeps nothing without stack.redis_appendfsync");
    }
}

static void say_unplaced(const struct case_file *facts, struct finding *finding)
{
    const struct respelled respelled = respelled_find(facts);
    if (respelled.rows) {
        respelled_say(facts, &respelled, finding);
        return;
    }
    finding_set(finding, VERDICT_UNKNOWN, "none of %zu coupon rows belongs to a user of this run",
                facts->coupons.unplaced);
    finding_hint(finding, "%s", SOURCES_UNPLACED_HINT);
}

/* The run has made the database, empty, and started the service: neither can remember. */
static bool is_own(const struct scenario *scenario)
{
    const struct spec_rows *rows = scenario->evidence.coupons;
    return rows && rows->postgres && !rows->url && scenario->processes_count &&
           !strcmp(scenario->stack.postgres, "private");
}

const char *sources_no_row_hint(const struct case_file *facts, char *ret_text, size_t size)
{
    const struct scenario *scenario = facts->run->scenario;
    char gone[192];
    bool fault = gone_describe(facts->run, gone, sizeof gone);
    if (fault)
        snprintf(ret_text, size, "%s", gone);
    else if (is_own(scenario))
        snprintf(ret_text, size,
                 "is evidence.coupons the table that the service writes to? then nothing of what "
                 "it promised was ever written: see its log");
    else
        snprintf(ret_text, size,
                 "is it the right table? or the service remembers the last run: restart it, or "
                 "use other users (%s)",
                 scenario->by_flags ? "--first-user …" : "users.first");
    return ret_text;
}

static void say_restless(const struct case_file *facts, struct finding *finding)
{
    if (!left_a_trace(facts)) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "nobody was told yes, and no store shows a trace of the run");
        finding_hint(finding, "is it the right service, and are these its stores?");
        return;
    }
    int64_t had = remembered(facts);
    if (had && !facts->foreign) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "%lld user%s of this run had a coupon row before it, so what is missing proves "
                    "nothing",
                    (long long)had, had == 1 ? "" : "s");
        finding_hint(finding, "use other users (%s), or empty the table before the run (%s)",
                     facts->run->scenario->by_flags ? "--first-user …" : "users.first",
                     facts->run->scenario->by_flags ? "--reset 'TRUNCATE …'" : "stack.reset");
        return;
    }
    if (!facts->early && !facts->foreign && !rows_are_ours(facts)) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "no row of a user of this run was read, so what is missing proves nothing");
        char hint[sizeof finding->hint];
        finding_hint(finding, "%s", sources_no_row_hint(facts, hint, sizeof hint));
        return;
    }
    finding_set(finding, VERDICT_UNKNOWN,
                "not known yet when the run stopped waiting (%s): more may follow",
                drain_outcome_name(facts->run->drain.outcome));
    finding_hint(finding, "see the check `drained` for what kept the pipeline from coming to rest");
}

/* What the store said instead of an answer; "": nothing. */
static const char *reason_of(const struct case_file *facts, unsigned bit)
{
    const struct evidence *evidence = &facts->run->evidence;
    const char *parked =
        evidence->parked.reason[0] ? evidence->parked.reason : evidence->dead_letter.reason;
    return bit == NEEDS_COUPONS    ? evidence->coupons.reason
           : bit == NEEDS_PARKED   ? parked
           : bit == NEEDS_COUNTER  ? evidence->counter.reason
           : bit == NEEDS_PRODUCED ? evidence->produced.reason
                                   : "";
}

static void say_missing(const struct case_file *facts, unsigned bit, const char *what,
                        const char *add, struct finding *finding)
{
    size_t count = 0;
    const struct produced *list = undecoded(facts, bit, &count);
    if (bit == NEEDS_DECISIONS && (facts->given & bit)) {
        finding_actual(finding, "nobody told yes");
        finding_set(finding, VERDICT_UNKNOWN,
                    "nobody was told yes, so the other answers prove nothing against the service");
        finding_hint(finding, "see `not_vacuous` for what came back");
    } else if (!(facts->given & bit)) {
        finding_set(finding, VERDICT_UNKNOWN, "the scenario does not give %s", what);
        finding_hint(finding, "add %s", add);
    } else if (facts->coupons.unplaced &&
               bit & (NEEDS_COUPONS | NEEDS_TIMELINE | NEEDS_ROW_SAMPLES)) {
        say_unplaced(facts, finding);
    } else if (count) {
        undecoded_say(facts, list, count, bit == NEEDS_PARKED, finding);
    } else if (!facts->foreign && untouched(facts) & bit) {
        say_untouched(facts, bit, finding);
    } else if (facts->known & bit) {
        finding_set(finding, VERDICT_UNKNOWN, "%s were read before the last answer only", what);
        finding_hint(finding,
                     "run it again: see rushproof.log in the run's directory for the reason");
    } else {
        const char *reason = reason_of(facts, bit);
        finding_set(finding, VERDICT_UNKNOWN, "%s could not be read%s%s", what,
                    reason[0] ? ": " : "", reason);
        finding_hint(finding, "see rushproof.log in the run's directory for the reason");
    }
}

void sources_missing(const struct case_file *facts, unsigned bits, struct finding *finding)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (bits & ~facts->whole & sources[i].bit) {
            say_missing(facts, sources[i].bit, sources[i].what, sources[i].add, finding);
            return;
        }
    say_restless(facts, finding);
}
