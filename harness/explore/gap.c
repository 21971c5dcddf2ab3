#include "explore/gap.h"

#include <string.h>
#include <strings.h>

#include "explore/lock.h"

/* A statement that is this long at a store while an answer is held waits for somebody there. */
#define WAITING (5 * NS_PER_MS)

static const char *const state_names[GAP_STATES] = {
    "not_reached", "one_connection", "one_at_a_time", "locked", "serialised", "open"};
static const char *const state_words[GAP_STATES] = {"not reached",
                                                    "not holdable: one connection",
                                                    "one at a time in the service",
                                                    "one at a time by a lock in the store",
                                                    "serialised by the store",
                                                    "open"};

const char *gap_state_name(enum gap_state state)
{
    return state < GAP_STATES ? state_names[state] : "?";
}

const char *gap_state_words(enum gap_state state)
{
    return state < GAP_STATES ? state_words[state] : "?";
}

const char *gap_words(const struct gap *gap)
{
    return gap->state == GAP_NOT_REACHED && gap->inside >= 2
               ? "not reached with more inside than places were left"
               : gap_state_words(gap->state);
}

/* ---- the serial trace ---- */

/* What begins a transaction says nothing, and nothing is decided by it. */
static bool begins_transaction(const struct trace *trace, const struct trace_statement *traced)
{
    const char *text = trace->shapes[traced->shape].text;
    return traced->what == TRACE_TXN &&
           (!strncasecmp(text, "BEGIN", 5) || !strncasecmp(text, "START", 5));
}

bool gap_is_step(const struct trace *trace, const struct trace_statement *traced)
{
    return (traced->what == TRACE_READ || traced->what == TRACE_WRITE ||
            traced->what == TRACE_TXN) &&
           !begins_transaction(trace, traced) && !(traced->flags & TRACE_VOID);
}

/* The next step of the same process before `end`, after the one at `from`; count: there is none. */
static size_t next_step(const struct trace *trace, size_t from, ns_t end)
{
    const char *process = trace->doors[trace->v[from].store].process;
    for (size_t i = from + 1; i < trace->count && trace->v[i].asked < end; i++)
        if (gap_is_step(trace, &trace->v[i]) &&
            !strcmp(trace->doors[trace->v[i].store].process, process))
            return i;
    return trace->count;
}

bool gap_is_yes(const struct request *request)
{
    return request->cls == CLASS_ACCEPTED || request->cls == CLASS_UNKNOWN;
}

bool gap_is_habit(int64_t seen, int64_t requests)
{
    int64_t quarter = requests / 4;
    return seen >= (requests < 3 ? 1 : quarter > 2 ? quarter : 2);
}

/* How often a pair was met, by requests. */
struct pair {
    struct gap gap;
    int64_t yes, no;
    size_t last; /* the last request that had it, from 1 */
};

struct pairs {
    struct pair v[4 * GAPS_MAX];
    unsigned count, dropped;
};

bool gap_same_way(const struct trace *trace, uint8_t a, uint8_t b)
{
    const struct trace_door *x = &trace->doors[a], *y = &trace->doors[b];
    size_t length = strcspn(x->process, ".");
    return !strcmp(x->store, y->store) && length == strcspn(y->process, ".") &&
           !strncmp(x->process, y->process, length);
}

static struct pair *pair_of(const struct trace *trace, struct pairs *pairs,
                            const struct trace_statement *first,
                            const struct trace_statement *second)
{
    for (unsigned i = 0; i < pairs->count; i++) {
        const struct gap *gap = &pairs->v[i].gap;
        if (gap->first == first->shape && gap->second == second->shape &&
            gap_same_way(trace, gap->first_door, first->store) &&
            gap_same_way(trace, gap->second_door, second->store))
            return &pairs->v[i];
    }
    if (pairs->count == sizeof pairs->v / sizeof *pairs->v) {
        pairs->dropped++;
        return NULL;
    }
    struct pair *pair = &pairs->v[pairs->count++];
    *pair = (struct pair){.gap = {.first = first->shape,
                                  .second = second->shape,
                                  .first_door = first->store,
                                  .second_door = second->store}};
    return pair;
}

