#include "stack/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/units.h"
#include "stack/listener.h"
#include "stack/logfile.h"
#include "stack/lookup.h"
#include "stack/ready.h"

#define READY_TIMEOUT (10 * NS_PER_S)
/* What clients of Kafka have without a setting of their own (session.timeout.ms). */
#define SESSION_DEFAULT (45 * NS_PER_S)

/* Does the load go to it: does a URL name it, or all of them? */
static bool faces_load(const struct process *process, const struct spec_request *request)
{
    for (unsigned i = 0; i < request->urls_count; i++)
        if (refs_names(request->urls[i], process->child.name) ||
            refs_names(request->urls[i], process->spec->name))
            return true;
    return false;
}

int process_init(struct process *process, const struct spec_process *spec, int instance,
                 const struct place *place, struct err *err)
{
    char name[sizeof process->child.name], number[16] = "";
    *process = (struct process){
        .spec = spec, .instance = instance, .place = place, .port.reservation = -1};
    if (spec->count > 1)
        snprintf(number, sizeof number, ".%d", instance);
    snprintf(name, sizeof name, "%s%s", spec->name, number);
    child_init(&process->child, place->launcher, name);
    process->child.patience = "ready: {timeout: 2m}";
    process->child.may_end = spec->once;
    process->faces_load = faces_load(process, &place->scenario->request);
    return port_reserve(&process->port, err);
}

void process_free(struct process *process)
{
    port_release(&process->port);
    child_free(&process->child);
    refs_free(&process->refs);
    free(process->ready_text);
    free(process->ready_socket);
    process->ready_text = process->ready_socket = NULL;
}

/* What the scenario gives it. */
static int own_environment(struct process *process, const struct surroundings *around,
                           struct err *err)
{
    for (unsigned i = 0; i < process->spec->env_count; i++) {
        _cleanup_free_ char *value = NULL;
        int result = refs_expand(around->refs, process->spec->env[i].value, &value, err);
        if (result)
            return result;
        texts_set(&process->child.env, process->spec->env[i].name, value);
    }
    return 0;
}

static int environment(struct process *process, const struct surroundings *around, struct err *err)
{
    struct texts *env = &process->child.env;
    char port[8];
    texts_environment(env);
    for (int i = 0; i < SERVER_COUNT; i++)
        if (around->servers[i].user_url[0])
            server_roles[i]->environment(&around->servers[i], env);
    snprintf(port, sizeof port, "%u", process->port.number);
    texts_set(env, "PORT", port);
    texts_set(env, PROCESS_MARK, around->dir);
    return own_environment(process, around, err);
}

/* A path is looked for where the process will run, as a shell would after `cd`, then beside the
 * scenario. */
static int find_program(const struct process *process, const struct surroundings *around,
                        const char *name, char **ret_path, struct err *err)
{
    const char *dir = process->spec->dir ? process->child.dir : NULL;
    bool relative = name[0] != '/' && strchr(name, '/');
    if (dir && relative && lookup_program(name, NULL, dir, ret_path, NULL) == 0)
        return 0;
    int result =
        lookup_program(name, process->place->program_dir, around->scenario_dir, ret_path, err);
    if (result && dir && relative)
        err_set(err, ERR_ENVIRONMENT, "no program %s in %s or %s", name, dir, around->scenario_dir);
    return result ? err_prefix(err, "run.0") : 0;
}

static bool is_there(const char *dir, const char *name)
{
    _cleanup_free_ char *path = NULL;
    return asprintf(&path, "%s/%s", dir, name) > 0 && !access(path, F_OK);
}

/* A word such as app.js is no mistake until the process has ended. */
static bool is_misplaced(const struct process *process, const struct surroundings *around,
                         const char *word)
{
    return *word && !strchr("/-", *word) && !is_there(process->child.dir, word) &&
           is_there(around->scenario_dir, word);
}

static int say_misplaced(const struct process *process, struct err *err)
{
    return err_prefix(err,
                      "%s is beside the scenario, and the process runs elsewhere: write "
                      "\"${scenario.dir}/%s\", or dir: . beside run",
                      process->misplaced, process->misplaced);
}

static int arguments(struct process *process, const struct surroundings *around, struct err *err)
{
    for (unsigned i = 0; i < process->spec->run_count; i++) {
        _cleanup_free_ char *text = NULL, *program = NULL;
        int result = refs_expand(around->refs, process->spec->run[i], &text, err);
        if (result == 0 && i == 0)
            result = find_program(process, around, text, &program, err);
        else if (result == 0 && is_misplaced(process, around, text))
            process->misplaced = process->spec->run[i];
        if (result)
            return result;
        texts_add(&process->child.argv, program ? program : text);
    }
    return process->spec->run_count ? 0 : err_set(err, ERR_USAGE, "`run` is empty");
}

int process_renew(struct process *process, const struct surroundings *around, struct err *err)
{
    texts_free(&process->child.argv);
    int result = arguments(process, around, err);
    if (result == 0)
        result = own_environment(process, around, err);
    return result ? err_prefix(err, "process %s", process->child.name) : 0;
}

static int readiness(struct process *process, const struct surroundings *around, struct err *err)
{
    const struct spec_ready *ready = process->spec->ready;
    if (!ready)
        return 0;
    const char *text = ready->http ? ready->http : ready->tcp ? ready->tcp : ready->log;
    if (!text)
        return 0;
    int rc = ready->socket
                 ? refs_expand(around->own_refs, ready->socket, &process->ready_socket, err)
                 : 0;
    if (rc)
        return rc;
    if (ready->http && text[0] == '/') {
        if (asprintf(&process->ready_text, "http://127.0.0.1:%u%s", process->port.number, text) < 0)
            return err_set(err, ERR_MEMORY, "out of memory");
        return 0;
    }
    return refs_expand(around->own_refs, text, &process->ready_text, err);
}

