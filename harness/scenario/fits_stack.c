/* The servers, the processes and the faults that hit them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/uri.h"
#include "base/words.h"
#include "model/observed.h"
#include "scenario/fits.h"

/* ---- stack and processes ---- */

/* What a store is that is to be reset: one of the stack, or else one that rows are read from; a
 * word that is no address for one that the run starts ("private"), or that it does not use. */
static const char *reset_address(const struct scenario *scenario, const char *server)
{
    const char *kind = spec_server(&scenario->stack, server);
    const char *url = strcmp(kind, "none") != 0 ? kind : spec_rows_of(scenario, server);
    return url ? url : kind;
}

static int refuse_store(const struct fits *fits, const char *path, const char *server,
                        const char *where)
{
    if (words_find(spec_servers, server) < 0)
        return fits_refuse(fits, path,
                           "no rows are read from %s; allowed: commands for a store "
                           "that the run uses",
                           server);
    return fits_refuse(fits, path,
                       "stack.%s is %s; allowed: commands for a store that the run uses", server,
                       where);
}

static struct fits_path reset_path(const char *server)
{
    struct fits_path path;
    snprintf(path.text, sizeof path.text, "stack.reset.%s", server);
    return path;
}

int fits_stack(const struct fits *fits)
{
    const struct spec_stack *stack = &fits->scenario->stack;
    for (unsigned i = 0; i < stack->topics_count; i++) {
        const struct spec_topic *topic = &stack->topics[i];
        for (unsigned j = 0; j < i; j++)
            if (!strcmp(stack->topics[j].name, topic->name))
                return fits_refuse(fits, fits_path("stack.topics", i, ".name").text,
                                   "'%s' is here twice", topic->name);
        if (!strcmp(stack->kafka, "embedded") && topic->replication > stack->brokers)
            return fits_refuse(
                fits, fits_path("stack.topics", i, ".replication").text,
                "%d copies need as many brokers; allowed: 1 to %d, or more stack.brokers",
                topic->replication, stack->brokers);
    }
    for (unsigned i = 0; i < stack->reset_count; i++) {
        const char *server = stack->reset[i].name;
        const char *where = reset_address(fits->scenario, server);
        if (!strstr(where, "://") && strcmp(where, "private") != 0)
            return refuse_store(fits, reset_path(server).text, server, where);
    }
    return 0;
}

enum { NAME_OF_SEVERAL = 28 /* ".32" and its NUL fit into 32 bytes */ };

static int fits_name(const struct fits *fits, unsigned index)
{
    static const char *const taken[] = {"dir", "scenario", "limit", "instance", NULL};
    const struct spec_process *process = &fits->scenario->processes[index];
    if (words_find(taken, process->name) >= 0 || words_find(spec_servers, process->name) >= 0)
        return fits_refuse(fits, fits_path("processes", index, ".name").text,
                           "'%s' means something else in references; allowed: any other name",
                           process->name);
    for (unsigned i = 0; i < index; i++)
        if (!strcmp(fits->scenario->processes[i].name, process->name))
            return fits_refuse(fits, fits_path("processes", index, ".name").text,
                               "'%s' is here twice", process->name);
    if (process->count > 1 && strlen(process->name) > NAME_OF_SEVERAL)
        return fits_refuse(fits, fits_path("processes", index, ".name").text,
                           "is too long for several instances; allowed: %d characters",
                           NAME_OF_SEVERAL);
    return 0;
}

static int fits_ready(const struct fits *fits, unsigned index)
{
    const struct spec_ready *ready = fits->scenario->processes[index].ready;
    if (ready && !ready->http && !ready->tcp && !ready->log && !ready->ended)
        return fits_refuse(fits, fits_path("processes", index, ".ready").text,
                           "says nothing to wait for; allowed: http, tcp, log, ended");
    if (ready && ready->socket && !ready->http)
        return fits_refuse(fits, fits_path("processes", index, ".ready.unix").text,
                           "is where http is asked; allowed: with http");
    return 0;
}

static int fits_process(const struct fits *fits, unsigned index)
{
    const struct spec_process *process = &fits->scenario->processes[index];
    int rc = fits_name(fits, index);
    if (rc)
        return rc;
    if (!*process->run[0])
        return fits_refuse(fits, fits_path("processes", index, ".run.0").text,
                           "is empty; allowed: the name of a program");
    if (process->run_count == 1 && strchr(process->run[0], ' ') && !strchr(process->run[0], '/'))
        return fits_refuse(fits, fits_path("processes", index, ".run.0").text,
                           "'%s' is one word with blanks in it; allowed: a list of words",
                           process->run[0]);
    return fits_ready(fits, index);
}

