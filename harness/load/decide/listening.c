/* Tickets that are told by server-sent events. */
#include <stdlib.h>
#include <string.h>

#include "load/decide/decider_parts.h"
#include "load/http/kinds.h"
#include "load/prepare/single.h"

/* An event from before the request was sent speaks of something else. */
static bool speaks_of(const struct request *told, const struct ticket *ticket)
{
    return told->cls != CLASS_SKIPPED && told->done >= ticket->own.released;
}

static void take_decision(struct decider *decider, struct ticket *ticket,
                          const struct request *told)
{
    ticket->poll = *told;
    ticket->poll.seq = ticket->own.seq;
    if (told->cls == CLASS_ACCEPTED && decider->settings.then)
        decider_go_through(decider, ticket);
    else
        decider_end(decider, ticket, (enum request_class)told->cls, CAUSE_NONE);
}

/* What all are told on one stream may speak of anybody. */
static void note_another(const struct decider *decider, struct stream *stream,
                         const struct request *told)
{
    bool yes = told->cause == CAUSE_ANOTHER_YES;
    if (decider->own_streams &&
        (yes || (told->cause == CAUSE_ANOTHER && stream->another.cause != CAUSE_ANOTHER_YES)))
        stream->another = *told;
}

static void hear(void *context, struct stream *stream, const struct event *event)
{
    struct decider *decider = context;
    struct request told = {.user = stream->user, .status = 200, .done = clock_now()};
    const struct response response = {.status = 200,
                                      .type = "text/event-stream",
                                      .body = event->data,
                                      .body_length = event->length,
                                      .body_whole = event->whole,
                                      .who = {decider->settings.roster, stream->user},
                                      .event = event->name};
    enum request_cause cause;
    struct maybe rank;
    told.cls = (uint8_t)rules_classify(decider->rules, &response, &cause, &rank);
    told.cause = (uint8_t)cause;
    request_set_rank(&told, rank);
    kinds_note(decider->heard, decider->rules, &told, &response);
    bool decides = told.cls == CLASS_ACCEPTED || told.cls == CLASS_REJECTED;
    if (decides)
        stream->told = told;
    else
        note_another(decider, stream, &told);
    for (struct ticket *ticket = stream->tickets, *next; ticket; ticket = next) {
        next = ticket->peer;
        captures_take(&decider->told, NULL, &response, ticket->captured);
        if (decides && speaks_of(&told, ticket))
            take_decision(decider, ticket, &told);
    }
}

int listening_open(struct decider *decider, struct err *err)
{
    const struct decider_settings *settings = &decider->settings;
    const struct streams_settings streams = {.request = settings->poll,
                                             .dir = settings->dir,
                                             .prepared = settings->prepared,
                                             .roster = settings->roster,
                                             .progress = settings->progress,
                                             .sum = &decider->sum,
                                             .told = hear,
                                             .context = decider};
    /* A stream says much that decides nothing. */
    const struct spec_responses rules = decider_rules(decider, OTHERWISE_UNDECIDED);
    decider->own_streams = single_names_user(settings->poll);
    decider->heard = calloc(1, sizeof *decider->heard);
    int rc = decider->heard ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    if (!rc)
        rc = rules_compile(&rules, &decider->rules, err);
    return rc ? rc
              : streams_new(&streams, (uint64_t)settings->scenario->seed, &decider->streams, err);
}

struct stream *listening_to(struct decider *decider, int64_t user)
{
    size_t place = roster_place(decider->settings.roster, user);
    if (place >= decider->places) {
        size_t places = place + place / 2 + 16;
        struct stream **v = realloc(decider->of_place, places * sizeof(struct stream *));
        if (!v)
            return NULL;
        memset(v + decider->places, 0, (places - decider->places) * sizeof(struct stream *));
        decider->of_place = v;
        decider->places = places;
    }
    if (!decider->of_place[place])
        decider->of_place[place] = streams_add(decider->streams, user, NULL);
    return decider->of_place[place];
}

void listening_admit(struct decider *decider, struct ticket *ticket)
{
    struct stream *stream = streams_are_tickets(decider->streams)
                                ? streams_add(decider->streams, ticket->own.user, ticket->captured)
                                : listening_to(decider, ticket->own.user);
    ticket->limit = ticket->own.done + decider->spec->stream->timeout;
    ticket->due = ticket->limit;
    decider->open++;
    ticket_queue_add(&decider->waiting, ticket);
    if (!stream)
        return; /* no memory: it is told nothing */
    ticket->stream = stream;
    ticket->peer = stream->tickets;
    stream->tickets = ticket;
    if (speaks_of(&stream->told, ticket))
        take_decision(decider, ticket, &stream->told);
}

void listening_forget(struct ticket *ticket)
{
    struct stream *stream = ticket->stream;
    if (!stream)
        return;
    struct ticket **at = &stream->tickets;
    while (*at && *at != ticket)
        at = &(*at)->peer;
    if (*at)
        *at = ticket->peer;
    ticket->stream = NULL;
    if (streams_are_tickets(stream->streams))
        stream_leave(stream);
}

ns_t listening_due(const struct decider *decider, const struct ticket *ticket, ns_t now)
{
    bool over = decider->read >= ticket->due;
    return over ? now : ticket->due > now ? ticket->due : now + 1;
}

/* Whoever was told of another user alone has waited in vain by the service's fault. */
void listening_expire(struct decider *decider, struct ticket *ticket)
{
    const struct request *another = ticket->stream ? &ticket->stream->another : NULL;
    if (another && another->cause && another->done >= ticket->own.released) {
        decider_end(decider, ticket, CLASS_FAILED, (enum request_cause)another->cause);
        return;
    }
    ticket->pending = ticket->stream && stream_is_heard(ticket->stream);
    decider_end(decider, ticket, CLASS_UNKNOWN, CAUSE_PENDING);
}
