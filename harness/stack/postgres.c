/* Postgres: a private cluster, made or copied for this run (pgdata.c). The harness comes in by the
 * Unix socket as the superuser, trusted because nobody else can reach that directory; the service
 * comes by TCP on loopback, which every language's client can, as the owner of its database and
 * with a password of this run's own. */
#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "stack/lookup.h"
#include "stack/pgdata.h"
#include "stack/pqlink.h"
#include "stack/ready.h"
#include "stack/resets.h"
#include "stack/server.h"

#define START_TIMEOUT   (20 * NS_PER_S)
#define MAX_CONNECTIONS 200
#define DATABASE        PGDATA_DATABASE
#define ROLE            PGDATA_ROLE

/* Postgres refuses root: then its own user, or nobody. */
static int identity(struct server *server, struct err *err)
{
    if (geteuid() != 0)
        return 0;
    const struct passwd *user = getpwnam("postgres");
    user = user ? user : getpwnam("nobody");
    if (!user)
        return err_set(
            err, ERR_ENVIRONMENT,
            "Postgres does not run as root, and there is neither a user postgres nor nobody");
    server->child.uid = user->pw_uid;
    server->child.gid = user->pw_gid;
    return 0;
}

/* The files belong to the server's user, and stay so when they are written into. */
static int write_file(const struct server *server, const char *name, const char *mode,
                      const char *text, struct err *err)
{
    char path[256];
    snprintf(path, sizeof path, "%s/data/%s", server->dir, name);
    FILE *file = fopen(path, mode);
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot write %s", path);
    return 0;
}

static int configure(struct server *server, struct err *err)
{
    bool safe = server->place->scenario->stack.postgres_fsync;
    char text[1024];
    snprintf(text, sizeof text,
             "listen_addresses = '127.0.0.1'\nport = %u\nunix_socket_directories = '%s'\n"
             "unix_socket_permissions = 0700\nmax_connections = %d\ntrack_commit_timestamp = on\n"
             "fsync = %s\nfull_page_writes = %s\n"
             /* posix would leave files in /dev/shm after a kill; these go with the directory */
             "dynamic_shared_memory_type = mmap\n"
             "log_timezone = 'UTC'\ntimezone = 'UTC'\n",
             server->ports[0].number, server->dir, MAX_CONNECTIONS, safe ? "on" : "off",
             safe ? "on" : "off");
    int result = write_file(server, "postgresql.conf", "ae", text, err);
    if (result == 0)
        result =
            write_file(server, "pg_hba.conf", "we",
                       "local all all trust\nhost all " ROLE " 127.0.0.1/32 scram-sha-256\n", err);
    snprintf(server->info.note, sizeof server->info.note, "fsync %s", safe ? "on" : "off");
    return result;
}

static bool answers(void *context, char *ret_why, size_t size)
{
    struct server *server = context;
    char url[512];
    snprintf(url, sizeof url, "postgresql:///postgres?host=%s&port=%u&user=rushproof", server->dir,
             server->ports[0].number);
    return pqlink_version(url, server->info.version, sizeof server->info.version, ret_why, size);
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, answers, server, START_TIMEOUT, server->place->halt, err);
}

static const char *next_statement(void *context)
{
    const char *const **at = context;
    return *(*at)++;
}

static int run(struct server *server, const char *const *statements, struct err *err)
{
    char url[512];
    snprintf(url, sizeof url, "postgresql:///postgres?host=%s&port=%u&user=rushproof", server->dir,
             server->ports[0].number);
    return pqlink_run(url, &(struct pqlink_script){.next = next_statement, .context = &statements},
                      err);
}

