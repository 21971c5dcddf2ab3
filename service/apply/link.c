#include "apply/link.h"

#include <hiredis/adapters/libevent.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "common/backoff.h"
#include "common/metrics.h"

enum { PINGS_A_TIMEOUT = 4 };

struct link {
    struct event_base *base;
    struct redis_address address;
    ns_t timeout;
    redisAsyncContext *context; /* NULL between connections */
    _Atomic bool up;
    _Atomic uint64_t *generation;
    struct counter losses;
    ns_t asked; /* when the PING that waits was sent, or the connection begun; 0: none waits */
    struct event *timer; /* the next PING, or the next connection */
    struct backoff backoff;
    struct rng rng;
    bool closing;
};

static void timer_in(struct link *link, ns_t span)
{
    struct timeval tv = {.tv_sec = span / NS_PER_S, .tv_usec = span % NS_PER_S / NS_PER_US};
    event_add(link->timer, &tv);
}

/* The context is gone or about to go: hiredis frees it itself. */
static void lose(struct link *link, const char *why)
{
    bool was_up = atomic_exchange(&link->up, false);
    link->context = NULL;
    link->asked = 0;
    if (link->closing)
        return;
    if (was_up) {
        log_warn("redis", "connection lost: %s", why);
        counter_add(&link->losses, 1);
        atomic_fetch_add(link->generation, 1);
    } else {
        log_debug("redis", "cannot connect: %s", why);
    }
    timer_in(link, backoff_next(&link->backoff, &link->rng));
}

static void on_connect(const redisAsyncContext *context, int status)
{
    struct link *link = context->data;
    if (status != REDIS_OK && context == link->context)
        lose(link, context->errstr);
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    struct link *link = context->data;
    if (context == link->context)
        lose(link, status == REDIS_OK ? "closed" : context->errstr);
}

/* Gives the connection up; the replies that wait become NULL inside redisAsyncFree. */
static void drop(struct link *link, const char *why)
{
    redisAsyncContext *context = link->context;
    lose(link, why);
    redisAsyncFree(context);
}

static void on_pong(redisAsyncContext *context, void *reply_, void *arg)
{
    struct link *link = arg;
    const redisReply *reply = reply_;
    if (!reply || context != link->context)
        return;
    link->asked = 0;
    if (reply->type == REDIS_REPLY_ERROR) { /* LOADING after a restart, NOAUTH, … */
        log_debug("redis", "not ready: %s", reply->str);
        atomic_store(&link->up, false);
        return;
    }
    if (!atomic_exchange(&link->up, true))
        log_info("redis", "connected to %s", link->address.host);
    backoff_reset(&link->backoff);
}

static void ping(struct link *link)
{
    link->asked = clock_now();
    redisAsyncCommand(link->context, on_pong, link, "PING");
}

static redisAsyncContext *open_context(const struct redis_address *address)
{
    return address->local ? redisAsyncConnectUnix(address->host)
                          : redisAsyncConnect(address->host, (int)address->port);
}

static void greet(struct link *link)
{
    const struct redis_address *address = &link->address;
    if (address->password[0] && address->user[0])
        redisAsyncCommand(link->context, NULL, NULL, "AUTH %s %s", address->user,
                          address->password);
    else if (address->password[0])
        redisAsyncCommand(link->context, NULL, NULL, "AUTH %s", address->password);
    if (address->db)
        redisAsyncCommand(link->context, NULL, NULL, "SELECT %d", (int)address->db);
    ping(link);
}

static void dial(struct link *link)
{
    redisAsyncContext *context = open_context(&link->address);
    if (!context || context->err) {
        lose(link, context ? context->errstr : "out of memory");
        if (context)
            redisAsyncFree(context);
        return;
    }
    context->data = link;
    link->context = context;
    redisLibeventAttach(context, link->base);
    redisAsyncSetConnectCallback(context, on_connect);
    redisAsyncSetDisconnectCallback(context, on_disconnect);
    greet(link);
    timer_in(link, link->timeout / PINGS_A_TIMEOUT);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct link *link = arg;
    if (!link->context) {
        dial(link);
        return;
    }
    if (link->asked && clock_now() - link->asked >= link->timeout) {
        drop(link, "no answer within the timeout");
        return;
    }
    if (!link->asked)
        ping(link);
    /* A server that is still loading says so at once: ask it again soon, it is about to be ready.
     */
    ns_t patience = link->timeout / PINGS_A_TIMEOUT;
    timer_in(link, atomic_load(&link->up) || patience < 20 * NS_PER_MS ? patience : 20 * NS_PER_MS);
}

int link_new(struct event_base *base, const struct redis_address *address, ns_t timeout,
             _Atomic uint64_t *generation, struct link **ret_link, struct err *err)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return err_set(err, ERR_MEMORY, "out of memory");
    link->base = base;
    link->address = *address;
    link->timeout = timeout;
    link->generation = generation;
    backoff_init(&link->backoff, 10 * NS_PER_MS, NS_PER_S / 2);
    rng_seed(&link->rng, (uint64_t)clock_now());
    link->timer = evtimer_new(base, on_timer, link);
    if (!link->timer) {
        free(link);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    dial(link);
    *ret_link = link;
    return 0;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    link->closing = true;
    if (link->context)
        redisAsyncFree(link->context);
    event_free(link->timer);
    free(link);
}

bool link_up(const struct link *link)
{
    return atomic_load_explicit(&link->up, memory_order_relaxed);
}

uint64_t link_losses(const struct link *link)
{
    return counter_get(&link->losses);
}

bool link_send(struct link *link, const char *command, size_t length, redisCallbackFn *done,
               void *arg)
{
    return link->context && link_up(link) &&
           redisAsyncFormattedCommand(link->context, done, arg, command, length) == REDIS_OK;
}
