#include "load/decide/decider.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_value.h"
#include "load/decide/asker.h"
#include "load/decide/captures.h"
#include "load/decide/ticket.h"
#include "load/http/kinds.h"

/* New tickets are looked for so often; `every` is rarely shorter. */
#define LOOK (2 * NS_PER_MS)

enum { CONNECTIONS = 64, RETRY_AFTER = 0 /* of the headers that are kept */, HOUR = 3600 };

struct decider {
    struct decider_settings settings;
    const struct spec_decide *spec;
    struct captures asked;  /* of the users' own requests */
    struct captures polled; /* of polls: Retry-After, and what a place in the queue brings */
    struct asker polls, then;
    _Atomic(struct ticket *) fresh; /* handed over by workers, the last one first */
    struct ticket_queue waiting;    /* for their next poll */
    struct ticket *all;             /* owned, but for the fresh ones */
    int64_t open;                   /* of them not ended */
    ns_t slot;                      /* when max_rate allows the next poll */
    struct rng rng;
    pthread_t thread;
    bool running;        /* driver only */
    atomic_bool closing; /* no more tickets will come */
    struct load_decisions sum;
};

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

/* Around the span by a quarter of it, so that a crowd does not ask in step. */
static ns_t jitter(struct decider *decider, ns_t span)
{
    return span ? rng_between(&decider->rng, span - span / 4, span + span / 4) : 0;
}

