/* What a round that held answers came to for a gap. */
#include <string.h>

#include "explore/gap.h"
#include "explore/lock.h"
#include "explore/outcome.h"

/* A statement that is this long at a store while an answer is held waits for somebody there. */
#define WAITING (5 * NS_PER_MS)

/* A statement that only looks keeps nobody out, whatever it tells. */
static bool leads_on(const struct trace *trace, const struct gap *gap,
                     const struct trace_statement *traced)
{
    bool decides = traced->what == TRACE_WRITE || lock_is_asked(trace->shapes[traced->shape].text);
    return !gap->leads || !decides || gap->leads & outcome_of(traced);
}

/* One answer that was held alone: since when and until when. */
struct alone {
    const struct trace_statement *held; /* NULL: the trace does not show which */
    ns_t from, since, until;            /* from: of the burst */
};

static struct alone find_alone(const struct trace *trace, const struct gap *gap, ns_t from,
                               ns_t until)
{
    struct alone alone = {NULL, from, from, until};
    for (size_t i = 0; i < trace->count && trace->v[i].asked < until; i++) {
        const struct trace_statement *traced = &trace->v[i];
        if (traced->flags & TRACE_HELD && traced->let_go == until && traced->answered &&
            leads_on(trace, gap, traced))
            alone.held = traced;
    }
    if (alone.held && alone.held->answered > from)
        alone.since = alone.held->answered;
    return alone;
}

/* Workers wait for work; who waits for a lock is in the way of a request. */
static bool may_wait(const struct trace *trace, const struct trace_statement *traced)
{
    return traced->what == TRACE_READ || traced->what == TRACE_WRITE || traced->what == TRACE_TXN ||
           (traced->what == TRACE_BLOCKING && lock_is_asked(trace->shapes[traced->shape].text));
}

/* Did it wait there until the answer was let go, or until it was told that it had waited too long?
 */
static bool waited(const struct trace_statement *traced, const struct alone *alone)
{
    bool given_up = traced->flags & TRACE_FAILED && traced->answered >= alone->since + WAITING &&
                    traced->answered >= traced->asked + WAITING;
    return traced->asked + WAITING <= alone->until &&
           (!traced->answered || traced->answered > alone->until || given_up);
}

/* Was somebody else's statement at a store, unanswered, while this answer was held? */
static bool others_wait(const struct trace *trace, const struct alone *alone)
{
    for (size_t i = 0; i < trace->count && trace->v[i].asked < alone->until; i++) {
        const struct trace_statement *traced = &trace->v[i];
        if (traced != alone->held && traced->asked >= alone->from && may_wait(trace, traced) &&
            !(traced->flags & TRACE_VOID) && waited(traced, alone))
            return true;
    }
    return false;
}

static bool same_outcome(const struct trace_statement *a, const struct trace_statement *b)
{
    return (a->flags & TRACE_FAILED) == (b->flags & TRACE_FAILED) &&
           trace_values_equal(&a->answer, &b->answer) && !strcmp(a->tag, b->tag);
}

/* Are there some who were told something else by the same statement: one yes, the others no? */
static bool differs(const struct trace *trace, const struct trace_statement *traced,
                    const struct alone *alone)
{
    for (size_t i = 0; i < trace->count && trace->v[i].asked < alone->until; i++) {
        const struct trace_statement *other = &trace->v[i];
        if (other->shape == traced->shape && other->asked >= alone->from && other->answered &&
            !same_outcome(other, traced))
            return true;
    }
    return false;
}

/* Did others ask for a lock meanwhile, and not get it? They ask again and again, and wait nowhere.
 */
static bool others_refused(const struct trace *trace, const struct alone *alone)
{
    for (size_t i = 0; i < trace->count && trace->v[i].asked < alone->until; i++) {
        const struct trace_statement *traced = &trace->v[i];
        bool asks = traced != alone->held && traced->asked >= alone->since && traced->answered &&
                    lock_is_asked(trace->shapes[traced->shape].text);
        if (asks && differs(trace, traced, alone))
            return true;
    }
    return false;
}

static enum gap_state look_alone(const struct trace *trace, const struct gap *gap, ns_t from,
                                 ns_t until)
{
    const struct alone alone = find_alone(trace, gap, from, until);
    return others_wait(trace, &alone)      ? GAP_SERIALISED
           : others_refused(trace, &alone) ? GAP_LOCKED
                                           : GAP_ONE_AT_A_TIME;
}

static bool several_connections(const struct trace *trace, uint16_t shape, ns_t from)
{
    uint32_t connection = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_statement *traced = &trace->v[i];
        if (traced->shape != shape || traced->asked < from)
            continue;
        if (connection && traced->connection != connection)
            return true;
        connection = traced->connection;
    }
    return false;
}

