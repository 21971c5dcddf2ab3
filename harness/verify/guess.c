/* Whose statements are that show nobody: by connection, then by time. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/owners_inside.h"

static bool guessable(const struct trace *trace, size_t k)
{
    uint8_t what = trace->v[k].what;
    return what == TRACE_READ || what == TRACE_WRITE || what == TRACE_TXN;
}

static bool can_be(const struct desk *desk, size_t k, uint32_t request)
{
    return !desk->owners[k].how && request != TRACE_NOBODY &&
           in_flight(desk->history, &desk->history->v[request], desk->trace->v[k].asked);
}

/* ---- by connection ---- */

/* Does a request keep a connection for itself? Then whoever shows himself on one has, nearly
 * always, something nobody owns directly before it. A pool that takes any connection for each
 * statement gives itself away by what has nothing before it. */
static bool keeps_links(const struct desk *desk)
{
    const struct trace *trace = desk->trace;
    size_t heads = 0, followers = 0;
    for (size_t i = 0; i < trace->count; i++) {
        size_t k = desk->links[i].statement, before = i ? desk->links[i - 1].statement : k;
        bool first = !i || trace->v[before].connection != trace->v[k].connection;
        if (!desk->owners[k].how ||
            (!first && desk->owners[before].request == desk->owners[k].request))
            continue;
        heads++;
        followers +=
            !first && guessable(trace, before) && can_be(desk, before, desk->owners[k].request);
    }
    return followers * 10 > heads * 9;
}

enum { ASKED_MAX = 8 };

/* The shapes that a request has asked already, from a place on. */
struct asked_shapes {
    uint16_t v[ASKED_MAX];
    unsigned count;
};

static bool asked_twice(const struct asked_shapes *asked, uint16_t shape)
{
    for (unsigned i = 0; i < asked->count; i++)
        if (asked->v[i] == shape)
            return true;
    return asked->count == ASKED_MAX;
}

/* What comes on a connection before a statement that shows a user is his too, back to the first
 * shape that he would have asked twice. */
static void guess_by_link(struct desk *desk)
{
    const struct trace *trace = desk->trace;
    struct asked_shapes asked = {.count = 0};
    uint32_t request = TRACE_NOBODY, connection = 0;
    for (size_t i = trace->count; i-- > 0;) {
        size_t k = desk->links[i].statement;
        uint16_t shape = trace->v[k].shape;
        bool owned = desk->owners[k].how;
        if (trace->v[k].connection != connection || (owned && desk->owners[k].request != request)) {
            connection = trace->v[k].connection;
            request = desk->owners[k].request;
            asked.count = 0;
        }
        if (!owned && asked_twice(&asked, shape))
            request = TRACE_NOBODY;
        if (guessable(trace, k) && can_be(desk, k, request))
            desk->owners[k] = (struct owner){request, OWNER_GUESSED};
        if (asked.count < ASKED_MAX)
            asked.v[asked.count++] = shape;
    }
}

/* ---- by time ---- */

/* A request that owns no statement of a shape yet. Between what it showed before and after such a
 * statement there is the place for one. */
struct claim {
    uint32_t request;
    bool has;            /* it owns one */
    ns_t after, before;  /* let go and asked, of what it showed before and after; 0: nothing */
    ns_t released, told; /* told: when its user was; INT64_MAX: never */
};

static ns_t let_go(const struct trace_statement *statement)
{
    return statement->let_go > statement->answered ? statement->let_go : statement->answered;
}

/* Requests claim one statement each, in the order in which they showed themselves: the earliest
 * that nobody owns and that was asked and answered between what they showed. */
static void claim_statements(struct desk *desk, const struct claim *claims, size_t count,
                             uint16_t shape)
{
    const struct trace *trace = desk->trace;
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        ns_t from = claims[i].after ? claims[i].after : claims[i].before ? 0 : claims[i].released;
        while (next < trace->count && (trace->v[next].shape != shape || desk->owners[next].how ||
                                       trace->v[next].asked < from))
            next++;
        if (next == trace->count)
            return;
        ns_t done = let_go(&trace->v[next]);
        bool late = claims[i].before && (!done || done > claims[i].before);
        if (can_be(desk, next, claims[i].request) && !late)
            desk->owners[next] = (struct owner){claims[i].request, OWNER_GUESSED};
    }
}

/* Those who showed nothing come last, by their release; of those released together, who was told
 * first has asked by then (earliest deadline first: Jackson, 1955). */
static int compare_claims(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    ns_t x = a->after ? a->after : a->before, y = b->after ? b->after : b->before;
    if (!x != !y)
        return x ? -1 : 1;
    const int64_t before[] = {x, x ? 0 : a->released, x ? 0 : a->told, a->request};
    const int64_t behind[] = {y, y ? 0 : b->released, y ? 0 : b->told, b->request};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (before[i] != behind[i])
            return before[i] < behind[i] ? -1 : 1;
    return 0;
}

static struct claim claim_of(const struct history *history, size_t request)
{
    const struct request *one = &history->v[request];
    ns_t told = told_at(history, one);
    return (struct claim){.request = (uint32_t)request,
                          .has = !one->released,
                          .released = one->released,
                          .told = told ? told : INT64_MAX};
}

/* first: when each shape was first asked, which tells the order of two. */
static size_t list_claims(const struct desk *desk, uint16_t shape, const ns_t *first,
                          struct claim *claims)
{
    const struct trace *trace = desk->trace;
    for (size_t i = 0; i < desk->history->count; i++)
        claims[i] = claim_of(desk->history, i);
    for (size_t k = 0; k < trace->count; k++) {
        const struct trace_statement *one = &trace->v[k];
        if (!desk->owners[k].how)
            continue;
        struct claim *claim = &claims[desk->owners[k].request];
        bool shown = desk->owners[k].how >= OWNER_SHARED;
        claim->has |= one->shape == shape;
        if (shown && first[one->shape] < first[shape])
            claim->after = let_go(one);
        else if (shown && !claim->before)
            claim->before = one->asked;
    }
    size_t count = 0;
    for (size_t i = 0; i < desk->history->count; i++)
        if (!claims[i].has)
            claims[count++] = claims[i];
    qsort(claims, count, sizeof *claims, compare_claims);
    return count;
}

int guess_owners(struct desk *desk, struct err *err)
{
    const struct trace *trace = desk->trace;
    size_t room = desk->history->count + 1;
    _cleanup_free_ struct claim *claims = calloc(room, sizeof *claims);
    _cleanup_free_ bool *tried = calloc(trace->shapes_count + 1, sizeof *tried);
    _cleanup_free_ ns_t *first = calloc(trace->shapes_count + 1, sizeof *first);
    if (!claims || !tried || !first)
        return err_set(err, ERR_MEMORY, "no memory for %zu requests", room);
    if (keeps_links(desk))
        guess_by_link(desk);
    for (size_t k = trace->count; k-- > 0;)
        first[trace->v[k].shape] = trace->v[k].asked;
    for (size_t k = 0; k < trace->count; k++) {
        uint16_t shape = trace->v[k].shape;
        if (desk->owners[k].how || tried[shape] || !guessable(trace, k))
            continue;
        tried[shape] = true;
        size_t count = list_claims(desk, shape, first, claims);
        claim_statements(desk, claims, count, shape);
        owners_share(desk, OWNER_GUESSED, OWNER_GUESSED);
    }
    return 0;
}
