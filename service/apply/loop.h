/* One event loop: a thread with its own listening socket, HTTP server, Redis connection, Postgres
 * pool and counters. Loops share nothing but struct app. The layout is public for http.c and the
 * strategies. */
#ifndef APPLY_LOOP_H
#define APPLY_LOOP_H

#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <stdbool.h>

#include "apply/app.h"
#include "apply/link.h"
#include "apply/pool.h"
#include "apply/stats.h"

struct loop {
    struct app *app;
    struct event_base *base;
    struct evhttp *http;
    struct guests *guests;
    struct evhttp_bound_socket *listener;
    struct link *link;     /* NULL when the strategy has no use for Redis */
    struct pool *pool;     /* NULL when the strategy has no use for Postgres */
    struct evbuffer *body; /* of the answer that is being written */
    struct ask *spare;
    size_t in_flight;
    ns_t last_request; /* arrival or answer */
    struct stats stats;
    struct pool_counts pool_counts;
    void *state;   /* the strategy's */
    bool stopping; /* answers end their connection */
    ns_t deadline; /* of the stop */
    int wake;      /* eventfd that asks for the stop */
    struct event *wake_event;
    struct event *stop_timer;
    struct event *ticker;
    pthread_t thread;
    bool started;
};

/* Takes fd, a listening socket, over, also on failure. @thread main */
int loop_new(struct app *app, int fd, struct loop **ret_loop, struct err *err)
    __attribute__((warn_unused_result));
int loop_start(struct loop *loop, struct err *err) __attribute__((warn_unused_result));

/* Asks for the end: accept what has connected, answer what is in flight, then leave. @thread any */
void loop_stop(struct loop *loop);

/* Waits for the thread. @thread main */
void loop_join(struct loop *loop);

/* Takes everything down, after every loop was joined: a loop that serves /metrics reads the others.
 * NULL is fine. @thread main */
void loop_free(struct loop *loop);

#endif
