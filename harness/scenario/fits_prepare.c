/* What users do before the rush: that each step can be carried out, and brings what it says. */
#include <string.h>
#include <strings.h>

#include "scenario/fits.h"

/* As load/prepare/extract.c reads them. */
bool fits_is_source(const char *text)
{
    static const char *const kinds[] = {"json:", "header:", "cookie:", "regex:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(text, kinds[i], strlen(kinds[i])))
            return text[strlen(kinds[i])] || i == 0;
    return false;
}

static bool is_taken(const struct scenario *scenario, unsigned step, unsigned at)
{
    const char *name = scenario->prepare[step].capture[at].name;
    for (unsigned s = 0; s <= step; s++)
        for (unsigned i = 0; i < (s < step ? scenario->prepare[s].capture_count : at); i++)
            if (!strcmp(scenario->prepare[s].capture[i].name, name))
                return true;
    return !strcmp(name, "user") || !strcmp(name, "seq") || !strcmp(name, "uuid") ||
           !strcmp(name, "cookies");
}

static int fits_capture(const struct fits *fits, unsigned step, unsigned at)
{
    const struct spec_pair *capture = &fits->scenario->prepare[step].capture[at];
    const struct fits_path path = fits_path("prepare", step, ".capture");
    if (!fits_is_source(capture->value))
        return fits_refuse(
            fits, path.text,
            "%s: '%.100s' says not where it is; allowed: json:/pointer, header:Name, "
            "cookie:NAME, or regex:… whose first group is taken",
            capture->name, capture->value);
    if (is_taken(fits->scenario, step, at))
        return fits_refuse(fits, path.text, "{{%s}} means something already; give it another name",
                           capture->name);
    return 0;
}

static int fits_step(const struct fits *fits, unsigned step)
{
    const struct spec_prepare *prepare = &fits->scenario->prepare[step];
    const struct spec_request *request = &prepare->request;
    if (request->feeder)
        return fits_refuse(fits, fits_path("prepare", step, ".request.feeder").text,
                           "is not read here; allowed: in request, or users.ids.feeder, whose "
                           "columns are filled in here too");
    for (unsigned i = 0; i < request->headers_count; i++)
        if (!strcasecmp(request->headers[i].name, "Cookie") && request->cookies)
            return fits_refuse(fits, fits_path("prepare", step, ".request.headers").text,
                               "has Cookie, and cookies: true fills it in; allowed: one of them");
    for (unsigned i = 0; i < prepare->capture_count; i++) {
        int rc = fits_capture(fits, step, i);
        if (rc)
            return rc;
    }
    return 0;
}

/* Whose answers run on without an end needs no preparation of everybody. */
static bool is_open_ended(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->load_count; i++)
        if (scenario->load[i].kind == LOAD_CLOSED && !scenario->load[i].closed.requests &&
            !scenario->load[i].again)
            return true;
    return false;
}

/* The key of who sends cookies behind the preparation; NULL: nobody. */
static const char *sends_cookies(const struct scenario *scenario)
{
    const struct spec_decide *decide = scenario->decide;
    if (scenario->request.cookies)
        return "request.cookies";
    if (decide && spec_decide_asks(decide)->cookies)
        return decide->poll ? "decide.poll.cookies" : "decide.stream.cookies";
    for (unsigned i = 0; i < scenario->actions_count; i++)
        if (scenario->actions[i].request.cookies)
            return "actions";
    return decide && decide->then && decide->then->cookies ? "decide.then.cookies" : NULL;
}

int fits_prepare(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_request *rush = &scenario->request;
    for (unsigned i = 0; i < scenario->prepare_count; i++) {
        int rc = fits_step(fits, i);
        if (rc)
            return rc;
    }
    const char *key = sends_cookies(scenario);
    if (key && !scenario->prepare_count)
        return fits_refuse(fits, key,
                           "there are none without a preparation; allowed: with prepare, or a "
                           "header Cookie");
    for (unsigned i = 0; rush->cookies && i < rush->headers_count; i++)
        if (!strcasecmp(rush->headers[i].name, "Cookie"))
            return fits_refuse(fits, "request.headers",
                               "has Cookie, and cookies: true fills it in; allowed: one of them");
    if (scenario->prepare_count && is_open_ended(scenario))
        return fits_refuse(
            fits, "prepare",
            "a closed phase that ends by its duration takes any number of users, and "
            "nobody knows how many to prepare; give it requests instead");
    return 0;
}
