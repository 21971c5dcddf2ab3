#include "load/gate/opening.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "load/gate/staging.h"

static int compare(const void *a, const void *b)
{
    ns_t x = *(const ns_t *)a, y = *(const ns_t *)b;
    return (x > y) - (x < y);
}

struct spans {
    ns_t *v;
    size_t count;
};

/* The nearest rank, as in base/hist; 0 of none. */
static ns_t quantile(const struct spans *spans, size_t percent)
{
    return spans->count ? spans->v[(spans->count * percent + 99) / 100 - 1] : 0;
}

static void tell(struct spans *spans, ns_t *ret_p50, ns_t *ret_p99, ns_t *ret_max)
{
    qsort(spans->v, spans->count, sizeof *spans->v, compare);
    *ret_p50 = quantile(spans, 50);
    *ret_p99 = quantile(spans, 99);
    *ret_max = quantile(spans, 100);
}

static void sum_up(const struct member *member, struct load_connects *sum)
{
    sum->opened += member->opened != 0;
    sum->delayed += member->opened && member->syns;
    sum->syns_again += member->syns;
    sum->sent_again += member->all > member->syns ? member->all - member->syns : 0;
}

/* From their connect until they stood, and from there until TLS was done and the request left. */
static void add_spans(const struct worker *worker, struct spans *opening, struct spans *greeting,
                      struct load_connects *sum)
{
    const struct staging *staging = worker->staging;
    for (size_t i = 0; i < staging->held_count; i++) {
        const struct member *member = &staging->crowd.v[i];
        ns_t sent = worker->transport->exchanges[worker->transport->connections[i].first].sent;
        sum_up(member, sum);
        if (member->opened)
            opening->v[opening->count++] = member->opened - staging->held[i].records->released;
        if (member->opened && sent)
            greeting->v[greeting->count++] = sent - member->opened;
    }
}

static void count_ends(const struct request *records, size_t count, struct load_connects *sum)
{
    for (size_t i = 0; i < count; i++) {
        sum->refused += records[i].cause == CAUSE_REFUSED;
        sum->resets += records[i].cause == CAUSE_RESET;
    }
    sum->unanswered = sum->made - sum->opened - sum->refused;
}

int opening_tally(const struct pool *pool, const struct request *records, size_t count,
                  struct load_connects *ret_connects, struct err *err)
{
    _cleanup_free_ ns_t *rooms = calloc(2 * count + 1, sizeof *rooms);
    struct load_connects *sum = ret_connects;
    struct spans opening = {.v = rooms}, greeting = {.v = rooms + count};
    if (!rooms)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < pool->count; i++) {
        sum->made += (int64_t)pool->workers[i].staging->held_count;
        add_spans(&pool->workers[i], &opening, &greeting, sum);
    }
    count_ends(records, count, sum);
    tell(&opening, &sum->open_p50, &sum->open_p99, &sum->open_max);
    if (pool->workers[0].carrier.setup->message->tls)
        tell(&greeting, &sum->tls_p50, &sum->tls_p99, &sum->tls_max);
    return 0;
}
