/* RabbitMQ: a private broker by Debian's server script, with everything of its own: home, cookie,
 * node's name, data, plugins, ports on loopback, and the epmd by which Erlang nodes find one
 * another. What AMQP does not tell of it a small module inside it does
 * (rabbitmq/rushproof_watch.erl). It is never installed by us, because the package starts a service
 * of the whole machine. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/dialogue.h"
#include "base/uri.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/server.h"

#define START_TIMEOUT  (60 * NS_PER_S) /* 3 to 5 s on a machine at rest */
#define EMPTY_TIMEOUT  (20 * NS_PER_S)
#define ANSWER_TIMEOUT (2 * NS_PER_S)
#define WATCH          "watch.sock"

enum { PORT_AMQP, PORT_NODES, PORT_EPMD };

extern const unsigned char rushproof_watch_erl[];
extern const size_t rushproof_watch_erl_size;

/* ---- its files ---- */

static int write_file(const struct server *server, const char *name, mode_t mode, const void *bytes,
                      size_t size, struct err *err)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", server->dir, name);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", path);
    return 0;
}

/* "<<115,101>>": a text as Erlang's terms have any bytes. */
static void spell_bytes(const char *text, char *ret_term, size_t size)
{
    size_t used = (size_t)snprintf(ret_term, size, "<<");
    for (const char *at = text; *at && used + 8 < size; at++)
        used += (size_t)snprintf(ret_term + used, size - used, "%s%u", at > text ? "," : "",
                                 (unsigned char)*at);
    snprintf(ret_term + used, size - used, ">>");
}

/* Whoever names no user comes as guest, as AMQP's clients do. */
static int make_login(struct server *server, struct err *err)
{
    struct login *login = &server->login;
    int result = login_make(&server->place->scenario->stack, server->child.name, login, err);
    if (login->given && !login->user[0]) {
        snprintf(login->user, sizeof login->user, "guest");
        snprintf(login->password, sizeof login->password, "guest");
    }
    snprintf(login->database, sizeof login->database, "/"); /* the virtual host */
    return result;
}

/* The machine's disk may be nearly full: that is no reason to block publishers for a run. */
static int write_files(const struct server *server, struct err *err)
{
    char config[512], advanced[2048], user[512], password[1024], cookie[33];
    int result = login_random(cookie, sizeof cookie, err);
    spell_bytes(server->login.user, user, sizeof user);
    spell_bytes(server->login.password, password, sizeof password);
    snprintf(advanced, sizeof advanced, "[{rabbit, [{default_user, %s}, {default_pass, %s}]}].\n",
             user, password);
    snprintf(config, sizeof config,
             "listeners.tcp.1 = 127.0.0.1:%u\n"
             "loopback_users = none\n"
             "disk_free_limit.absolute = 1MB\n"
             "log.file = false\n"
             "log.console = true\n"
             "log.console.level = warning\n",
             server->ports[PORT_AMQP].number);
    const struct {
        const char *name;
        mode_t mode;
        const void *bytes;
        size_t size;
    } files[] = {
        {"rabbitmq.conf", 0600, config, strlen(config)},
        {"advanced.config", 0600, advanced, strlen(advanced)},
        {"enabled_plugins", 0600, "[].\n", 4},
        {".erlang.cookie", 0400, cookie, strlen(cookie)},
        {"rushproof_watch.erl", 0600, rushproof_watch_erl, rushproof_watch_erl_size},
    };
    for (size_t i = 0; result == 0 && i < sizeof files / sizeof *files; i++)
        result =
            write_file(server, files[i].name, files[i].mode, files[i].bytes, files[i].size, err);
    return result;
}

/* ---- its environment ---- */

static void set_path(struct server *server, const char *name, const char *file)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", server->dir, file);
    texts_set(&server->child.env, name, path);
}

static void set_number(struct texts *env, const char *name, unsigned number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    texts_set(env, name, text);
}

/* What somebody's shell has for a broker of the machine must not lead this one astray. The script
 * splits its arguments at blanks and knows no quotes. */
