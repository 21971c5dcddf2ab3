/* MySQL: a private MariaDB in its place, made or copied for this run (prepared.c). The harness
 * comes in by the Unix socket, trusted because nobody else can reach that directory; the service
 * comes by TCP on loopback, as a user who may do anything in its database and with a password of
 * this run's own. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/uri.h"
#include "stack/lookup.h"
#include "stack/prepared.h"
#include "stack/ready.h"
#include "stack/server.h"
#include "store/store.h"

#define START_TIMEOUT  (20 * NS_PER_S)
#define STATEMENTS_MAX ((size_t)1 << 20)
#define SETUP          "setup.sql"

/* Of the server that makes the directory and of the one that runs on it: what is written at first
 * is small, because it is copied for each run. */
static const char *const options[] = {
    "--no-defaults", /* the first argument, or none */
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-log-file-size=8M",
    "--innodb-data-file-path=ibdata1:4M:autoextend",
    "--innodb-autoextend-increment=4",
    "--innodb-temp-data-file-path=ibtmp1:4M:autoextend",
    "--innodb-buffer-pool-size=64M",
    "--character-set-server=utf8mb4",
    NULL,
};

static void add_options(struct texts *argv, const char *program, const char *tree, const char *dir)
{
    texts_add(argv, program);
    for (const char *const *option = options; *option; option++)
        texts_add(argv, *option);
    texts_addf(argv, "--datadir=%s", tree);
    texts_addf(argv, "--tmpdir=%s", dir);
}

static int make_data(const struct server *server, const struct recipe *recipe, const char *tree,
                     struct err *err)
{
    _cleanup_(texts_free) struct texts argv = {0};
    add_options(&argv, recipe->program, tree, server->dir);
    texts_add(&argv, "--innodb-flush-method=nosync");
    texts_add(&argv, "--bootstrap");
    return prepared_run(server, "mysql-bootstrap", &argv, recipe->statements, err);
}

/* The statements that make the server's own tables come with it, in a folder beside its own. */
static int read_tables(const char *program, struct buf *text, struct err *err)
{
    static const char *const names[] = {"mysql/mysql_system_tables.sql",
                                        "mysql/mariadb_system_tables.sql",
                                        "mariadb/mariadb_system_tables.sql"};
    _cleanup_fclose_ FILE *file = NULL;
    char path[4096], chunk[8192];
    for (size_t i = 0; !file && i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%.*s/../share/%s", (int)(strrchr(program, '/') - program),
                 program, names[i]);
        file = fopen(path, "re");
    }
    if (!file)
        return err_set(err, ERR_ENVIRONMENT, "%s: the file %s is not there", program, path);
    (void)buf_adds(text, "CREATE DATABASE mysql;\nUSE mysql;\n");
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        (void)buf_add(text, chunk, got);
    return text->failed ? err_set(err, ERR_MEMORY, "%s is too long", path) : 0;
}

static int make_directory(struct server *server, const char *program, struct err *err)
{
    _cleanup_(buf_free) struct buf tables;
    buf_init(&tables, STATEMENTS_MAX);
    int result = read_tables(program, &tables, err);
    const struct recipe recipe = {
        program, {"--no-defaults", "--version"}, options, buf_text(&tables), make_data};
    return result ? result : prepared_make(server, &recipe, err);
}

/* Runs before anybody is let in, at each start: a line a statement. The password stands in a file
 * of the server's user alone. */
static int write_setup(const struct server *server, struct err *err)
{
    const struct login *login = &server->login;
    char path[192], user[2 * sizeof login->user + 3], password[2 * sizeof login->password + 3];
    char database[2 * sizeof login->database + 3];
    login_quote(login->user, '\'', true, user, sizeof user);
    login_quote(login->password, '\'', true, password, sizeof password);
    login_quote(login->database, '`', false, database, sizeof database);
    snprintf(path, sizeof path, "%s/" SETUP, server->dir);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 ||
        dprintf(fd,
                "CREATE DATABASE IF NOT EXISTS %s;\n"
                "CREATE USER IF NOT EXISTS rushproof@localhost;\n"
                "GRANT ALL ON *.* TO rushproof@localhost WITH GRANT OPTION;\n"
                "CREATE USER IF NOT EXISTS %s@127.0.0.1 IDENTIFIED BY %s;\n"
                "GRANT ALL ON %s.* TO %s@127.0.0.1;\n",
                database, user, password, database, user) < 0 ||
        (server->child.uid != LAUNCH_SAME && fchown(fd, server->child.uid, server->child.gid) < 0))
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", path);
    return 0;
}

