/* A way between two machines that takes its time: delay LISTEN HOST:PORT THERE BACK JITTER
 *
 * Who connects to port LISTEN is connected to HOST:PORT; what comes is handed on THERE microseconds
 * later, what is answered BACK microseconds later, each piece by up to JITTER later still, in
 * order. A thread a direction. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define S INT64_C(1000000000)
enum { PIECES = 256, PIECE = 65536 };

struct piece {
    int64_t due;
    size_t length;
    char bytes[PIECE];
};

struct way {
    int from, to;
    int64_t delay, jitter; /* ns */
    unsigned seed;
    size_t first, count;
    int64_t last; /* due of the last: none overtakes another */
    struct piece pieces[PIECES];
};

static int64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * S + ts.tv_nsec;
}

static int take(struct way *way)
{
    struct piece *piece = &way->pieces[(way->first + way->count) % PIECES];
    ssize_t got = recv(way->from, piece->bytes, PIECE, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    int64_t more =
        way->jitter ? (int64_t)((double)rand_r(&way->seed) / RAND_MAX * (double)way->jitter) : 0;
    piece->due = now() + way->delay + more;
    piece->due = piece->due > way->last ? piece->due : way->last;
    way->last = piece->due;
    piece->length = got > 0 ? (size_t)got : 0; /* none: the end, which takes its time as well */
    way->count++;
    return got > 0;
}

/* 0: that was the end. */
static int give(struct way *way)
{
    struct piece *piece = &way->pieces[way->first];
    way->first = (way->first + 1) % PIECES;
    way->count--;
    for (size_t sent = 0; sent < piece->length;) {
        ssize_t some = send(way->to, piece->bytes + sent, piece->length - sent, MSG_NOSIGNAL);
        if (some <= 0)
            return 0;
        sent += (size_t)some;
    }
    return piece->length > 0;
}

static void *go_that_way(void *argument)
{
    struct way *way = argument;
    int open = 1;
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        int64_t left = way->count ? way->pieces[way->first].due - now() : 3600 * S;
        if (left <= 0) {
            if (!give(way))
                break;
            continue;
        }
        struct pollfd poll_for = {.fd = open && way->count < PIECES ? way->from : -1,
                                  .events = POLLIN};
        struct timespec wait = {left / S, left % S};
        if (ppoll(&poll_for, 1, &wait, NULL) > 0)
            open = take(way) && open;
    }
    shutdown(way->to, SHUT_WR);
    shutdown(way->from, SHUT_RD);
    return NULL;
}

static int reach(const char *place)
{
    char host[64] = "";
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(place, ':');
    snprintf(host, sizeof host, "%.*s", (int)(colon - place), place);
    inet_pton(AF_INET, host, &address.sin_addr);
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror(place);
        close(fd);
        return -1;
    }
    return fd;
}

static void begin(int from, int to, const char *delay, const char *jitter)
{
    static unsigned seed = 1;
    struct way *way = calloc(1, sizeof *way);
    pthread_t thread;
    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    *way = (struct way){.from = from,
                        .to = to,
                        .delay = atoll(delay) * 1000,
                        .jitter = atoll(jitter) * 1000,
                        .seed = seed++};
    pthread_create(&thread, NULL, go_that_way, way);
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 3;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1]))};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
        perror("listen");
        return 4;
    }
    for (int came; (came = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        int there = reach(argv[2]);
        if (there < 0) {
            close(came);
            continue;
        }
        begin(came, there, argv[3], argv[5]);
        begin(there, came, argv[4], argv[5]);
    }
    return 4;
}