static void environment_of_node(struct server *server)
{
    static const char *const paths[][2] = {
        {"HOME", ""},
        {"RABBITMQ_CONF_ENV_FILE", "none"},
        {"RABBITMQ_CONFIG_FILE", "rabbitmq.conf"},
        {"RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"},
        {"RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins"},
        {"RABBITMQ_MNESIA_BASE", "mnesia"},
        {"RABBITMQ_MNESIA_DIR", "mnesia/node"},
        {"RABBITMQ_PLUGINS_EXPAND_DIR", "plugins"},
        {"RABBITMQ_GENERATED_CONFIG_DIR", "config"},
        {"RABBITMQ_FEATURE_FLAGS_FILE", "feature_flags"},
        {"RABBITMQ_LOG_BASE", "log"},
        {"RABBITMQ_PID_FILE", "pid"},
        {"ERL_CRASH_DUMP", "crash"},
        {"RUSHPROOF_WATCH", WATCH},
        {"RUSHPROOF_WATCH_SOURCE", "rushproof_watch.erl"},
    };
    static const char *const words[][2] = {
        {"RABBITMQ_NODENAME", "rushproof@localhost"},
        {"RABBITMQ_USE_LONGNAME", "false"},
        {"RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"},
        {"RABBITMQ_LOGS", "-"},
        {"RABBITMQ_ALLOW_INPUT", "1"}, /* the script becomes the node, instead of waiting for it */
        {"RABBITMQ_SERVER_START_ARGS", ""},
        {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
         "+sbwt none +sbwtdcpu none +sbwtdio none -noinput -kernel inet_dist_use_interface "
         "{127,0,0,1} -eval "
         "{ok,M,B}=compile:file(os:getenv(\"RUSHPROOF_WATCH_SOURCE\"),[binary]),"
         "{module,M}=code:load_binary(M,\"\",B),M:start()."},
        {"ERL_EPMD_ADDRESS", "127.0.0.1"},
        {"ERL_CRASH_DUMP_SECONDS", "0"},
    };
    struct texts *env = &server->child.env;
    texts_environment(env);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        set_path(server, paths[i][0], paths[i][1]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        texts_set(env, words[i][0], words[i][1]);
    set_number(env, "RABBITMQ_NODE_PORT", server->ports[PORT_AMQP].number);
    set_number(env, "RABBITMQ_DIST_PORT", server->ports[PORT_NODES].number);
    set_number(env, "ERL_EPMD_PORT", server->ports[PORT_EPMD].number);
}

/* ---- epmd ---- */

static bool epmd_answers(void *context, char *ret_why, size_t size)
{
    const struct server *server = context;
    struct sockaddr_storage peer;
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%u", server->ports[PORT_EPMD].number);
    return ready_tcp(address, &peer, ret_why, size);
}

/* Erlang would start one by itself, which would go on when the run is over. */
static int start_epmd(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    struct child *epmd = &server->aide;
    int result = lookup_program("epmd", NULL, NULL, &program, err);
    if (result)
        return result;
    child_init(epmd, server->place->launcher, "epmd");
    texts_add(&epmd->argv, program);
    texts_add(&epmd->argv, "-port");
    texts_addf(&epmd->argv, "%u", server->ports[PORT_EPMD].number);
    texts_add(&epmd->argv, "-address");
    texts_add(&epmd->argv, "127.0.0.1");
    texts_environment(&epmd->env);
    epmd->dir = strdup(server->dir);
    if ((result = child_log(epmd, server->place->logs, err)) || (result = child_start(epmd, err)))
        return result;
    return ready_wait(epmd, epmd_answers, server, START_TIMEOUT, server->place->halt, err);
}

/* ---- the node ---- */

static bool ask(const struct server *server, const char *question, ns_t patience, char *ret_answer,
                size_t size)
{
    char path[192];
    snprintf(path, sizeof path, "%s/" WATCH, server->dir);
    struct dialogue dialogue = dialogue_at(path, patience);
    bool answered = dialogue_ask(&dialogue, question, ret_answer, size);
    dialogue_close(&dialogue);
    return answered;
}

static bool node_answers(void *context, char *ret_why, size_t size)
{
    struct server *server = context;
    char answer[256];
    bool ready =
        ask(server, "ready", ANSWER_TIMEOUT, answer, sizeof answer) && !strncmp(answer, "ok ", 3);
    snprintf(ready ? server->info.version : ret_why, ready ? sizeof server->info.version : size,
             "%.31s", ready ? answer + 3 : answer);
    return ready;
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, node_answers, server, START_TIMEOUT, server->place->halt,
                      err);
}

