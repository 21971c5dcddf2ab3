#include "load/decide/decider.h"

#include <stdlib.h>

#include "load/decide/decider_parts.h"
#include "load/http/kinds.h"

/* New tickets are looked for so often; `every` is rarely shorter. */
#define LOOK (2 * NS_PER_MS)

/* ---- tickets come ---- */

/* @thread worker */
static void take_ticket(void *context, struct exchange *exchange, const struct response *response)
{
    struct decider *decider = context;
    struct ticket *ticket = ticket_new(exchange->record);
    if (!ticket)
        return; /* no memory: it stays undecided */
    captures_take(&decider->asked, exchange, response, ticket->captured);
    ticket->next = atomic_load(&decider->fresh);
    while (!atomic_compare_exchange_weak(&decider->fresh, &ticket->next, ticket))
        ;
}

static void admit(struct decider *decider, struct ticket *ticket)
{
    ns_t told = ticket->own.done;
    ticket->next = decider->all;
    decider->all = ticket;
    ticket->cls = CLASS_UNKNOWN;
    ticket->cause = CAUSE_PENDING;
    decider->sum.tickets++;
    decider->sum.last_ticket = told > decider->sum.last_ticket ? told : decider->sum.last_ticket;
    if (ticket_queue_reserve(&decider->waiting, (size_t)decider->sum.tickets))
        return; /* no memory: it stays undecided */
    if (decider->streams)
        listening_admit(decider, ticket);
    else
        polling_admit(decider, ticket);
}

static void take_fresh(struct decider *decider)
{
    struct ticket *ticket = atomic_exchange(&decider->fresh, NULL);
    while (ticket) {
        struct ticket *next = ticket->next;
        admit(decider, ticket);
        ticket = next;
    }
}

/* ---- what becomes of them ---- */

void decider_end(struct decider *decider, struct ticket *ticket, enum request_class cls,
                 enum request_cause cause)
{
    bool decided = cls == CLASS_ACCEPTED || cls == CLASS_REJECTED;
    ticket_queue_drop(&decider->waiting, ticket);
    listening_forget(ticket);
    ticket->ended = true;
    ticket->cls = (uint8_t)cls;
    ticket->cause = (uint8_t)cause;
    ticket->decision = (struct decided){
        .at = decided ? ticket->poll.done : 0, .polls = ticket->polls, .pending = ticket->pending};
    decider->open--;
    decider->sum.decided += decided;
    if (ticket->decision.at > decider->sum.last_decision)
        decider->sum.last_decision = ticket->decision.at;
}

void decider_go_through(struct decider *decider, struct ticket *ticket)
{
    ticket_queue_drop(&decider->waiting, ticket);
    listening_forget(ticket);
    ticket->through = true;
    ticket->due = clock_now();
    ticket_queue_add(&decider->waiting, ticket);
}

struct spec_responses decider_rules(const struct decider *decider, enum otherwise otherwise)
{
    const struct spec_decide *spec = decider->spec;
    bool then = decider->settings.then != NULL;
    return (struct spec_responses){.accepted = then ? spec->through : spec->accepted,
                                   .accepted_count =
                                       then ? spec->through_count : spec->accepted_count,
                                   .rejected = spec->rejected,
                                   .rejected_count = spec->rejected_count,
                                   .undecided = spec->pending,
                                   .undecided_count = spec->pending_count,
                                   .otherwise = otherwise};
}

/* ---- the thread ---- */

/* Does what is due. Returns when to look again. */
static ns_t serve_due(struct decider *decider)
{
    for (;;) {
        struct ticket *ticket = ticket_queue_first(&decider->waiting);
        ns_t now = clock_now();
        if (!ticket)
            return now + LOOK;
        bool listens = decider->streams && !ticket->through;
        ns_t at = listens ? listening_due(decider, ticket, now) : polling_due(decider, ticket, now);
        if (at > now)
            return at < now + LOOK ? at : now + LOOK;
        ticket_queue_drop(&decider->waiting, ticket);
        if (listens)
            listening_expire(decider, ticket);
        else
            polling_ask(decider, ticket, now);
    }
}

static void stop_all(struct decider *decider)
{
    for (struct ticket *ticket; (ticket = ticket_queue_first(&decider->waiting));)
        decider_end(decider, ticket, CLASS_UNKNOWN, CAUSE_STOPPED);
}

/* Takes what comes within span, on all that is open. */
static void take_turn(struct decider *decider, ns_t span, bool stopped)
{
    bool then = decider->then.transport && !asker_is_idle(&decider->then);
    ns_t first = then ? 0 : span;
    if (decider->streams) {
        ns_t read = streams_turn(decider->streams, first);
        decider->read = read ? read : decider->read;
    } else {
        asker_turn(&decider->polls, first, stopped);
    }
    if (decider->then.transport)
        asker_turn(&decider->then, then ? (span < NS_PER_MS ? span : NS_PER_MS) : 0, stopped);
}