static void admit(struct decider *decider, struct ticket *ticket)
{
    const struct spec_poll *poll = decider->spec->poll;
    ns_t told = ticket->own.done;
    ticket->next = decider->all;
    decider->all = ticket;
    ticket->span = poll->every;
    ticket->limit = told + poll->timeout;
    ticket->due = told + jitter(decider, ticket->span);
    ticket->cls = CLASS_UNKNOWN;
    ticket->cause = CAUSE_PENDING;
    decider->sum.tickets++;
    decider->sum.last_ticket = told > decider->sum.last_ticket ? told : decider->sum.last_ticket;
    if (ticket_queue_reserve(&decider->waiting, (size_t)decider->sum.tickets))
        return; /* no memory: it stays undecided */
    decider->open++;
    ticket_queue_add(&decider->waiting, ticket);
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

/* ---- answers to polls ---- */

static void end(struct decider *decider, struct ticket *ticket, enum request_class cls,
                enum request_cause cause)
{
    bool decided = cls == CLASS_ACCEPTED || cls == CLASS_REJECTED;
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
        end(decider, ticket, CLASS_UNKNOWN, CAUSE_PENDING);
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

static void go_through(struct decider *decider, struct ticket *ticket)
{
    ticket->through = true;
    ticket->due = clock_now();
    ticket_queue_add(&decider->waiting, ticket);
}

/* The last word: what it says stands, and who is not answered may have been served. */
static void take_last(struct decider *decider, struct ticket *ticket)
{
    bool pending = ticket->poll.cause == CAUSE_UNDECIDED;
    bool never_left = ticket->poll.cls == CLASS_SKIPPED;
    end(decider, ticket, never_left ? CLASS_UNKNOWN : (enum request_class)ticket->poll.cls,
        pending ? CAUSE_PENDING : (enum request_cause)ticket->poll.cause);
}

static void take_answer(void *context, const struct asker *asker, struct request *record,
                        const struct exchange *exchange, const struct response *response)
{
    struct decider *decider = context;
    struct ticket *ticket = (struct ticket *)record;
    bool decided = record->cls == CLASS_ACCEPTED || record->cls == CLASS_REJECTED;
    bool pending = record->cause == CAUSE_UNDECIDED;
    captures_take(&decider->polled, exchange, response, ticket->captured);
    if (asker == &decider->then) {
        take_last(decider, ticket);
        return;
    }
    decider->sum.polls_failed += !decided && !pending;
    if (record->cause == CAUSE_STOPPED)
        end(decider, ticket, CLASS_UNKNOWN, CAUSE_STOPPED);
    else if (record->cls == CLASS_ACCEPTED && decider->settings.then)
        go_through(decider, ticket);
    else if (decided)
        end(decider, ticket, (enum request_class)record->cls, CAUSE_NONE);
    else
        wait_on(decider, ticket, pending, retry_after(exchange));
}

/* ---- asking ---- */

static void ask(struct decider *decider, struct asker *asker, struct ticket *ticket, ns_t now)
{
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

/* Sends what is due, as far as max_rate and free connections go. Returns when to look again. */
static ns_t send_due(struct decider *decider)
{
    for (;;) {
        struct ticket *ticket = ticket_queue_first(&decider->waiting);
        ns_t now = clock_now();
        if (!ticket)
            return now + LOOK;
        struct asker *asker = ticket->through ? &decider->then : &decider->polls;
        ns_t at = ticket->due;
        if (!ticket->through && decider->slot > at)
            at = decider->slot;
        if (at > now || !asker->free_count)
            return at > now && at < now + LOOK ? at : now + LOOK;
        ticket_queue_drop_first(&decider->waiting);
        ask(decider, asker, ticket, now);
    }
}

static void stop_all(struct decider *decider)
{
    for (struct ticket *ticket; (ticket = ticket_queue_first(&decider->waiting));) {
        ticket_queue_drop_first(&decider->waiting);
        end(decider, ticket, CLASS_UNKNOWN, CAUSE_STOPPED);
    }
}

static void *decide(void *context)
{
    struct decider *decider = context;
    bool more = true;
    while (more || decider->open) {
        more = !atomic_load(&decider->closing); /* before the look: what came until then is seen */
        bool stopped = atomic_load(&decider->settings.progress->stop);
        take_fresh(decider);
        if (stopped)
            stop_all(decider);
        ns_t span = send_due(decider) - clock_now();
        bool then = decider->then.transport && !asker_is_idle(&decider->then);
        asker_turn(&decider->polls, then ? 0 : span, stopped);
        if (decider->then.transport)
            asker_turn(&decider->then, then ? (span < NS_PER_MS ? span : NS_PER_MS) : 0, stopped);
    }
    return NULL;
}

/* ---- the driver's side ---- */

static int open_askers(struct decider *decider, struct err *err)
{
    const struct decider_settings *settings = &decider->settings;
    const struct spec_decide *spec = decider->spec;
    const uint64_t seed = (uint64_t)settings->scenario->seed;
    struct spec_responses polls = {.accepted = spec->accepted,
                                   .accepted_count = spec->accepted_count,
                                   .rejected = spec->rejected,
                                   .rejected_count = spec->rejected_count,
                                   .undecided = spec->pending,
                                   .undecided_count = spec->pending_count,
                                   .otherwise = spec->pending_count ? OTHERWISE_FAILED
                                                                    : OTHERWISE_UNDECIDED};
    const struct spec_responses last = polls;
    struct setup setup = {.request = settings->poll,
                          .progress = settings->progress,
                          .roster = settings->roster,
                          .kept = decider->polled.headers,
                          .reads_body = decider->polled.reads_body};
    if (settings->then) {
        polls.accepted = spec->through;
        polls.accepted_count = spec->through_count;
    }
    decider->polls = (struct asker){.setup = setup, .ended = take_answer, .context = decider};
    int rc = asker_open(&decider->polls, &polls, settings->dir, settings->prepared, seed,
                        CONNECTIONS, err);
    if (rc)
        return err_prefix(err, "decide.poll");
    if (!settings->then)
        return 0;
    setup.request = settings->then;
    decider->then = (struct asker){.setup = setup, .ended = take_answer, .context = decider};
    rc = asker_open(&decider->then, &last, settings->dir, settings->prepared, seed, CONNECTIONS,
                    err);
    return rc ? err_prefix(err, "decide.then") : 0;
}

int decider_new(const struct decider_settings *settings, struct setup *setup,
                struct decider **ret_decider, struct err *err)
{
    struct decider *decider = calloc(1, sizeof *decider);
    if (!decider)
        return err_set(err, ERR_MEMORY, "out of memory");
    const struct spec_decide *spec = settings->scenario->decide;
    decider->settings = *settings;
    decider->spec = spec;
    captures_compile(spec->capture, spec->capture_count, NULL, &decider->asked);
    captures_compile(spec->capture, spec->capture_count, "Retry-After", &decider->polled);
    rng_seed(&decider->rng, (uint64_t)settings->scenario->seed);
    int rc = history_decide(settings->history, err);
    if (!rc)
        rc = open_askers(decider, err);
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

static void join(struct decider *decider)
{
    atomic_store(&decider->closing, true);
    if (decider->running)
        pthread_join(decider->thread, NULL);
    decider->running = false;
}

void decider_free(struct decider *decider)
{
    if (!decider)
        return;
    join(decider);
    asker_close(&decider->polls);
    asker_close(&decider->then);
    struct ticket *ticket = decider->all;
    while (ticket) {
        struct ticket *next = ticket->next;
        ticket_free(ticket);
        ticket = next;
    }
    free(decider->waiting.v);
    free(decider);
}

int decider_start(struct decider *decider, struct err *err)
{
    if (decider->running)
        return 0;
    atomic_store(&decider->closing, false);
    int rc = pthread_create(&decider->thread, NULL, decide, decider);
    decider->running = !rc;
    return rc ? err_errno(err, ERR_ENVIRONMENT, rc, "cannot start a thread for polls") : 0;
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
    join(decider);
    for (struct ticket *ticket = decider->all; ticket; ticket = ticket->next)
        apply(decider, ticket);
    return rc;
}

void decider_tell(const struct decider *decider, struct load_decisions *ret_decisions,
                  struct answers *ret_answers)
{
    *ret_decisions = decider->sum;
    *ret_answers = *decider->polls.carrier.answers;
    if (decider->then.carrier.answers)
        answers_merge(ret_answers, decider->then.carrier.answers);
    kinds_finish(ret_answers);
}
