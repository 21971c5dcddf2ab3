#include "verify/owners_inside.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"

/* ---- who was in flight ---- */

static int compare_askers(const void *left, const void *right)
{
    const struct asker *a = left, *b = right;
    if (a->user != b->user)
        return a->user < b->user ? -1 : 1;
    return (a->request > b->request) - (a->request < b->request);
}

static size_t first_asker(const struct desk *desk, int64_t user)
{
    return order_find(desk->askers, desk->askers_count, sizeof *desk->askers,
                      offsetof(struct asker, user), user);
}

size_t askers_of(const struct desk *desk, int64_t user, size_t *ret_high)
{
    size_t low = first_asker(desk, user), high = low;
    while (high < desk->askers_count && desk->askers[high].user == user)
        high++;
    *ret_high = high;
    return low;
}

uint32_t askers_request(const struct desk *desk, int64_t user, ns_t at)
{
    size_t high, low = askers_of(desk, user, &high);
    uint32_t late = TRACE_NOBODY;
    for (size_t i = low; i < high; i++) {
        uint32_t request = desk->askers[i].request;
        if (in_flight(desk->history, &desk->history->v[request], at))
            return request;
        if (late == TRACE_NOBODY && may_show(desk->history, &desk->history->v[request], at))
            late = request;
    }
    return late;
}

/* ---- shared ---- */

static bool same_span(const struct trace_statement *before, const struct trace_statement *after)
{
    return before->connection == after->connection && before->flags & TRACE_INSIDE &&
           after->flags & TRACE_INSIDE && before->number + 1 == after->number;
}

void owners_share(struct desk *desk, enum owner_how known, enum owner_how becomes)
{
    const struct trace *trace = desk->trace;
    for (size_t from = 0, to; from < trace->count; from = to) {
        struct owner owner = {TRACE_NOBODY, OWNER_NONE};
        to = from;
        do {
            const struct owner *one = &desk->owners[desk->links[to].statement];
            owner = one->how == known ? *one : owner;
            to++;
        } while (to < trace->count && same_span(&trace->v[desk->links[to - 1].statement],
                                                &trace->v[desk->links[to].statement]));
        for (size_t i = from; i < to && owner.how; i++)
            if (!desk->owners[desk->links[i].statement].how)
                desk->owners[desk->links[i].statement] =
                    (struct owner){owner.request, (uint8_t)becomes};
    }
}

/* ---- all of it ---- */

static int compare_links(const void *left, const void *right)
{
    const struct link_place *a = left, *b = right;
    if (a->connection != b->connection)
        return a->connection < b->connection ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void list(struct desk *desk)
{
    const struct history *history = desk->history;
    for (size_t i = 0; i < history->count; i++)
        if (history->v[i].released)
            desk->askers[desk->askers_count++] = (struct asker){history->v[i].user, (uint32_t)i};
    qsort(desk->askers, desk->askers_count, sizeof *desk->askers, compare_askers);
    for (size_t k = 0; k < desk->trace->count; k++) {
        const struct trace_statement *statement = &desk->trace->v[k];
        desk->links[k] = (struct link_place){statement->connection, statement->number, k};
        desk->owners[k] = (struct owner){TRACE_NOBODY, OWNER_NONE};
    }
    qsort(desk->links, desk->trace->count, sizeof *desk->links, compare_links);
}

int owners_find(const struct history *history, struct trace *trace, struct err *err)
{
    _cleanup_free_ struct asker *askers = calloc(history->count + 1, sizeof *askers);
    _cleanup_free_ struct owner *owners = calloc(trace->count + 1, sizeof *owners);
    _cleanup_free_ struct link_place *links = calloc(trace->count + 1, sizeof *links);
    struct desk desk = {history, trace, owners, askers, 0, links};
    if (!askers || !owners || !links)
        return err_set(err, ERR_MEMORY, "no memory for %zu statements", trace->count);
    list(&desk);
    int rc = mentions_see(&desk, err);
    if (!rc) {
        owners_share(&desk, OWNER_SEEN, OWNER_SHARED);
        rc = guess_owners(&desk, err);
    }
    for (size_t k = 0; !rc && k < trace->count; k++) {
        trace->v[k].request = owners[k].request;
        trace->v[k].how = owners[k].how;
    }
    return rc;
}
