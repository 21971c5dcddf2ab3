#include "apply/guests.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stdlib.h>

struct guest {
    struct guests *guests;
    struct bufferevent
        *stream; /* with a reference of ours, so that it can be asked whether it lives */
    ns_t since;  /* when the request that arrives began; 0: nothing arrives */
    struct guest *next;
};

struct guests {
    ns_t timeout;
    ns_t now; /* as of the last sweep: exact enough for timeouts of seconds */
    struct guest *first;
};

static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    (void)buffer;
    struct guest *guest = arg;
    if (info->n_added && !guest->since)
        guest->since = guest->guests->now;
}

/* An answer is on its way. */
static void on_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    (void)buffer;
    struct guest *guest = arg;
    if (info->n_added)
        guest->since = 0;
}

/* evhttp asks for a stream for each connection that it accepts; with NULL it makes one itself. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
    struct guests *guests = arg;
    struct guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return NULL;
    /* The stream closes the socket, not evhttp: while we hold the stream, its events are still
     * registered for that descriptor, and the next connection must not get the same number before
     * they are gone. */
    guest->stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (!guest->stream) {
        free(guest);
        return NULL;
    }
    guest->guests = guests;
    bufferevent_incref(guest->stream);
    evbuffer_add_cb(bufferevent_get_input(guest->stream), on_input, guest);
    evbuffer_add_cb(bufferevent_get_output(guest->stream), on_output, guest);
    guest->next = guests->first;
    guests->first = guest;
    return guest->stream;
}

int guests_new(struct evhttp *http, ns_t timeout, struct guests **ret_guests, struct err *err)
{
    struct guests *guests = calloc(1, sizeof *guests);
    if (!guests)
        return err_set(err, ERR_MEMORY, "out of memory");
    guests->timeout = timeout;
    guests->now = clock_now();
    evhttp_set_bevcb(http, on_connection, guests);
    *ret_guests = guests;
    return 0;
}

static void let_go(struct guest *guest)
{
    bufferevent_decref(guest->stream);
    free(guest);
}

/* Freeing a stream takes its callbacks away first, and evhttp never leaves a live one without. */
static bool is_gone(const struct guest *guest)
{
    bufferevent_event_cb on_event;
    bufferevent_getcb(guest->stream, NULL, NULL, &on_event, NULL);
    return !on_event;
}

void guests_free(struct guests *guests)
{
    if (!guests)
        return;
    while (guests->first) {
        struct guest *guest = guests->first;
        guests->first = guest->next;
        let_go(guest);
    }
    free(guests);
}

size_t guests_sweep(struct guests *guests, ns_t now, size_t *ret_cut)
{
    size_t open = 0, cut = 0;
    guests->now = now;
    for (struct guest **at = &guests->first; *at;) {
        struct guest *guest = *at;
        if (is_gone(guest)) {
            *at = guest->next;
            let_go(guest);
            continue;
        }
        open++;
        if (guests->timeout && guest->since && now - guest->since >= guests->timeout) {
            guest->since = 0;
            cut++;
            bufferevent_trigger_event(guest->stream, BEV_EVENT_READING | BEV_EVENT_TIMEOUT, 0);
        }
        at = &guest->next;
    }
    *ret_cut = cut;
    return open;
}
