/* Requests, answers and the rush. */
#include <inttypes.h>
#include <string.h>

#include "model/gate.h"
#include "scenario/fits.h"

/* What a run can hold; as in the grammar. */
#define REQUESTS_MAX INT64_C(100000000)

/* ---- request, users, responses ---- */

static int fits_ids(const struct fits *fits)
{
    const struct spec_users *users = &fits->scenario->users;
    const struct spec_ids *ids = &users->ids;
    if (ids->column && !ids->feeder)
        return fits_refuse(fits, "users.ids.column", "of which file? allowed: with feeder");
    if (ids->feeder && strcmp(ids->form, "number") != 0 && strcmp(ids->form, "uuid") != 0)
        return fits_refuse(fits, "users.ids.form",
                           "the column of feeder says what users are called; allowed: uuid (it "
                           "holds UUIDs), or without form");
    if (ids->feeder && users->first != 1)
        return fits_refuse(fits, "users.first",
                           "users are called as users.ids.feeder says, from its first row on; "
                           "allowed: without first");
    for (const char *at = ids->form; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return fits_refuse(fits, "users.ids.form", "holds a control character; allowed: text");
    return 0;
}

int fits_request(const struct fits *fits)
{
    const struct spec_request *request = &fits->scenario->request;
    for (unsigned i = 0; i < request->headers_count; i++)
        if (strpbrk(request->headers[i].value, "\r\n"))
            return fits_refuse(fits, fits_path("request.headers", i, "").text,
                               "%s has a line break in its value; allowed: one line",
                               request->headers[i].name);
    if (!request->cert != !request->key)
        return fits_refuse(fits, request->cert ? "request.cert" : "request.key",
                           "cert and key go together; allowed: both or none");
    const struct spec_evidence *evidence = &fits->scenario->evidence;
    if (fits->scenario->users.anonymous &&
        (evidence->coupons || evidence->parked || evidence->pipeline))
        return fits_refuse(fits, "users.anonymous",
                           "rows and records are told apart by their users; allowed with "
                           "evidence.counter and the checks sql and redis; users.ids: none counts "
                           "rows and records without telling whose they are");
    if (fits->scenario->request.streams && fits->scenario->request.http2 == HTTP2_OFF)
        return fits_refuse(fits, "request.streams",
                           "are of HTTP/2; allowed with request.http2: true or prior-knowledge");
    int rc = fits_keys(fits);
    return rc ? rc : fits_ids(fits);
}

/* Do the URLs tell instances apart? */
static bool leads_to_several(const struct scenario *scenario)
{
    const struct spec_request *request = &scenario->request;
    bool several = request->urls_count > 1;
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        const struct spec_process *process = &scenario->processes[i];
        size_t length = strlen(process->name);
        const char *at = strstr(request->url, "${");
        several = several || (process->count > 1 && at && !strncmp(at + 2, process->name, length) &&
                              (at[2 + length] == '}' || !strncmp(at + 2 + length, ".port}", 6)));
    }
    return several;
}

/* A path leads to one service, and has neither packets nor a backlog of its own to be looked at. */
static int fits_socket(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    if (!scenario->request.socket)
        return 0;
    if (leads_to_several(scenario))
        return fits_refuse(fits, "request.unix",
                           "leads to one service, and the URLs to several; allowed: one");
    if (scenario->request.source_addresses_count)
        return fits_refuse(fits, "request.source_addresses",
                           "are of the network, and request.unix is none; allowed: one of the two");
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *phase = &scenario->load[i];
        bool wire = phase->kind == LOAD_BURST &&
                    (phase->burst.gate == GATE_CORKED || phase->burst.gate == GATE_COLD);
        if (wire)
            return fits_refuse(fits, fits_path("load", i, ".burst.gate").text,
                               "is of the network, and request.unix is none; allowed: auto, "
                               "last-byte, connected, none");
    }
    return 0;
}

int fits_responses(const struct fits *fits)
{
    const struct spec_responses *responses = &fits->scenario->responses;
    bool any = responses->accepted_count || responses->rejected_count || responses->undecided_count;
    if (!any && responses->otherwise != OTHERWISE_UNDECIDED)
        return fits_refuse(fits, "responses",
                           "no rule says what an answer means; allowed: accepted and rejected, or "
                           "undecided when it is the same for everybody");
    if (responses->instance && leads_to_several(fits->scenario))
        return fits_refuse(fits, "responses.instance",
                           "means nothing here, where each instance has its own URL; allowed: "
                           "behind one address");
    return 0;
}

/* ---- load ---- */

static int fits_waves(const struct fits *fits, unsigned index, const struct spec_waves *waves)
{
    bool repeated = waves->waves || waves->size || waves->every;
    if (waves->offsets_count && repeated)
        return fits_refuse(fits, fits_path("load", index, ".waves.offsets").text,
                           "and waves, size or every; allowed: offsets alone");
    if (!waves->offsets_count &&
        (!waves->waves || !waves->size || (waves->waves > 1 && !waves->every)))
        return fits_refuse(fits, fits_path("load", index, ".waves").text,
                           "allowed: waves, size and every together, or offsets alone");
    return 0;
}

