/* Decisions that come later. */
#include <string.h>

#include "scenario/fits.h"

enum { CAPTURES = 8 };

/* A user, or something of the answer: else every poll asks the same. */
static bool tells_apart(const struct spec_request *request)
{
    bool apart = request->cookies || strstr(request->url, "{{") ||
                 (request->body && strstr(request->body, "{{"));
    for (unsigned i = 0; i < request->headers_count; i++)
        apart = apart || strstr(request->headers[i].value, "{{");
    return apart;
}

static int fits_captures(const struct fits *fits, const struct spec_decide *decide)
{
    for (unsigned i = 0; i < decide->capture_count; i++) {
        const char *where = decide->capture[i].value;
        if (!strncmp(where, "cookie:", 7) || !fits_is_source(where))
            return fits_refuse(fits, fits_path("decide.capture", i, "").text,
                               "%s: '%.64s' is not allowed; allowed: json:/pointer, header:Name, "
                               "or regex:… whose first group is taken",
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

/* An event is a name and a text; a poll has no name. */
static int fits_rules(const struct fits *fits, const char *list, const struct spec_rule *rules,
                      unsigned count)
{
    bool stream = fits->scenario->decide->stream != NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct fits_path path = fits_path(list, i, "");
        if (!stream && rules[i].event_count)
            return fits_refuse(fits, path.text,
                               "event is the name of what a stream sends; allowed: with "
                               "decide.stream");
        if (stream && (rules[i].status_count || rules[i].header_count))
            return fits_refuse(fits, path.text,
                               "an event has neither status nor headers; allowed: event, json, "
                               "text, matches, least, most");
    }
    return 0;
}

static int fits_all_rules(const struct fits *fits, const struct spec_decide *decide)
{
    int rc = fits_rules(fits, "decide.accepted", decide->accepted, decide->accepted_count);
    if (!rc)
        rc = fits_rules(fits, "decide.rejected", decide->rejected, decide->rejected_count);
    if (!rc)
        rc = fits_rules(fits, "decide.pending", decide->pending, decide->pending_count);
    if (!rc)
        rc = fits_rules(fits, "decide.through", decide->through, decide->through_count);
    return rc;
}

int fits_decide(const struct fits *fits)
{
    const struct spec_decide *decide = fits->scenario->decide;
    const struct spec_responses *responses = &fits->scenario->responses;
    if (!decide)
        return 0;
    if (!decide->poll == !decide->stream)
        return fits_refuse(fits, "decide",
                           "%s; allowed: poll, a request that is asked again and again, or stream, "
                           "server-sent events",
                           decide->poll ? "has poll and stream"
                                        : "nothing says where a decision is told");
    if (!decide->accepted_count && !decide->rejected_count)
        return fits_refuse(fits, "decide",
                           "no rule says what a decision is; allowed: accepted and rejected");
    if (!responses->undecided_count && responses->otherwise != OTHERWISE_UNDECIDED)
        return fits_refuse(fits, "responses",
                           "no answer is a ticket; allowed: undecided, with the answer that "
                           "promises a decision, such as {status: 202}");
    if (!decide->through_count != !decide->then)
        return fits_refuse(fits, "decide", "through and then go together; allowed: both or none");
    if (!tells_apart(spec_decide_asks(decide)))
        return fits_refuse(fits, spec_decide_key(decide),
                           "every user would ask the same; put {{user}} or a {{name}} of "
                           "decide.capture into it");
    if (decide->then && !tells_apart(decide->then))
        return fits_refuse(fits, "decide.then",
                           "every user would send the same; put {{user}} or a {{name}} of "
                           "decide.capture into it");
    int rc = fits_captures(fits, decide);
    if (!rc)
        rc = fits_all_rules(fits, decide);
    return rc ? rc : fits_phases(fits);
}
