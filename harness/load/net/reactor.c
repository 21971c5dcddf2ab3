#include "load/net/reactor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load/net/events.h"

enum { EVENTS = 256 };

/* What is known of a descriptor, as bits. */
enum watch {
    WATCH_IN = 1, /* epoll reports it */
    WATCH_OUT = 2,
    WATCH_REGISTERED = 4, /* epoll knows it at all */
    WATCH_WANTED = 8,     /* libcurl waits for it now */
    WATCH_WANTS_OUT = 16, /* and wants to write */
    WATCH_PAUSED = 32,    /* only noted */
};

struct multi {
    CURLM *handle;
    struct reactor *reactor;
    uint32_t index;
    bool ready; /* stands in reactor->ready */
    ns_t due;   /* 0: no timer */
};

struct reactor {
    int epoll;
    struct multi *multis;
    size_t multis_count, share;
    uint32_t *ready; /* multis whose timers are due at once */
    size_t ready_count;
    bool timers;      /* some multi has a due instant */
    bool ended;       /* a transfer has ended since the last wait */
    uint8_t *watches; /* by descriptor */
    size_t watches_count;
    reactor_done done;
    void (*after)(void *context);
    void *context;
};

static void make_ready(struct multi *multi)
{
    if (multi->ready)
        return;
    multi->ready = true;
    multi->reactor->ready[multi->reactor->ready_count++] = multi->index;
}

static int set_timer(CURLM *handle, long timeout_ms, void *context)
{
    (void)handle;
    struct multi *multi = context;
    multi->due = 0;
    if (timeout_ms == 0) {
        make_ready(multi);
    } else if (timeout_ms > 0) {
        multi->due = clock_now() + timeout_ms * NS_PER_MS;
        multi->reactor->timers = true;
    }
    return 0;
}

static void watch(struct reactor *reactor, int fd, uint32_t index, int what)
{
    uint8_t *state = &reactor->watches[fd];
    if (what == CURL_POLL_REMOVE) {
        *state &= (uint8_t) ~(WATCH_WANTED | WATCH_WANTS_OUT);
        return;
    }
    if (*state & WATCH_PAUSED) {
        *state = (uint8_t)(WATCH_PAUSED | (what & CURL_POLL_IN ? WATCH_WANTED : 0) |
                           (what & CURL_POLL_OUT ? WATCH_WANTED | WATCH_WANTS_OUT : 0));
        return;
    }
    uint8_t want =
        (uint8_t)((what & CURL_POLL_IN ? WATCH_IN : 0) | (what & CURL_POLL_OUT ? WATCH_OUT : 0));
    uint8_t have = *state & (WATCH_IN | WATCH_OUT);
    if (!(*state & WATCH_REGISTERED) || have != want) {
        struct epoll_event event = {
            .events = (want & WATCH_IN ? EPOLLIN : 0U) | (want & WATCH_OUT ? EPOLLOUT : 0U),
            .data.u64 = (uint64_t)(index + 1) << 32 | (uint32_t)fd,
        };
        epoll_ctl(reactor->epoll, *state & WATCH_REGISTERED ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
                  &event);
    }
    *state = (uint8_t)(want | WATCH_REGISTERED | WATCH_WANTED |
                       (want & WATCH_OUT ? WATCH_WANTS_OUT : 0));
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    (void)easy;
    (void)socket_context;
    struct multi *multi = context;
    struct reactor *reactor = multi->reactor;
    if ((size_t)fd >= reactor->watches_count)
        return -1;
    watch(reactor, fd, multi->index, what);
    return 0;
}

static int init_multi(struct reactor *reactor, size_t index, struct err *err)
{
    struct multi *multi = &reactor->multis[index];
    multi->handle = curl_multi_init();
    if (!multi->handle)
        return err_set(err, ERR_ENVIRONMENT,
                       "libcurl gives no more multi handles (each needs two file descriptors)");
    multi->reactor = reactor;
    multi->index = (uint32_t)index;
    curl_multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
    /* One request a connection at a time, also over HTTP/2. */
    curl_multi_setopt(multi->handle, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, (long)reactor->share);
    return 0;
}

int reactor_new(size_t transfers, size_t share, reactor_done done, void *context,
                struct reactor **ret_reactor, struct err *err)
{
    struct reactor *reactor = calloc(1, sizeof *reactor);
    if (!reactor)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    reactor->done = done;
    reactor->context = context;
    reactor->share = share;
    reactor->watches_count = (size_t)limit.rlim_cur;
    reactor->watches = calloc(reactor->watches_count, 1);
    size_t multis = (transfers + share - 1) / share;
    reactor->multis = calloc(multis + 1, sizeof *reactor->multis);
    reactor->ready = calloc(2 * multis + 1, sizeof *reactor->ready); /* see reactor_kick */
    reactor->epoll = epoll_create1(EPOLL_CLOEXEC);
    int rc = 0;
    if (!reactor->watches || !reactor->multis || !reactor->ready)
        rc = err_set(err, ERR_MEMORY, "out of memory");
    else if (reactor->epoll < 0)
        rc = err_errno(err, ERR_ENVIRONMENT, errno, "epoll");
    for (; !rc && reactor->multis_count < multis; reactor->multis_count++)
        rc = init_multi(reactor, reactor->multis_count, err);
    if (rc) {
        reactor_free(reactor);
        return rc;
    }
    *ret_reactor = reactor;
    return 0;
}

