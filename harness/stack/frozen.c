/* Stopping the target for a moment, with proof: who serves it is found by the port, and that it has
 * stopped by the state of every thread. The gate may ask from any thread. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "stack/inside.h"
#include "stack/listener.h"

/* A thread in the middle of a system call stops when that lets it, and a busy machine lets it run
 * first. Nothing is in flight meanwhile. */
#define STOPS_WITHIN (5 * NS_PER_S)
#define LOOK_AGAIN   (100 * NS_PER_US)

enum { LISTENERS_MAX = 64 };

/* ---- the processes that the load faces ---- */

/* The process of that group; NULL: it is none of the run's. */
static struct process *find_process(const struct stack *stack, pid_t group)
{
    for (unsigned i = 0; group && i < stack->processes_count; i++)
        if (stack->processes[i].child.pid == group)
            return &stack->processes[i];
    return NULL;
}

static bool faces_load(const struct stack *stack, pid_t group)
{
    const struct process *process = find_process(stack, group);
    return process && process->faces_load;
}

static int signal_faces(const struct stack *stack, int number, struct err *err)
{
    bool any = false;
    for (unsigned i = 0; i < stack->processes_count; i++) {
        pid_t pid = stack->processes[i].child.pid;
        if (!stack->processes[i].faces_load || !pid)
            continue;
        any = true;
        if (kill(-pid, number) < 0)
            return err_set(err, ERR_ENVIRONMENT, "cannot signal %s",
                           stack->processes[i].child.name);
    }
    return any ? 0
               : err_set(err, ERR_USAGE,
                         "gate freeze: no process of this scenario is the one that the request's "
                         "URL leads to");
}

/* ---- /proc ---- */

/* The state letter and the process group of "/proc/…/stat"; what has gone has state 'X'. */
static char read_stat(const char *path, pid_t *ret_group)
{
    char text[512];
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    size_t used = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[used] = '\0';
    const char *after = strrchr(text, ')'); /* the name before it may hold anything */
    char state = 'X';
    int parent = 0, group = 0;
    if (!after || sscanf(after + 1, " %c %d %d", &state, &parent, &group) < 3)
        return 'X';
    *ret_group = group;
    return state;
}

/* Calls each(context, number) for every entry of the directory that is a number, until one says
 * false. Returns false then. */
static bool each_number(const char *path, bool (*each)(void *context, int number), void *context)
{
    DIR *dir = opendir(path);
    bool go_on = true;
    if (!dir)
        return true;
    for (struct dirent *entry; go_on && (entry = readdir(dir));)
        if (isdigit((unsigned char)entry->d_name[0]))
            go_on = each(context, atoi(entry->d_name));
    closedir(dir);
    return go_on;
}

/* ---- who listens ---- */

struct sockets {
    const struct stack *stack;
    uint16_t port; /* where they listen */
    bool all;      /* any of the run's processes may have them, not only one that faces the load */
    struct {
        uint64_t inode;
        struct process *own; /* which of those processes has it; NULL: none */
    } v[LISTENERS_MAX];
    unsigned count;
    bool too_many;
    int pid;             /* the process that is being looked at */
    struct process *own; /* which of those it belongs to */
};

static void keep_listener(void *context, const struct listener *listener)
{
    struct sockets *sockets = context;
    if (listener->port != sockets->port)
        return;
    sockets->too_many |= sockets->count == LISTENERS_MAX;
    if (!sockets->too_many)
        sockets->v[sockets->count++].inode = listener->inode;
}

static bool look_at_fd(void *context, int fd)
{
    struct sockets *sockets = context;
    char path[64], link[64];
    unsigned long inode;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", sockets->pid, fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    link[length < 0 ? 0 : length] = '\0';
    if (sscanf(link, "socket:[%lu]", &inode) != 1)
        return true;
    for (unsigned i = 0; i < sockets->count; i++) {
        if (sockets->v[i].inode != inode)
            continue;
        sockets->v[i].own = sockets->own;
        return sockets->own; /* a stranger would go on accepting */
    }
    return true;
}

static bool look_at_process(void *context, int pid)
{
    struct sockets *sockets = context;
    char path[64];
    pid_t group = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    read_stat(path, &group);
    sockets->pid = pid;
    sockets->own = find_process(sockets->stack, group);
    if (sockets->own && !sockets->all && !sockets->own->faces_load)
        sockets->own = NULL;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return each_number(path, look_at_fd, sockets);
}

/* Some listen there, and all of them are the run's own. */
static bool find_owners(struct sockets *sockets)
{
    listeners_each(keep_listener, sockets);
    if (!sockets->count || sockets->too_many)
        return false;
    if (!each_number("/proc", look_at_process, sockets))
        return false;
    for (unsigned i = 0; i < sockets->count; i++)
        if (!sockets->v[i].own)
            return false;
    return true;
}

bool stack_owns(const struct stack *stack, uint16_t port)
{
    struct sockets sockets = {.stack = stack, .port = port};
    return find_owners(&sockets);
}

void stack_meet(struct stack *stack, uint16_t port)
{
    struct sockets sockets = {.stack = stack, .port = port, .all = true};
    bool found = find_owners(&sockets);
    for (unsigned i = 0; found && i < sockets.count; i++)
        sockets.v[i].own->faces_load = true;
}

/* ---- whether it has stopped ---- */

static bool thread_has_stopped(void *context, int thread)
{
    const int *pid = context;
    char path[64];
    pid_t group;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", *pid, thread);
    return strchr("TtZX", read_stat(path, &group));
}

static bool process_has_stopped(void *context, int pid)
{
    const struct stack *stack = context;
    char path[64];
    pid_t group = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    read_stat(path, &group);
    if (!faces_load(stack, group))
        return true;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    return each_number(path, thread_has_stopped, &pid);
}

int stack_freeze(struct stack *stack, struct err *err)
{
    int rc = signal_faces(stack, SIGSTOP, err);
    if (rc)
        return rc;
    ns_t deadline = clock_now() + STOPS_WITHIN;
    while (!each_number("/proc", process_has_stopped, stack)) {
        if (clock_now() > deadline) {
            rc = signal_faces(stack, SIGCONT, err);
            return rc ? rc
                      : err_set(err, ERR_ENVIRONMENT,
                                "the target did not stop within %d s; gate: last-byte does "
                                "without stopping it",
                                (int)(STOPS_WITHIN / NS_PER_S));
        }
        clock_sleep_until(clock_now() + LOOK_AGAIN);
    }
    return 0;
}

int stack_thaw(struct stack *stack, struct err *err)
{
    return signal_faces(stack, SIGCONT, err);
}
