#include "doctor.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command.h"
#include "load/net/limits.h"
#include "stack/cachedir.h"
#include "stack/kafkajars.h"
#include "stack/lookup.h"

/* A default run: a thousand connections, of which libcurl's handles need a few more. */
enum { FILES = 2200, PORTS = 2000 };

void diagnosis_set(struct diagnosis *diagnosis, enum diagnosis_level level, const char *format, ...)
{
    va_list arguments;
    diagnosis->level = level;
    va_start(arguments, format);
    vsnprintf(diagnosis->text, sizeof diagnosis->text, format, arguments);
    va_end(arguments);
}

void diagnosis_advise(struct diagnosis *diagnosis, const char *format, ...)
{
    va_list arguments;
    if (diagnosis->advice_count == DIAGNOSIS_ADVICE_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(diagnosis->advice[diagnosis->advice_count++], sizeof *diagnosis->advice, format,
              arguments);
    va_end(arguments);
}

/* ---- programs ---- */

/* The first line that `path --version` prints; "" when it does not run. */
static void ask_version(const char *path, char *ret_line, size_t size)
{
    char *argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t) "--version", NULL};
    int ends[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    ret_line[0] = '\0';
    if (pipe(ends))
        return;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    bool started = !posix_spawn(&pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *out = started ? fdopen(ends[0], "r") : NULL;
    if (out && fgets(ret_line, (int)size, out))
        ret_line[strcspn(ret_line, "\n")] = '\0';
    if (out)
        fclose(out);
    else
        close(ends[0]);
    if (started)
        waitpid(pid, NULL, 0);
}

static void found(struct diagnosis *diagnosis, const char *path)
{
    char line[160];
    ask_version(path, line, sizeof line);
    diagnosis_set(diagnosis, *line ? DIAGNOSIS_GOOD : DIAGNOSIS_BAD, "%s (%s)",
                  *line ? line : "does not start", path);
}

static void redis(struct diagnosis *diagnosis)
{
    struct err err = {0};
    _cleanup_free_ char *path = NULL;
    if (!lookup_redis(&path, &err))
        found(diagnosis, path);
    else
        diagnosis_set(diagnosis, DIAGNOSIS_BAD, "%s", err.message);
}

static void postgres(struct diagnosis *diagnosis)
{
    struct err err = {0};
    _cleanup_free_ char *dir = NULL;
    char path[PATH_MAX];
    if (lookup_postgres(&dir, &err)) {
        diagnosis_set(diagnosis, DIAGNOSIS_BAD, "%s", err.message);
        return;
    }
    snprintf(path, sizeof path, "%s/postgres", dir);
    found(diagnosis, path);
}

static void mysql(struct diagnosis *diagnosis)
{
    struct err err = {0};
    _cleanup_free_ char *path = NULL;
    if (!lookup_mariadb(&path, &err)) {
        found(diagnosis, path);
        return;
    }
    diagnosis_set(diagnosis, DIAGNOSIS_LESS, "only for stack.mysql: private: %s", err.message);
    diagnosis_advise(diagnosis, "apt install mariadb-server-core (or stack.mysql: a URL)");
}

static void rabbitmq(struct diagnosis *diagnosis)
{
    struct err err = {0};
    _cleanup_free_ char *path = NULL;
    if (!lookup_rabbitmq(&path, &err)) {
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "%s", path); /* it would start a node to tell */
        return;
    }
    diagnosis_set(diagnosis, DIAGNOSIS_LESS, "only for stack.rabbitmq: private: %s", err.message);
}

/* Our own, beside this program or in PATH; they have no version of their own to tell. */
static void own_programs(struct diagnosis *diagnosis)
{
    static const char *const names[] = {"rushproof-keeper", "embedded-broker", "rushproof-proxy",
                                        "apply-service", "coupon-consumer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err err = {0};
        _cleanup_free_ char *path = NULL;
        if (lookup_program(names[i], command_program_dir(), NULL, &path, &err)) {
            diagnosis_set(diagnosis, DIAGNOSIS_BAD, "%s", err.message);
            diagnosis_advise(diagnosis, "install the whole package, or build it with ./run");
            return;
        }
    }
    diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "embedded broker, keeper and reference service (%s)",
                  command_program_dir());
}

