/* bench-target: an independent judge of bursts. It answers every request at once and records when
 * the kernel received the read that completed it (SO_TIMESTAMPING, receive, software), so the
 * figures do not depend on how soon this program was scheduled. Every request counts for the
 * spread; of a tool that sent more than it was asked for, only the first of each connection, so
 * that going on can neither flatter nor spoil its figure.
 *
 *     bench-target --port=P [--window=US --limit=K] [--loops=N]
 *
 * With --window it is a shop with a check-then-act bug: it reads the count when the request
 * arrives, and acts on what it read W microseconds later, as a service does that waits for a
 * database in between. Answers 202 or 410. Two loops (or --loops of them) share the port, as a
 * service with so many threads would.
 *
 * GET /__figures?requests=ASKED answers JSON and starts afresh; GET /__reset?window=US sets another
 * window. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LOOPS_MAX = 16, STAMPS_MAX = 1 << 20, FDS_MAX = 1 << 16, HEAD_MAX = 8192 };

struct connection {
    uint32_t used;
    bool counted; /* its first request is in */
    char head[HEAD_MAX];
};

struct act { /* the second half of check-then-act */
    int64_t due;
    int fd;
    bool won;
};

struct loop {
    pthread_t thread;
    int epoll, listener;
    struct act
        *acts; /* a ring: due instants are in order, because the window is the same for all */
    size_t head, tail;
};

struct series { /* when requests came */
    atomic_size_t count;
    int64_t stamps[STAMPS_MAX];
};

static struct {
    int port;
    atomic_long window_ns; /* negative: a plain sink */
    long limit;
    atomic_long issued, requests;
    struct series all, first; /* every request; the first of each connection */
    struct connection *connections[FDS_MAX];
    struct loop loops[LOOPS_MAX];
    int loops_count;
} sink = {.port = 0, .window_ns = -1, .limit = 100, .loops_count = 2};

