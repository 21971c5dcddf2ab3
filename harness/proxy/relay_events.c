#include "proxy/relay_events.h"

void relay_record(struct relay *relay, enum journal_kind kind)
{
    struct journal_record record = {.at = relay->gate->now,
                                    .connection = relay->serial,
                                    .door = relay->door,
                                    .kind = (uint8_t)kind};
    journal_write(&relay->gate->journal, &record);
}

static void record(struct relay *relay, enum journal_kind kind, const struct framer_event *event,
                   bool held)
{
    if (!relay->gate->journal.file)
        return;
    struct journal_record record = {
        .at = relay->gate->now,
        .connection = relay->serial,
        .statement = (uint32_t)event->statement,
        .shape = event->shape,
        .kind = (uint8_t)kind,
        .what = (uint8_t)event->what,
        .flags = (uint8_t)((event->transaction ? JOURNAL_TRANSACTION : 0) |
                           (event->failed ? JOURNAL_FAILED : 0) | (held ? JOURNAL_HELD : 0)),
        .door = relay->door};
    journal_fill(&record, event);
    journal_write(&relay->gate->journal, &record);
}

static void statement(struct relay *relay, const struct framer_event *event)
{
    struct gate *gate = relay->gate;
    struct shape_counts *counts = &gate->counts[event->shape];
    relay->asked[event->statement % RELAY_ASKED] = gate->now;
    relay->inside++;
    counts->statements++;
    if (++counts->now > counts->most)
        counts->most = counts->now;
    if (++gate->inside > gate->most_inside)
        gate->most_inside = gate->inside;
    record(relay, JOURNAL_STATEMENT, event, false);
    gate_look(gate, event->shape);
    hold_statement(gate->hold, relay->number, event->shape, gate->now);
}

static void leave(struct relay *relay, const struct framer_event *event)
{
    struct shape_counts *counts = &relay->gate->counts[event->shape];
    relay->inside--;
    relay->gate->inside--;
    counts->now -= counts->now > 0;
}

static void begun(struct relay *relay, const struct framer_event *event)
{
    struct gate *gate = relay->gate;
    bool held = hold_answer_begun(gate->hold, relay->number, event->shape, gate->now);
    if (held)
        relay->cut = event->begin;
    record(relay, JOURNAL_ANSWER_BEGUN, event, held);
}

static void ended(struct relay *relay, const struct framer_event *event)
{
    struct gate *gate = relay->gate;
    struct shape_counts *counts = &gate->counts[event->shape];
    ns_t took = gate->now - relay->asked[event->statement % RELAY_ASKED];
    leave(relay, event);
    counts->time += took;
    counts->failed += event->failed;
    if (took > counts->longest)
        counts->longest = took;
    record(relay, JOURNAL_ANSWER_ENDED, event, false);
    hold_answer_ended(gate->hold, relay->number, event->shape, event->failed, gate->now);
}

static void unanswered(struct relay *relay, const struct framer_event *event)
{
    leave(relay, event);
    relay->gate->counts[event->shape].unanswered++;
    record(relay, JOURNAL_UNANSWERED, event, false);
    hold_unanswered(relay->gate->hold, relay->number, event->shape, relay->gate->now);
}

static void edit(struct relay *relay, const struct framer_event *event)
{
    bool reply = event->kind != FRAMER_EDIT;
    enum framer_side side = reply ? (enum framer_side) !event->side : event->side;
    uint64_t begin = reply ? relay->came[side] : event->begin;
    if (!outlet_edit(&relay->outlets[side], begin, reply ? begin : event->end, event->text,
                     event->length))
        relay->ending = true;
    if (event->kind == FRAMER_REFUSE) {
        relay->ending = true;
        gate_note(relay->gate, "refused", event->reason);
    }
}

/* The connection that a CancelRequest is about answers its client. */
static void cancel(struct gate *gate, uint64_t key)
{
    for (unsigned i = 0; i < gate->relays_room; i++) {
        if (gate->relays[i] && gate->relays[i]->key == key)
            hold_cancel(gate->hold, i, gate->now);
    }
}

static void blind(struct relay *relay, const struct framer_event *event)
{
    gate_note(relay->gate, "blind", event->reason);
    record(relay, JOURNAL_BLIND, event, false);
    relay_uncount(relay);
    hold_forget(relay->gate->hold, relay->number, relay->gate->now);
}

void relay_uncount(struct relay *relay)
{
    relay->gate->inside -= relay->inside;
    relay->inside = 0;
}

void relay_event(void *context, const struct framer_event *event)
{
    struct relay *relay = context;
    switch (event->kind) {
    case FRAMER_STATEMENT:
        return statement(relay, event);
    case FRAMER_ANSWER_BEGUN:
        return begun(relay, event);
    case FRAMER_ANSWER_ENDED:
        return ended(relay, event);
    case FRAMER_UNANSWERED:
        return unanswered(relay, event);
    case FRAMER_EDIT:
    case FRAMER_REPLY:
    case FRAMER_REFUSE:
        return edit(relay, event);
    case FRAMER_TLS:
        if (!relay_secure(relay, event->text, event->length))
            relay->ending = true;
        return;
    case FRAMER_KEY:
        relay->key = event->number;
        return;
    case FRAMER_CANCEL:
        return cancel(relay->gate, event->number);
    case FRAMER_BLIND:
        return blind(relay, event);
    case FRAMER_AROUND:
        gate_note(relay->gate, "around", event->reason);
        return record(relay, JOURNAL_AROUND, event, false);
    case FRAMER_LEFT:
        return gate_left(relay->gate, relay->door, event->reason);
    case FRAMER_PLAIN:
        return gate_came(relay->gate, relay->door);
    case FRAMER_READY:
        return;
    }
}
