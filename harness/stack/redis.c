/* Redis: a private server on a Unix socket. Whoever can reach the socket's
 * directory may come in; on TCP, where the scenario asks for it, a password of this run's own keeps
 * the machine's other users out. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/uri.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/server.h"
#include "store/store.h"

#define START_TIMEOUT (10 * NS_PER_S)
#define SECRETS       "redis.conf"

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, server_answers, server, START_TIMEOUT, server->place->halt,
                      err);
}

static bool has_fixed_port(const struct server *server)
{
    return spec_server_port(&server->place->scenario->stack, server->child.name) != 0;
}

/* Whoever has the port in his code knows of no password: there is none, unless the scenario asks
 * for it or has it in the address. */
static int make_login(struct server *server, struct err *err)
{
    const struct spec_stack *stack = &server->place->scenario->stack;
    struct login *login = &server->login;
    int result = login_make(stack, server->child.name, login, err);
    bool open = stack->redis_port && !server->place->redis_locked;
    if (!login->given)
        *login->database = '\0';
    if (!login->given && open)
        *login->password = '\0';
    snprintf(login->user, sizeof login->user, "%s", *login->password ? "default" : "");
    return result;
}

/* The password stands in a file of ours alone, because everybody sees the arguments of a process;
 * byte by byte, so that it may have any. */
static int open_tcp(struct server *server, struct err *err)
{
    const char *password = server->login.password;
    char path[192], bytes[4 * sizeof server->login.password + 1] = "";
    int result = server_reserve(server, 0, err);
    if (result == 0)
        result = make_login(server, err);
    if (result || !*password)
        return result;
    for (size_t i = 0; password[i]; i++)
        snprintf(bytes + 4 * i, 5, "\\x%02x", (unsigned char)password[i]);
    snprintf(path, sizeof path, "%s/" SECRETS, server->dir);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || dprintf(fd, "requirepass \"%s\"\n", bytes) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", path);
    return 0;
}

static void addresses(struct server *server)
{
    const struct login *login = &server->login;
    char password[3 * sizeof login->password];
    uri_escape(login->password, password, sizeof password);
    snprintf(server->own_url, sizeof server->own_url, "unix://%s%s%s%s/redis.sock%s%s",
             *password ? ":" : "", password, *password ? "@" : "", server->dir,
             *login->database ? "?db=" : "", login->database);
    if (server->ports[0].number)
        login_url(login, "redis", "127.0.0.1", server->ports[0].number, server->user_url,
                  sizeof server->user_url);
    else
        snprintf(server->user_url, sizeof server->user_url, "%s", server->own_url);
}

static void arguments(struct server *server, const char *program)
{
    const char *fsync = server->place->scenario->stack.redis_appendfsync;
    bool durable = fsync && strcmp(fsync, "no") != 0;
    char port[8], path[192];
    snprintf(port, sizeof port, "%u", server->ports[0].number);
    snprintf(path, sizeof path, "%s/redis.sock", server->dir);
    const char *const options[][2] = {
        {"--port", port},
        {"--bind", has_fixed_port(server) ? "127.0.0.1 -::1" : "127.0.0.1"},
        {"--unixsocket", path},
        {"--unixsocketperm", "700"},
        {"--dir", server->dir},
        {"--save", ""},
        {"--appendonly", durable ? "yes" : "no"},
        {"--appendfsync", durable ? fsync : "no"}};
    texts_add(&server->child.argv, program);
    if (server->login.password[0])
        texts_addf(&server->child.argv, "%s/" SECRETS, server->dir); /* the first argument */
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        texts_add(&server->child.argv, options[i][0]);
        texts_add(&server->child.argv, options[i][1]);
    }
    snprintf(server->info.note, sizeof server->info.note, "%s%s",
             durable ? "appendfsync " : "no persistence", durable ? fsync : "");
}

static int start(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    int result = lookup_redis(&program, err);
    if (result) {
        err_prefix(err, "private Redis");
        return result;
    }
    if ((result = server_make_dir(server, LAUNCH_SAME, LAUNCH_SAME, err)) ||
        ((server->place->redis_tcp || has_fixed_port(server)) && (result = open_tcp(server, err))))
        return result;
    arguments(server, program);
    texts_environment(&server->child.env);
    server->child.dir = strdup(server->dir);
    addresses(server);
    if ((result = child_start(&server->child, err)))
        return result;
    return ready(server, err);
}

static int reset(struct server *server, struct err *err)
{
    struct store *store = NULL;
    int result = store_open(server->own_url, true, &store, err);
    if (result == 0)
        result = store_execute(store, "FLUSHALL", err);
    store_close(store);
    return result;
}

static const struct server_kind redis_private = {
    .name = "private", .start = start, .ready = ready, .reset = reset, .stop_signal = SIGTERM};

static void environment(const struct server *server, struct texts *env)
{
    texts_set(env, "REDIS_URL", server->user_url);
}

const struct server_role role_redis = {
    .choices = {{"private", &redis_private}, {"none", &server_none}, {NULL, &store_external}},
    .environment = environment,
};