/* The statements of one request: those between its release and the next one's, as what it set going
 * may go on behind its answer. */
static void read_request(const struct trace *trace, const struct request *request, ns_t end,
                         size_t number, struct pairs *pairs, struct gaps *gaps)
{
    for (size_t i = 0; i < trace->count && trace->v[i].asked < end; i++) {
        const struct trace_statement *first = &trace->v[i];
        if (first->asked < request->released || !gap_is_step(trace, first))
            continue;
        gaps->statements++;
        size_t next = next_step(trace, i, end);
        if (next == trace->count)
            continue;
        const struct trace_statement *second = &trace->v[next];
        /* Sent before the answer was there: nothing lies between. */
        if (!first->let_go || second->asked < first->let_go)
            continue;
        struct pair *pair = pair_of(trace, pairs, first, second);
        if (!pair || pair->last == number)
            continue;
        pair->last = number;
        pair->yes += gap_is_yes(request);
        pair->no += request->cls == CLASS_REJECTED;
    }
}

void gaps_find(const struct trace *trace, const struct history *history, struct gaps *ret_gaps)
{
    static const ns_t forever = INT64_MAX;
    struct pairs pairs = {.count = 0};
    int64_t yes = 0, no = 0;
    *ret_gaps = (struct gaps){.count = 0};
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        ns_t end = i + 1 < history->count ? history->v[i + 1].released : forever;
        yes += gap_is_yes(request);
        no += request->cls == CLASS_REJECTED;
        read_request(trace, request, end, i + 1, &pairs, ret_gaps);
    }
    ret_gaps->dropped = pairs.dropped;
    for (unsigned i = 0; i < pairs.count; i++) {
        struct pair *pair = &pairs.v[i];
        pair->gap.on_yes = gap_is_habit(pair->yes, yes);
        pair->gap.on_no = gap_is_habit(pair->no, no);
        if (!pair->gap.on_yes && !pair->gap.on_no)
            continue;
        if (ret_gaps->count < GAPS_MAX)
            ret_gaps->v[ret_gaps->count++] = pair->gap;
        else
            ret_gaps->dropped++;
    }
}

/* ---- a round that held answers ---- */

/* One answer that was held alone: since when and until when. */
struct alone {
    const struct trace_statement *held; /* NULL: the trace does not show which */
    ns_t from, since, until;            /* from: of the burst */
};

static struct alone find_alone(const struct trace *trace, ns_t from, ns_t until)
{
    struct alone alone = {NULL, from, from, until};
    for (size_t i = 0; i < trace->count && trace->v[i].asked < until; i++) {
        const struct trace_statement *traced = &trace->v[i];
        if (traced->flags & TRACE_HELD && traced->let_go == until && traced->answered)
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

static enum gap_state look_alone(const struct trace *trace, ns_t from, ns_t until)
{
    const struct alone alone = find_alone(trace, from, until);
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

static struct gap_round look(const struct trace *trace, ns_t from, const struct gap *gap,
                             const struct gap_edge *edge)
{
    struct gap_round round = {GAP_NOT_REACHED, 0};
    for (size_t i = 0; i < trace->groups_count; i++) {
        const struct trace_group *group = &trace->groups[i];
        int64_t inside = (int64_t)group->held + group->behind;
        if (group->at < from || !inside)
            continue;
        enum gap_state state = shows(gap, edge, inside, group->at) ? GAP_OPEN
                               : inside >= 2                       ? GAP_NOT_REACHED
                                             : look_alone(trace, from, group->at);
        if (state > round.state)
            round.state = state;
        if (inside > round.inside)
            round.inside = inside;
    }
    return round;
}

struct gap_round gap_look(const struct trace *trace, ns_t from)
{
    return look(trace, from, NULL, NULL);
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
