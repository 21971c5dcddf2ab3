/* Tickets that are asked about again and again. */
#include <stdlib.h>
#include <string.h>

#include "base/json_value.h"
#include "load/decide/decider_parts.h"

enum { CONNECTIONS = 64, RETRY_AFTER = 0 /* of the headers that are kept */, HOUR = 3600 };

/* When a connection is free again is not known. */
#define SOON (2 * NS_PER_MS)

/* Around the span by a quarter of it, so that a crowd does not ask in step. */
static ns_t jitter(struct decider *decider, ns_t span)
{
    return span ? rng_between(&decider->rng, span - span / 4, span + span / 4) : 0;
}

void polling_admit(struct decider *decider, struct ticket *ticket)
{
    const struct spec_poll *poll = decider->spec->poll;
    ns_t told = ticket->own.done;
    ticket->span = poll->every;
    ticket->limit = told + poll->timeout;
    ticket->due = told + jitter(decider, ticket->span);
    decider->open++;
    ticket_queue_add(&decider->waiting, ticket);
}

/* ---- answers ---- */

/* "Retry-After: 2", in seconds; a date of another clock says nothing. */
static ns_t retry_after(const struct exchange *exchange)
{
    int64_t seconds;
    const char *text = exchange->kept ? exchange->kept[RETRY_AFTER] : "";
    return json_whole(text, strlen(text), &seconds) && seconds > 0 && seconds <= HOUR
               ? seconds * NS_PER_S
               : 0;
}

/* Pending, or nobody knows: once more, unless this one was begun when its time was over. */
static void wait_on(struct decider *decider, struct ticket *ticket, bool pending, ns_t pause)
{
    if (ticket->poll.planned >= ticket->limit) {
        ticket->pending = pending;
        decider_end(decider, ticket, CLASS_UNKNOWN, CAUSE_PENDING);
        return;
    }
    ns_t now = clock_now(), span = ticket->span;
    ticket->due = now + (pause ? pause : jitter(decider, span));
    if (ticket->due > ticket->limit)
        ticket->due = ticket->limit > now ? ticket->limit : now;
    if (span < NS_PER_S)
        ticket->span = span * 2 < NS_PER_S ? span * 2 : NS_PER_S;
    ticket_queue_add(&decider->waiting, ticket);
}

/* The last word: what it says stands, and who is not answered may have been served. */
static void take_last(struct decider *decider, struct ticket *ticket)
{
    bool pending = ticket->poll.cause == CAUSE_UNDECIDED;
    bool never_left = ticket->poll.cls == CLASS_SKIPPED;
    decider_end(decider, ticket, never_left ? CLASS_UNKNOWN : (enum request_class)ticket->poll.cls,
                pending ? CAUSE_PENDING : (enum request_cause)ticket->poll.cause);
}

static void take_answer(void *context, const struct asker *asker, struct request *record,
                        const struct exchange *exchange, const struct response *response)
{
    struct decider *decider = context;
    struct ticket *ticket = (struct ticket *)record;
    bool decided = record->cls == CLASS_ACCEPTED || record->cls == CLASS_REJECTED;
    bool pending = record->cause == CAUSE_UNDECIDED;
    captures_take(&decider->told, exchange, response, ticket->captured);
    if (asker == &decider->then) {
        take_last(decider, ticket);
        return;
    }
    decider->sum.polls_failed += !decided && !pending;
    if (record->cause == CAUSE_STOPPED)
        decider_end(decider, ticket, CLASS_UNKNOWN, CAUSE_STOPPED);
    else if (record->cls == CLASS_ACCEPTED && decider->settings.then)
        decider_go_through(decider, ticket);
    else if (decided)
        decider_end(decider, ticket, (enum request_class)record->cls, CAUSE_NONE);
    else
        wait_on(decider, ticket, pending, retry_after(exchange));
}

/* ---- asking ---- */

ns_t polling_due(const struct decider *decider, const struct ticket *ticket, ns_t now)
{
    const struct asker *asker = ticket->through ? &decider->then : &decider->polls;
    ns_t at = ticket->due;
    if (!ticket->through && decider->slot > at)
        at = decider->slot;
    return at > now || asker->free_count ? at : now + SOON;
}

void polling_ask(struct decider *decider, struct ticket *ticket, ns_t now)
{
    struct asker *asker = ticket->through ? &decider->then : &decider->polls;
    const struct request *own = &ticket->own;
    size_t place = roster_place(decider->settings.roster, own->user);
    ticket->poll = (struct request){.user = own->user,
                                    .seq = own->seq,
                                    .planned = now,
                                    .attempt = own->attempt,
                                    .instance = (uint8_t)((place + ticket->polls) % UINT8_MAX)};
    if (asker == &decider->polls) {
        ticket->polls++;
        decider->sum.polls++;
        decider->slot = now + NS_PER_S / decider->spec->poll->max_rate;
    }
    asker_send(asker, &ticket->poll, ticket->captured, now);
}

static int open_asker(struct decider *decider, struct asker *asker,
                      const struct spec_request *request, const struct spec_responses *rules,
                      struct err *err)
{
    const struct decider_settings *settings = &decider->settings;
    const struct setup setup = {.request = request,
                                .progress = settings->progress,
                                .roster = settings->roster,
                                .kept = decider->told.headers,
                                .reads_body = decider->told.reads_body};
    *asker = (struct asker){.setup = setup, .ended = take_answer, .context = decider};
    return asker_open(asker, rules, settings->dir, settings->prepared,
                      (uint64_t)settings->scenario->seed, CONNECTIONS, err);
}

int polling_open(struct decider *decider, struct err *err)
{
    const struct decider_settings *settings = &decider->settings;
    const struct spec_decide *spec = decider->spec;
    const struct spec_responses rules =
        decider_rules(decider, spec->pending_count ? OTHERWISE_FAILED : OTHERWISE_UNDECIDED);
    struct spec_responses last = rules;
    last.accepted = spec->accepted;
    last.accepted_count = spec->accepted_count;
    int rc = 0;
    if (spec->poll && open_asker(decider, &decider->polls, settings->poll, &rules, err))
        rc = err_prefix(err, "decide.poll");
    if (!rc && settings->then && open_asker(decider, &decider->then, settings->then, &last, err))
        rc = err_prefix(err, "decide.then");
    return rc;
}