static int fits_step(const struct fits *fits, unsigned index)
{
    const struct spec_setup *step = &fits->scenario->setup[index];
    const struct spec_stack *stack = &fits->scenario->stack;
    struct fits_path path = fits_path("setup", index, "");
    int given =
        (step->run_count > 0) + !!step->postgres + !!step->mysql + !!step->redis + !!step->file;
    if (given != 1)
        return fits_refuse(
            fits, path.text,
            "has %d steps; allowed: exactly one of run, postgres, mysql, redis, file", given);
    if (!step->run_count && (step->env_count || step->dir))
        return fits_refuse(fits, path.text, "env and dir are of a program; allowed: with run");
    const char *store = step->postgres ? "postgres"
                        : step->mysql  ? "mysql"
                        : step->redis  ? "redis"
                        : step->file   ? spec_sql_server(stack)
                                       : NULL;
    if (store && !strcmp(reset_address(fits->scenario, store), "none"))
        return fits_refuse(fits, path.text,
                           "stack.%s is none; allowed: statements for a store that the run uses",
                           store);
    return 0;
}

/* Whom a private server can let in as the service says. */
static int fits_login(const struct fits *fits, const char *server, const char *path,
                      const struct uri *uri)
{
    bool sql = words_find(WORDS("postgres", "mysql"), server) >= 0;
    const char *name = uri->path + (uri->path[0] == '/');
    if (words_find(WORDS("rediss", "amqps"), uri->scheme) >= 0)
        return fits_refuse(fits, path,
                           "a private server speaks no TLS; allowed: redis:// or amqp://");
    if (strlen(uri->user) > 63 || strlen(uri->password) > 100 || strlen(name) > 63)
        return fits_refuse(fits, path,
                           "allowed: a user and a database of at most 63 bytes each, a password of "
                           "at most 100");
    if (sql && (!*uri->user || !*name))
        return fits_refuse(fits, path,
                           "names no %s; allowed: the user, the password and the database that the "
                           "service says, as in %s://app:secret@localhost/shop",
                           *name ? "user" : "database", uri->scheme);
    if (sql && !strcmp(uri->user, "rushproof"))
        return fits_refuse(fits, path,
                           "has the user rushproof, by which rows are read; allowed: "
                           "another one");
    if (!strcmp(server, "redis") && *uri->user && strcmp(uri->user, "default") != 0)
        return fits_refuse(fits, path, "has the user %s; allowed: none, or default", uri->user);
    if (!strcmp(server, "redis") &&
        (strlen(name) > 2 || strspn(name, "0123456789") < strlen(name) || atoi(name) > 15))
        return fits_refuse(fits, path, "has the database %s; allowed: 0 to 15", name);
    if (!strcmp(server, "rabbitmq") && *name && strcmp(name, "/") != 0)
        return fits_refuse(fits, path, "has the virtual host %s; allowed: none, or /", name);
    return 0;
}

/* The address in the service's code leads to this machine, where its server is to be. */
static int fits_address(const struct fits *fits, const char *server, const char *path)
{
    struct uri uri;
    struct err err = {0};
    if (spec_server_as_uri(&fits->scenario->stack, server, &uri, &err))
        return fits_refuse(fits, path, "%s", err.message);
    if (uri.hosts_count > 1 ||
        words_find(WORDS("localhost", "127.0.0.1", "::1"), uri.hosts[0].name) < 0)
        return fits_refuse(fits, path,
                           "leads to \"%s\"; allowed: localhost, 127.0.0.1 or ::1 (another name "
                           "leads there by a line in /etc/hosts)",
                           uri.hosts[0].name);
    if (spec_server_port(&fits->scenario->stack, server) != uri_port(&uri))
        return fits_refuse(fits, path, "has another port than stack.%s_port; allowed: one of them",
                           server);
    return fits_login(fits, server, path, &uri);
}

/* Ports and logins are the run's to choose only of what the run starts. */
static int fits_known(const struct fits *fits)
{
    const struct spec_stack *stack = &fits->scenario->stack;
    int rc = 0;
    for (size_t i = 0; !rc && spec_servers[i]; i++) {
        const char *server = spec_servers[i], *kind = spec_server(stack, server);
        const char *as = spec_server_as(stack, server);
        char path[64];
        snprintf(path, sizeof path, "stack.%s_%s", server, as ? "as" : "port");
        if (spec_server_port(stack, server) &&
            words_find(WORDS("private", "embedded", "apache"), kind) < 0)
            return fits_refuse(fits, path, "stack.%s is %s; allowed: servers that the run starts",
                               server, kind);
        rc = as ? fits_address(fits, server, path) : 0;
    }
    return rc;
}

int fits_setup(const struct fits *fits)
{
    int rc = fits_known(fits);
    for (unsigned i = 0; !rc && i < fits->scenario->setup_count; i++)
        rc = fits_step(fits, i);
    return rc;
}

