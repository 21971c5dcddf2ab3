#include "consumer/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

static _Atomic bool asked;
static _Atomic bool go_on;
static int event_fd = -1;

static void on_stop(int signal_number)
{
    (void)signal_number;
    int errnum = errno;
    atomic_store(&asked, true);
    uint64_t one = 1;
    ssize_t ignored = write(event_fd, &one, sizeof one);
    (void)ignored; /* only a full counter can refuse, and then it is readable anyway */
    errno = errnum;
}

static void on_go_on(int signal_number)
{
    (void)signal_number;
    atomic_store(&go_on, true);
}

int stop_listen(struct err *err)
{
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "eventfd");
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = on_go_on;
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

bool stop_asked(void)
{
    return atomic_load(&asked);
}

bool stop_go_on(void)
{
    return atomic_exchange(&go_on, false);
}

int stop_fd(void)
{
    return event_fd;
}

void stop_sleep(ns_t span)
{
    ns_t until = clock_now() + span;
    struct pollfd wait = {.fd = event_fd, .events = POLLIN};
    for (ns_t left = span; left > 0 && !stop_asked(); left = until - clock_now()) {
        struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
        ppoll(&wait, 1, &timeout, NULL);
    }
}
