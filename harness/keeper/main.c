/* rushproof-keeper: started by the harness, which sends it the programs to start. It adopts
 * whatever they leave behind, and when the harness closes its socket, by ending in any way, takes
 * everything down, removes the run's private directory and ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "keeper/launch.h"
#include "keeper/remains.h"
#include "keeper/sweep.h"
#include "keeper/wire.h"

#define CHILDREN_MAX 4096

static struct sweep_child children[CHILDREN_MAX];
static size_t children_count;

static void children_reap(void)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (size_t i = 0; i < children_count; i++) {
            if (children[i].pid != pid)
                continue;
            children[i] = children[--children_count];
            struct wire_exit ended = {.pid = pid, .status = status, .at = clock_now()};
            wire_send(WIRE_EVENTS_FD, &ended, sizeof ended, -1);
            break;
        }
    }
}

/* Returns false when the harness is gone. */
static bool request_serve(void)
{
    static char bytes[WIRE_MAX];
    static char *texts[WIRE_TEXTS_MAX + 1]; /* room for the mark */
    int stdio = -1;
    ssize_t got = wire_receive(WIRE_CONTROL_FD, bytes, sizeof bytes, &stdio);
    if (got == 0 || (got < 0 && got != -EMSGSIZE))
        return false;
    struct wire_spawn spawn;
    struct wire_reply reply = {.errnum = got == WIRE_PING_SIZE ? 0 : E2BIG};
    if (got > WIRE_PING_SIZE && children_count < CHILDREN_MAX &&
        wire_unpack(bytes, (size_t)got, &spawn, texts))
        reply = launch_program(&spawn, texts, stdio);
    if (stdio >= 0)
        close(stdio);
    if (reply.pid > 0)
        children[children_count++] =
            (struct sweep_child){.pid = reply.pid, .finish_signal = spawn.finish_signal};
    return wire_send(WIRE_CONTROL_FD, &reply, sizeof reply, -1) > 0;
}

static int signals_open(void)
{
    /* Ctrl-C is the harness's affair. SIGTERM to the keeper itself means: take it all down. */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    return signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void serve(int signals)
{
    struct pollfd ready[] = {{.fd = WIRE_CONTROL_FD, .events = POLLIN},
                             {.fd = signals, .events = POLLIN}};
    for (bool going = true; going;) {
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return;
        struct signalfd_siginfo info;
        while (ready[1].revents && read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
            if (info.ssi_signo == SIGTERM)
                going = false;
        }
        children_reap();
        if (ready[0].revents && !request_serve())
            going = false;
    }
}

int main(int argc, char **argv)
{
    struct stat control;
    if (argc < 2 || argc > 3 || fstat(WIRE_CONTROL_FD, &control) < 0 ||
        !S_ISSOCK(control.st_mode)) {
        fputs("rushproof-keeper is started by rushproof; it is of no use by itself.\n", stderr);
        return 3;
    }
    umask(022);
    const char *dir = argv[1];
    bool keep = argc == 3 && strcmp(argv[2], "keep") == 0;
    fcntl(WIRE_CONTROL_FD, F_SETFD, FD_CLOEXEC);
    fcntl(WIRE_EVENTS_FD, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* Whoever has stopped this process must not keep it from cleaning up when the harness is gone.
     */
    prctl(PR_SET_PDEATHSIG, SIGCONT);
    launch_mark(dir);
    int signals = signals_open();

    struct wire_reply hello = {.errnum = signals < 0 ? errno : 0};
    if (!hello.errnum)
        hello.errnum = remains_make(dir, keep);
    wire_send(WIRE_CONTROL_FD, &hello, sizeof hello, -1);
    if (hello.errnum)
        return 1;

    serve(signals);
    sweep_processes(children, children_count);
    if (!keep)
        remains_remove(dir);
    return 0;
}
