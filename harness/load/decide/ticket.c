#include "load/decide/ticket.h"

#include <stdlib.h>

struct ticket *ticket_new(struct request *asked)
{
    struct ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket) {
        ticket->asked = asked;
        ticket->own = *asked;
    }
    return ticket;
}

void ticket_free(struct ticket *ticket)
{
    for (int i = 0; i < CAPTURES_MAX; i++)
        free(ticket->captured[i]);
    free(ticket);
}

int ticket_queue_reserve(struct ticket_queue *queue, size_t room)
{
    if (room <= queue->room)
        return 0;
    struct ticket **v = realloc(queue->v, 2 * room * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    queue->v = v;
    queue->room = 2 * room;
    return 0;
}

static void put(struct ticket_queue *queue, size_t at, struct ticket *ticket)
{
    queue->v[at] = ticket;
    ticket->queued = at + 1;
}

static void swap(struct ticket_queue *queue, size_t a, size_t b)
{
    struct ticket *ticket = queue->v[a];
    put(queue, a, queue->v[b]);
    put(queue, b, ticket);
}

/* A binary heap: nobody is due before the one above it. */
static void rise(struct ticket_queue *queue, size_t at)
{
    while (at && queue->v[(at - 1) / 2]->due > queue->v[at]->due) {
        swap(queue, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct ticket_queue *queue, size_t at)
{
    for (size_t below; (below = 2 * at + 1) < queue->count; at = below) {
        if (below + 1 < queue->count && queue->v[below + 1]->due < queue->v[below]->due)
            below++;
        if (queue->v[at]->due <= queue->v[below]->due)
            return;
        swap(queue, at, below);
    }
}

void ticket_queue_add(struct ticket_queue *queue, struct ticket *ticket)
{
    put(queue, queue->count++, ticket);
    rise(queue, queue->count - 1);
}

struct ticket *ticket_queue_first(const struct ticket_queue *queue)
{
    return queue->count ? queue->v[0] : NULL;
}

void ticket_queue_drop(struct ticket_queue *queue, struct ticket *ticket)
{
    if (!ticket->queued)
        return;
    size_t at = ticket->queued - 1;
    struct ticket *last = queue->v[--queue->count];
    ticket->queued = 0;
    if (last == ticket)
        return;
    put(queue, at, last);
    rise(queue, at);
    sink(queue, last->queued - 1);
}
