#include "stack/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "keeper/remains.h"
#include "keeper/wire.h"

extern char **environ;

/* A socket's path holds 107 bytes (unix(7)); the longest name below the directory needs about 40.
 */
#define PLACE_MAX 48

#define WAKE_MS     100             /* a silence after which the keeper may have been stopped */
#define REPLY_LIMIT (30 * NS_PER_S) /* it never takes so long */
#define CLOSE_LIMIT (60 * NS_PER_S) /* to end everybody and to remove the directory */

struct ended {
    pid_t pid;
    int status;
    ns_t at;
};

struct launcher {
    pthread_mutex_t lock; /* the sockets and the list */
    pid_t keeper;
    int control, events; /* -1: closed */
    bool gone;           /* the keeper has ended, and with it everything that it started */
    bool keep, made;     /* the directory is to be kept; it is there */
    ns_t woken;          /* when the keeper was last sent SIGCONT */
    struct ended *ended; /* programs that have ended; owned */
    size_t ended_count, ended_room;
    char dir[128];
};

/* A server may run as another user, who must be able to walk to the directory. */
static bool reachable_by_others(const char *path)
{
    char part[PLACE_MAX + 1];
    struct stat status;
    for (size_t end = 1; end <= strlen(path); end++) {
        if (path[end] != '/' && path[end] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)end, path);
        if (stat(part, &status) < 0 || !(status.st_mode & S_IXOTH))
            return false;
    }
    return true;
}

static int dir_choose(char *ret_dir, size_t size, struct err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    const char *tmp = getenv("TMPDIR");
    if (!tmp || tmp[0] != '/' || strlen(tmp) > PLACE_MAX || access(tmp, W_OK | X_OK) < 0 ||
        (geteuid() == 0 && !reachable_by_others(tmp)))
        tmp = "/tmp";
    unsigned char random[10];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_errno(err, ERR_ENVIRONMENT, errno, "no random numbers");
    char name[sizeof random + 1];
    for (size_t i = 0; i < sizeof random; i++)
        name[i] = letters[random[i] % 32];
    name[sizeof random] = '\0';
    snprintf(ret_dir, size, "%s/" REMAINS_PREFIX "%s", tmp, name);
    return 0;
}

static int keeper_spawn(const char *program, bool keep, const char *dir, int control, int events,
                        pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    /* Both ends are above 4, so that neither dup2 can close the other's source; see launcher_open.
     */
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, control, WIRE_CONTROL_FD);
    posix_spawn_file_actions_adddup2(&actions, events, WIRE_EVENTS_FD);
    posix_spawn_file_actions_addclosefrom_np(&actions, WIRE_EVENTS_FD + 1);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    char *argv[] = {(char *)"rushproof-keeper", (char *)dir, keep ? (char *)"keep" : NULL, NULL};
    int result = posix_spawn(ret_pid, program, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}

static int pair_open(int ret_pair[2])
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        ret_pair[i] = fcntl(pair[i], F_DUPFD_CLOEXEC, WIRE_EVENTS_FD + 1);
        close(pair[i]);
    }
    return ret_pair[0] < 0 || ret_pair[1] < 0 ? -1 : 0;
}

/* Receives a reply. A keeper that somebody has stopped is woken up; one that does not answer then
 * is given up, for a later reply would be taken for that of another request. */
static ssize_t reply_await(struct launcher *launcher, struct wire_reply *ret_reply)
{
    struct pollfd ready = {.fd = launcher->control, .events = POLLIN};
    for (ns_t deadline = clock_now() + REPLY_LIMIT; clock_now() < deadline;) {
        if (poll(&ready, 1, WAKE_MS) > 0)
            return wire_receive(launcher->control, ret_reply, sizeof *ret_reply, NULL);
        kill(launcher->keeper, SIGCONT);
    }
    log_error("stack", "the keeper does not answer");
    launcher->gone = true;
    return -ETIMEDOUT;
}