/* Of these places, those that nobody had been told that he has by then. */
static int64_t places_at(const struct gap_edge *edge, ns_t at)
{
    int64_t left = edge->left;
    for (size_t i = 0; i < edge->history->count; i++) {
        const struct request *request = &edge->history->v[i];
        ns_t told = history_decided(edge->history, request);
        left -=
            request->cls == CLASS_ACCEPTED && request->released >= edge->from && told && told < at;
    }
    return left;
}

/* Would a race of so many have shown? */
static bool shows(const struct gap *gap, const struct gap_edge *edge, int64_t inside, ns_t at)
{
    if (!edge || edge->copies)
        return inside >= 2;
    if (gap->decided_before)
        return inside >= 2 && edge->crowded;
    int64_t left = places_at(edge, at);
    return inside >= 2 && left >= 1 && inside > left;
}

static bool is_of(const struct trace_group *group, const struct trace_statement *traced)
{
    return traced->flags & TRACE_HELD && traced->let_go == group->at;
}

/* How many second statements came when the group was let go, until somebody else was let through by
 * the first. */
static int64_t went_on(const struct trace *trace, const struct gap *gap,
                       const struct trace_group *group)
{
    ns_t next = INT64_MAX;
    int64_t count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_statement *traced = &trace->v[i];
        if (traced->shape == gap->first && traced->answered > group->at &&
            traced->answered < next && leads_on(trace, gap, traced))
            next = traced->answered;
    }
    for (size_t i = 0; i < trace->count && trace->v[i].asked < next; i++)
        count += trace->v[i].shape == gap->second && trace->v[i].asked >= group->at;
    return count;
}

/* Of a group: those who go on to the second statement, and who are told by the first that they come
 * too late and heed it. */
struct sides {
    int64_t inside, late;
};

static struct sides sides_of(const struct trace *trace, const struct gap *gap,
                             const struct trace_group *group, ns_t from)
{
    int64_t late = 0, held_late = 0;
    for (size_t i = 0; i < trace->count && trace->v[i].asked < group->at; i++) {
        const struct trace_statement *traced = &trace->v[i];
        if (traced->shape != gap->first || leads_on(trace, gap, traced))
            continue;
        held_late += is_of(group, traced);
        late += traced->asked >= from && traced->answered && traced->answered <= group->at;
    }
    int64_t all = (int64_t)group->held + group->behind, inside = all - held_late;
    int64_t seconds = late ? went_on(trace, gap, group) : 0;
    if (seconds > inside)
        return (struct sides){seconds < all ? seconds : all, 0};
    return (struct sides){inside > 0 ? inside : 0, late};
}

static enum gap_state state_of(const struct trace *trace, const struct gap *gap,
                               const struct gap_edge *edge, const struct sides *sides, ns_t from,
                               ns_t at)
{
    if (shows(gap, edge, sides->inside, at))
        return GAP_OPEN;
    if (sides->late)
        return lock_is_asked(trace->shapes[gap->first].text) ? GAP_LOCKED : GAP_SERIALISED;
    return sides->inside >= 2 ? GAP_NOT_REACHED : look_alone(trace, gap, from, at);
}

static struct gap_round look(const struct trace *trace, ns_t from, const struct gap *gap,
                             const struct gap_edge *edge)
{
    struct gap_round round = {GAP_NOT_REACHED, 0};
    for (size_t i = 0; i < trace->groups_count; i++) {
        const struct trace_group *group = &trace->groups[i];
        struct sides sides = {0, 0};
        if (group->at >= from)
            sides = sides_of(trace, gap, group, from);
        if (!sides.inside)
            continue;
        enum gap_state state = state_of(trace, gap, edge, &sides, from, group->at);
        if (state > round.state)
            round.state = state;
        if (sides.inside > round.inside)
            round.inside = sides.inside;
    }
    return round;
}

struct gap_round gap_look(const struct trace *trace, const struct gap *gap, ns_t from)
{
    return look(trace, from, gap, NULL);
}

struct gap_round gap_look_at(const struct trace *trace, const struct gap *gap,
                             const struct gap_edge *edge)
{
    return look(trace, edge->from, gap, edge);
}

/* Behind a mutex the second statement of a request comes right after its first; two of them in a
 * row belong to requests that were both between the statements. */
static bool take_turns(const struct trace *trace, const struct gap *gap, ns_t from)
{
    bool second_before = false;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_statement *statement = &trace->v[i];
        bool first = statement->shape == gap->first && gap->first != gap->second;
        bool second = statement->shape == gap->second;
        if (statement->asked < from || (!first && !second))
            continue;
        if (second && second_before)
            return true;
        second_before = second && gap->first != gap->second;
    }
    return false;
}

/* With one connection there is no telling what else lets in one at a time. One that requests share
 * may have others beside it, that listen or look after it. */
enum gap_state gap_refine(const struct trace *trace, const struct gap *gap, ns_t from,
                          enum gap_state state)
{
    bool one = trace->doors[gap->first_door].open == 1 || take_turns(trace, gap, from);
    return state == GAP_ONE_AT_A_TIME && one && !several_connections(trace, gap->first, from)
               ? GAP_ONE_CONNECTION
               : state;
}
