#include "keeper/sweep.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
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

/* Line 7 of postmaster.pid: key and identifier of the interlock segment. It is there only when the
 * postmaster had no time to clean up. */
static void segment_remove(const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/postgres/data/postmaster.pid", dir);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char line[256];
    unsigned long key;
    int segment;
    for (int number = 1; file && fgets(line, sizeof line, file); number++) {
        if (number == 7 && sscanf(line, "%lu %d", &key, &segment) == 2)
            shmctl(segment, IPC_RMID, NULL);
    }
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

void sweep_directory(const char *dir)
{
    segment_remove(dir);
    nftw(dir, entry_remove, 32, FTW_DEPTH | FTW_PHYS);
}
