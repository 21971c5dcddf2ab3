#include <stdio.h>

#include "base/units.h"
#include "verify/checks/judges.h"
#include "verify/ledger.h"
#include "verify/respelled.h"
#include "verify/sources.h"

/* When nobody was told yes, because all answers are alike, the queue still says who won. */
static bool by_answers(const struct case_file *facts)
{
    return facts->accepted || !(facts->known & NEEDS_PRODUCED);
}

static bool was_promised(const struct case_file *facts, const struct case_user *user)
{
    if (by_answers(facts))
        return user->decision == DECISION_ACCEPTED;
    return (user->seen & SEEN_PRODUCED) != 0;
}

static const char *how_lost(const struct case_file *facts, const struct case_user *user)
{
    if (!by_answers(facts))
        return "produced, no coupon";
    if (!(facts->known & NEEDS_PRODUCED))
        return "accepted, no coupon";
    return user->seen & SEEN_PRODUCED ? "accepted and produced, no coupon"
                                      : "accepted, never produced, no coupon";
}

/* Where the record is that never became a row. */
static void add_record(const struct case_file *facts, const struct case_user *user,
                       struct witness *witness)
{
    size_t place = user->seen & SEEN_PRODUCED
                       ? case_list_find(&facts->produced, facts, case_user_id(facts, user))
                       : facts->produced.count;
    if (!witness || place == facts->produced.count)
        return;
    const struct produced_record *record =
        &facts->run->evidence.produced.v[facts->produced.order[place]];
    witness->lane = record->lane;
    witness->offset = maybe_of(record->offset);
}

static void name_missing(const struct case_file *facts, struct finding *finding,
                         int64_t *ret_promised, int64_t *ret_missing, int64_t *ret_had)
{
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        if (!was_promised(facts, user))
            continue;
        ++*ret_promised;
        if (user->seen & (SEEN_COUPON | SEEN_PARKED))
            continue;
        if (user->seen & SEEN_BEFORE && !facts->foreign) {
            ++*ret_had;
            continue;
        }
        ++*ret_missing;
        add_record(facts, user, case_witness(facts, finding, how_lost(facts, user), user));
    }
}

/* Asked before the pipeline had come to rest: what happened afterwards decides whether they were
 * lost. */
static void judge_early(const struct case_file *facts, int64_t missing, struct finding *finding)
{
    const struct drain_result *drain = &facts->run->drain;
    bool arrived = drain->rows_max >= (int64_t)facts->coupons.count + missing;
    if (drain->outcome == DRAIN_DRAINED || (drain->outcome == DRAIN_QUIET_ONLY && arrived)) {
        finding->witnesses_count = 0;
        finding_actual(finding, "0, %" PRId64 " came later", missing);
        finding_set(finding, VERDICT_PASS,
                    "not lost: %" PRId64
                    " user%s had no coupon yet at the assertion, and had one later",
                    missing, plural(missing));
        finding_hint(finding, "wait: drained would have waited for them");
    } else if (drain->outcome == DRAIN_DRAINED_LOSSY || drain->outcome == DRAIN_QUIET_ONLY) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64
                    " user%s had no coupon at the assertion, and not all of them got one later",
                    missing, plural(missing));
        finding_hint(finding, "wait: drained names those who were lost for good");
    } else {
        finding_set(finding, VERDICT_UNKNOWN,
                    "%" PRId64
                    " user%s had no coupon yet at the assertion; whether they got one later is "
                    "not known (%s)",
                    missing, plural(missing), drain_outcome_name(drain->outcome));
        finding_hint(finding, "wait: drained tells not yet from lost");
    }
}

/* ", 30 s after the last answer": until when it was waited for them. */
static void say_until(const struct case_file *facts, char *ret_text, size_t size)
{
    const struct run *run = facts->run;
    ns_t waited = run->drain.decided - run->tally.last_response;
    char span[32];
    if (!facts->foreign && waited >= run->scenario->drain.timeout)
        snprintf(ret_text, size, ", %s after the last answer",
                 units_format_duration(run->scenario->drain.timeout, span, sizeof span));
}

