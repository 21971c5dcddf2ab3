/* Decisions that come later. */
#include <string.h>

#include "scenario/fits.h"

enum { CAPTURES = 8 };

/* A user, or something of the answer: else every poll asks the same. */
static bool tells_apart(const struct spec_request *request)
{
    bool apart = strstr(request->url, "{{") || (request->body && strstr(request->body, "{{"));
    for (unsigned i = 0; i < request->headers_count; i++)
        apart = apart || strstr(request->headers[i].value, "{{");
    return apart;
}

static int fits_captures(const struct fits *fits, const struct spec_decide *decide)
{
    for (unsigned i = 0; i < decide->capture_count; i++) {
        const char *where = decide->capture[i].value;
        if (strncmp(where, "json:/", 6) != 0 && strncmp(where, "header:", 7) != 0)
            return fits_refuse(fits, fits_path("decide.capture", i, "").text,
                               "%s: '%.64s' is not allowed; allowed: json:/pointer, header:Name",
                               decide->capture[i].name, where);
    }
    return decide->capture_count <= CAPTURES
               ? 0
               : fits_refuse(fits, "decide.capture", "has %u names; allowed: %d",
                             decide->capture_count, CAPTURES);
}

/* Closed phases of a duration close the gaps of their records while polls still go on. */
static int fits_phases(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    for (unsigned i = 0; i < scenario->load_count; i++)
        if (scenario->load[i].kind == LOAD_CLOSED && scenario->load[i].closed.duration)
            return fits_refuse(fits, fits_path("load", i, ".closed.duration").text,
                               "does not go with decide; allowed: requests");
    return 0;
}

int fits_decide(const struct fits *fits)
{
    const struct spec_decide *decide = fits->scenario->decide;
    const struct spec_responses *responses = &fits->scenario->responses;
    if (!decide)
        return 0;
    if (!decide->accepted_count && !decide->rejected_count)
        return fits_refuse(fits, "decide",
                           "no rule says what a decision is; allowed: accepted and rejected");
    if (!responses->undecided_count && responses->otherwise != OTHERWISE_UNDECIDED)
        return fits_refuse(fits, "responses",
                           "no answer is a ticket; allowed: undecided, with the answer that "
                           "promises a decision, such as {status: 202}");
    if (!decide->through_count != !decide->then)
        return fits_refuse(fits, "decide", "through and then go together; allowed: both or none");
    if (!tells_apart(&decide->poll->request))
        return fits_refuse(fits, "decide.poll",
                           "every user would ask the same; put {{user}} or a {{name}} of "
                           "decide.capture into it");
    if (decide->then && !tells_apart(decide->then))
        return fits_refuse(fits, "decide.then",
                           "every user would send the same; put {{user}} or a {{name}} of "
                           "decide.capture into it");
    int rc = fits_captures(fits, decide);
    return rc ? rc : fits_phases(fits);
}