static int64_t now_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void answer(int fd, int status, const char *reason, const char *body)
{
    char text[512];
    int length = snprintf(text, sizeof text,
                          "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
                          "Connection: keep-alive\r\nContent-Length: "
                          "%zu\r\n\r\n%s",
                          status, reason, strlen(body), body);
    if (send(fd, text, (size_t)length, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET &&
        errno != EBADF)
        perror("send");
}

static void series_add(struct series *series, int64_t stamp)
{
    size_t at = atomic_fetch_add(&series->count, 1);
    if (at < STAMPS_MAX)
        series->stamps[at] = stamp;
}

static void start_afresh(void)
{
    atomic_store(&sink.all.count, 0);
    atomic_store(&sink.first.count, 0);
    atomic_store(&sink.issued, 0);
    atomic_store(&sink.requests, 0);
}

static void answer_figures(int fd, long asked)
{
    struct series *series = atomic_load(&sink.requests) > asked ? &sink.first : &sink.all;
    int64_t *stamps = series->stamps;
    size_t n = atomic_load(&series->count);
    if (n > STAMPS_MAX)
        n = STAMPS_MAX;
    qsort(stamps, n, sizeof *stamps, compare);
    char body[256];
    snprintf(
        body, sizeof body,
        "{\"arrived\":%zu,\"spread_us\":%.1f,\"p5_p95_us\":%.1f,\"issued\":%ld,\"requests\":%ld}",
        n, n ? (double)(stamps[n - 1] - stamps[0]) / 1e3 : 0.0,
        n ? (double)(stamps[n * 95 / 100] - stamps[n * 5 / 100]) / 1e3 : 0.0,
        atomic_load(&sink.issued), atomic_load(&sink.requests));
    answer(fd, 200, "OK", body);
    start_afresh();
}

static bool control(int fd, const char *head)
{
    if (!strncmp(head, "GET /__figures", 14)) {
        long asked = 0;
        sscanf(head, "GET /__figures?requests=%ld", &asked);
        answer_figures(fd, asked);
        return true;
    }
    if (!strncmp(head, "GET /__reset", 12)) {
        long window = -1;
        if (sscanf(head, "GET /__reset?window=%ld", &window) == 1)
            atomic_store(&sink.window_ns, window * 1000);
        start_afresh();
        answer(fd, 200, "OK", "{}");
        return true;
    }
    return false;
}

static void decide(int fd, bool won)
{
    if (won)
        atomic_fetch_add(&sink.issued, 1);
    answer(fd, won ? 202 : 410, won ? "Accepted" : "Gone",
           won ? "{\"result\":\"accepted\"}" : "{\"result\":\"sold_out\"}");
}

static void serve(struct loop *loop, int fd, struct connection *connection, int64_t stamp)
{
    if (control(fd, connection->head))
        return;
    atomic_fetch_add(&sink.requests, 1);
    if (!connection->counted) {
        connection->counted = true;
        series_add(&sink.first, stamp);
    }
    series_add(&sink.all, stamp);
    long window = atomic_load(&sink.window_ns);
    if (window < 0) {
        answer(fd, 202, "Accepted", "{\"result\":\"accepted\"}");
        return;
    }
    /* The check, now; the act, later. */
    bool won = atomic_load(&sink.issued) < sink.limit;
    loop->acts[loop->head++ % FDS_MAX] = (struct act){now_ns(CLOCK_MONOTONIC) + window, fd, won};
}

static void act(struct loop *loop)
{
    int64_t now = now_ns(CLOCK_MONOTONIC);
    while (loop->tail != loop->head && loop->acts[loop->tail % FDS_MAX].due <= now) {
        struct act *due = &loop->acts[loop->tail++ % FDS_MAX];
        decide(due->fd, due->won);
    }
}

/* The kernel's stamp of the newest byte that this read returned; wall clock when there is none. */
static int64_t stamp_of(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            if (stamp.tv_sec)
                return (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
        }
    return now_ns(CLOCK_REALTIME);
}

/* The length of the whole request at the start of the head, or 0 while it is incomplete. */
static size_t request_length(const struct connection *connection)
{
    const char *end = memmem(connection->head, connection->used, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t length = (size_t)(end - connection->head) + 4;
    const char *field = strcasestr(connection->head, "\r\ncontent-length:");
    if (field && field < end)
        length += strtoul(field + 17, NULL, 10);
    return length <= connection->used ? length : 0;
}

static void drop(int fd, struct connection *connection)
{
    sink.connections[fd] = NULL;
    free(connection);
    close(fd);
}

static void read_some(struct loop *loop, int fd)
{
    struct connection *connection = sink.connections[fd];
    char control_bytes[256];
    struct iovec part = {connection->head + connection->used, HEAD_MAX - 1 - connection->used};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control_bytes,
                             .msg_controllen = sizeof control_bytes};
    ssize_t got = recvmsg(fd, &message, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(fd, connection);
        return;
    }
    connection->used += (uint32_t)got;
    connection->head[connection->used] = '\0';
    int64_t stamp = stamp_of(&message);
    size_t length;
    while ((length = request_length(connection)) > 0) {
        serve(loop, fd, connection, stamp);
        connection->used -= (uint32_t)length;
        memmove(connection->head, connection->head + length, connection->used + 1);
    }
}

static void accept_all(struct loop *loop)
{
    int fd;
    while ((fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= FDS_MAX) {
            close(fd);
            continue;
        }
        int one = 1;
        int stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
        sink.connections[fd] = calloc(1, sizeof(struct connection));
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (!sink.connections[fd] || epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event))
            die("accept");
    }
}

static void *run(void *argument)
{
    struct loop *loop = argument;
    struct epoll_event events[256];
    for (;;) {
        /* While acts wait the loop does not sleep: a timer's slack would be wider than a small
         * window. It lets the others have its core, as one does that waits for its store. */
        int count = epoll_wait(loop->epoll, events, 256, loop->head == loop->tail ? -1 : 0);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == loop->listener)
                accept_all(loop);
            else
                read_some(loop, events[i].data.fd);
            act(loop);
        }
        act(loop);
        if (count == 0)
            sched_yield();
    }
    return NULL;
}

static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) ||
        bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 16384))
        die("listen");
    return fd;
}

static void start(struct loop *loop)
{
    loop->listener = listen_on(sink.port);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->acts = calloc(FDS_MAX, sizeof *loop->acts);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = loop->listener};
    if (loop->epoll < 0 || !loop->acts ||
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->listener, &event) ||
        pthread_create(&loop->thread, NULL, run, loop))
        die("start");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"window", required_argument, NULL, 'w'},
                                            {"limit", required_argument, NULL, 'l'},
                                            {"loops", required_argument, NULL, 'o'},
                                            {0}};
    for (int got; (got = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (got == 'p')
            sink.port = atoi(optarg);
        else if (got == 'w')
            sink.window_ns = atol(optarg) * 1000;
        else if (got == 'l')
            sink.limit = atol(optarg);
        else if (got == 'o' && atoi(optarg) > 0 && atoi(optarg) <= LOOPS_MAX)
            sink.loops_count = atoi(optarg);
        else
            return 3;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < sink.loops_count; i++)
        start(&sink.loops[i]);
    printf("ready on %d\n", sink.port);
    fflush(stdout);
    for (int i = 0; i < sink.loops_count; i++)
        pthread_join(sink.loops[i].thread, NULL);
    return 0;
}
