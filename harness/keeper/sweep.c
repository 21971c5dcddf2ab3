#include "keeper/sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "keeper/proctree.h"

#define GRACE      (500 * NS_PER_MS) /* for those with a finish signal */
#define KILL_LIMIT (10 * NS_PER_S)   /* a process in uninterruptible sleep may never go */

static bool reap(void)
{
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid == 0)
            return false;
        if (pid < 0 && errno == ECHILD)
            return true;
    }
}

static bool anyone_finishing(const struct sweep_child *children, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (children[i].finish_signal && proctree_alive(children[i].pid))
            return true;
    }
    return false;
}

static void finish(const struct sweep_child *children, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!children[i].finish_signal)
            continue;
        kill(children[i].pid, children[i].finish_signal);
        kill(children[i].pid, SIGCONT); /* a stopped one would not hear it */
    }
    ns_t deadline = clock_now() + GRACE;
    while (clock_now() < deadline && anyone_finishing(children, count)) {
        clock_sleep_until(clock_now() + 2 * NS_PER_MS);
        reap();
    }
}

void sweep_processes(const struct sweep_child *children, size_t count)
{
    finish(children, count);
    static pid_t pids[PROCTREE_MAX];
    ns_t deadline = clock_now() + KILL_LIMIT;
    while (!reap() && clock_now() < deadline) {
        size_t found = proctree_list(getpid(), pids, PROCTREE_MAX);
        for (size_t i = 0; i < found; i++)
            kill(pids[i], SIGKILL);
        clock_sleep_until(clock_now() + NS_PER_MS);
    }
}