static int directory(struct process *process, const struct surroundings *around, struct err *err)
{
    const char *given = process->spec->dir;
    int length = given && given[0] != '/'
                     ? asprintf(&process->child.dir, "%s/%s", around->scenario_dir, given)
                     : asprintf(&process->child.dir, "%s", given ? given : around->dir);
    return length < 0 ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}

int process_resolve(struct process *process, const struct surroundings *around, struct err *err)
{
    int result;
    process->kafka = around->kafka;
    if ((result = directory(process, around, err)) || (result = arguments(process, around, err)) ||
        (result = environment(process, around, err)) ||
        (result = readiness(process, around, err)) ||
        (result = child_log(&process->child, process->place->logs, err)))
        err_prefix(err, "process %s", process->child.name);
    return result;
}

struct look {
    struct process *process;
    off_t from; /* in the log */
    struct listeners before;
};

/* Was it one of the run's own that answered? */
static bool is_ours(const struct look *look, const struct sockaddr_storage *peer, char *ret_why,
                    size_t size)
{
    char who[64];
    pid_t keeper = launcher_keeper(look->process->place->launcher);
    if (!listener_is_strange((const struct sockaddr *)peer, &look->before, keeper, who, sizeof who))
        return true;
    snprintf(ret_why, size, "%s is answered by %s, which was there before",
             look->process->ready_text, who);
    return false;
}

static bool looks_ready(void *context, char *ret_why, size_t size)
{
    struct look *look = context;
    const struct spec_ready *ready = look->process->spec->ready;
    const char *text = look->process->ready_text;
    struct sockaddr_storage peer;
    if (ready->http)
        return ready_http(text, look->process->ready_socket, &peer, ret_why, size) &&
               is_ours(look, &peer, ret_why, size);
    if (ready->tcp)
        return ready_tcp(text, &peer, ret_why, size) && is_ours(look, &peer, ret_why, size);
    snprintf(ret_why, size, "no line of its output contains \"%s\"", text);
    return logfile_contains(look->process->child.log, &look->from, text);
}

/* A killed consumer leaves a member behind, for which its group waits until that one's session has
 * timed out: who was started again meanwhile cannot become ready. */
static bool group_waits(const struct process *process, char *ret_why, size_t size)
{
    const struct spec_pipeline *pipeline = process->place->scenario->evidence.pipeline;
    struct server *kafka = process->kafka;
    return pipeline && pipeline->kind == PIPELINE_kafka && kafka->kind->group_waits &&
           kafka->kind->group_waits(kafka, pipeline->group, ret_why, size);
}

static int wait_for_group(struct process *process, struct look *look, ns_t begun, struct err *err)
{
    char why[384] = "its group has to share out its partitions anew", span[32];
    struct child *child = &process->child;
    ns_t timeout =
        process->spec->ready->timeout > 0 ? process->spec->ready->timeout : READY_TIMEOUT;
    ns_t give_up = begun + SESSION_DEFAULT + timeout;
    int result = -ERR_ENVIRONMENT;
    log_info("stack", "%s: waits for its group", process->child.name);
    /* When the group waits no longer, it takes the process in. */
    while (result == -ERR_ENVIRONMENT && !child_ended(child) && clock_now() < give_up)
        result = ready_wait(child, looks_ready, look,
                            group_waits(process, why, sizeof why) ? NS_PER_S : timeout,
                            process->place->halt, err);
    if (result == -ERR_ENVIRONMENT && !child_ended(child))
        err_set(err, ERR_ENVIRONMENT,
                "%s was not ready within %s: %s, which may take as long as that member's session "
                "timeout; a shorter session.timeout.ms of the consumer makes it short",
                process->child.name, units_format_duration(clock_now() - begun, span, sizeof span),
                why);
    return result;
}

static int wait_ready(struct process *process, struct look *look, struct err *err)
{
    ns_t begun = clock_now(), timeout = process->spec->ready->timeout;
    timeout = timeout > 0 ? timeout : READY_TIMEOUT;
    struct child *child = &process->child;
    char why[384];
    int result = 0;
    look->from = child->log_from;
    if (process->ready_text)
        result = ready_wait(child, looks_ready, look, timeout, process->place->halt, err);
    if (result == -ERR_ENVIRONMENT && child->restarts > 0 && !child_ended(child) &&
        group_waits(process, why, sizeof why))
        result = wait_for_group(process, look, begun, err);
    if (result == 0 && process->spec->ready->ended)
        result = ready_wait_end(child, begun + timeout - clock_now(), process->place->halt, err);
    if (result == 0)
        log_info("stack", "%s: ready after %.1f ms", process->child.name,
                 (double)(clock_now() - begun) / NS_PER_MS);
    return result;
}

int process_start(struct process *process, struct err *err)
{
    struct look look = {.process = process};
    if (process->ready_text)
        listeners_read(&look.before);
    int result = child_start(&process->child, err);
    if (result == 0 && process->spec->ready)
        result = wait_ready(process, &look, err);
    if (result && process->misplaced && child_ended(&process->child))
        say_misplaced(process, err);
    listeners_free(&look.before);
    return result;
}