static void arguments(struct server *server, const char *program)
{
    bool safe = server->place->scenario->stack.mysql_fsync;
    struct texts *argv = &server->child.argv;
    char tree[sizeof server->dir + 8];
    snprintf(tree, sizeof tree, "%s/data", server->dir);
    add_options(argv, program, tree, server->dir);
    texts_addf(argv, "--socket=%s/mysql.sock", server->dir);
    texts_addf(argv, "--pid-file=%s/mysql.pid", server->dir);
    texts_addf(argv, "--init-file=%s/" SETUP, server->dir);
    texts_addf(argv, "--port=%u", server->ports[0].number);
    texts_add(argv, "--bind-address=127.0.0.1");
    texts_add(argv, "--max-connections=200");
    texts_add(argv, "--default-time-zone=+00:00");
    texts_add(argv, "--innodb-buffer-pool-load-at-startup=0");
    texts_add(argv, "--innodb-buffer-pool-dump-at-shutdown=0");
    texts_add(argv, safe ? "--innodb-flush-log-at-trx-commit=1" /* to the disk */
                         : "--innodb-flush-log-at-trx-commit=2" /* out of the process */);
    if (!safe)
        texts_add(argv, "--innodb-flush-method=nosync");
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, server_answers, server, START_TIMEOUT, server->place->halt,
                      err);
}

static int prepare(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    int result = lookup_mariadb(&program, err);
    if (result == 0)
        result = server_settle(server, "mysql", make_directory, program, err);
    if (result == 0)
        result = write_setup(server, err);
    if (result)
        return result;
    arguments(server, program);
    char database[3 * sizeof server->login.database];
    snprintf(server->own_url, sizeof server->own_url,
             "mysql://rushproof@localhost/%s?socket=%s/mysql.sock",
             uri_escape(server->login.database, database, sizeof database), server->dir);
    login_url(&server->login, "mysql", "127.0.0.1", server->ports[0].number, server->user_url,
              sizeof server->user_url);
    return 0;
}

static int start(struct server *server, struct err *err)
{
    int major = 0, minor = 0;
    int result = prepare(server, err);
    if (result == 0)
        result = child_start(&server->child, err);
    if (result == 0)
        result = ready(server, err);
    if (result)
        return err_prefix(err, "private MySQL");
    sscanf(server->info.version, "%d.%d", &major, &minor);
    snprintf(server->info.note, sizeof server->info.note,
             "MariaDB %d.%d in place of MySQL, fsync %s", major, minor,
             server->place->scenario->stack.mysql_fsync ? "on" : "off");
    return 0;
}

static int reset(struct server *server, struct err *err)
{
    char database[2 * sizeof server->login.database + 3], text[sizeof database + 32];
    struct store *store = NULL;
    login_quote(server->login.database, '`', false, database, sizeof database);
    int result = store_open(server->own_url, true, &store, err);
    snprintf(text, sizeof text, "DROP DATABASE IF EXISTS %s", database);
    if (result == 0)
        result = store_execute(store, text, err);
    snprintf(text, sizeof text, "CREATE DATABASE %s", database);
    if (result == 0)
        result = store_execute(store, text, err);
    store_close(store);
    return result;
}

static const struct server_kind mysql_private = {
    .name = "private", .start = start, .ready = ready, .reset = reset, .stop_signal = SIGTERM};

/* DATABASE_URL is Postgres' where there is one. */
static void environment(const struct server *server, struct texts *env)
{
    char port[8];
    texts_set(env, "MYSQL_URL", server->user_url);
    if (!strcmp(spec_sql_server(&server->place->scenario->stack), "mysql"))
        texts_set(env, "DATABASE_URL", server->user_url);
    if (!server->login.user[0])
        return;
    snprintf(port, sizeof port, "%u", server->ports[0].number);
    texts_set(env, "MYSQL_HOST", "127.0.0.1");
    texts_set(env, "MYSQL_TCP_PORT", port);
    texts_set(env, "MYSQL_USER", server->login.user);
    texts_set(env, "MYSQL_PWD", server->login.password);
    texts_set(env, "MYSQL_DATABASE", server->login.database);
}

const struct server_role role_mysql = {
    .choices = {{"private", &mysql_private}, {"none", &server_none}, {NULL, &store_external}},
    .environment = environment,
};
