/* Keys of orders, by which a service knows that requests are one. */
#include <string.h>
#include <strings.h>

#include "scenario/fits.h"

static int fits_told(const struct fits *fits)
{
    const struct spec_responses *responses = &fits->scenario->responses;
    const char *key = responses->in_progress_count  ? "responses.in_progress"
                      : responses->key_reused_count ? "responses.key_reused"
                                                    : NULL;
    return key && !fits->scenario->idempotency
               ? fits_refuse(fits, key, "under which key? allowed: with idempotency")
               : 0;
}

int fits_keys(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_idempotency *keys = scenario->idempotency;
    if (keys && scenario->users.repeat != keys->times)
        return fits_refuse(fits, "users.repeat",
                           "is what idempotency.times says; allowed: without repeat");
    for (unsigned i = 0; keys && i < scenario->request.headers_count; i++)
        if (!strcasecmp(scenario->request.headers[i].name, keys->header))
            return fits_refuse(fits, fits_path("request.headers", i, "").text,
                               "%s is the header of the keys; allowed: once, in idempotency",
                               keys->header);
    return fits_told(fits);
}

bool fits_sends(const struct spec_request *request, const char *what)
{
    bool sends = strstr(request->url, what) || (request->body && strstr(request->body, what));
    for (unsigned i = 0; i < request->headers_count; i++)
        sends = sends || strstr(request->headers[i].value, what);
    return sends;
}

int fits_reuse(const struct fits *fits, unsigned index)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_phase *phase = &scenario->load[index];
    const char *why = NULL;
    if (!scenario->idempotency)
        why = "which keys? allowed: with idempotency";
    else if (index == 0)
        why = "no key was used before the first phase; allowed: from the second phase on";
    else if (phase->kind == LOAD_RETRY || phase->kind == LOAD_ACTION || phase->kind == LOAD_PAUSE)
        why = "means nothing here; allowed: with burst, waves, rate, closed";
    else if (phase->reuse == REUSE_USER && phase->again)
        why = "is by new users, and again by those of before; allowed: one of them";
    else if (phase->reuse == REUSE_PAYLOAD &&
             !(scenario->items && fits_sends(&scenario->request, "{{units")))
        why = "what else is asked for? allowed: with items and {{units}} in the request; payload "
              "asks for other units";
    return why ? fits_refuse(fits, fits_path("load", index, ".reuse").text, "%s", why) : 0;
}
