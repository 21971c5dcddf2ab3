/* The agents' histories as one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/chunk.h"
#include "agents/coordinator_inside.h"
#include "base/cleanup.h"

#define POINT_WAIT (5 * NS_PER_S)

/* ---- as they come ---- */

/* What an answer names and nobody has listed has a number of that agent's own. */
static void name_items(const struct coordinator *coordinator, struct order *order)
{
    if (order->item >= (int64_t)coordinator->items)
        order->item = ITEM_UNKNOWN;
    if (order->asked >= (int64_t)coordinator->items)
        order->asked = ITEM_UNKNOWN;
}

/* Agents have users in turns, and so have their records places: the history is then in the order
 * in which one load alone would have it, and of its users nothing has to be sorted. What is beyond
 * the rows that all agents have goes behind them as it comes. */
static size_t place_for(struct coordinator *coordinator, unsigned rank)
{
    size_t row = coordinator->all.v[rank].records++, size = coordinator->all.size;
    size_t begin = coordinator->history->count;
    return row < coordinator->rows ? begin + row * size + rank
                                   : begin + coordinator->rows * size + coordinator->beyond++;
}

static int keep(struct coordinator *coordinator, unsigned rank, const struct chunk *chunk,
                struct err *err)
{
    struct history *history = coordinator->history;
    for (size_t i = 0; i < chunk->count; i++) {
        size_t at = place_for(coordinator, rank);
        if (at >= history->room)
            return err_set(err, ERR_USAGE, "agent %u: its history is longer than it can be",
                           rank + 1);
        history->v[at] = chunk->v[i];
        history->v[at].agent = (uint16_t)(rank + 1);
        if (history->decided)
            history->decided[at] = chunk->decided[i];
        if (!history->orders)
            continue;
        history->orders[at] = chunk->orders[i];
        name_items(coordinator, &history->orders[at]);
    }
    coordinator->filled += chunk->count;
    return 0;
}

static void shift(struct history *history, size_t to, size_t from)
{
    history->v[to] = history->v[from];
    if (history->decided)
        history->decided[to] = history->decided[from];
    if (history->orders)
        history->orders[to] = history->orders[from];
}

/* An agent may have fewer records than there are rows: users that ask several times are one
 * agent's. */
static void squeeze(struct coordinator *coordinator)
{
    struct history *history = coordinator->history;
    size_t begin = history->count, to = begin, size = coordinator->all.size;
    size_t rows = coordinator->rows * size;
    for (size_t i = 0; i < rows + coordinator->beyond; i++)
        if (i >= rows || i / size < coordinator->all.v[i % size].records) {
            if (to != begin + i)
                shift(history, to, begin + i);
            to++;
        }
}

int coordinator_keep_chunk(struct coordinator *coordinator, unsigned rank, const void *bytes,
                           size_t size, struct err *err)
{
    struct chunk chunk = *coordinator->chunk;
    struct attendee *attendee = &coordinator->all.v[rank];
    if (chunk_decode(bytes, size, &chunk, err))
        return err_prefix(err, "agent %u", rank + 1);
    if (chunk.phase != coordinator->all.phase || chunk.number != attendee->chunks)
        return err_set(err, ERR_INVALID, "agent %u: a part of its history is missing", rank + 1);
    attendee->chunks++;
    return keep(coordinator, rank, &chunk, err);
}

/* ---- on one clock ---- */

/* From an agent's clock by the shared one to this machine's. That last step keeps every order: it
 * is the same for all. */
struct clocks {
    const struct offsets *theirs, *ours;
    size_t near_theirs, near_ours; /* one record is near the one before it */
};

static ns_t ours(struct clocks *clocks, ns_t instant)
{
    ns_t shared = offsets_there(clocks->theirs, instant, &clocks->near_theirs);
    return instant ? offsets_here(clocks->ours, shared, &clocks->near_ours) : 0;
}

static void move(struct clocks *clocks, struct request *record)
{
    record->planned = ours(clocks, record->planned);
    record->released = ours(clocks, record->released);
    record->first_byte = ours(clocks, record->first_byte);
    record->done = ours(clocks, record->done);
}

