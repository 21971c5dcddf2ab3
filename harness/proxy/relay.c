#include "proxy/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/relay_events.h"

static bool shakes_hands(const struct relay *relay)
{
    return relay->tls && tls_at(relay->tls) != TLS_ON;
}

static ssize_t take_from(struct relay *relay, enum framer_side side, void *bytes, size_t length)
{
    return relay->tls && side == FRAMER_SERVER ? tls_recv(relay->tls, bytes, length)
                                               : recv(relay->ends[side].fd, bytes, length, 0);
}

static ssize_t send_to(struct relay *relay, enum framer_side side, const void *bytes, size_t length)
{
    return relay->tls && side == FRAMER_SERVER
               ? tls_send(relay->tls, bytes, length)
               : send(relay->ends[side].fd, bytes, length, MSG_NOSIGNAL);
}

static uint64_t limit_of(const struct relay *relay, enum framer_side side)
{
    if (side == FRAMER_CLIENT && shakes_hands(relay))
        return relay->outlets[side].at;
    uint64_t limit = framer_passable(relay->framer, side);
    return side == FRAMER_SERVER && relay->cut < limit ? relay->cut : limit;
}

/* Waits for what can be done: reading while not too much waits on the way to
 * the other end, writing while something may go. */
static void end_update(struct relay *relay, enum framer_side side)
{
    struct relay_end *end = &relay->ends[side];
    const uint8_t *ignored;
    uint32_t events = 0;
    if (!end->eof && outlet_waiting(&relay->outlets[side]) < RELAY_WAITING_MAX)
        events |= EPOLLIN;
    if (outlet_next(&relay->outlets[!side], limit_of(relay, !side), &ignored))
        events |= EPOLLOUT;
    if (side == FRAMER_SERVER && shakes_hands(relay))
        events = tls_at(relay->tls) == TLS_READ ? EPOLLIN : EPOLLOUT;
    if (events != end->events)
        gate_change(relay->gate, end->fd, &end->watcher, events);
    end->events = events;
}

/* Sends what may go of what `side` wrote. false: the connection is lost. */
static bool flush(struct relay *relay, enum framer_side side)
{
    struct outlet *outlet = &relay->outlets[side];
    struct relay_end *to = &relay->ends[!side];
    const uint8_t *bytes;
    size_t count;
    while (!outlet_idle(outlet) &&
           (count = outlet_next(outlet, limit_of(relay, side), &bytes)) > 0) {
        ssize_t sent = send_to(relay, (enum framer_side) !side, bytes, count);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
        outlet_sent(outlet, (size_t)sent);
    }
    if (relay->ends[side].eof && outlet_idle(outlet) && !to->shut) {
        to->shut = true;
        if (relay->tls && side == FRAMER_CLIENT)
            tls_end(relay->tls);
        shutdown(to->fd, SHUT_WR);
    }
    return true;
}

/* false: the connection is lost, or at its end. */
static bool read_from(struct relay *relay, enum framer_side side)
{
    struct relay_end *end = &relay->ends[side];
    uint8_t *scratch = relay->gate->scratch;
    ssize_t got = take_from(relay, side, scratch, GATE_READ);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0) {
        end->eof = true;
        if (side == FRAMER_CLIENT)
            framer_left(relay->framer);
        hold_cancel(relay->gate->hold, relay->number, relay->gate->now);
        return flush(relay, side) && !relay->ends[!side].eof;
    }
    framer_feed(relay->framer, side, scratch, (size_t)got);
    relay->came[side] += (uint64_t)got;
    if (relay->ending) { /* refused: only the answer to it still goes */
        flush(relay, (enum framer_side) !side);
        return false;
    }
    return outlet_add(&relay->outlets[side], scratch, (size_t)got);
}

/* false: the store and the proxy did not come to terms. */
static bool shake_hands(struct relay *relay)
{
    enum tls_step step = tls_step(relay->tls);
    if (step == TLS_LOST && tls_reason(relay->tls))
        gate_note(relay->gate, "refused", tls_reason(relay->tls));
    return step != TLS_LOST;
}

/* What came is sent on when the other events at hand have been served, in the order in which it
 * came: whoever reads at the other ends is woken once for all of it, and not for each. What the
 * hold lets go, the latest first, goes before that. */
static void list(struct relay *relay, bool first)
{
    struct gate *gate = relay->gate;
    if (relay->listed)
        return;
    relay->listed = true;
    relay->next_due = first ? gate->due : NULL;
    if (first || !gate->due) {
        gate->due_last = gate->due ? gate->due_last : relay;
        gate->due = relay;
        return;
    }
    gate->due_last->next_due = relay;
    gate->due_last = relay;
}

