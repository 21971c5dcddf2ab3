#include "proxy/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "proxy/relay.h"

#define EVENTS_MAX 64

static void let_go(void *context, unsigned connection)
{
    struct gate *gate = context;
    relay_let_go(gate->relays[connection]);
}

struct gate *loop_open(const uint8_t key[16])
{
    return gate_open(key, let_go);
}

static void free_ended(struct gate *gate)
{
    while (gate->ended) {
        struct relay *relay = gate->ended;
        gate->ended = relay->next_ended;
        free(relay);
    }
}

void loop_close(struct gate *gate)
{
    if (!gate)
        return;
    hold_begin(gate->hold, NULL, gate->now);
    for (unsigned i = 0; i < gate->relays_room; i++)
        relay_close(gate->relays[i]);
    free_ended(gate);
    gate_close(gate);
}

static int wait_ms(const struct gate *gate)
{
    ns_t next = hold_next(gate->hold), now = next ? clock_now() : 0;
    if (!next)
        return -1;
    return next <= now ? 0 : (int)((next - now + NS_PER_MS - 1) / NS_PER_MS);
}

static void flush(struct gate *gate)
{
    while (gate->due) {
        struct relay *relay = gate->due;
        gate->due = relay->next_due;
        relay_flush(relay);
    }
}

void loop_serve(struct gate *gate, const bool *stop)
{
    struct epoll_event events[EVENTS_MAX];
    while (!*stop) {
        int count = epoll_wait(gate->epoll, events, EVENTS_MAX, wait_ms(gate));
        if (count < 0 && errno != EINTR)
            return;
        gate->now = clock_now();
        for (int i = 0; i < count; i++) {
            struct watcher *watcher = events[i].data.ptr;
            watcher->ready(watcher, events[i].events);
        }
        hold_tick(gate->hold, gate->now);
        flush(gate);
        free_ended(gate);
    }
}
