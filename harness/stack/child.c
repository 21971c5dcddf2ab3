#include "stack/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "keeper/proctree.h"
#include "model/login.h"
#include "stack/logfile.h"

void child_init(struct child *child, struct launcher *launcher, const char *name)
{
    *child =
        (struct child){.launcher = launcher, .uid = LAUNCH_SAME, .gid = LAUNCH_SAME, .talk = -1};
    snprintf(child->name, sizeof child->name, "%s", name);
}

void child_free(struct child *child)
{
    if (child->talk >= 0)
        close(child->talk);
    texts_free(&child->argv);
    texts_free(&child->env);
    free(child->dir);
    free(child->log);
    child_init(child, NULL, "");
}

int child_log(struct child *child, const char *logs, struct err *err)
{
    char *log = NULL;
    if (asprintf(&log, "%s/%s.log", logs, child->name) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(child->log);
    child->log = log;
    return 0;
}

/* A new conversation for each start: what the last one left unread must not be taken for an answer.
 */
static int talk_open(struct child *child, int *ret_theirs, struct err *err)
{
    int pair[2];
    if (!child->wants_talk)
        return 0;
    if (child->talk >= 0)
        close(child->talk);
    child->talk = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make a socket for %s", child->name);
    child->talk = pair[0];
    *ret_theirs = pair[1];
    return 0;
}

int child_start(struct child *child, struct err *err)
{
    if (child->argv.failed || child->env.failed)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (child->pid)
        return err_set(err, ERR_ENVIRONMENT, "%s runs already", child->name);
    _cleanup_close_ int theirs = -1;
    int result = talk_open(child, &theirs, err);
    if (result)
        return result;
    child->log_from = logfile_size(child->log);
    struct launch launch = {.argv = child->argv.v,
                            .env = child->env.v,
                            .dir = child->dir,
                            .log = child->log,
                            .uid = child->uid,
                            .gid = child->gid,
                            .finish_signal = child->finish_signal,
                            .stdio = theirs};
    pid_t pid;
    result = launcher_spawn(child->launcher, &launch, &pid, err);
    if (result) {
        err_prefix(err, "%s", child->name);
        return result;
    }
    child->pid = pid;
    child->restarts += child->starts++ > 0;
    child->excused = 0;
    child->stopped = false;
    log_info("stack", "%s: started %s as process %d", child->name, child->argv.v[0], (int)pid);
    return 0;
}

bool child_ended(struct child *child)
{
    pid_t pid = child->pid;
    if (!pid || !launcher_ended(child->launcher, pid, &child->status, &child->ended))
        return !pid;
    char how[64];
    child->pid = 0;
    log_info("stack", "%s: process %d ended, %s", child->name, (int)pid,
             child_how_ended(child, how, sizeof how));
    return true;
}

static bool means_end(int signal)
{
    return signal == SIGKILL || signal == SIGTERM;
}

bool child_asked(const struct child *child)
{
    int sent = child->excused;
    if (means_end(sent))
        return true;
    if (WIFSIGNALED(child->status))
        return sent == WTERMSIG(child->status);
    return sent == SIGINT || sent == SIGQUIT || sent == SIGHUP;
}

bool child_is_done(struct child *child)
{
    return child->may_end && child->starts > 0 && child_ended(child) && WIFEXITED(child->status) &&
           WEXITSTATUS(child->status) == 0;
}

bool child_failed(struct child *child)
{
    return child->starts > 0 && child_ended(child) && !child_asked(child);
}

int child_signal(struct child *child, int signal, bool descendants, struct err *err)
{
    pid_t pid = child_ended(child) ? 0 : child->pid;
    if (!pid)
        return err_set(err, ERR_ENVIRONMENT, "%s does not run", child->name);
    if (signal == SIGSTOP || signal == SIGCONT)
        child->stopped = signal == SIGSTOP;
    else if (!means_end(child->excused))
        child->excused = signal;
    int why = descendants ? proctree_signal(pid, signal) : kill(pid, signal) < 0 ? errno : 0;
    return why ? err_errno(err, ERR_ENVIRONMENT, why, "cannot signal %s", child->name) : 0;
}

static bool wait_end(struct child *child, ns_t deadline)
{
    ns_t nap = 200 * NS_PER_US;
    while (!child_ended(child)) {
        if (clock_now() >= deadline)
            return false;
        clock_sleep_until(clock_now() + nap);
        nap = nap < 5 * NS_PER_MS ? nap * 2 : nap;
    }
    return true;
}

void child_ask_end(struct child *child, int signal)
{
    if (child_ended(child))
        return;
    child->excused = signal == SIGKILL ? SIGKILL : SIGTERM;
    if (child->stopped)
        proctree_signal(child->pid, SIGCONT);
    kill(child->pid, signal);
}

void child_await_end(struct child *child, ns_t deadline)
{
    if (wait_end(child, deadline))
        return;
    log_warn("stack", "%s did not end when it was asked; killing it", child->name);
    child_kill(child);
}

void child_kill(struct child *child)
{
    if (child_ended(child))
        return;
    child->excused = SIGKILL;
    proctree_signal(child->pid, SIGKILL);
    wait_end(child, clock_now() + 10 * NS_PER_S);
}

const char *child_how_ended(const struct child *child, char *ret_text, size_t size)
{
    if (WIFSIGNALED(child->status))
        snprintf(ret_text, size, "signal %d (%s)", WTERMSIG(child->status),
                 strsignal(WTERMSIG(child->status)));
    else
        snprintf(ret_text, size, "exit code %d", WEXITSTATUS(child->status));
    return ret_text;
}

int child_blame(const struct child *child, struct err *err)
{
    char tail[640];
    logfile_tail(child->log, child->log_from, tail, sizeof tail);
    if (!err)
        return -ERR_ENVIRONMENT;
    size_t used = strlen(err->message);
    const char *advice = login_advise(tail);
    if (tail[0])
        snprintf(err->message + used, sizeof err->message - used, "%s%s\nthe end of %s:\n%s",
                 advice ? "; " : "", advice ? advice : "", child->log, tail);
    else
        snprintf(err->message + used, sizeof err->message - used, "; it wrote nothing to %s%s",
                 child->log, child->log_from > 0 ? " since this start" : "");
    return -(int)err->code;
}
