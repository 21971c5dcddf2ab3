#include "stack/stack.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "keeper/remains.h"
#include "stack/inside.h"
#include "stack/lookup.h"
#include "stack/team.h"

#define GRACE (5 * NS_PER_S) /* for a process to end after SIGTERM */

static bool program_mentions(char *const *run, unsigned run_count, const struct spec_pair *env,
                             unsigned env_count, const char *name)
{
    bool found = false;
    for (unsigned i = 0; i < run_count; i++)
        found |= refs_mentions(run[i], name);
    for (unsigned i = 0; i < env_count; i++)
        found |= refs_mentions(env[i].value, name);
    return found;
}

static bool mentions(const struct scenario *scenario, const char *name)
{
    bool found =
        refs_mentions(scenario->request.url, name) || refs_mentions(scenario->request.body, name);
    for (unsigned i = 0; i < scenario->processes_count; i++)
        found |=
            program_mentions(scenario->processes[i].run, scenario->processes[i].run_count,
                             scenario->processes[i].env, scenario->processes[i].env_count, name);
    for (unsigned i = 0; i < scenario->setup_count; i++)
        found |= program_mentions(scenario->setup[i].run, scenario->setup[i].run_count,
                                  scenario->setup[i].env, scenario->setup[i].env_count, name);
    return found;
}

static bool mentions_redis_tcp(const struct scenario *scenario)
{
    bool found = false;
    for (const char *const *part = spec_server_own("redis"); *part; part++)
        found = found || mentions(scenario, *part);
    return found;
}

static bool mentions_redis_password(const struct scenario *scenario)
{
    return mentions(scenario, "redis.password") || mentions(scenario, "redis.tcp");
}

static char *absolute(const char *path)
{
    return realpath(path && path[0] ? path : ".", NULL);
}

static int make_paths(struct stack *stack, const struct stack_settings *settings, struct err *err)
{
    stack->dir = absolute(settings->dir);
    stack->scenario_dir = absolute(settings->scenario_dir);
    stack->program_dir = settings->program_dir ? absolute(settings->program_dir) : lookup_own_dir();
    if (!stack->dir)
        return err_errno(err, ERR_ENVIRONMENT, errno, "the run's directory %s", settings->dir);
    if (!stack->scenario_dir)
        return err_errno(err, ERR_ENVIRONMENT, errno, "the scenario's directory %s",
                         settings->scenario_dir);
    if (asprintf(&stack->logs, "%s/logs", stack->dir) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (mkdir(stack->logs, 0777) < 0 && errno != EEXIST)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make %s", stack->logs);
    return 0;
}

static int open_launcher(struct stack *stack, struct err *err)
{
    _cleanup_free_ char *keeper = NULL;
    int result = lookup_program("rushproof-keeper", stack->program_dir, NULL, &keeper, err);
    return result ? result : launcher_open(keeper, stack->keep, &stack->launcher, err);
}

static int make_processes(struct stack *stack, struct err *err)
{
    const struct scenario *scenario = stack->scenario;
    size_t count = 0;
    for (unsigned i = 0; i < scenario->processes_count; i++)
        count += (size_t)spec_instances(&scenario->processes[i]);
    if (count == 0)
        return 0;
    stack->processes = calloc(count, sizeof *stack->processes);
    if (!stack->processes)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < scenario->processes_count; i++)
        for (int k = 1; k <= spec_instances(&scenario->processes[i]); k++) {
            int result = process_init(&stack->processes[stack->processes_count++],
                                      &scenario->processes[i], k, &stack->place, err);
            if (result)
                return result;
        }
    return 0;
}

static int start_process(void *context, struct err *err)
{
    return process_start(context, err);
}

/* Starts the one at first, and those that are to be started beside it. *ret_next: the first that
 * waits for them. */
static int start_group(struct stack *stack, unsigned first, unsigned *ret_next, struct err *err)
{
    struct team_member members[RUN_PROCESSES_MAX];
    unsigned count = 0, next = first;
    do {
        members[count++] =
            (struct team_member){.start = start_process, .what = &stack->processes[next++]};
    } while (next < stack->processes_count && count < RUN_PROCESSES_MAX &&
             stack->processes[next].spec->beside);
    *ret_next = next;
    return team_run(members, count, &stack->halt, err);
}

int stack_start_processes(struct stack *stack, struct err *err)
{
    for (unsigned i = 0; i < stack->processes_count;) {
        int result = halt_check(&stack->halt, "starting the processes", err);
        if (result == 0)
            result = start_group(stack, i, &i, err);
        if (result)
            return result;
    }
    return 0;
}