/* `duration` or `requests`, one of them. */
static int fits_length(const struct fits *fits, unsigned index, const char *kind, ns_t duration,
                       int64_t requests)
{
    if ((duration > 0) != (requests > 0))
        return 0;
    return fits_refuse(fits, fits_path("load", index, kind).text,
                       "has %s; allowed: exactly one of duration, requests",
                       duration ? "duration and requests" : "no end");
}

static int fits_burst(const struct fits *fits, unsigned index, const struct spec_burst *burst)
{
    if (gate_frames(burst->gate) && fits->scenario->request.http2 == HTTP2_OFF)
        return fits_refuse(fits, fits_path("load", index, ".burst.gate").text,
                           "is of HTTP/2; allowed with request.http2: true or prior-knowledge");
    if (!burst->require || burst->require->in_flight <= burst->requests)
        return 0;
    return fits_refuse(fits, fits_path("load", index, ".burst.require.in_flight").text,
                       "%" PRId64 " of %" PRId64 " requests; allowed: at most as many as requests",
                       burst->require->in_flight, burst->requests);
}

/* Whose users a phase takes. */
static int fits_users(const struct fits *fits, unsigned index, const struct spec_phase *phase)
{
    if (phase->reuse != REUSE_NONE)
        return fits_reuse(fits, index);
    bool retry = phase->kind == LOAD_RETRY, about = phase->kind == LOAD_ACTION;
    const char *key = retry ? ".retry" : about ? ".action" : ".again";
    if (index == 0 && (phase->again || retry || about))
        return fits_refuse(
            fits, fits_path("load", index, key).text,
            "there are no users before the first phase; allowed: from the second phase on");
    if (phase->again && (retry || about || phase->kind == LOAD_PAUSE))
        return fits_refuse(fits, fits_path("load", index, ".again").text,
                           "means nothing here; allowed: with burst, waves, rate, closed");
    return 0;
}

static int fits_kind(const struct fits *fits, unsigned index, const struct spec_phase *phase)
{
    switch (phase->kind) {
    case LOAD_BURST:
        return fits_burst(fits, index, &phase->burst);
    case LOAD_WAVES:
        return fits_waves(fits, index, &phase->waves);
    case LOAD_RATE:
        return fits_length(fits, index, ".rate", phase->rate.duration, phase->rate.requests);
    case LOAD_CLOSED:
        return fits_length(fits, index, ".closed", phase->closed.duration, phase->closed.requests);
    case LOAD_ACTION:
        return fits_act(fits, index);
    default:
        return 0;
    }
}

static int fits_phase(const struct fits *fits, unsigned index)
{
    const struct spec_phase *phase = &fits->scenario->load[index];
    int rc = fits_users(fits, index, phase);
    return rc ? rc : fits_kind(fits, index, phase);
}

static int fits_size(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    int64_t room = INT64_MAX - (scenario->users.first > 0 ? scenario->users.first - 1 : 0);
    for (unsigned i = 0; i < scenario->load_count; i++) {
        int64_t requests = spec_phase_requests(&scenario->load[i], REQUESTS_MAX),
                repeat = scenario->users.repeat;
        if (requests > REQUESTS_MAX)
            return fits_refuse(fits, fits_path("load", i, "").text,
                               "makes %" PRId64 " requests; allowed: at most %" PRId64, requests,
                               REQUESTS_MAX);
        int64_t users = scenario->load[i].again ? 0 : (requests + repeat - 1) / repeat;
        if (users > room)
            return fits_refuse(fits, "users.first",
                               "the ids of the users would pass %" PRId64
                               "; allowed: a smaller number, or fewer requests",
                               INT64_MAX);
        room -= users;
    }
    return 0;
}

/* Only where nothing of it stays. */
static int fits_warmup(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    if (!scenario->warmup)
        return 0;
    if (!scenario->warmup->restart && !scenario->stack.reset_count)
        return fits_refuse(
            fits, "warmup",
            "leaves rows and counts behind; allowed: with stack.reset, whose commands "
            "take them back, or restart: true, which begins everything anew");
    if (scenario->request.feeder || scenario->users.ids.feeder || scenario->prepare_count)
        return fits_refuse(fits, "warmup",
                           "is by users outside of the run, whom no feeder and no prepare knows; "
                           "allowed: without them");
    return 0;
}

int fits_load(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    int before = fits_warmup(fits);
    if (!before)
        before = fits_socket(fits);
    if (before)
        return before;
    bool sends = false;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        int rc = fits_phase(fits, i);
        if (rc)
            return rc;
        sends = sends || scenario->load[i].kind != LOAD_PAUSE;
    }
    if (!sends)
        return fits_refuse(fits, "load",
                           "sends nothing; allowed: at least one phase that is no pause");
    return fits_size(fits);
}