static void apache(struct diagnosis *diagnosis)
{
    struct err err = {0};
    char version[64];
    _cleanup_free_ char *java = NULL, *jars = NULL;
    if (lookup_java(&java, &err) || kafkajars_find(NULL, &jars, version, sizeof version, &err)) {
        diagnosis_set(diagnosis, DIAGNOSIS_LESS, "only for stack.kafka: apache: %s", err.message);
        return;
    }
    diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "%s (%s)", version, jars);
}

/* ---- limits ---- */

static void open_files(struct diagnosis *diagnosis)
{
    struct rlimit limit;
    struct err err = {0};
    limits_raise_files();
    getrlimit(RLIMIT_NOFILE, &limit);
    if (!limits_check_files(FILES, "a burst of 1000", &err)) {
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "%llu; a burst of 1000 needs %d",
                      (unsigned long long)limit.rlim_cur, FILES);
        return;
    }
    diagnosis_set(diagnosis, DIAGNOSIS_BAD, "%s", err.message);
    diagnosis_advise(diagnosis,
                     "'%s - nofile 20000' in /etc/security/limits.d/rushproof.conf, "
                     "then log in again; docker run --ulimit nofile=20000",
                     "*");
}

static void locked_memory(struct diagnosis *diagnosis)
{
    struct rlimit limit;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    if (limit.rlim_cur == RLIM_INFINITY)
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "unlimited; a run locks none");
    else
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "%llu KB; a run locks none",
                      (unsigned long long)limit.rlim_cur / 1024);
}

static void ports(struct diagnosis *diagnosis)
{
    int low = 0, high = 0;
    _cleanup_fclose_ FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (!file || fscanf(file, "%d %d", &low, &high) != 2) {
        diagnosis_set(diagnosis, DIAGNOSIS_LESS, "the range of local ports cannot be read");
        return;
    }
    diagnosis_set(diagnosis, high - low >= PORTS ? DIAGNOSIS_GOOD : DIAGNOSIS_BAD,
                  "%d to %d, %d of them; a burst of 1000 needs %d", low, high, high - low + 1,
                  PORTS);
    if (high - low < PORTS)
        diagnosis_advise(diagnosis, "sysctl net.ipv4.ip_local_port_range='32768 60999'");
}

/* Connects to itself: what every private server and target needs. */
static void loopback(struct diagnosis *diagnosis)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = server >= 0 && client >= 0 &&
                !bind(server, (const struct sockaddr *)&address, size) && !listen(server, 1) &&
                !getsockname(server, (struct sockaddr *)&address, &size) &&
                !connect(client, (const struct sockaddr *)&address, size);
    if (good)
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "127.0.0.1 listens and answers");
    else
        diagnosis_set(diagnosis, DIAGNOSIS_BAD, "127.0.0.1 does not answer: %m");
    if (server >= 0)
        close(server);
    if (client >= 0)
        close(client);
}

static void cache(struct diagnosis *diagnosis)
{
    char path[PATH_MAX], why[256];
    int dir = cachedir_open("postgres", why, sizeof why);
    if (dir >= 0 && cachedir_path("postgres", path, sizeof path)) {
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "%.256s keeps a prepared data directory", path);
        close(dir);
        return;
    }
    diagnosis_set(diagnosis, DIAGNOSIS_LESS, "each run prepares its databases anew: %s", why);
    diagnosis_advise(diagnosis, "XDG_CACHE_HOME=/some/where/of/yours rushproof …");
}

static void temporary(struct diagnosis *diagnosis)
{
    const char *dir = getenv("TMPDIR");
    dir = dir && *dir ? dir : "/tmp";
    if (!access(dir, W_OK | X_OK))
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "%s", dir);
    else
        diagnosis_set(diagnosis, DIAGNOSIS_BAD, "%s cannot be written: %m", dir);
    if (diagnosis->level == DIAGNOSIS_BAD)
        diagnosis_advise(diagnosis, "TMPDIR=/some/where/writable rushproof …");
}

const struct doctor_row doctor_table[] = {
    {"redis", redis},
    {"postgres", postgres},
    {"mysql", mysql},
    {"rabbitmq", rabbitmq},
    {"rushproof's own", own_programs},
    {"apache kafka", apache},
    {"open files", open_files},
    {"locked memory", locked_memory},
    {"local ports", ports},
    {"loopback", loopback},
    {"cache for databases", cache},
    {"temporary directory", temporary},
    {"real-time priority", doctor_urgency},
};
const size_t doctor_count = sizeof doctor_table / sizeof *doctor_table;
