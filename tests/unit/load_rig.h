/* A rig for tests of the load: a target in this process that behaves as it is told, and a scenario
 * of few phases against it. Include from one test file each. */
#ifndef UNIT_LOAD_RIG_H
#define UNIT_LOAD_RIG_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/load.h"
#include "load/phases/phases.h"
#include "model/tally.h"

enum rig_manner {
    RIG_ANSWERS,     /* 202, but every third connection's requests 410 */
    RIG_RESETS,      /* reads the request, then RST */
    RIG_CLOSES,      /* reads the request, then FIN */
    RIG_TRUNCATES,   /* half an answer, then FIN */
    RIG_HANGS,       /* reads, never answers */
    RIG_GARBAGE,     /* answers something that is not HTTP */
    RIG_BAD_CHUNKS,  /* HTTP, but chunks that are none */
    RIG_HALF_CLOSED, /* shuts its sending side at accept, goes on reading */
    RIG_ERRORS,      /* 503 */
    RIG_REDIRECTS,   /* 302 to itself */
    RIG_STUTTERS,    /* 503 the first time a path is asked for, then 202 */
    RIG_CLOSES_IDLE, /* answers, then closes without having said so */
    RIG_DRIBBLES,    /* 202 in pieces that end in the middle of everything */
    RIG_SAYS,        /* the target's own bytes, and closes when it is told to */
    RIG_CUTS,        /* the first userId - 1 of the target's own bytes, and closes */
    RIG_SAYS_MORE,   /* 202, and a moment later, unasked, 202 once more */
};

enum { RIG_FDS = 4096 };

struct rig_target {
    enum rig_manner manner;
    const char *says; /* RIG_SAYS */
    size_t says_length;
    bool says_closes;
    int connections_max; /* closes what comes above; 0: no limit */
    int listener, epoll, port;
    pthread_t thread;
    atomic_bool quit;
    atomic_int complete; /* whole requests seen */
    atomic_int bytes;    /* of requests */
    atomic_int open, accepted;
    char heads[RIG_FDS][4096];
    size_t used[RIG_FDS];
    bool seen[100000];
};

static inline void rig_say(int fd, const char *text)
{
    ssize_t sent = send(fd, text, strlen(text), MSG_NOSIGNAL);
    (void)sent;
}

static inline void rig_dribble(int fd, const char *text)
{
    static const size_t pieces[] = {3, 14, 9, 17, 1, 2};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    for (size_t i = 0; *text; i++) {
        char piece[64];
        snprintf(piece, sizeof piece, "%.*s", (int)pieces[i % 6], text);
        text += strlen(piece);
        rig_say(fd, piece);
        usleep(200);
    }
}

static inline void rig_close(struct rig_target *target, int fd, bool reset)
{
    const struct linger linger = {.l_onoff = reset};
    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    atomic_fetch_sub(&target->open, 1);
    close(fd);
}

/* With the end in the same segment: who has read the answer knows of the end as well, and sends no
 * request into it, however late this thread closes. */
static inline void rig_say_own(struct rig_target *target, int fd, size_t length, bool closes)
{
    ssize_t sent = send(fd, target->says, length, MSG_NOSIGNAL | (closes ? MSG_MORE : 0));
    (void)sent;
    if (closes)
        rig_close(target, fd, false);
}

