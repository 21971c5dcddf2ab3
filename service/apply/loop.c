#include "apply/loop.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "apply/ask.h"
#include "apply/guests.h"
#include "apply/http.h"
#include "base/log.h"

/* After SIGTERM a loop stays until no request has come or gone for this long: what a client had
 * sent before it could know of the stop is still answered. Without a client it ends at once. */
enum { STOP_TICK_MS = 1, STOP_QUIET_MS = 50, TICK_MS = 250 };

static const struct timeval stop_tick = {.tv_usec = STOP_TICK_MS * 1000};
static const struct timeval tick = {.tv_usec = TICK_MS * 1000};

static void on_stop_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct loop *loop = arg;
    size_t cut = 0;
    bool closed = !loop->listener;
    if (loop->listener) { /* the turns since on_wake have accepted what was in the backlog */
        evhttp_del_accept_socket(loop->http, loop->listener);
        loop->listener = NULL;
    }
    ns_t now = clock_now();
    bool quiet = loop->in_flight == 0 && (now - loop->last_request >= STOP_QUIET_MS * NS_PER_MS ||
                                          (closed && guests_sweep(loop->guests, now, &cut) == 0));
    if (quiet || now >= loop->deadline) {
        if (!quiet)
            log_warn("stop", "%zu requests were not answered within the grace", loop->in_flight);
        event_base_loopbreak(loop->base);
        return;
    }
    event_add(loop->stop_timer, &stop_tick);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct loop *loop = arg;
    loop->stopping = true;
    loop->last_request = clock_now();
    loop->deadline = loop->last_request + loop->app->settings->grace;
    event_del(loop->wake_event);
    event_add(loop->stop_timer, &stop_tick);
}

/* Out of descriptors the kernel would report the same connection again at once, for ever: the tick
 * switches the listener on again. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)arg;
    log_warn("listen", "cannot accept a connection, trying again soon: errno %d", errno);
    evconnlistener_disable(listener);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct loop *loop = arg;
    if (loop->listener)
        evconnlistener_enable(evhttp_bound_socket_get_listener(loop->listener));
    if (loop->pool)
        pool_tick(loop->pool);
    size_t cut = 0;
    counter_set(&loop->stats.connections, guests_sweep(loop->guests, clock_now(), &cut));
    counter_add(&loop->stats.cut_off, cut);
}

static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    /* One thread owns the base. (EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST would save system calls and
     * is not safe here: evhttp closes descriptors whose changes are still in the list, and the next
     * connection gets the number.) */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static int make_http(struct loop *loop, int fd, struct err *err)
{
    loop->http = evhttp_new(loop->base);
    loop->body = evbuffer_new();
    if (!loop->http || !loop->body) {
        close(fd);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    http_attach(loop);
    int rc = guests_new(loop->http, loop->app->settings->request_timeout, &loop->guests, err);
    if (rc) {
        close(fd);
        return rc;
    }
    /* Backlog 0: it listens already. Any other number would be listened with again, -1 as 128. */
    struct evconnlistener *listener = evconnlistener_new(
        loop->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!listener) {
        close(fd);
        return err_set(err, ERR_ENVIRONMENT, "cannot listen");
    }
    loop->listener = evhttp_bind_listener(loop->http, listener);
    if (!loop->listener) {
        evconnlistener_free(listener);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    evconnlistener_set_error_cb(listener, on_accept_error);
    return 0;
}

static int make_parts(struct loop *loop, struct err *err)
{
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "eventfd");
    loop->wake_event = event_new(loop->base, loop->wake, EV_READ, on_wake, loop);
    loop->stop_timer = evtimer_new(loop->base, on_stop_tick, loop);
    loop->ticker = event_new(loop->base, -1, EV_PERSIST, on_tick, loop);
    if (!loop->wake_event || !loop->stop_timer || !loop->ticker ||
        event_add(loop->wake_event, NULL) || event_add(loop->ticker, &tick))
        return err_set(err, ERR_MEMORY, "out of memory");
    return 0;
}

static int make_stores(struct loop *loop, struct err *err)
{
    const struct settings *settings = loop->app->settings;
    const struct strategy *strategy = loop->app->strategy;
    const struct pool_settings pool = {
        .url = settings->database_url,
        .schema = strategy->schema,
        .statements = strategy->statements,
        .statement_count = strategy->statement_count,
        .size = (size_t)settings->pool,
        .queue = (size_t)settings->pool_queue,
        .timeout = settings->database_timeout,
    };
    int rc = 0;
    if (strategy->needs & NEEDS_REDIS)
        rc = link_new(loop->base, &loop->app->redis, settings->redis_timeout,
                      &loop->app->generation, &loop->link, err);
    if (!rc && (strategy->needs & NEEDS_POSTGRES))
        rc = pool_new(loop->base, &pool, &loop->pool_counts, &loop->pool, err);
    if (!rc && strategy->open)
        rc = strategy->open(loop, err);
    return rc;
}

int loop_new(struct app *app, int fd, struct loop **ret_loop, struct err *err)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop) {
        close(fd);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    loop->app = app;
    loop->wake = -1;
    loop->base = make_base();
    int rc;
    if (!loop->base) {
        close(fd);
        rc = err_set(err, ERR_ENVIRONMENT, "cannot make an event loop");
        goto fail;
    }
    rc = make_http(loop, fd, err);
    if (rc)
        goto fail;
    rc = make_parts(loop, err);
    if (!rc)
        rc = make_stores(loop, err);
    if (rc)
        goto fail;
    *ret_loop = loop;
    return 0;
fail:
    loop_free(loop);
    return rc;
}

static void *run(void *arg)
{
    struct loop *loop = arg;
    event_base_dispatch(loop->base);
    return NULL;
}

int loop_start(struct loop *loop, struct err *err)
{
    int errnum = pthread_create(&loop->thread, NULL, run, loop);
    if (errnum)
        return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot start a thread");
    loop->started = true;
    return 0;
}

void loop_stop(struct loop *loop)
{
    uint64_t one = 1;
    if (write(loop->wake, &one, sizeof one) < 0)
        log_error("stop", "cannot wake an event loop");
}

void loop_join(struct loop *loop)
{
    if (loop->started)
        pthread_join(loop->thread, NULL);
    loop->started = false;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    /* The connections answer what waits, so they go before the server. */
    pool_free(loop->pool);
    link_free(loop->link);
    if (loop->app->strategy->close)
        loop->app->strategy->close(loop);
    if (loop->http)
        evhttp_free(loop->http);
    guests_free(loop->guests);
    if (loop->body)
        evbuffer_free(loop->body);
    if (loop->wake_event)
        event_free(loop->wake_event);
    if (loop->stop_timer)
        event_free(loop->stop_timer);
    if (loop->ticker)
        event_free(loop->ticker);
    if (loop->base)
        event_base_free(loop->base);
    if (loop->wake >= 0)
        close(loop->wake);
    while (loop->spare) {
        struct ask *ask = loop->spare;
        loop->spare = ask->next;
        free(ask);
    }
    free(loop);
}