static void move_all(struct coordinator *coordinator, struct clocks *all, ns_t *ret_first,
                     ns_t *ret_last)
{
    struct history *history = coordinator->history;
    *ret_first = *ret_last = 0;
    for (size_t i = history->count; i < coordinator->filled; i++) {
        struct request *record = &history->v[i];
        struct clocks *clocks = &all[record->agent - 1U];
        move(clocks, record);
        record->phase = (uint8_t)coordinator->all.phase;
        record->seq = (uint32_t)i;
        if (history->decided)
            history->decided[i].at = ours(clocks, history->decided[i].at);
        if (record->released && (!*ret_first || record->released < *ret_first))
            *ret_first = record->released;
        *ret_last = record->done > *ret_last ? record->done : *ret_last;
    }
}

static int note_agent(struct coordinator *coordinator, unsigned rank, struct clocks *clocks,
                      struct err *err)
{
    const struct attendee *attendee = &coordinator->all.v[rank];
    const struct phase_report *report = &attendee->report;
    const struct offsets *theirs = clocks->theirs;
    ns_t end = theirs->count ? theirs->v[theirs->count - 1].at : report->last;
    struct agent_part part = {.agent = rank + 1,
                              .phase = coordinator->all.phase,
                              .requests = report->requests,
                              .offset = offsets_at(theirs, report->first).offset,
                              .bound = offsets_bound(theirs, report->first, end),
                              .round_trip = attendee->round_trip,
                              .agreed = coordinator->agreed,
                              .first = ours(clocks, report->first),
                              .last = ours(clocks, report->last)};
    snprintf(part.name, sizeof part.name, "%s", attendee->name);
    return agents_add(coordinator->away.agents, &part, err);
}

/* ---- what a phase was ---- */

static ns_t greater(ns_t a, ns_t b)
{
    return a > b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void add_connects(struct load_connects *all, const struct load_connects *one)
{
    int64_t *const sums[] = {&all->made,       &all->opened,  &all->delayed,    &all->syns_again,
                             &all->sent_again, &all->refused, &all->unanswered, &all->resets};
    const int64_t parts[] = {one->made,       one->opened,  one->delayed,    one->syns_again,
                             one->sent_again, one->refused, one->unanswered, one->resets};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        *sums[i] += parts[i];
    all->open_p50 = greater(all->open_p50, one->open_p50);
    all->open_p99 = greater(all->open_p99, one->open_p99);
    all->open_max = greater(all->open_max, one->open_max);
    all->tls_p50 = greater(all->tls_p50, one->tls_p50);
    all->tls_p99 = greater(all->tls_p99, one->tls_p99);
    all->tls_max = greater(all->tls_max, one->tls_max);
    all->queue_peak = most(all->queue_peak, one->queue_peak);
    all->queue_room = most(all->queue_room, one->queue_room);
    all->somaxconn = most(all->somaxconn, one->somaxconn);
    all->drops = most(all->drops, one->drops);
}

/* Agents of one machine may come from the same ones. */
static void add_sources(struct load_phase_info *all, const char *more)
{
    size_t used = strlen(all->source_addresses);
    if (!strstr(all->source_addresses, more))
        snprintf(all->source_addresses + used, sizeof all->source_addresses - used, "%s%s",
                 used ? ", " : "", more);
}

static void merge_info(struct load_phase_info *all, const struct load_phase_info *one)
{
    all->staged_in = greater(all->staged_in, one->staged_in);
    all->late_stamps += one->late_stamps;
    all->send_longest = greater(all->send_longest, one->send_longest);
    all->connections += one->connections;
    add_sources(all, one->source_addresses);
    all->floor_spread = greater(all->floor_spread, one->floor_spread);
    all->require_spread = greater(all->require_spread, one->require_spread);
    all->require_in_flight = most(all->require_in_flight, one->require_in_flight);
    add_connects(&all->connects, &one->connects);
}

static void merge_infos(struct coordinator *coordinator)
{
    *coordinator->info = coordinator->all.v[0].report.info;
    for (unsigned i = 1; i < coordinator->all.size; i++)
        merge_info(coordinator->info, &coordinator->all.v[i].report.info);
}

/* A clock that was set tells nothing of the order of what happened then. */
static int check_clocks(const struct coordinator *coordinator, const struct offsets *here,
                        struct err *err)
{
    ns_t by;
    char name[96];
    for (unsigned i = 0; i < coordinator->all.size; i++) {
        const struct attendee *attendee = &coordinator->all.v[i];
        attendance_name(&coordinator->all, i, name, sizeof name);
        if (attendee->report.stepped)
            return err_set(err, ERR_INVALID,
                           "%s: its clock, or that of the agents' Redis, was set by %lld ms while "
                           "requests were out",
                           name, (long long)(attendee->report.stepped / NS_PER_MS));
        if (attendee->report.requests && !attendee->report.offsets.count)
            return err_set(err, ERR_INVALID, "%s: its clock was not compared around the release",
                           name);
    }
    if (here->count > 1 && offsets_stepped(here, here->v[0].at, here->v[here->count - 1].at, &by))
        return err_set(err, ERR_INVALID,
                       "the clock of the agents' Redis was set by %lld ms while requests were out",
                       (long long)(by / NS_PER_MS));
    return 0;
}

static int close_phase(struct coordinator *coordinator, const struct offsets *here, struct err *err)
{
    struct history *history = coordinator->history;
    _cleanup_free_ struct clocks *clocks = calloc(coordinator->all.size, sizeof *clocks);
    ns_t first, last;
    int rc = clocks ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; !rc && i < coordinator->all.size; i++) {
        clocks[i] = (struct clocks){&coordinator->all.v[i].report.offsets, here, 0, 0};
        rc = note_agent(coordinator, i, &clocks[i], err);
    }
    if (rc)
        return rc;
    merge_infos(coordinator);
    squeeze(coordinator);
    move_all(coordinator, clocks, &first, &last);
    rc = agents_bind(coordinator->away.agents, history, err);
    if (rc)
        return rc;
    atomic_store(&coordinator->progress->last_done, last);
    if (!history->origin && first)
        history->origin = first;
    history->count = coordinator->filled;
    /* What is read from now on was asked for after the last answer, whatever the clocks. */
    clock_sleep_until(last + 2 * agents_bound(coordinator->away.agents));
    return 0;
}

