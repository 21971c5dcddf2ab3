/* A command whose output is the rows: CSV, JSON lines or a JSON list. It runs anew for each visit,
 * in a shell and a process group of its own, which is ended when it takes too long. That it only
 * reads is its author's word. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "store/documents.h"
#include "store/store.h"

#define LOOK_MS    20
#define COMPLAINTS 4096 /* bytes of its standard error that are kept */

struct command {
    struct store store;
    atomic_bool stop;
};

struct child {
    pid_t pid;
    int out, err;
    struct buf output, complaints;
};

static int command_open(struct store *store, struct err *err)
{
    const char *rest = strchr(store->url, ':') + 1;
    if (!*rest || !strcmp(rest, "//"))
        return 0;
    return err_set(err, ERR_USAGE, "the command stands in the query; allowed: command: alone");
}

/* In the child: nothing but what may be called between fork and exec. */
static void become(const char *text, const int out[2], const int err[2])
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        dup2(nothing, 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execl("/bin/sh", "sh", "-c", text, (char *)NULL);
    _exit(127);
}

static int start(struct child *child, const char *text, struct visit *visit)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    buf_init(&child->output, DOCUMENTS_MAX);
    buf_init(&child->complaints, COMPLAINTS);
    bool piped = !pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC);
    child->pid = piped ? fork() : -1;
    if (child->pid == 0)
        become(text, out, err);
    int code = errno;
    child->out = out[0];
    child->err = err[0];
    for (int i = 0; i < 2; i++) {
        int fd = i ? err[1] : out[1];
        if (fd >= 0)
            close(fd);
    }
    if (child->pid > 0)
        setpgid(child->pid, child->pid);
    return child->pid > 0 ? 0 : visit_fail(visit, "it cannot be started: %s", strerror(code));
}

/* False: its end was reached. What does not fit is read and let go. */
static bool take(int fd, struct buf *to)
{
    char bytes[65536];
    ssize_t count = read(fd, bytes, sizeof bytes);
    if (count > 0)
        (void)buf_add(to, bytes, (size_t)count);
    return count > 0 || (count < 0 && errno == EINTR);
}

/* Until both ends are closed; false when the deadline comes first. */
static bool listen_to(const struct command *command, struct child *child, ns_t deadline)
{
    struct pollfd fds[2] = {{child->out, POLLIN, 0}, {child->err, POLLIN, 0}};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (atomic_load(&command->stop) || clock_now() >= deadline)
            return false;
        if (poll(fds, 2, LOOK_MS) <= 0)
            continue;
        if (fds[0].revents && !take(child->out, &child->output))
            fds[0].fd = -1;
        if (fds[1].revents && !take(child->err, &child->complaints))
            fds[1].fd = -1;
    }
    return true;
}

/* It has closed its ends and may still live. What it has left behind in its group is ended while it
 * still holds the group's number. */
static bool await(struct child *child, ns_t deadline, int *ret_status)
{
    siginfo_t info = {0};
    while (!waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) && !info.si_pid) {
        if (clock_now() >= deadline)
            return false;
        clock_sleep_until(clock_now() + NS_PER_MS);
    }
    kill(-child->pid, SIGKILL);
    bool ended = waitpid(child->pid, ret_status, 0) == child->pid;
    child->pid = 0;
    return ended;
}

/* Whoever of its group is left is ended with it. */
static void end_child(struct child *child)
{
    int status;
    if (child->pid > 0) {
        kill(-child->pid, SIGKILL);
        kill(child->pid, SIGKILL);
        waitpid(child->pid, &status, 0);
    }
    if (child->out >= 0)
        close(child->out);
    if (child->err >= 0)
        close(child->err);
    buf_free(&child->output);
    buf_free(&child->complaints);
}

/* The last line that it complained with, where it did. */
static const char *last_line(struct child *child)
{
    char *text = child->complaints.used ? child->complaints.data : NULL;
    if (!text)
        return "";
    while (child->complaints.used && strchr("\r\n \t", text[child->complaints.used - 1]))
        text[--child->complaints.used] = '\0';
    char *last = strrchr(text, '\n');
    return last ? last + 1 : text;
}

static int blame(struct visit *visit, struct child *child, int status)
{
    const char *said = last_line(child);
    const char *between = *said ? ": " : "";
    if (WIFSIGNALED(status))
        return visit_fail(visit, "it was ended by signal %d%s%.160s", WTERMSIG(status), between,
                          said);
    return visit_fail(visit, "it ended with code %d%s%.160s", WEXITSTATUS(status), between, said);
}

/* Its whole output is in the child afterwards. */
static int carry_out(const struct command *command, const char *text, struct child *child,
                     struct visit *visit)
{
    ns_t deadline = clock_now() + STORE_ANSWER_SPAN;
    int status = 0;
    if (start(child, text, visit))
        return visit->rc;
    if (!listen_to(command, child, deadline) || !await(child, deadline, &status))
        return visit_fail(visit, "it did not end within %d s", (int)(STORE_ANSWER_SPAN / NS_PER_S));
    if (status)
        return blame(visit, child, status);
    if (child->output.failed)
        return visit_fail(visit, "it printed more than %zu MB", DOCUMENTS_MAX >> 20);
    return 0;
}

static void read_slot(struct command *command, struct visit *visit, enum visit_slot slot)
{
    const char *text = command->store.queries[slot];
    _cleanup_(end_child) struct child child = {.pid = 0, .out = -1, .err = -1};
    if (!text || (!visit->read[slot] && !visit->count[slot]))
        return;
    if (!carry_out(command, text, &child, visit))
        documents_read(visit, slot, &command->store,
                       child.output.used ? child.output.data : (char[1]){""}, child.output.used);
    if (visit->rc)
        visit->failed = (int)slot;
}

/* What it prints, without the blanks around it. */
static void read_value(struct command *command, struct visit *visit)
{
    _cleanup_(end_child) struct child child = {.pid = 0, .out = -1, .err = -1};
    if (carry_out(command, visit->ask, &child, visit) || !child.output.used)
        return;
    char *text = child.output.data;
    size_t size = child.output.used;
    while (size && strchr("\r\n \t", text[size - 1]))
        size--;
    size_t blanks = strspn(text, "\r\n \t");
    visit->value = size > blanks ? strndup(text + blanks, size - blanks) : NULL;
}

static void command_visit(struct store *store, struct visit *visit)
{
    struct command *command = (struct command *)store;
    for (enum visit_slot slot = 0; !visit->rc && slot < VISIT_SLOTS; slot++)
        read_slot(command, visit, slot);
    if (!visit->rc && visit->ask)
        read_value(command, visit);
}

static int command_connect(struct store *store, struct err *err)
{
    (void)store;
    return err_set(err, ERR_USAGE, "a command is only read; allowed: commands for a server");
}

static void command_wake(struct store *store)
{
    atomic_store(&((struct command *)store)->stop, true);
}

static bool command_reads(const char *query, char *ret_why, size_t size)
{
    snprintf(ret_why, size, "is empty; allowed: a command line, as for sh -c");
    return query[strspn(query, " \t\r\n")] != '\0';
}

const struct store_ops store_command = {
    .name = "command",
    .title = "the command",
    .schemes = {"command"},
    .costly = true,
    .size = sizeof(struct command),
    .reads = command_reads,
    .open = command_open,
    .visit = command_visit,
    .connect = command_connect,
    .wake = command_wake,
};
