#include "keeper/proctree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define GONE_LIMIT (5 * NS_PER_S) /* a process in uninterruptible sleep may never go */

struct entry {
    pid_t pid;
    pid_t parent;
    char state;
};

/* Reads pid's parent and state. The command in the second field may hold blanks and brackets, so
 * the fields are counted from the last bracket (proc(5)). */
static bool entry_read(pid_t pid, struct entry *ret_entry)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char text[512];
    ssize_t got = read(fd, text, sizeof text - 1);
    if (got <= 0)
        return false;
    text[got] = '\0';
    const char *end = strrchr(text, ')');
    int parent;
    char state;
    if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2)
        return false;
    *ret_entry = (struct entry){.pid = pid, .parent = parent, .state = state};
    return true;
}

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static struct entry *entries_read(size_t *ret_count)
{
    _cleanup_(close_dir) DIR *dir = opendir("/proc");
    if (!dir)
        return NULL;
    size_t count = 0, room = 0;
    struct entry *entries = NULL;
    for (struct dirent *item; (item = readdir(dir));) {
        if (!isdigit((unsigned char)item->d_name[0]))
            continue;
        if (count == room) {
            room = room ? 2 * room : 256;
            struct entry *larger = reallocarray(entries, room, sizeof *entries);
            if (!larger)
                break;
            entries = larger;
        }
        if (entry_read(atoi(item->d_name), &entries[count]))
            count++;
    }
    *ret_count = count;
    return entries;
}

size_t proctree_list(pid_t root, pid_t *ret_pids, size_t max)
{
    size_t total = 0;
    _cleanup_free_ struct entry *entries = entries_read(&total);
    size_t found = 0;
    pid_t parent = root;
    for (size_t next = 0;; next++) {
        for (size_t i = 0; entries && i < total && found < max; i++) {
            if (entries[i].parent == parent && entries[i].state != 'Z' && entries[i].state != 'X')
                ret_pids[found++] = entries[i].pid;
        }
        if (next >= found)
            return found;
        parent = ret_pids[next];
    }
}

bool proctree_alive(pid_t pid)
{
    struct entry entry;
    return entry_read(pid, &entry) && entry.state != 'Z' && entry.state != 'X';
}

/* Stops the tree until two looks at it agree: a process that is stopped cannot fork. */
static size_t tree_freeze(pid_t root, pid_t *pids)
{
    kill(root, SIGSTOP);
    size_t count = 0;
    for (int look = 0; look < 10; look++) {
        size_t now = proctree_list(root, pids, PROCTREE_MAX);
        if (now == count && look > 0)
            break;
        count = now;
        for (size_t i = 0; i < count; i++)
            kill(pids[i], SIGSTOP);
    }
    return count;
}

/* A killed process holds its memory, files and sockets for a moment longer. */
static void wait_gone(pid_t root, const pid_t *pids, size_t count)
{
    ns_t deadline = clock_now() + GONE_LIMIT;
    bool any = true;
    while (any && clock_now() < deadline) {
        any = proctree_alive(root);
        for (size_t i = 0; i < count && !any; i++)
            any = proctree_alive(pids[i]);
        if (any)
            clock_sleep_until(clock_now() + 200 * NS_PER_US);
    }
}

int proctree_signal(pid_t root, int signal)
{
    _cleanup_free_ pid_t *pids = calloc(PROCTREE_MAX, sizeof *pids);
    if (!pids)
        return ENOMEM;
    size_t count =
        signal == SIGKILL ? tree_freeze(root, pids) : proctree_list(root, pids, PROCTREE_MAX);
    int result = kill(root, signal) < 0 ? errno : 0;
    for (size_t i = 0; i < count; i++)
        kill(pids[i], signal);
    if (signal == SIGKILL && result == 0)
        wait_gone(root, pids, count);
    return result;
}