int coordinator_close_phase(struct coordinator *coordinator, unsigned phase, struct err *err)
{
    struct offsets here = {0};
    ns_t now = clock_now();
    (void)phase;
    int rc = pulse_copy(coordinator->pulse, coordinator->agreed - NS_PER_S, now, now + POINT_WAIT,
                        &here, err);
    if (!rc)
        rc = check_clocks(coordinator, &here, err);
    offsets_thin(&here);
    if (!rc)
        rc = close_phase(coordinator, &here, err);
    offsets_free(&here);
    return rc;
}

/* ---- answers ---- */

static void add_decisions(struct load_decisions *all, const struct load_decisions *one)
{
    int64_t *const sums[] = {&all->tickets, &all->decided, &all->polls,         &all->polls_failed,
                             &all->streams, &all->events,  &all->streams_failed};
    const int64_t parts[] = {one->tickets, one->decided, one->polls,         one->polls_failed,
                             one->streams, one->events,  one->streams_failed};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        *sums[i] += parts[i];
}

/* Each agent has numbered the instances as it met them. */
static void number_instances(struct coordinator *coordinator, uint8_t (*numbers)[INSTANCES_MAX + 1])
{
    struct history *history = coordinator->history;
    for (size_t i = 0; i < history->count; i++) {
        struct request *record = &history->v[i];
        record->instance = numbers[record->agent - 1U][record->instance];
    }
}

/* The instants of the last ticket and decision follow from the history. */
static void note_instants(struct coordinator *coordinator)
{
    const struct history *history = coordinator->history;
    struct load_decisions *decisions = &coordinator->decisions;
    for (size_t i = 0; decisions->tickets && history->decided && i < history->count; i++) {
        decisions->last_ticket = greater(decisions->last_ticket, history->v[i].done);
        decisions->last_decision = greater(decisions->last_decision, history->decided[i].at);
    }
}

void coordinator_merge(struct coordinator *coordinator)
{
    unsigned size = coordinator->all.size;
    uint8_t(*numbers)[INSTANCES_MAX + 1] = calloc(size, sizeof *numbers);
    struct served served = {0};
    for (unsigned i = 0; i < size; i++) {
        const struct end_report *end = coordinator->all.v[i].end;
        const struct served *own = end ? &end->answers.served : NULL;
        if (!end)
            continue;
        answers_merge(&coordinator->answers, &end->answers);
        answers_merge(&coordinator->polled, &end->polled);
        add_decisions(&coordinator->decisions, &end->decisions);
        coordinator->memory.bytes_a_connection =
            most(coordinator->memory.bytes_a_connection, end->memory.bytes_a_connection);
        for (unsigned k = 0; numbers && k < own->count; k++)
            numbers[i][k + 1] = served_number(&served, own->names[k], strlen(own->names[k]));
    }
    if (served.count && numbers)
        number_instances(coordinator, numbers);
    coordinator->answers.served = served;
    note_instants(coordinator);
    free(numbers);
}
