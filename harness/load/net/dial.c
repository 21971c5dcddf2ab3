#include "load/net/dial.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* So many handshakes under way at once: a backlog of 128 or more is not overrun by one worker. */
enum { PENDING_MAX = 64 };

/* An unanswered handshake is given up after this, and after twice as long the next time. The kernel
 * itself would send its SYN again only after a second. */
#define PATIENCE (200 * NS_PER_MS)
/* A unix socket says at once that its backlog is full, and takes more as soon as it accepts. */
#define FULL_PATIENCE (10 * NS_PER_MS)
#define TURN_MS       5

struct attempt {
    size_t place;
    ns_t began;
};

struct dialer {
    const struct target *const *targets;
    int *fds;
    size_t next, count;
    struct attempt attempts[PENDING_MAX];
    struct pollfd polls[PENDING_MAX];
    nfds_t pending;
    ns_t patience;
    struct dial_tally *tally;
};

void dial_note(struct dial_tally *tally, int error)
{
    switch (error) {
    case ECONNREFUSED:
        tally->refused++;
        break;
    case EMFILE:
    case ENFILE:
        tally->no_descriptor++;
        break;
    case EADDRNOTAVAIL:
        tally->no_port++;
        break;
    case ETIMEDOUT:
        tally->unanswered++;
        break;
    default:
        tally->other++;
        tally->other_error = error;
    }
}

static bool hopeless(const struct dial_tally *tally)
{
    return tally->refused || tally->no_descriptor || tally->no_port || tally->other;
}

int dial_socket(const struct target *target, struct dial_tally *tally)
{
    int fd = target_socket(target, SOCK_NONBLOCK);
    if (fd < 0)
        dial_note(tally, errno);
    return fd;
}

static void settle_socket(struct dialer *dialer, size_t place, int fd)
{
    dialer->fds[place] = fd;
    dialer->tally->opened++;
}

static void begin(struct dialer *dialer, size_t place, ns_t now)
{
    const struct target *target = dialer->targets[place];
    int fd = dial_socket(target, dialer->tally);
    if (fd < 0)
        return;
    if (!connect(fd, (const struct sockaddr *)&target->address, target->address_length)) {
        settle_socket(dialer, place, fd);
        return;
    }
    bool full = errno == EAGAIN && target->address.ss_family == AF_UNIX;
    if (full) {
        close(fd);
        fd = -1;
    } else if (errno != EINPROGRESS) {
        dial_note(dialer->tally, errno);
        close(fd);
        return;
    }
    dialer->attempts[dialer->pending] = (struct attempt){place, now};
    dialer->polls[dialer->pending++] = (struct pollfd){.fd = fd, .events = POLLOUT};
}

static void drop(struct dialer *dialer, nfds_t i)
{
    dialer->pending--;
    dialer->attempts[i] = dialer->attempts[dialer->pending];
    dialer->polls[i] = dialer->polls[dialer->pending];
}

static void finish(struct dialer *dialer, nfds_t i)
{
    int fd = dialer->polls[i].fd, error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    if (error) {
        close(fd);
        dial_note(dialer->tally, error);
    } else {
        settle_socket(dialer, dialer->attempts[i].place, fd);
    }
    drop(dialer, i);
}

/* A SYN that found the backlog full was dropped: a fresh one may find room. */
static void try_again(struct dialer *dialer, ns_t now)
{
    bool impatient = false;
    nfds_t pending = dialer->pending;
    for (nfds_t i = 0; i < pending; i++) {
        struct attempt attempt = dialer->attempts[i];
        bool full = dialer->polls[i].fd < 0;
        if (now - attempt.began < (full ? FULL_PATIENCE : dialer->patience))
            continue;
        impatient = impatient || !full;
        if (dialer->polls[i].fd >= 0)
            close(dialer->polls[i].fd);
        drop(dialer, i);
        begin(dialer, attempt.place, now);
        dialer->tally->again++;
        pending = dialer->pending;
    }
    if (impatient)
        dialer->patience *= 2;
}

static void give_up(struct dialer *dialer)
{
    for (nfds_t i = 0; i < dialer->pending; i++)
        if (dialer->polls[i].fd >= 0)
            close(dialer->polls[i].fd);
    dialer->tally->unanswered += (int64_t)dialer->pending;
    dialer->pending = 0;
}

/* Begins what may be begun, waits a moment, takes what came. False: that is all there is to do. */
static bool turn(struct dialer *dialer, ns_t now)
{
    while (dialer->pending < PENDING_MAX && dialer->next < dialer->count &&
           !hopeless(dialer->tally))
        begin(dialer, dialer->next++, now);
    if (!dialer->pending)
        return dialer->next < dialer->count;
    if (poll(dialer->polls, dialer->pending, TURN_MS) < 0 && errno != EINTR)
        return false;
    for (nfds_t i = dialer->pending; i-- > 0;)
        if (dialer->polls[i].revents)
            finish(dialer, i);
    try_again(dialer, now);
    return true;
}

void dial_all(const struct target *const *targets, int *ret_fds, size_t count, ns_t deadline,
              const atomic_bool *stop, struct dial_tally *tally)
{
    struct dialer dialer = {
        .targets = targets, .fds = ret_fds, .count = count, .patience = PATIENCE, .tally = tally};
    for (size_t i = 0; i < count; i++)
        ret_fds[i] = -1;
    for (;;) {
        ns_t now = clock_now();
        bool over = now >= deadline || atomic_load_explicit(stop, memory_order_relaxed);
        if (over || hopeless(tally) || !turn(&dialer, now))
            break;
    }
    give_up(&dialer);
}

void dial_tally_add(struct dial_tally *into, const struct dial_tally *from)
{
    into->opened += from->opened;
    into->refused += from->refused;
    into->unanswered += from->unanswered;
    into->no_descriptor += from->no_descriptor;
    into->no_port += from->no_port;
    into->other += from->other;
    into->other_error = from->other_error ? from->other_error : into->other_error;
    into->again += from->again;
}