static int greet(struct launcher *launcher, const char *keeper, struct err *err)
{
    struct wire_reply hello;
    ssize_t got = reply_await(launcher, &hello);
    if (got != (ssize_t)sizeof hello)
        return err_set(err, ERR_ENVIRONMENT, "%s ended at once", keeper);
    if (hello.errnum)
        return err_errno(err, ERR_ENVIRONMENT, hello.errnum, "cannot make the directory %s",
                         launcher->dir);
    launcher->made = true;
    return 0;
}

/* What runs left that were killed together with their keeper. */
static void sweep_earlier(const struct launcher *launcher)
{
    char tmp[PLACE_MAX + 1];
    snprintf(tmp, sizeof tmp, "%.*s", (int)(strrchr(launcher->dir, '/') - launcher->dir),
             launcher->dir);
    size_t found = remains_sweep(tmp);
    if (strcmp(tmp, "/tmp") != 0)
        found += remains_sweep("/tmp");
    if (found)
        log_info("stack", "removed what %zu killed run%s had left", found, found == 1 ? "" : "s");
}

int launcher_open(const char *keeper, bool keep, struct launcher **ret_launcher, struct err *err)
{
    struct launcher *launcher = calloc(1, sizeof *launcher);
    if (!launcher)
        return err_set(err, ERR_MEMORY, "out of memory");
    int control[2] = {-1, -1}, events[2] = {-1, -1};
    launcher->keep = keep;
    pthread_mutex_init(&launcher->lock, NULL);
    launcher->control = launcher->events = -1;
    int result = dir_choose(launcher->dir, sizeof launcher->dir, err);
    if (result == 0 && (pair_open(control) < 0 || pair_open(events) < 0))
        result = err_errno(err, ERR_ENVIRONMENT, errno, "cannot make sockets for the keeper");
    launcher->control = control[0];
    launcher->events = events[0];
    int why = result == 0 ? keeper_spawn(keeper, keep, launcher->dir, control[1], events[1],
                                         &launcher->keeper)
                          : 0;
    if (why)
        result = err_errno(err, ERR_ENVIRONMENT, why, "cannot start %s", keeper);
    if (control[1] >= 0)
        close(control[1]);
    if (events[1] >= 0)
        close(events[1]);
    if (result == 0)
        result = greet(launcher, keeper, err);
    if (result == 0)
        sweep_earlier(launcher);
    if (result) {
        launcher_close(launcher);
        return result;
    }
    *ret_launcher = launcher;
    return 0;
}

const char *launcher_dir(const struct launcher *launcher)
{
    return launcher->dir;
}

pid_t launcher_keeper(const struct launcher *launcher)
{
    return launcher->keeper;
}

static uint32_t texts_count(char *const *texts)
{
    uint32_t count = 0;
    while (texts[count])
        count++;
    return count;
}

int launcher_spawn(struct launcher *launcher, const struct launch *launch, pid_t *ret_pid,
                   struct err *err)
{
    _cleanup_free_ char *bytes = malloc(WIRE_MAX);
    if (!bytes)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct wire_spawn request = {.argc = texts_count(launch->argv),
                                 .envc = texts_count(launch->env),
                                 .uid = launch->uid,
                                 .gid = launch->gid,
                                 .finish_signal = launch->finish_signal,
                                 .has_stdio = launch->stdio >= 0};
    size_t length =
        wire_pack(&request, launch->dir, launch->log, launch->argv, launch->env, bytes, WIRE_MAX);
    if (length == 0)
        return err_set(err, ERR_ENVIRONMENT,
                       "%s: arguments and environment are longer than %d bytes", launch->argv[0],
                       WIRE_MAX);
    struct wire_reply reply;
    pthread_mutex_lock(&launcher->lock);
    ssize_t sent = wire_send(launcher->control, bytes, length, launch->stdio);
    ssize_t got = sent > 0 ? reply_await(launcher, &reply) : sent;
    pthread_mutex_unlock(&launcher->lock);
    if (got != (ssize_t)sizeof reply)
        return err_set(err, ERR_ENVIRONMENT, "cannot start %s: the keeper is gone",
                       launch->argv[0]);
    if (reply.errnum)
        return err_errno(err, ERR_ENVIRONMENT, reply.errnum, "cannot start %s", launch->argv[0]);
    *ret_pid = reply.pid;
    return 0;
}

