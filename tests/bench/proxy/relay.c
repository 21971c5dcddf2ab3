/* The bound: what standing between costs at least, when each client has a connection of its own to
 * the store. One epoll loop between unix sockets that reads all that is ready and then sends it on;
 * nothing is parsed, kept back or counted. relay LISTEN UPSTREAM */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EVENTS_MAX 64

struct end {
    struct end *other;
    int fd;
    bool closed;
    size_t used;
    char bytes[64 * 1024];
};

static int make_socket(const char *path, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    strncpy(ret_address->sun_path, path, sizeof ret_address->sun_path - 1);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static struct end *end_open(int epoll, int fd)
{
    struct end *end = calloc(1, sizeof *end);
    if (!end)
        exit(4);
    end->fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = end});
    return end;
}

static void take(int epoll, int client, const char *upstream)
{
    struct sockaddr_un address;
    int server = make_socket(upstream, &address);
    if (connect(server, (const struct sockaddr *)&address, sizeof address) < 0)
        exit(4);
    struct end *one = end_open(epoll, client), *two = end_open(epoll, server);
    one->other = two;
    two->other = one;
}

/* What a benchmark's clients leave is not freed: they are few. */
static void end_close(struct end *end)
{
    end->closed = true;
    end->used = 0;
    close(end->fd);
}

static void read_from(struct end *end)
{
    if (end->closed)
        return;
    ssize_t got = recv(end->fd, end->bytes, sizeof end->bytes, 0);
    if (got > 0) {
        end->used = (size_t)got;
    } else if (got == 0) {
        end_close(end->other);
        end_close(end);
    }
}

/* To somebody who has left nothing goes. */
static void send_on(struct end *end)
{
    if (end->used > 0 && send(end->other->fd, end->bytes, end->used, MSG_NOSIGNAL) < 0)
        shutdown(end->fd, SHUT_RDWR);
    end->used = 0;
}

static void serve(int epoll, int listener, const char *upstream)
{
    struct epoll_event events[EVENTS_MAX];
    for (int count; (count = epoll_wait(epoll, events, EVENTS_MAX, -1)) >= 0;) {
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                read_from(events[i].data.ptr);
            else
                take(epoll, accept4(listener, NULL, NULL, SOCK_NONBLOCK), upstream);
        }
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                send_on(events[i].data.ptr);
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un address;
    if (argc != 3)
        return 3;
    int listener = make_socket(argv[1], &address), epoll = epoll_create1(0);
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, 1000) < 0)
        return 4;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN});
    serve(epoll, listener, argv[2]);
    return 4;
}
