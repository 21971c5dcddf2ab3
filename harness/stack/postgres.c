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
#include "base/uri.h"
#include "stack/lookup.h"
#include "stack/prepared.h"
#include "stack/ready.h"
#include "stack/server.h"
#include "store/store.h"

#define START_TIMEOUT   (20 * NS_PER_S)
#define MAX_CONNECTIONS 200
#define SUPERUSER       "rushproof"
#define ALWAYS_THERE    "template1" /* a service may call its own one postgres */

static const char *const initdb_options[] = {
    "--username=" SUPERUSER, "--auth=trust", "--no-sync", "--no-instructions", "--locale=C",
    "--encoding=UTF8",       NULL,
};

/* A line a statement, as the single-user server reads them. */
static const char role_and_database[] = "CREATE ROLE " LOGIN_USER " LOGIN\n"
                                        "CREATE DATABASE " LOGIN_DATABASE " OWNER " LOGIN_USER "\n";

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
    /* Who has an address without a password in its code has none to say. */
    const char *method = server->login.password[0] ? "scram-sha-256" : "trust";
    char user[2 * sizeof server->login.user + 3];
    login_quote(server->login.user, '"', false, user, sizeof user);
    snprintf(text, sizeof text,
             "local all all trust\nhost all %s 127.0.0.1/32 %s\nhost all %s ::1/128 %s\n", user,
             method, user, method);
    if (result == 0)
        result = write_file(server, "pg_hba.conf", "we", text, err);
    snprintf(server->info.note, sizeof server->info.note, "fsync %s", safe ? "on" : "off");
    return result;
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, server_answers, server, START_TIMEOUT, server->place->halt,
                      err);
}

static char *own_address(const struct server *server, const char *database, char *ret_url,
                         size_t size)
{
    char escaped[3 * sizeof server->login.database];
    snprintf(ret_url, size, "postgresql:///%s?host=%s&port=%u&user=" SUPERUSER,
             uri_escape(database, escaped, sizeof escaped), server->dir, server->ports[0].number);
    return ret_url;
}

static int run(struct server *server, const char *const *statements, struct err *err)
{
    char url[sizeof server->own_url];
    struct store *store = NULL;
    own_address(server, ALWAYS_THERE, url, sizeof url);
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
    own_address(server, ALWAYS_THERE, server->own_url, sizeof server->own_url);
    login_url(&server->login, "postgresql", "127.0.0.1", server->ports[0].number, server->user_url,
              sizeof server->user_url);
    return 0;
}

/* Its database, empty; and at first the user. */
static int make_room(struct server *server, bool first, struct err *err)
{
    char user[2 * sizeof server->login.user + 3], password[2 * sizeof server->login.password + 3];
    char database[2 * sizeof server->login.database + 3];
    char texts[4][2 * sizeof user + sizeof password];
    const char *statements[6] = {"SET client_min_messages = warning"};
    unsigned count = 0;
    login_quote(server->login.user, '"', false, user, sizeof user);
    login_quote(server->login.password, '\'', false, password, sizeof password);
    login_quote(server->login.database, '"', false, database, sizeof database);
    if (first && strcmp(server->login.user, LOGIN_USER) != 0)
        snprintf(texts[count++], sizeof *texts, "CREATE ROLE %s LOGIN", user);
    if (first) /* until now it has none, and nobody comes in as it */
        snprintf(texts[count++], sizeof *texts, "ALTER ROLE %s PASSWORD %s", user, password);
    if (!first || server->login.given) {
        snprintf(texts[count++], sizeof *texts, "DROP DATABASE IF EXISTS %s WITH (FORCE)",
                 database);
        snprintf(texts[count++], sizeof *texts, "CREATE DATABASE %s OWNER %s", database, user);
    }
    for (unsigned i = 0; i < count; i++)
        statements[i + 1] = texts[i];
    return run(server, statements, err);
}

static int start(struct server *server, struct err *err)
{
    int result = prepare(server, err);
    if (result || (result = child_start(&server->child, err)) || (result = ready(server, err)) ||
        (result = make_room(server, true, err)))
        return result;
    own_address(server, server->login.database, server->own_url, sizeof server->own_url);
    return 0;
}

static int reset(struct server *server, struct err *err)
{
    return make_room(server, false, err);
}

static const struct server_kind postgres_private = {
    .name = "private", .start = start, .ready = ready, .reset = reset, .stop_signal = SIGINT};

static void environment(const struct server *server, struct texts *env)
{
    char port[8];
    texts_set(env, "DATABASE_URL", server->user_url);
    if (!server->login.user[0])
        return;
    /* libpq's own variables, for clients that are not configured by a URL. */
    snprintf(port, sizeof port, "%u", server->ports[0].number);
    texts_set(env, "PGHOST", "127.0.0.1");
    texts_set(env, "PGPORT", port);
    texts_set(env, "PGUSER", server->login.user);
    texts_set(env, "PGPASSWORD", server->login.password);
    texts_set(env, "PGDATABASE", server->login.database);
}

const struct server_role role_postgres = {
    .choices = {{"private", &postgres_private}, {"none", &server_none}, {NULL, &store_external}},
    .environment = environment,
};
