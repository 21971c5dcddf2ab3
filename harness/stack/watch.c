/* Watching the stack: which of its programs have ended, how, when, and who had asked. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "stack/inside.h"
#include "stack/logfile.h"

static void describe_end(struct process_info *info, struct child *child, bool unexpected)
{
    info->unexpected = unexpected;
    info->signal = WIFSIGNALED(child->status) ? WTERMSIG(child->status) : 0;
    info->exit_code = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
    info->ended = child->ended;
    logfile_tail(child->log, child->log_from, info->log, sizeof info->log);
}

/* The first end that nobody asked for is what the verdict is about: nothing overwrites it. */
static void look(struct process_info *info, struct child *child, bool gone, struct run *run)
{
    if (!child->starts)
        return; /* its turn never came */
    info->restarts = child->restarts;
    info->looked = clock_now();
    if (info->unexpected)
        return;
    if (!child_ended(child)) {
        info->ended = info->signal = 0;
        info->exit_code = -1;
        info->asked[0] = info->log[0] = '\0';
        return;
    }
    if (info->ended)
        return;
    bool once = info->once && WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
    bool asked = child_asked(child);
    describe_end(info, child, !gone && !asked && !once);
    snprintf(info->asked, sizeof info->asked, "%s", gone ? "supervisor" : asked ? "fault" : "");
    if (info->unexpected)
        run_event_add(run, info->ended, "%s ended by itself", info->name);
}

static bool is_gone(const struct process_info *info, struct child *child)
{
    bool once = info->once && !info->unexpected;
    return !once && child_failed(child);
}

/* Servers are listed once they have ended; NULL: no room. */
static struct process_info *server_info(struct run *run, const char *name)
{
    for (unsigned i = 0; i < run->processes_count; i++) {
        if (run->processes[i].server && strcmp(run->processes[i].name, name) == 0)
            return &run->processes[i];
    }
    if (run->processes_count == RUN_PROCESSES_MAX)
        return NULL;
    struct process_info *info = &run->processes[run->processes_count++];
    *info = (struct process_info){.exit_code = -1, .server = true};
    snprintf(info->name, sizeof info->name, "%s", name);
    return info;
}

bool stack_watch(struct stack *stack, struct run *run)
{
    bool keeper_gone = stack->launcher && launcher_gone(stack->launcher), gone = keeper_gone;
    for (unsigned i = 0; i < stack->processes_count && i < run->processes_count; i++) {
        look(&run->processes[i], &stack->processes[i].child, keeper_gone, run);
        gone |= is_gone(&run->processes[i], &stack->processes[i].child);
    }
    for (int i = 0; i < SERVER_COUNT; i++) {
        struct child *child = &stack->servers[i].child;
        if (!child_failed(child))
            continue;
        gone = true;
        struct process_info *info = server_info(run, child->name);
        if (info)
            look(info, child, keeper_gone, run);
    }
    return gone;
}

void stack_read_words(const struct stack *stack, struct run *run)
{
    for (unsigned i = 0; i < stack->processes_count && i < run->processes_count; i++) {
        struct process_info *info = &run->processes[i];
        const struct child *child = &stack->processes[i].child;
        if (!info->ended && child->starts)
            logfile_tail(child->log, child->log_from, info->log, sizeof info->log);
    }
}

static const char *kafka_refusal(const struct stack *stack)
{
    const struct server *kafka = &stack->servers[SERVER_kafka];
    off_t from = kafka->child.log_from;
    if (kafka->kind != &kafka_embedded || kafka->child.starts == 0 ||
        !logfile_contains(kafka->child.log, &from, "refused a transaction"))
        return NULL;
    return "the embedded Kafka refused a transaction (logs/kafka.log tells whose): it keeps no "
           "control records, so consumers would read what was aborted; use stack.kafka: apache";
}

const char *stack_refusal(struct stack *stack, bool over)
{
    const char *refusal = kafka_refusal(stack);
    return refusal ? refusal : proxy_refusal(&stack->proxy, over);
}
