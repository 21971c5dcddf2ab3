/* Requests, answers and the rush. */
#include <inttypes.h>
#include <string.h>

#include "scenario/judge.h"

/* What a run can hold; as in the grammar. */
#define REQUESTS_MAX INT64_C(100000000)

/* ---- request, users, responses ---- */

int judge_request(const struct judge *judge)
{
    const struct spec_request *request = &judge->scenario->request;
    for (unsigned i = 0; i < request->headers_count; i++)
        if (strpbrk(request->headers[i].value, "\r\n"))
            return judge_refuse(judge, judge_path("request.headers", i, "").text,
                                "%s has a line break in its value; allowed: one line",
                                request->headers[i].name);
    if (!request->cert != !request->key)
        return judge_refuse(judge, request->cert ? "request.cert" : "request.key",
                            "cert and key go together; allowed: both or none");
    const struct spec_evidence *evidence = &judge->scenario->evidence;
    if (judge->scenario->users.anonymous &&
        (evidence->coupons || evidence->parked || evidence->pipeline))
        return judge_refuse(judge, "users.anonymous",
                            "rows and records are told apart by their users; allowed with "
                            "evidence.counter and the checks sql and redis");
    return 0;
}

int judge_responses(const struct judge *judge)
{
    const struct spec_responses *responses = &judge->scenario->responses;
    bool any = responses->accepted_count || responses->rejected_count || responses->undecided_count;
    if (!any && responses->otherwise != OTHERWISE_UNDECIDED)
        return judge_refuse(judge, "responses",
                            "no rule says what an answer means; allowed: accepted and rejected, or "
                            "undecided when it is the same for everybody");
    return 0;
}

/* ---- load ---- */

static int judge_waves(const struct judge *judge, unsigned index, const struct spec_waves *waves)
{
    bool repeated = waves->waves || waves->size || waves->every;
    if (waves->offsets_count && repeated)
        return judge_refuse(judge, judge_path("load", index, ".waves.offsets").text,
                            "and waves, size or every; allowed: offsets alone");
    if (!waves->offsets_count &&
        (!waves->waves || !waves->size || (waves->waves > 1 && !waves->every)))
        return judge_refuse(judge, judge_path("load", index, ".waves").text,
                            "allowed: waves, size and every together, or offsets alone");
    return 0;
}

/* `duration` or `requests`, one of them. */
static int judge_length(const struct judge *judge, unsigned index, const char *kind, ns_t duration,
                        int64_t requests)
{
    if ((duration > 0) != (requests > 0))
        return 0;
    return judge_refuse(judge, judge_path("load", index, kind).text,
                        "has %s; allowed: exactly one of duration, requests",
                        duration ? "duration and requests" : "no end");
}

static int judge_burst(const struct judge *judge, unsigned index, const struct spec_burst *burst)
{
    if (!burst->require || burst->require->in_flight <= burst->requests)
        return 0;
    return judge_refuse(judge, judge_path("load", index, ".burst.require.in_flight").text,
                        "%" PRId64 " of %" PRId64 " requests; allowed: at most as many as requests",
                        burst->require->in_flight, burst->requests);
}

/* Whose users a phase takes. */
static int judge_users(const struct judge *judge, unsigned index, const struct spec_phase *phase)
{
    const char *key = phase->retry ? ".retry" : ".again";
    if (index == 0 && (phase->again || phase->retry))
        return judge_refuse(
            judge, judge_path("load", index, key).text,
            "there are no users before the first phase; allowed: from the second phase on");
    if (phase->again && (phase->retry || phase->pause))
        return judge_refuse(judge, judge_path("load", index, ".again").text,
                            "means nothing here; allowed: with burst, waves, rate, closed");
    return 0;
}

static int judge_kind(const struct judge *judge, unsigned index, const struct spec_phase *phase)
{
    if (phase->burst)
        return judge_burst(judge, index, phase->burst);
    if (phase->waves)
        return judge_waves(judge, index, phase->waves);
    if (phase->rate)
        return judge_length(judge, index, ".rate", phase->rate->duration, phase->rate->requests);
    if (phase->closed)
        return judge_length(judge, index, ".closed", phase->closed->duration,
                            phase->closed->requests);
    return 0;
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
        return judge_refuse(judge, judge_path("load", index, "").text,
                            "has %d phases; allowed: exactly one of burst, waves, rate, closed, "
                            "retry, pause",
                            given);
    int rc = judge_users(judge, index, phase);
    return rc ? rc : judge_kind(judge, index, phase);
}

/* At most so many; a closed phase with a duration may take any number that fits a run. */
static int64_t requests_of(const struct spec_phase *phase)
{
    if (phase->burst)
        return phase->burst->requests;
    if (phase->waves)
        return phase->waves->offsets_count ? phase->waves->offsets_count
                                           : phase->waves->waves * phase->waves->size;
    if (phase->rate)
        return phase->rate->requests ? phase->rate->requests
                                     : phase->rate->rate * (phase->rate->duration / NS_PER_S + 1);
    if (phase->closed)
        return phase->closed->requests ? phase->closed->requests : REQUESTS_MAX;
    return 0;
}

static int judge_size(const struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    int64_t room = INT64_MAX - (scenario->users.first > 0 ? scenario->users.first - 1 : 0);
    for (unsigned i = 0; i < scenario->load_count; i++) {
        int64_t requests = requests_of(&scenario->load[i]), repeat = scenario->users.repeat;
        if (requests > REQUESTS_MAX)
            return judge_refuse(judge, judge_path("load", i, "").text,
                                "makes %" PRId64 " requests; allowed: at most %" PRId64, requests,
                                REQUESTS_MAX);
        int64_t users = scenario->load[i].again ? 0 : (requests + repeat - 1) / repeat;
        if (users > room)
            return judge_refuse(judge, "users.first",
                                "the ids of the users would pass %" PRId64
                                "; allowed: a smaller number, or fewer requests",
                                INT64_MAX);
        room -= users;
    }
    return 0;
}

int judge_load(const struct judge *judge)
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
        return judge_refuse(judge, "load",
                            "sends nothing; allowed: at least one phase that is no pause");
    return judge_size(judge);
}
