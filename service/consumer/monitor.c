#include "consumer/monitor.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { TEXT_MAX = 64 * 1024 };

struct monitor {
    const struct run_counts *counts;
    struct event_base *base;
    struct evhttp *http;
    struct event *wake_event;
    int wake;
    pthread_t thread;
    bool started;
};

static const struct {
    const char *name, *type, *help;
    size_t offset;
} families[] = {
    {"consumer_records_total", "counter", "Records taken from the topic.",
     offsetof(struct run_counts, feed.records)},
    {"consumer_rows_inserted_total", "counter", "Coupons inserted.",
     offsetof(struct run_counts, save.rows)},
    {"consumer_rows_repeated_total", "counter",
     "Users delivered again who had their coupon already (--exactly-once).",
     offsetof(struct run_counts, save.repeated)},
    {"consumer_users_parked_total", "counter", "Users moved to failed_event.",
     offsetof(struct run_counts, save.parked)},
    {"consumer_records_malformed_total", "counter", "Records that are no user id.",
     offsetof(struct run_counts, save.malformed)},
    {"consumer_commits_total", "counter", "Offset commits that the broker has confirmed.",
     offsetof(struct run_counts, feed.commits)},
    {"consumer_rebalances_total", "counter", "Times the partitions were taken away.",
     offsetof(struct run_counts, feed.rebalances)},
    {"consumer_save_retries_total", "counter", "Tries that Postgres did not take.",
     offsetof(struct run_counts, retries)},
    {"consumer_database_waiting", "gauge", "1 while Postgres is away.",
     offsetof(struct run_counts, waiting)},
    {"consumer_held", "gauge", "1 during a hold of --pause-after.",
     offsetof(struct run_counts, held)},
};

static void answer(struct evhttp_request *request, const char *type, const char *text)
{
    struct evbuffer *body = evbuffer_new();
    if (body)
        evbuffer_add_printf(body, "%s", text);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evhttp_send_reply(request, 200, "OK", body);
    if (body)
        evbuffer_free(body);
}

static void on_metrics(struct evhttp_request *request, void *arg)
{
    const struct monitor *monitor = arg;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const void *at = (const char *)monitor->counts + families[i].offset;
        metrics_single(&text, families[i].name, families[i].type, families[i].help,
                       (double)counter_get(at));
    }
    answer(request, METRICS_CONTENT_TYPE, buf_text(&text));
}

static void on_health(struct evhttp_request *request, void *arg)
{
    (void)arg;
    answer(request, "application/json", "{\"status\":\"ok\"}");
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    event_base_loopbreak(arg);
}

static void *serve(void *arg)
{
    event_base_dispatch(arg);
    return NULL;
}

static int open_http(struct monitor *monitor, const char *where, struct hostport *ret_at,
                     struct err *err)
{
    struct hostport at;
    int rc = hostport_parse(where, &at, err);
    if (rc)
        return err_prefix(err, "--metrics-listen");
    monitor->base = event_base_new();
    monitor->http = monitor->base ? evhttp_new(monitor->base) : NULL;
    if (!monitor->http)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct evhttp_bound_socket *socket = evhttp_bind_socket_with_handle(
        monitor->http, at.host[0] ? at.host : "0.0.0.0", (ev_uint16_t)atoi(at.port));
    if (!socket)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot listen on %s", where);
    evhttp_set_allowed_methods(monitor->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_cb(monitor->http, "/metrics", on_metrics, monitor);
    evhttp_set_cb(monitor->http, "/healthz", on_health, monitor);
    evhttp_set_timeout(monitor->http, 10);
    hostport_of_socket(evhttp_bound_socket_get_fd(socket), ret_at);
    return 0;
}

static int start_thread(struct monitor *monitor, struct err *err)
{
    monitor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (monitor->wake < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "eventfd");
    monitor->wake_event = event_new(monitor->base, monitor->wake, EV_READ, on_wake, monitor->base);
    if (!monitor->wake_event || event_add(monitor->wake_event, NULL))
        return err_set(err, ERR_MEMORY, "out of memory");
    int errnum = pthread_create(&monitor->thread, NULL, serve, monitor->base);
    if (errnum)
        return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot start a thread");
    monitor->started = true;
    return 0;
}

int monitor_start(const char *where, const struct run_counts *counts, struct monitor **ret_monitor,
                  struct hostport *ret_at, struct err *err)
{
    struct monitor *monitor = calloc(1, sizeof *monitor);
    if (!monitor)
        return err_set(err, ERR_MEMORY, "out of memory");
    monitor->counts = counts;
    monitor->wake = -1;
    int rc = open_http(monitor, where, ret_at, err);
    if (!rc)
        rc = start_thread(monitor, err);
    if (rc) {
        monitor_stop(monitor);
        return rc;
    }
    *ret_monitor = monitor;
    return 0;
}

void monitor_stop(struct monitor *monitor)
{
    if (!monitor)
        return;
    uint64_t one = 1;
    if (monitor->started && write(monitor->wake, &one, sizeof one) == (ssize_t)sizeof one)
        pthread_join(monitor->thread, NULL);
    if (monitor->wake_event)
        event_free(monitor->wake_event);
    if (monitor->http)
        evhttp_free(monitor->http);
    if (monitor->base)
        event_base_free(monitor->base);
    if (monitor->wake >= 0)
        close(monitor->wake);
    free(monitor);
}