/* Takes in what the keeper has reported. Called with the lock held. */
static void events_read(struct launcher *launcher)
{
    struct pollfd ready = {.fd = launcher->events, .events = POLLIN};
    struct wire_exit event;
    while (!launcher->gone && poll(&ready, 1, 0) > 0) {
        if (wire_receive(launcher->events, &event, sizeof event, NULL) != (ssize_t)sizeof event) {
            launcher->gone = true;
            log_error("stack", "the keeper is gone");
            return;
        }
        if (launcher->ended_count == launcher->ended_room) {
            size_t room = launcher->ended_room ? 2 * launcher->ended_room : 32;
            struct ended *larger = reallocarray(launcher->ended, room, sizeof *larger);
            if (!larger)
                return;
            launcher->ended = larger;
            launcher->ended_room = room;
        }
        launcher->ended[launcher->ended_count++] =
            (struct ended){.pid = event.pid, .status = event.status, .at = event.at};
    }
}

bool launcher_gone(struct launcher *launcher)
{
    struct wire_reply pong;
    pthread_mutex_lock(&launcher->lock);
    if (!launcher->gone && wire_send(launcher->control, "", WIRE_PING_SIZE, -1) > 0)
        reply_await(launcher, &pong);
    events_read(launcher);
    bool gone = launcher->gone;
    pthread_mutex_unlock(&launcher->lock);
    return gone;
}

/* Whoever waits for a program's end would wait for ever for the word of a keeper that is stopped.
 * To one that runs the signal means nothing. Called with the lock held. */
static void wake(struct launcher *launcher)
{
    ns_t now = clock_now();
    if (launcher->gone || now < launcher->woken + WAKE_MS * NS_PER_MS)
        return;
    launcher->woken = now;
    kill(launcher->keeper, SIGCONT);
}

bool launcher_ended(struct launcher *launcher, pid_t pid, int *ret_status, ns_t *ret_at)
{
    bool found = false;
    pthread_mutex_lock(&launcher->lock);
    wake(launcher);
    events_read(launcher);
    for (size_t i = 0; i < launcher->ended_count; i++) {
        if (launcher->ended[i].pid != pid)
            continue;
        *ret_status = launcher->ended[i].status;
        *ret_at = launcher->ended[i].at;
        launcher->ended[i] = launcher->ended[--launcher->ended_count];
        found = true;
        break;
    }
    if (!found && launcher->gone) {
        *ret_status = SIGKILL; /* of the parent-death signal */
        *ret_at = clock_now();
        found = true;
    }
    pthread_mutex_unlock(&launcher->lock);
    return found;
}

/* Waits for the keeper's end; one that is stopped is woken up, one that hangs is killed. */
static int keeper_wait(pid_t keeper)
{
    int status = 0;
    ns_t begun = clock_now(), woken = begun, nap = NS_PER_MS / 5;
    while (waitpid(keeper, &status, WNOHANG) == 0) {
        ns_t now = clock_now();
        if (now > woken + WAKE_MS * NS_PER_MS) {
            kill(keeper, now > begun + CLOSE_LIMIT ? SIGKILL : SIGCONT);
            woken = now;
        }
        clock_sleep_until(now + nap);
        nap = nap < 5 * NS_PER_MS ? 2 * nap : nap;
    }
    return status;
}

void launcher_close(struct launcher *launcher)
{
    if (!launcher)
        return;
    if (launcher->control >= 0)
        close(launcher->control);
    if (launcher->events >= 0)
        close(launcher->events);
    int status = launcher->keeper > 0 ? keeper_wait(launcher->keeper) : 0;
    if (status != 0)
        log_warn("stack", "the keeper ended with status %d", status);
    if (status != 0 && launcher->made)
        remains_kill(launcher->dir);
    if (status != 0 && launcher->made && !launcher->keep)
        remains_remove(launcher->dir);
    free(launcher->ended);
    pthread_mutex_destroy(&launcher->lock);
    free(launcher);
}
