#include "verify/checks/judges.h"

/* "decide.poll.timeout" */
static const char *timeout_of(const struct case_file *facts)
{
    const struct spec_decide *decide = facts->run->scenario->decide;
    return decide && decide->stream ? "decide.stream.timeout" : "decide.poll.timeout";
}

/* The kind of answer or event that came most and decided nothing. */
static void hint_at_polls(const struct case_file *facts, struct finding *finding)
{
    const struct answers *polled = &facts->run->polled;
    char text[160];
    for (unsigned i = 0; i < polled->count; i++) {
        const struct answer_kind *kind = &polled->v[i];
        if (kind->cls == CLASS_ACCEPTED || kind->cls == CLASS_REJECTED)
            continue;
        answer_describe(kind, text, sizeof text);
        finding_hint(finding,
                     "what came was %s; which of it is a yes or a no is said by "
                     "decide.accepted and decide.rejected, and how long it may take by %s",
                     text, timeout_of(facts));
        return;
    }
}

void judge_undecided(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    const struct history *history = &facts->run->history;
    int64_t without = 0, proved = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (request->cause != CAUSE_PENDING)
            continue;
        bool pending = history->decided && history->decided[i].pending;
        struct witness *witness =
            finding_witness(finding, pending ? "still pending when its time was over"
                                             : "nobody told, and the last poll or stream failed");
        without++;
        proved += pending;
        if (!witness)
            continue;
        witness->user = maybe_of(request->user);
        case_show(witness, request);
    }
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_count(finding, without);
    if (without > expect->at_most)
        hint_at_polls(facts, finding);
    if (proved > expect->at_most)
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " user%s never got a decision within %s",
                    proved, plural(proved), timeout_of(facts));
    else if (without > expect->at_most)
        finding_set(finding, VERDICT_UNKNOWN,
                    "%" PRId64 " user%s got no decision, and of %" PRId64
                    " the last poll got no answer that decide knows, or the stream was not there",
                    without, plural(without), without - proved);
    else
        finding_set(finding, VERDICT_PASS, "every ticket was decided");
}
