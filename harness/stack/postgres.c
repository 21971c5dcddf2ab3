/* Postgres: a private cluster, made or copied for this run (prepared.c). The harness comes in by
 * the Unix socket as the superuser, trusted because nobody else can reach that directory; the
 * service comes by TCP on loopback, which every language's client can, as the owner of its database
 * and with a password of this run's own. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "stack/lookup.h"
#include "stack/prepared.h"
#include "stack/ready.h"
#include "stack/server.h"
#include "store/store.h"

#define START_TIMEOUT   (20 * NS_PER_S)
#define MAX_CONNECTIONS 200
#define DATABASE        PREPARED_DATABASE
#define ROLE            PREPARED_ROLE

static const char *const initdb_options[] = {
    "--username=rushproof", "--auth=trust",    "--no-sync", "--no-instructions",
    "--locale=C",           "--encoding=UTF8", NULL,
};

/* A line a statement, as the single-user server reads them. */
static const char role_and_database[] = "CREATE ROLE " ROLE " LOGIN\n"
                                        "CREATE DATABASE " DATABASE " OWNER " ROLE "\n";

/* initdb takes a directory that is empty. */
static int make_data(const struct server *server, const struct recipe *recipe, const char *tree,
                     struct err *err)
{
    static const char *const single[] = {"--single", "-F", "-c", "exit_on_error=on", "-D"};
    _cleanup_(texts_free) struct texts initdb = {0}, postgres = {0};
    texts_addf(&initdb, "%.*s/initdb", (int)(strrchr(recipe->program, '/') - recipe->program),
               recipe->program);
    texts_addf(&initdb, "--pgdata=%s", tree);
    for (const char *const *option = recipe->options; *option; option++)
        texts_add(&initdb, *option);
    texts_add(&postgres, recipe->program);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        texts_add(&postgres, single[i]);
    texts_add(&postgres, tree);
    texts_add(&postgres, "postgres");
    int result = prepared_run(server, "postgres-initdb", &initdb, NULL, err);
    return result ? result
                  : prepared_run(server, "postgres-single", &postgres, recipe->statements, err);
}

static int make_directory(struct server *server, const char *program, struct err *err)
{
    const struct recipe recipe = {
        program, {"--version"}, initdb_options, role_and_database, make_data};
    return prepared_make(server, &recipe, err);
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
             "listen_addresses = '%s'\nport = %u\nunix_socket_directories = '%s'\n"
             "unix_socket_permissions = 0700\nmax_connections = %d\ntrack_commit_timestamp = on\n"
             "fsync = %s\nfull_page_writes = %s\n"
             /* posix would leave files in /dev/shm after a kill; these go with the directory */
             "dynamic_shared_memory_type = mmap\n"
             "log_timezone = 'UTC'\ntimezone = 'UTC'\n",
             spec_server_port(&server->place->scenario->stack, "postgres") ? "localhost"
                                                                           : "127.0.0.1",
             server->ports[0].number, server->dir, MAX_CONNECTIONS, safe ? "on" : "off",
             safe ? "on" : "off");
    int result = write_file(server, "postgresql.conf", "ae", text, err);
    if (result == 0)
        result = write_file(server, "pg_hba.conf", "we",
                            "local all all trust\nhost all " ROLE " 127.0.0.1/32 scram-sha-256\n"
                            "host all " ROLE " ::1/128 scram-sha-256\n",
                            err);
    snprintf(server->info.note, sizeof server->info.note, "fsync %s", safe ? "on" : "off");
    return result;
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, server_answers, server, START_TIMEOUT, server->place->halt,
                      err);
}

static int run(struct server *server, const char *const *statements, struct err *err)
{
    char url[512];
    struct store *store = NULL;
    snprintf(url, sizeof url, "postgresql:///postgres?host=%s&port=%u&user=rushproof", server->dir,
             server->ports[0].number);
    int result = store_open(url, true, &store, err);
    for (; result == 0 && *statements; statements++)
        result = store_execute(store, *statements, err);
    store_close(store);
    return result;
}

static int prepare(struct server *server, struct err *err)
{
    _cleanup_free_ char *bin = NULL, *program = NULL;
    int result = lookup_postgres(&bin, err);
    if (result == 0 && asprintf(&program, "%s/postgres", bin) < 0)
        result = err_set(err, ERR_MEMORY, "out of memory");
    if (result == 0)
        result = server_settle(server, "postgres", make_directory, program, err);
    if (result == 0)
        result = configure(server, err);
    if (result)
        return result;
    texts_add(&server->child.argv, program);
    texts_add(&server->child.argv, "-D");
    texts_addf(&server->child.argv, "%s/data", server->dir);
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

static const struct server_kind postgres_private = {
    .name = "private", .start = start, .ready = ready, .reset = reset, .stop_signal = SIGINT};

static void environment(const struct server *server, struct texts *env)
{
    char port[8];
    texts_set(env, "DATABASE_URL", server->user_url);
    if (!server->password[0])
        return;
    /* libpq's own variables, for clients that are not configured by a URL. */
    snprintf(port, sizeof port, "%u", server->ports[0].number);
    texts_set(env, "PGHOST", "127.0.0.1");
    texts_set(env, "PGPORT", port);
    texts_set(env, "PGUSER", ROLE);
    texts_set(env, "PGPASSWORD", server->password);
    texts_set(env, "PGDATABASE", DATABASE);
}

const struct server_role role_postgres = {
    .choices = {{"private", &postgres_private}, {"none", &server_none}, {NULL, &store_external}},
    .environment = environment,
};