/* Whose is a store's port that stands in code: of the one that the load goes to, or else the first
 * that does not end. */
static bool keeps_ports(const struct stack *stack, const struct process *process)
{
    const struct process *first = NULL;
    for (unsigned i = 0; i < stack->processes_count; i++) {
        const struct process *other = &stack->processes[i];
        if (spec_faces_load(stack->scenario, other->spec->name))
            return process == other;
        if (!first && !(other->spec->ready && other->spec->ready->ended))
            first = other;
    }
    return process == first;
}

/* With the stores where this process is to look for them. */
static int resolve_process(struct stack *stack, struct process *process, struct err *err)
{
    struct server seen[SERVER_COUNT];
    const struct surroundings around = {.refs = &process->refs,
                                        .own_refs = &stack->refs,
                                        .servers = seen,
                                        .kafka = &stack->servers[SERVER_kafka],
                                        .dir = stack->dir,
                                        .scenario_dir = stack->scenario_dir};
    int result = 0;
    memcpy(seen, stack->servers, sizeof seen);
    for (int i = 0; result == 0 && proxy_is_there(&stack->proxy) && i < SERVER_COUNT; i++)
        result = proxy_lead(&stack->proxy, process->child.name, keeps_ports(stack, process),
                            &seen[i], err);
    if (result == 0)
        result = stack_make_refs(stack, seen, &process->refs, err);
    if (result == 0)
        result = stack_point_at(&process->refs, process, err);
    if (result == 0)
        result = stack_point_at(&stack->refs, process, err);
    if (result == 0)
        result = process_resolve(process, &around, err);
    return result ? result : stack_point_at(&stack->refs, process - (process->instance - 1), err);
}

static int resolve_processes(struct stack *stack, struct err *err)
{
    const struct surroundings around = {.refs = &stack->refs,
                                        .own_refs = &stack->refs,
                                        .servers = stack->servers,
                                        .kafka = &stack->servers[SERVER_kafka],
                                        .dir = stack->dir,
                                        .scenario_dir = stack->scenario_dir};
    int result = setup_resolve(stack, &around, err);
    if (result == 0 && stack->scenario->between.what != BETWEEN_OFF)
        result = proxy_start(&stack->proxy, &stack->place, err);
    if (result == 0 && proxy_is_there(&stack->proxy))
        result = proxy_listen(&stack->proxy, &stack->scenario->between, err);
    for (unsigned i = 0; result == 0 && i < stack->processes_count; i++)
        result = resolve_process(stack, &stack->processes[i], err);
    return result;
}

void stack_describe(const struct stack *stack, struct run *run)
{
    run->servers_count = 0;
    for (int i = 0; i < SERVER_COUNT; i++)
        if (stack->servers[i].kind != &server_none)
            run_server_add(run, &stack->servers[i].info, stack->servers[i].user_url);
    run->processes_count = 0;
    for (unsigned i = 0; i < stack->processes_count && i < RUN_PROCESSES_MAX; i++) {
        struct process_info *info = &run->processes[run->processes_count++];
        const struct spec_process *spec = stack->processes[i].spec;
        *info = (struct process_info){.exit_code = -1, .once = spec->once};
        snprintf(info->name, sizeof info->name, "%s", stack->processes[i].child.name);
    }
}

static int bring_up(struct stack *stack, const struct stack_settings *settings, struct run *run,
                    struct err *err)
{
    int result;
    if ((result = make_paths(stack, settings, err)) || (result = open_launcher(stack, err)))
        return result;
    stack->place = (struct place){.launcher = stack->launcher,
                                  .scenario = stack->scenario,
                                  .logs = stack->logs,
                                  .program_dir = stack->program_dir,
                                  .halt = &stack->halt,
                                  .missed = &stack->missed,
                                  .allow_reset = settings->allow_reset,
                                  .redis_tcp = mentions_redis_tcp(stack->scenario),
                                  .redis_locked = mentions_redis_password(stack->scenario),
                                  .keep = stack->keep};
    if ((result = make_processes(stack, err)) || (result = setup_make(stack, err)) ||
        (result = stack_start_servers(stack, err)) ||
        (result = stack_make_refs(stack, stack->servers, &stack->refs, err)) ||
        (result = resolve_processes(stack, err)) || (result = stack_run_resets(stack, true, err)) ||
        (result = setup_run(stack, err)))
        return result;
    stack_describe(stack, run);
    strangers_remember(stack);
    result = stack_start_processes(stack, err);
    return result ? result : stack_look_for_missed(stack, err);
}

