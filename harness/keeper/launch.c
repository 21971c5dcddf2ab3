#include "keeper/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/remains.h"

static char mark[160];

void launch_mark(const char *dir)
{
    snprintf(mark, sizeof mark, REMAINS_MARK "=%s", dir);
}

/* One more at the end of the environment, behind the texts of the request; a run inside a run has
 * the name of its own. */
static void environment_mark(char **env)
{
    size_t length = strlen(REMAINS_MARK "=");
    for (; *env; env++) {
        if (strncmp(*env, REMAINS_MARK "=", length) == 0)
            break;
    }
    if (!*env)
        env[1] = NULL;
    *env = mark;
}

static void signals_reset(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int identity_drop(const struct wire_spawn *spawn)
{
    if (spawn->gid != WIRE_SAME) {
        gid_t group = spawn->gid;
        if (setgroups(1, &group) < 0 || setresgid(group, group, group) < 0)
            return -1;
    }
    if (spawn->uid != WIRE_SAME && setresuid(spawn->uid, spawn->uid, spawn->uid) < 0)
        return -1;
    return 0;
}

static int streams_set(const char *log, int stdio)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (out < 0)
        return -1;
    int in = stdio >= 0 ? stdio : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(stdio >= 0 ? stdio : out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0)
        return -1;
    return 0;
}

/* In the child; returns only on failure, with errno set. */
static void child_become(const struct wire_spawn *spawn, char *const *texts, int stdio,
                         pid_t keeper)
{
    signals_reset();
    setsid();
    descriptors_raise();
    umask(022);
    /* The log is opened and the directory entered with the keeper's own rights: the directory of a
     * run may be out of reach for the user that a server runs as. */
    if (streams_set(texts[1], stdio) < 0 || chdir(texts[0]) < 0 || identity_drop(spawn) < 0)
        return;
    /* A change of user clears the parent-death signal, so it comes last (prctl(2)). */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper)
        _exit(127);
    char *const *argv = texts + 2;
    char **env = (char **)(uintptr_t)argv + spawn->argc + 1;
    environment_mark(env);
    execve(argv[0], argv, env);
}

struct wire_reply launch_program(const struct wire_spawn *spawn, char *const *texts, int stdio)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0)
        return (struct wire_reply){.errnum = errno};
    pid_t keeper = getpid(), pid = fork();
    if (pid == 0) {
        child_become(spawn, texts, stdio, keeper);
        int why = errno;
        ssize_t ignored = write(report[1], &why, sizeof why);
        (void)ignored;
        _exit(127);
    }
    int why = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0 && read(report[0], &why, sizeof why) == (ssize_t)sizeof why)
        waitpid(pid, NULL, 0);
    close(report[0]);
    return why ? (struct wire_reply){.errnum = why} : (struct wire_reply){.pid = pid};
}
