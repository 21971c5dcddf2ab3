#include "explore/gap.h"

#include <string.h>
#include <strings.h>

#include "explore/outcome.h"

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

/* What begins a transaction says nothing, and nothing is decided by it. */
static bool begins_transaction(const struct trace *trace, const struct trace_statement *traced)
{
    const char *text = trace->shapes[traced->shape].text;
    return traced->what == TRACE_TXN &&
           (!strncasecmp(text, "BEGIN", 5) || !strncasecmp(text, "START", 5));
}

/* A script that the store did not have yet is sent once more, whole. */
static bool asks_for_script(const struct trace_statement *traced)
{
    return traced->flags & TRACE_FAILED && !strcmp(traced->tag, "NOSCRIPT");
}

bool gap_is_step(const struct trace *trace, const struct trace_statement *traced)
{
    return (traced->what == TRACE_READ || traced->what == TRACE_WRITE ||
            traced->what == TRACE_TXN) &&
           !begins_transaction(trace, traced) && !(traced->flags & TRACE_VOID) &&
           !asks_for_script(traced);
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
        if (!pair)
            continue;
        pair->gap.leads |= (uint8_t)outcome_of(first);
        if (pair->last == number)
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