static int prepare(struct server *server, struct err *err)
{
    _cleanup_free_ char *bin = NULL;
    int result;
    if ((result = lookup_postgres(&bin, err)) || (result = identity(server, err)) ||
        (result = server_make_dir(server, server->child.uid, server->child.gid, err)) ||
        (result = pgdata_make(server, bin, err)) ||
        (result = port_reserve(&server->ports[0], err)) ||
        (result = server_make_password(server, err)) || (result = configure(server, err)))
        return result;
    texts_addf(&server->child.argv, "%s/postgres", bin);
    texts_add(&server->child.argv, "-D");
    texts_addf(&server->child.argv, "%s/data", server->dir);
    texts_environment(&server->child.env);
    server->child.dir = strdup(server->dir);
    server->child.finish_signal = SIGQUIT; /* its immediate shutdown: it also ends its children */
    snprintf(server->own_url, sizeof server->own_url,
             "postgresql:///" DATABASE "?host=%s&port=%u&user=rushproof", server->dir,
             server->ports[0].number);
    snprintf(server->user_url, sizeof server->user_url,
             "postgresql://" ROLE ":%s@127.0.0.1:%u/" DATABASE, server->password,
             server->ports[0].number);
    return 0;
}

static int start(struct server *server, struct err *err)
{
    char password[128];
    int result = prepare(server, err);
    if (result == 0)
        result = child_start(&server->child, err);
    if (result == 0)
        result = ready(server, err);
    /* Until now the role has none, and nobody comes in as it. */
    snprintf(password, sizeof password, "ALTER ROLE " ROLE " PASSWORD '%s'", server->password);
    const char *const statements[] = {password, NULL};
    return result ? result : run(server, statements, err);
}

static int reset(struct server *server, struct err *err)
{
    static const char *const statements[] = {"DROP DATABASE IF EXISTS " DATABASE " WITH (FORCE)",
                                             "CREATE DATABASE " DATABASE " OWNER " ROLE, NULL};
    return run(server, statements, err);
}

static const char *next_command(void *context)
{
    struct resets *resets = context;
    const char *text = resets_next(resets);
    if (text)
        log_info("stack", "Postgres: %s", text);
    return text;
}

static int may_reset(void *context, int fd, struct err *err)
{
    const struct resets *resets = context;
    return server_may_reset(resets->place, "postgres", fd, err);
}

static bool may_miss(void *context, const char *words)
{
    return resets_may_miss(context, false, words);
}

static bool may_miss_own(void *context, const char *words)
{
    return resets_may_miss(context, true, words);
}

/* On a server of the run's own as the service's role, to which the tables then belong. */
static int run_commands(struct server *server, struct err *err)
{
    struct resets resets = resets_of(server->place, "postgres", false);
    const struct pqlink_script script = {.check = may_reset,
                                         .next = next_command,
                                         .missing = server->child.starts ? may_miss_own : may_miss,
                                         .context = &resets};
    return pqlink_run(server->user_url, &script, err) ? resets_blame(&resets, err) : 0;
}

int postgres_missed(const struct server *server, struct err *err)
{
    struct resets resets = resets_of(server->place, "postgres", true);
    const struct pqlink_script script = {
        .next = next_command, .context = &resets, .only_names = true};
    return pqlink_run(server->user_url, &script, err) ? resets_blame(&resets, err) : 0;
}

const struct server_kind postgres_private = {.name = "private",
                                             .start = start,
                                             .ready = ready,
                                             .reset = reset,
                                             .command = run_commands,
                                             .stop_signal = SIGINT};

static int external_start(struct server *server, struct err *err)
{
    char why[256] = "";
    const char *url = server->place->scenario->stack.postgres;
    snprintf(server->own_url, sizeof server->own_url, "%s", url);
    snprintf(server->user_url, sizeof server->user_url, "%s", url);
    if (!pqlink_version(url, server->info.version, sizeof server->info.version, why, sizeof why))
        return err_set(err, ERR_ENVIRONMENT, "the Postgres of the scenario does not answer: %s",
                       why);
    return 0;
}

const struct server_kind postgres_external = {
    .name = "external", .start = external_start, .command = run_commands};