void reactor_free(struct reactor *reactor)
{
    if (!reactor)
        return;
    for (size_t i = 0; i < reactor->multis_count; i++)
        curl_multi_cleanup(reactor->multis[i].handle);
    if (reactor->epoll >= 0)
        close(reactor->epoll);
    free(reactor->multis);
    free(reactor->ready);
    free(reactor->watches);
    free(reactor);
}

int reactor_epoll(const struct reactor *reactor)
{
    return reactor->epoll;
}

CURLMcode reactor_add(struct reactor *reactor, CURL *easy, size_t place)
{
    return curl_multi_add_handle(reactor->multis[place / reactor->share].handle, easy);
}

void reactor_remove(struct reactor *reactor, CURL *easy, size_t place)
{
    curl_multi_remove_handle(reactor->multis[place / reactor->share].handle, easy);
}

static void collect(struct reactor *reactor, struct multi *multi)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi->handle, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        curl_multi_remove_handle(multi->handle, easy);
        reactor->ended = true;
        reactor->done(reactor->context, easy, code);
    }
}

static void drive(struct reactor *reactor, struct multi *multi, curl_socket_t fd, int bits)
{
    int running;
    curl_multi_socket_action(multi->handle, fd, bits, &running);
    if (reactor->after)
        reactor->after(reactor->context);
    collect(reactor, multi);
}

static void make_due_ready(struct reactor *reactor)
{
    if (!reactor->timers)
        return;
    reactor->timers = false;
    ns_t now = clock_now();
    for (size_t i = 0; i < reactor->multis_count; i++) {
        struct multi *multi = &reactor->multis[i];
        if (multi->due && multi->due <= now) {
            multi->due = 0;
            make_ready(multi);
        }
        reactor->timers = reactor->timers || multi->due;
    }
}

void reactor_kick(struct reactor *reactor)
{
    /* Only those that were ready when it began: a transfer that ends at once and is started again
     * must not keep the loop from its events. */
    size_t count = reactor->ready_count;
    for (size_t i = 0; i < count; i++) {
        struct multi *multi = &reactor->multis[reactor->ready[i]];
        multi->ready = false;
        drive(reactor, multi, CURL_SOCKET_TIMEOUT, 0);
    }
    size_t left = reactor->ready_count - count;
    for (size_t i = 0; i < left; i++)
        reactor->ready[i] = reactor->ready[count + i];
    reactor->ready_count = left;
}

static void handle(struct reactor *reactor, const struct epoll_event *event)
{
    int fd = (int)(uint32_t)event->data.u64;
    struct multi *multi = &reactor->multis[(event->data.u64 >> 32) - 1];
    if (!(reactor->watches[fd] & WATCH_WANTED)) {
        /* An idle connection that the target closed: libcurl will see it when it wants to use it.
         */
        if (reactor->watches[fd] & WATCH_REGISTERED)
            epoll_ctl(reactor->epoll, EPOLL_CTL_DEL, fd, NULL);
        reactor->watches[fd] = 0;
        return;
    }
    int bits = (event->events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    drive(reactor, multi, fd, bits);
}

int reactor_wait(struct reactor *reactor, ns_t span)
{
    struct epoll_event events[EVENTS];
    /* Whoever ended in reactor_kick may want to be started again at once. */
    if (reactor->ready_count || reactor->ended || span < 0)
        span = 0;
    reactor->ended = false;
    int got = events_wait(reactor->epoll, events, EVENTS, span);
    for (int i = 0; i < got; i++)
        if (events[i].data.u64)
            handle(reactor, &events[i]);
    reactor->ended = false; /* the caller looks for free transfers before it comes back */
    make_due_ready(reactor);
    return got < 0 ? 0 : got;
}

void reactor_forget(struct reactor *reactor, int fd)
{
    if ((size_t)fd < reactor->watches_count)
        reactor->watches[fd] = 0;
}

static int forget_and_close(void *context, curl_socket_t fd)
{
    reactor_forget(context, fd);
    return close(fd);
}

void reactor_watch_closes(struct reactor *reactor, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, forget_and_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, reactor);
}

void reactor_pause(struct reactor *reactor, int fd)
{
    uint8_t *state = &reactor->watches[fd];
    if (*state & WATCH_REGISTERED)
        epoll_ctl(reactor->epoll, EPOLL_CTL_DEL, fd, NULL);
    *state = (uint8_t)(WATCH_PAUSED | (*state & (WATCH_WANTED | WATCH_WANTS_OUT)));
}

void reactor_resume(struct reactor *reactor, int fd, size_t place)
{
    uint8_t before = reactor->watches[fd];
    reactor->watches[fd] = 0;
    /* A request that was written waits for its answer, whatever else. */
    if (before & WATCH_WANTED)
        watch(reactor, fd, (uint32_t)(place / reactor->share),
              before & WATCH_WANTS_OUT ? CURL_POLL_INOUT : CURL_POLL_IN);
}

bool reactor_writes(const struct reactor *reactor, int fd)
{
    return reactor->watches[fd] & WATCH_WANTS_OUT;
}

void reactor_write(struct reactor *reactor, int fd, size_t place)
{
    int running;
    curl_multi_socket_action(reactor->multis[place / reactor->share].handle, fd, CURL_CSELECT_OUT,
                             &running);
}

void reactor_after_step(struct reactor *reactor, void (*after)(void *context))
{
    reactor->after = after;
}