int stack_start(const struct scenario *scenario, const struct stack_settings *settings,
                const volatile bool *stop, struct run *run, struct stack **ret_stack,
                struct err *err)
{
    struct stack *stack = calloc(1, sizeof *stack);
    struct err local = {0};
    if (!stack)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (int i = 0; i < SERVER_COUNT; i++)
        server_init(&stack->servers[i], "", &stack->place);
    stack->scenario = scenario;
    stack->keep = settings->keep;
    stack->halt.stop = stop;
    ns_t begun = clock_now();
    int result = bring_up(stack, settings, run, &local);
    if (result) {
        (void)stack_watch(stack, run); /* who has ended, and how: nobody's crash before the load */
        for (unsigned i = 0; i < run->processes_count; i++)
            run->processes[i].unexpected = false;
        const char *refusal = stack_refusal(stack, true);
        if (refusal)
            err_prefix(&local, "%s", refusal);
        if (err)
            *err = local;
        stack_stop(stack);
        return result;
    }
    log_info("stack", "up after %.1f ms; private directory %s",
             (double)(clock_now() - begun) / NS_PER_MS, launcher_dir(stack->launcher));
    *ret_stack = stack;
    return 0;
}

const char *stack_address(const struct stack *stack, const char *name)
{
    for (int i = 0; i < SERVER_COUNT; i++)
        if (!strcmp(stack->servers[i].child.name, name) && stack->servers[i].own_url[0])
            return stack->servers[i].own_url;
    return NULL;
}

struct child *stack_find(struct stack *stack, const char *name, struct server **ret_server)
{
    *ret_server = NULL;
    for (unsigned i = 0; i < stack->processes_count; i++) {
        if (strcmp(stack->processes[i].child.name, name) == 0)
            return &stack->processes[i].child;
    }
    for (int i = 0; i < SERVER_COUNT; i++) {
        if (strcmp(stack->servers[i].child.name, name) == 0) {
            *ret_server = &stack->servers[i];
            return &stack->servers[i].child;
        }
    }
    return NULL;
}

/* What a process has left behind, such as workers of a server that ended before them, holds its
 * port and would answer in place of the next one. */
static void end_leftovers(const struct stack *stack)
{
    _cleanup_free_ char *mark = NULL;
    if (stack->processes_count && asprintf(&mark, PROCESS_MARK "=%s", stack->dir) > 0)
        remains_kill_marked(mark);
}

/* All are asked before any is waited for. */
void stack_stop_processes(struct stack *stack)
{
    for (unsigned i = stack->processes_count; i-- > 0;) {
        if (stack->processes[i].child.starts > 0)
            child_ask_end(&stack->processes[i].child, SIGTERM);
    }
    ns_t deadline = clock_now() + GRACE;
    for (unsigned i = stack->processes_count; i-- > 0;) {
        if (stack->processes[i].child.starts > 0)
            child_await_end(&stack->processes[i].child, deadline);
    }
    end_leftovers(stack);
}

/* Private servers hold nothing that anybody will miss, unless their directories are kept. */
static void stop_servers(struct stack *stack)
{
    for (int i = 0; stack->keep && i < SERVER_COUNT; i++) {
        if (stack->servers[i].child.starts > 0)
            child_ask_end(&stack->servers[i].child, stack->servers[i].kind->stop_signal);
    }
    ns_t deadline = clock_now() + GRACE;
    for (int i = 0; stack->keep && i < SERVER_COUNT; i++) {
        if (stack->servers[i].child.starts > 0)
            child_await_end(&stack->servers[i].child, deadline);
    }
}

void stack_stop(struct stack *stack)
{
    if (!stack)
        return;
    stack_stop_processes(stack);
    stop_servers(stack);
    launcher_close(stack->launcher); /* whoever is left goes now */
    for (unsigned i = 0; i < stack->processes_count; i++)
        process_free(&stack->processes[i]);
    setup_free(stack->steps);
    for (int i = 0; i < SERVER_COUNT; i++)
        server_free(&stack->servers[i]);
    proxy_free(&stack->proxy);
    refs_free(&stack->refs);
    free(stack->processes);
    free(stack->dir);
    free(stack->logs);
    free(stack->scenario_dir);
    free(stack->program_dir);
    free(stack);
}