static void ready(struct watcher *watcher, uint32_t events)
{
    struct relay_end *end = (struct relay_end *)watcher;
    struct relay *relay = end->relay;
    bool alive = true, lost = events & (EPOLLHUP | EPOLLERR);
    if (relay->closed)
        return;
    if (end->side == FRAMER_SERVER && shakes_hands(relay))
        alive = shake_hands(relay);
    else if (lost || events & EPOLLIN)
        alive = read_from(relay, end->side);
    if (!alive || (end->eof && lost && outlet_idle(&relay->outlets[!end->side])))
        return relay_close(relay);
    list(relay, false);
}

/* All that came has gone, and both ends are read from: the loop waits for what it has to. */
static bool at_rest(const struct relay *relay)
{
    if (shakes_hands(relay))
        return false;
    for (int side = 0; side < 2; side++) {
        const struct relay_end *end = &relay->ends[side];
        if (end->events != EPOLLIN || end->eof || !outlet_idle(&relay->outlets[side]))
            return false;
    }
    return true;
}

void relay_flush(struct relay *relay)
{
    relay->listed = false;
    if (relay->closed)
        return;
    for (int side = 0; side < 2; side++) {
        if (!flush(relay, (enum framer_side)side))
            return relay_close(relay);
    }
    if (!at_rest(relay)) {
        end_update(relay, FRAMER_CLIENT);
        end_update(relay, FRAMER_SERVER);
    }
}

void relay_let_go(struct relay *relay)
{
    relay->cut = UINT64_MAX;
    relay_record(relay, JOURNAL_LET_GO);
    list(relay, true);
}

/* A free slot, with its number. */
static bool slot_take(struct gate *gate, struct relay *relay)
{
    for (unsigned i = 0; i < gate->relays_room; i++) {
        if (!gate->relays[i]) {
            gate->relays[relay->number = i] = relay;
            return true;
        }
    }
    unsigned room = gate->relays_room ? 2 * gate->relays_room : 64;
    struct relay **relays =
        room <= HOLD_CONNECTIONS_MAX ? realloc(gate->relays, room * sizeof(struct relay *)) : NULL;
    if (!relays)
        return false;
    for (unsigned i = gate->relays_room; i < room; i++)
        relays[i] = NULL;
    relay->number = gate->relays_room;
    relays[relay->number] = relay;
    gate->relays = relays;
    gate->relays_room = room;
    return true;
}

bool relay_secure(struct relay *relay, const void *prelude, size_t length)
{
    const struct framer_ops *ops = relay->ops;
    relay->tls = tls_open(relay->trust, relay->ends[FRAMER_SERVER].fd, prelude, length,
                          ops->tls == FRAMER_TLS_ASKED);
    return relay->tls != NULL;
}

static bool start(struct relay *relay)
{
    struct gate *gate = relay->gate;
    const struct framer_ops *ops = relay->ops;
    const struct framer_config config = {gate->shapes, &gate->rules, relay_event, relay,
                                         relay->trust != NULL};
    relay->framer = framer_open(ops, &config);
    if (!relay->framer || !slot_take(gate, relay))
        return false;
    if (relay->trust && ops->tls != FRAMER_TLS_LATER &&
        !relay_secure(relay, ops->tls_request, ops->tls_request_length))
        return false;
    if (relay->tls)
        relay->ends[FRAMER_SERVER].events = EPOLLOUT;
    for (int side = 0; side < 2; side++) {
        struct relay_end *end = &relay->ends[side];
        if (!gate_watch(gate, end->fd, &end->watcher, end->events))
            return false;
    }
    return true;
}

bool relay_open(struct gate *gate, const struct framer_ops *ops, const struct tls_trust *trust,
                uint8_t door, int client, int server)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (!relay) {
        close(client);
        close(server);
        return false;
    }
    relay->gate = gate;
    relay->cut = UINT64_MAX;
    relay->ops = ops;
    relay->trust = trust;
    relay->door = door;
    relay->number = UINT32_MAX;
    for (int side = 0; side < 2; side++)
        relay->ends[side] = (struct relay_end){.watcher = {ready},
                                               .relay = relay,
                                               .fd = side == FRAMER_CLIENT ? client : server,
                                               .side = (enum framer_side)side,
                                               .events = EPOLLIN};
    relay->serial = (uint32_t)++gate->opened;
    if (++gate->open > gate->most_open)
        gate->most_open = gate->open;
    if (!start(relay)) {
        relay_close(relay);
        return false;
    }
    relay_record(relay, JOURNAL_OPENED);
    return true;
}

void relay_close(struct relay *relay)
{
    if (!relay || relay->closed)
        return;
    struct gate *gate = relay->gate;
    relay->closed = true;
    if (relay->number != UINT32_MAX) {
        hold_forget(gate->hold, relay->number, gate->now);
        gate->relays[relay->number] = NULL;
        relay_record(relay, JOURNAL_CLOSED);
    }
    relay_uncount(relay);
    framer_close(relay->framer);
    tls_close(relay->tls);
    for (int side = 0; side < 2; side++) {
        close(relay->ends[side].fd);
        outlet_free(&relay->outlets[side]);
    }
    gate->open--;
    relay->next_ended = gate->ended;
    gate->ended = relay;
}