static inline void rig_behave(struct rig_target *target, int fd)
{
    static const char yes[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 11\r\n\r\n{\"rank\": 7}";
    static const char no[] = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
    static const char error[] = "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n";
    int user = 0;
    const char *name = strstr(target->heads[fd], "userId=");
    if (name)
        user = atoi(name + 7);
    switch (target->manner) {
    case RIG_ANSWERS:
        rig_say(fd, user % 3 == 0 ? no : yes);
        break;
    case RIG_RESETS:
        rig_close(target, fd, true);
        break;
    case RIG_CLOSES:
        rig_close(target, fd, false);
        break;
    case RIG_TRUNCATES:
        rig_say(fd, "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf");
        rig_close(target, fd, false);
        break;
    case RIG_GARBAGE:
        rig_say(fd, "\x16\x03 this is not HTTP\r\n\r\n");
        break;
    case RIG_BAD_CHUNKS:
        rig_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nabc\r\n");
        break;
    case RIG_ERRORS:
        rig_say(fd, error);
        break;
    case RIG_REDIRECTS:
        rig_say(fd, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        break;
    case RIG_STUTTERS:
        rig_say(fd, target->seen[user] ? yes : error);
        target->seen[user] = true;
        break;
    case RIG_CLOSES_IDLE:
        rig_say(fd, yes);
        rig_close(target, fd, false);
        break;
    case RIG_DRIBBLES:
        rig_dribble(fd, yes);
        break;
    case RIG_SAYS:
        rig_say_own(target, fd, target->says_length, target->says_closes);
        break;
    case RIG_CUTS:
        rig_say_own(target, fd, (size_t)user - 1, true);
        break;
    case RIG_SAYS_MORE:
        rig_say(fd, user % 2 ? yes : no);
        usleep(2000);
        rig_say(fd, yes);
        break;
    case RIG_HANGS:
    case RIG_HALF_CLOSED:
        break;
    }
}

static inline void rig_read(struct rig_target *target, int fd)
{
    char *head = target->heads[fd];
    ssize_t got = recv(fd, head + target->used[fd], sizeof target->heads[fd] - 1 - target->used[fd],
                       MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            rig_close(target, fd, false);
        return;
    }
    atomic_fetch_add(&target->bytes, (int)got);
    target->used[fd] += (size_t)got;
    head[target->used[fd]] = '\0';
    /* Several requests may have come one behind the other. */
    int open = atomic_load(&target->open);
    for (char *end; atomic_load(&target->open) == open && (end = strstr(head, "\r\n\r\n"));) {
        char rest[sizeof target->heads[fd]];
        snprintf(rest, sizeof rest, "%s", end + 4);
        atomic_fetch_add(&target->complete, 1);
        rig_behave(target, fd);
        target->used[fd] = strlen(rest);
        memcpy(head, rest, target->used[fd] + 1);
    }
}

static inline void rig_accept(struct rig_target *target)
{
    int fd = accept4(target->listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return;
    atomic_fetch_add(&target->accepted, 1);
    int open = atomic_fetch_add(&target->open, 1) + 1;
    if (fd >= RIG_FDS || (target->connections_max && open > target->connections_max)) {
        rig_close(target, fd, false);
        return;
    }
    target->used[fd] = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(target->epoll, EPOLL_CTL_ADD, fd, &event);
    if (target->manner == RIG_HALF_CLOSED)
        shutdown(fd, SHUT_WR);
}

static inline void *rig_serve(void *context)
{
    struct rig_target *target = context;
    struct epoll_event events[64];
    while (!atomic_load(&target->quit)) {
        int got = epoll_wait(target->epoll, events, 64, 20);
        for (int i = 0; i < got; i++) {
            if (events[i].data.fd == target->listener)
                rig_accept(target);
            else
                rig_read(target, events[i].data.fd);
        }
    }
    return NULL;
}

/* A listening socket on a free port of 127.0.0.1. */
static inline int rig_listen(int backlog, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, backlog) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        abort();
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static inline struct rig_target *rig_target_start(enum rig_manner manner, int connections_max)
{
    struct rig_target *target = calloc(1, sizeof *target);
    target->manner = manner;
    target->connections_max = connections_max;
    target->listener = rig_listen(2048, &target->port);
    target->epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = target->listener};
    epoll_ctl(target->epoll, EPOLL_CTL_ADD, target->listener, &event);
    pthread_create(&target->thread, NULL, rig_serve, target);
    return target;
}

static inline void rig_target_end(struct rig_target *target)
{
    atomic_store(&target->quit, true);
    pthread_join(target->thread, NULL);
    close(target->listener);
    close(target->epoll);
    free(target);
}

/* ---- a scenario ---- */

struct rig {
    struct scenario scenario;
    struct spec_phase phases[8];
    struct spec_waves waves;
    struct spec_rate rate;
    struct spec_closed closed;
    struct spec_retry retry;
    struct spec_pause pause;
    struct spec_rule accepted, rejected;
    int32_t yes[2], no[2];
    char url[128];
    struct history history;
    struct progress progress;
    struct load *load;
    struct roster *roster;
    struct load_phase_info info;
    struct tally tally;
    struct err err;
};

/* 202 and 200 accept, with a rank; 410 and 409 reject. One burst of 50, timeout 5 s (busy
 * machines), 2 workers.
 */
static inline struct rig *rig_new(int port)
{
    struct rig *rig = calloc(1, sizeof *rig);
    *rig = (struct rig){.yes = {202, 200}, .no = {410, 409}};
    rig->accepted =
        (struct spec_rule){.status = rig->yes, .status_count = 2, .rank = (char *)"/rank"};
    rig->rejected = (struct spec_rule){.status = rig->no, .status_count = 2};
    snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%d/apply?userId={{user}}", port);
    rig->phases[0] = (struct spec_phase){
        LOAD_BURST, .burst = {.requests = 50, .gate = GATE_AUTO, .deadline = 5 * NS_PER_S}};
    struct scenario *scenario = &rig->scenario;
    scenario->limit = 100;
    scenario->seed = 1;
    scenario->workers = 2;
    scenario->release_threads = 1;
    scenario->users = (struct spec_users){.first = 1, .repeat = 1};
    scenario->responses = (struct spec_responses){.accepted = &rig->accepted,
                                                  .accepted_count = 1,
                                                  .rejected = &rig->rejected,
                                                  .rejected_count = 1};
    scenario->request =
        (struct spec_request){.method = (char *)"POST", .url = rig->url, .timeout = 5 * NS_PER_S};
    scenario->load = rig->phases;
    scenario->load_count = 1;
    return rig;
}

static inline int rig_open(struct rig *rig, const struct load_freezer *freezer)
{
    rig->roster = roster_of(&rig->scenario);
    const struct load_settings settings = {
        .scenario = &rig->scenario,
        .roster = rig->roster,
        .request = &rig->scenario.request,
        .dir = ".",
        .history = &rig->history,
        .progress = &rig->progress,
        .freezer = freezer,
    };
    int rc = history_init(&rig->history, phases_room(&rig->scenario), &rig->err);
    return rc ? rc : load_open(&load_local, &settings, &rig->load, &rig->err);
}

/* Opens and runs every phase, then tallies. */
static inline int rig_run(struct rig *rig)
{
    int rc = rig->load ? 0 : rig_open(rig, NULL);
    for (unsigned i = 0; !rc && i < rig->scenario.load_count; i++) {
        rc = load_stage(rig->load, i, &rig->info, &rig->err);
        if (!rc)
            rc = load_release(rig->load, 0, &rig->err);
        if (!rc)
            rc = load_settle(rig->load, &rig->err);
    }
    return rc ? rc : tally_make(&rig->history, TALLY_ALL_PHASES, &rig->tally, &rig->err);
}

static inline void rig_free(struct rig *rig)
{
    load_free(rig->load);
    roster_free(rig->roster);
    history_free(&rig->history);
    free(rig);
}

#endif