static void *decide(void *context)
{
    struct decider *decider = context;
    bool more = true;
    while ((more || decider->open) && !atomic_load(&decider->resting)) {
        more = !atomic_load(&decider->closing); /* before the look: what came until then is seen */
        bool stopped = atomic_load(&decider->settings.progress->stop);
        take_fresh(decider);
        if (stopped)
            stop_all(decider);
        ns_t span = serve_due(decider) - clock_now();
        take_turn(decider, span > 0 ? span : 0, stopped);
    }
    return NULL;
}

/* ---- the driver's side ---- */

static int make_parts(struct decider *decider, struct err *err)
{
    const struct spec_decide *spec = decider->spec;
    int rc = captures_compile(spec->capture, spec->capture_count, NULL, &decider->asked, err);
    if (!rc)
        rc = captures_compile(spec->capture, spec->capture_count, "Retry-After", &decider->told,
                              err);
    if (!rc)
        rc = history_decide(decider->settings.history, err);
    if (!rc)
        rc = polling_open(decider, err);
    return rc || !spec->stream ? rc : listening_open(decider, err);
}

int decider_new(const struct decider_settings *settings, struct setup *setup,
                struct decider **ret_decider, struct err *err)
{
    struct decider *decider = calloc(1, sizeof *decider);
    if (!decider)
        return err_set(err, ERR_MEMORY, "out of memory");
    decider->settings = *settings;
    decider->spec = settings->scenario->decide;
    rng_seed(&decider->rng, (uint64_t)settings->scenario->seed);
    int rc = make_parts(decider, err);
    if (rc) {
        decider_free(decider);
        return rc;
    }
    setup->kept = decider->asked.headers;
    setup->reads_body = decider->asked.reads_body;
    setup->ticket = take_ticket;
    setup->ticket_context = decider;
    *ret_decider = decider;
    return 0;
}

static void join(struct decider *decider, atomic_bool *why)
{
    atomic_store(why, true);
    if (decider->running)
        pthread_join(decider->thread, NULL);
    decider->running = false;
}

void decider_free(struct decider *decider)
{
    if (!decider)
        return;
    join(decider, &decider->closing);
    asker_close(&decider->polls);
    asker_close(&decider->then);
    streams_free(decider->streams);
    rules_free(decider->rules);
    free(decider->heard);
    free(decider->of_place);
    captures_free(&decider->asked);
    captures_free(&decider->told);
    struct ticket *ticket = decider->all;
    while (ticket) {
        struct ticket *next = ticket->next;
        ticket_free(ticket);
        ticket = next;
    }
    free(decider->waiting.v);
    free(decider);
}

int decider_stage(struct decider *decider, const struct users_plan *plan, size_t count,
                  ns_t deadline, struct err *err)
{
    if (!decider->streams || streams_are_tickets(decider->streams))
        return 0;
    join(decider, &decider->resting);
    for (size_t i = 0; i < count; i++) {
        struct request record = {0};
        users_fill(plan, i, &record);
        if (!listening_to(decider, record.user))
            return err_set(err, ERR_MEMORY, "no memory for %zu streams of events", count);
    }
    return streams_stage(decider->streams, deadline, err);
}

int decider_start(struct decider *decider, struct err *err)
{
    if (decider->running)
        return 0;
    atomic_store(&decider->closing, false);
    atomic_store(&decider->resting, false);
    int rc = pthread_create(&decider->thread, NULL, decide, decider);
    decider->running = !rc;
    return rc ? err_errno(err, ERR_ENVIRONMENT, rc,
                          "cannot start the thread that waits for "
                          "decisions")
              : 0;
}

static void apply(const struct decider *decider, const struct ticket *ticket)
{
    struct history *history = decider->settings.history;
    struct request *asked = ticket->asked;
    history->decided[asked - history->v] = ticket->decision;
    asked->cls = ticket->cls;
    asked->cause = ticket->cause;
    if (ticket->decision.at && ticket->poll.ranked)
        request_set_rank(asked, maybe_of(ticket->poll.rank));
}

int decider_settle(struct decider *decider, struct err *err)
{
    int rc = decider_start(decider, err); /* of what came last it may know nothing yet */
    join(decider, &decider->closing);
    for (struct ticket *ticket = decider->all; ticket; ticket = ticket->next)
        apply(decider, ticket);
    return rc;
}

void decider_tell(const struct decider *decider, struct load_decisions *ret_decisions,
                  struct answers *ret_answers)
{
    const struct answers *const all[] = {decider->polls.carrier.answers, decider->heard,
                                         decider->then.carrier.answers};
    *ret_decisions = decider->sum;
    *ret_answers = (struct answers){0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i])
            answers_merge(ret_answers, all[i]);
    kinds_finish(ret_answers);
}