static int prepare(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    int result;
    if ((result = lookup_rabbitmq(&program, err)) ||
        (result = server_make_dir(server, LAUNCH_SAME, LAUNCH_SAME, err)) ||
        (result = server_reserve(server, PORT_AMQP, err)) ||
        (result = port_reserve(&server->ports[PORT_NODES], err)) ||
        (result = port_reserve(&server->ports[PORT_EPMD], err)) ||
        (result = make_login(server, err)) || (result = write_files(server, err)))
        return result;
    texts_add(&server->child.argv, program);
    environment_of_node(server);
    server->child.dir = strdup(server->dir);
    login_url(&server->login, "amqp", "127.0.0.1", server->ports[PORT_AMQP].number,
              server->user_url, sizeof server->user_url);
    int length = snprintf(server->own_url, sizeof server->own_url, "%s?watch=%s/" WATCH,
                          server->user_url, server->dir);
    if (length >= (int)sizeof server->own_url)
        return err_set(err, ERR_USAGE, "stack.rabbitmq_as is too long");
    snprintf(server->info.note, sizeof server->info.note, "one node, firehose tracer on");
    return 0;
}

static int start(struct server *server, struct err *err)
{
    int result = prepare(server, err);
    if (result == 0)
        result = start_epmd(server, err);
    if (result == 0)
        result = child_start(&server->child, err);
    if (result == 0)
        result = ready(server, err);
    return result ? err_prefix(err, "private RabbitMQ") : 0;
}

static int reset(struct server *server, struct err *err)
{
    char answer[256];
    if (ask(server, "empty", EMPTY_TIMEOUT, answer, sizeof answer) && !strcmp(answer, "ok"))
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "the private RabbitMQ cannot be emptied: %s", answer);
}

static const struct server_kind rabbitmq_private = {
    .name = "private", .start = start, .ready = ready, .reset = reset, .stop_signal = SIGTERM};

/* ---- somebody else's ---- */

static int external_start(struct server *server, struct err *err)
{
    const char *url = server->place->scenario->stack.rabbitmq;
    _cleanup_free_ struct uri *uri = calloc(1, sizeof *uri);
    struct sockaddr_storage peer;
    char place[300], why[160] = "";
    if (!uri)
        return err_set(err, ERR_MEMORY, "out of memory");
    int result = uri_parse(url, uri, err);
    if (result)
        return err_prefix(err, "stack.rabbitmq");
    uri_place(uri->hosts[0].name[0] ? uri->hosts[0].name : "127.0.0.1", uri_port(uri), place,
              sizeof place);
    snprintf(server->own_url, sizeof server->own_url, "%s", url);
    snprintf(server->user_url, sizeof server->user_url, "%s", url);
    if (ready_tcp(place, &peer, why, sizeof why))
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "the RabbitMQ of the scenario does not answer: %s", why);
}

static const struct server_kind rabbitmq_external = {.name = "external", .start = external_start};

static void environment(const struct server *server, struct texts *env)
{
    texts_set(env, "RABBITMQ_URL", server->user_url);
    texts_set(env, "AMQP_URL", server->user_url);
}

const struct server_role role_rabbitmq = {
    .choices = {{"private", &rabbitmq_private}, {"none", &server_none}, {NULL, &rabbitmq_external}},
    .environment = environment,
};