int fits_processes(const struct fits *fits)
{
    int64_t instances = 0;
    for (unsigned i = 0; i < fits->scenario->processes_count; i++) {
        int rc = fits_process(fits, i);
        if (rc)
            return rc;
        instances += fits->scenario->processes[i].count;
    }
    if (instances > INSTANCES_MAX)
        return fits_refuse(fits, "processes",
                           "are %" PRId64 " programs with every instance counted; allowed: %d",
                           instances, INSTANCES_MAX);
    return 0;
}

/* ---- faults ---- */

/* By its name, or one instance of it as name.2. */
static bool is_called(const struct spec_process *process, const char *name)
{
    size_t length = strlen(process->name);
    if (strncmp(process->name, name, length) != 0)
        return false;
    char instance[16];
    for (int i = 1; process->count > 1 && i <= (int)process->count; i++) {
        snprintf(instance, sizeof instance, ".%d", i);
        if (!strcmp(name + length, instance))
            return true;
    }
    return !name[length];
}

static bool has_process(const struct scenario *scenario, const char *name)
{
    for (unsigned i = 0; i < scenario->processes_count; i++)
        if (is_called(&scenario->processes[i], name))
            return true;
    return false;
}

static int fits_target(const struct fits *fits, unsigned index, const struct spec_fault *fault)
{
    struct fits_path path = fits_path("faults", index, ".target");
    bool ours = has_process(fits->scenario, fault->target);
    char servers[128];
    if (!ours && words_find(spec_servers, fault->target) < 0)
        return fits_refuse(fits, path.text,
                           "there is no process '%s'; allowed: the name of a process, %s",
                           fault->target, words_spell(spec_servers, servers, sizeof servers));
    const char *kind = ours ? "process" : spec_server(&fits->scenario->stack, fault->target);
    if (!ours && words_find(WORDS("private", "embedded", "apache"), kind) < 0)
        return fits_refuse(fits, path.text,
                           "stack.%s is %s; allowed: servers that the run starts itself",
                           fault->target, kind);
    bool broker = fault->action == FAULT_BROKER_DOWN || fault->action == FAULT_BROKER_UP ||
                  fault->action == FAULT_PRODUCE_ERRORS;
    if (broker && strcmp(kind, "embedded") != 0)
        return fits_refuse(fits, path.text,
                           "this action needs target kafka with stack.kafka embedded");
    return 0;
}

/* The numbers of the actions that only an embedded Kafka knows. */
static int fits_broker(const struct fits *fits, unsigned index, const struct spec_fault *fault)
{
    int32_t brokers = fits->scenario->stack.brokers;
    bool one = fault->action == FAULT_BROKER_DOWN || fault->action == FAULT_BROKER_UP;
    if (fault->broker && !one)
        return fits_refuse(fits, fits_path("faults", index, ".broker").text,
                           "means nothing here; allowed: with broker_down and broker_up");
    if (fault->broker > brokers)
        return fits_refuse(fits, fits_path("faults", index, ".broker").text,
                           "there are %d; allowed: 1 to %d, or more stack.brokers", (int)brokers,
                           (int)brokers);
    if ((fault->action == FAULT_PRODUCE_ERRORS) != (fault->errors > 0))
        return fits_refuse(fits, fits_path("faults", index, "").text,
                           "errors belongs to action produce_errors: %s",
                           fault->errors ? "it is not here" : "it is missing");
    return 0;
}

static int fits_fault(const struct fits *fits, unsigned index)
{
    const struct spec_fault *fault = &fits->scenario->faults[index];
    int rc = fits_target(fits, index, fault);
    if (rc)
        return rc;
    struct fits_path path = fits_path("faults", index, "");
    if (!fault->signal != (fault->action != FAULT_SIGNAL))
        return fits_refuse(fits, path.text, "action signal and signal go together");
    bool counted =
        fault->when == WHEN_ROWS || fault->when == WHEN_ANSWERED || fault->when == WHEN_HELD;
    if (counted != (fault->count > 0))
        return fits_refuse(fits, path.text, "count belongs to when rows, answered and held: %s",
                           fault->count ? "none is here" : "it is missing");
    if (fault->when == WHEN_HELD && !fits->scenario->hold)
        return fits_refuse(fits, path.text, "when held, and nothing is held; allowed: with `hold`");
    rc = fits_broker(fits, index, fault);
    if (rc)
        return rc;
    if (fault->restart_after && fault->action != FAULT_KILL && fault->action != FAULT_TERMINATE)
        return fits_refuse(fits, path.text, "restart_after; allowed: with kill and terminate");
    return 0;
}

int fits_faults(const struct fits *fits)
{
    for (unsigned i = 0; i < fits->scenario->faults_count; i++) {
        int rc = fits_fault(fits, i);
        if (rc)
            return rc;
    }
    return 0;
}