/* Whether the record came to the queue tells on which side of it to look. */
static void hint_at_loss(const struct case_file *facts, int64_t missing, int64_t unsent,
                         struct finding *finding)
{
    if (!by_answers(facts) || (facts->known & NEEDS_PRODUCED && !unsent))
        finding_hint(finding,
                     "their records are in the %s: see the consumer's log for what it did with "
                     "them (committed before the row?)",
                     facts->queue);
    else if (facts->known & NEEDS_PRODUCED)
        finding_hint(finding,
                     "%" PRId64 " of %" PRId64 " never came to the %s: is the send confirmed "
                     "before the yes is said?",
                     unsent, missing, facts->queue);
    else
        finding_hint(finding, "is the row committed before the yes is said? see the service's log "
                              "for what failed after it");
}

static void judge_missing(const struct case_file *facts, int64_t missing, struct finding *finding)
{
    char until[64] = "";
    int64_t unsent = 0;
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        unsent += user->decision == DECISION_ACCEPTED &&
                  !(user->seen & (SEEN_COUPON | SEEN_PARKED | SEEN_BEFORE | SEEN_PRODUCED));
    }
    say_until(facts, until, sizeof until);
    bool one = missing == 1;
    judge_absent(finding, "%" PRId64 " user%s %s%s and %s neither a coupon nor a parked event%s",
                 missing, one ? " was" : "s were", by_answers(facts) ? "told yes" : "in the ",
                 by_answers(facts) ? "" : facts->queue, one ? "has" : "have", until);
    hint_at_loss(facts, missing, unsent, finding);
}

/* Who is parked may have been taken out again since that was read. */
static bool rests_on_parked(const struct case_file *facts)
{
    for (size_t i = 0; i < facts->users_count; i++)
        if (case_only_parked(&facts->users[i]) && was_promised(facts, &facts->users[i]))
            return !(facts->whole & NEEDS_PARKED);
    return false;
}

/* Everybody who was promised one has it. */
static void judge_complete(const struct case_file *facts, int64_t promised, struct finding *finding)
{
    if (!promised)
        finding_set(finding, VERDICT_UNKNOWN, "nobody %s%s, so nobody could be lost",
                    by_answers(facts) ? "was told yes" : "is in the ",
                    by_answers(facts) ? "" : facts->queue);
    else if (!by_answers(facts) && !(facts->whole & NEEDS_PRODUCED))
        sources_missing(facts, NEEDS_PRODUCED, finding);
    else if (rests_on_parked(facts))
        sources_missing(facts, NEEDS_PARKED, finding);
    else
        finding_set(finding, VERDICT_PASS,
                    "all %" PRId64 " users who %s%s have a coupon or are parked", promised,
                    by_answers(facts) ? "were told yes" : "are in the ",
                    by_answers(facts) ? "" : facts->queue);
}

void judge_lost(const struct case_file *facts, const struct spec_expect *expect,
                struct finding *finding)
{
    (void)expect;
    if (facts->ledger) {
        ledger_judge_lost(facts, finding);
        return;
    }
    int64_t promised = 0, missing = 0, had = 0;
    name_missing(facts, finding, &promised, &missing, &had);
    finding_expect(finding, "0 of %" PRId64, promised);
    finding_count(finding, missing);
    if (!by_answers(facts) && case_chosen_later(facts)) {
        finding->witnesses_count = 0;
        finding_set(finding, VERDICT_PASS,
                    "more are in the %s than may win, so the consumer chooses: nobody was promised "
                    "anything",
                    facts->queue);
        return;
    }
    struct respelled respelled = missing ? respelled_find(facts) : (struct respelled){0};
    if (missing && (size_t)missing <= respelled.users)
        respelled_say(facts, &respelled, finding);
    else if (missing && facts->early)
        judge_early(facts, missing, finding);
    else if (missing && !by_answers(facts) && !(facts->whole & NEEDS_PROOF))
        sources_missing(facts, NEEDS_PROOF, finding); /* the consumer may count rows of before */
    else if (missing)
        judge_missing(facts, missing, finding);
    else if (had)
        sources_missing(facts, NEEDS_PROOF, finding);
    else
        judge_complete(facts, promised, finding);
}
