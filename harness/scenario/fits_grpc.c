/* Calls of gRPC, and rules about their answers. */
#include <stdio.h>
#include <string.h>

#include "scenario/fits.h"

struct rules {
    const char *key;
    const struct spec_rule *v;
    unsigned count;
};

/* Who speaks HTTP alone never answers so. */
static int refuse_rules(const struct fits *fits, const struct rules *rules, size_t count)
{
    for (size_t k = 0; k < count; k++)
        for (unsigned i = 0; i < rules[k].count; i++)
            if (rules[k].v[i].grpc_count)
                return fits_refuse(
                    fits, fits_path(rules[k].key, i, ".grpc").text,
                    "only gRPC answers so; allowed: in responses, with request.grpc");
    return 0;
}

static int fits_rules(const struct fits *fits)
{
    const struct spec_responses *responses = &fits->scenario->responses;
    const struct rules rules[] = {
        {"responses.accepted", responses->accepted, responses->accepted_count},
        {"responses.rejected", responses->rejected, responses->rejected_count},
        {"responses.limited", responses->limited, responses->limited_count},
        {"responses.in_progress", responses->in_progress, responses->in_progress_count},
        {"responses.key_reused", responses->key_reused, responses->key_reused_count},
        {"responses.undecided", responses->undecided, responses->undecided_count},
    };
    return refuse_rules(fits, rules,
                        fits->scenario->request.grpc ? 0 : sizeof rules / sizeof *rules);
}

/* Polls, streams and actions are requests of HTTP. */
static int fits_others(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_decide *decide = scenario->decide;
    int rc = 0;
    for (unsigned i = 0; i < scenario->actions_count && !rc; i++) {
        const struct spec_responses *told = &scenario->actions[i].responses;
        const struct rules rules[] = {{"actions", told->accepted, told->accepted_count},
                                      {"actions", told->rejected, told->rejected_count}};
        rc = refuse_rules(fits, rules, 2);
    }
    if (rc || !decide)
        return rc;
    const struct rules rules[] = {{"decide.accepted", decide->accepted, decide->accepted_count},
                                  {"decide.rejected", decide->rejected, decide->rejected_count},
                                  {"decide.pending", decide->pending, decide->pending_count},
                                  {"decide.through", decide->through, decide->through_count}};
    return refuse_rules(fits, rules, 4);
}

static int fits_call(const struct fits *fits, const char *key, const struct spec_request *request)
{
    char path[64];
    const char *what = NULL;
    if (!request->grpc)
        return 0;
    if (strcmp(request->body, request->grpc->message) != 0)
        what = "body: the call's body is grpc.message; allowed: without body";
    else if (strcmp(request->method, "POST") != 0)
        what = "method: a call of gRPC is a POST; allowed: POST";
    else if (request->http2 == HTTP2_OFF)
        what =
            "http2: gRPC is spoken over HTTP/2; allowed: true with https://, prior-knowledge with "
            "http://, or without http2";
    if (!what)
        return 0;
    snprintf(path, sizeof path, "%s.%.*s", key, (int)strcspn(what, ":"), what);
    return fits_refuse(fits, path, "%s", strchr(what, ' ') + 1);
}

int fits_grpc(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    int rc = fits_call(fits, "request", &scenario->request);
    for (unsigned i = 0; i < scenario->prepare_count && !rc; i++) {
        const struct spec_prepare *step = &scenario->prepare[i];
        const struct fits_path path = fits_path("prepare", i, ".request");
        const struct rules expected = {"prepare", step->expect,
                                       step->expect && !step->request.grpc};
        rc = fits_call(fits, path.text, &step->request);
        if (!rc)
            rc = refuse_rules(fits, &expected, 1);
    }
    if (!rc)
        rc = fits_rules(fits);
    return rc ? rc : fits_others(fits);
}
