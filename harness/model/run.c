#include "model/run.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/order.h"
#include "base/units.h"

static const char *const phase_names[PHASE_COUNT] = {
    [PHASE_RESOLVE] = "resolve", [PHASE_STACK] = "stack",       [PHASE_PREFLIGHT] = "preflight",
    [PHASE_STAGE] = "stage",     [PHASE_RELEASE] = "release",   [PHASE_SETTLE] = "settle",
    [PHASE_DRAIN] = "drain",     [PHASE_WATCH] = "watch",       [PHASE_CHECK] = "check",
    [PHASE_REPORT] = "report",   [PHASE_TEARDOWN] = "teardown",
};

static const char *const outcome_names[DRAIN_OUTCOME_COUNT] = {
    [DRAIN_NOT_RUN] = "not_run",
    [DRAIN_DRAINED] = "drained",
    [DRAIN_DRAINED_LOSSY] = "drained_lossy",
    [DRAIN_MOVING] = "moving",
    [DRAIN_STALLED] = "stalled",
    [DRAIN_NO_CONSUMER] = "no_consumer",
    [DRAIN_QUIET_ONLY] = "quiet_only",
    [DRAIN_BLOCKED] = "blocked",
};

const char *const fault_action_words[] = {
    [FAULT_KILL] = "kill",
    [FAULT_STOP] = "stop",
    [FAULT_CONTINUE] = "continue",
    [FAULT_RESTART] = "restart",
    [FAULT_SIGNAL] = "signal",
    [FAULT_TERMINATE] = "terminate",
    [FAULT_BROKER_DOWN] = "broker_down",
    [FAULT_BROKER_UP] = "broker_up",
    [FAULT_PRODUCE_ERRORS] = "produce_errors",
    NULL,
};

const char *const fault_when_words[] = {
    [WHEN_TIME] = "time", [WHEN_LAST_RESPONSE] = "last_response",
    [WHEN_ROWS] = "rows", [WHEN_ANSWERED] = "answered",
    [WHEN_HELD] = "held", NULL,
};

void fault_event(enum fault_action action, const char *target, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%s %s", fault_action_words[action], target);
    for (char *at = ret_text; *at && *at != ' '; at++)
        if (*at == '_')
            *at = ' ';
}

const char *run_phase_name(enum run_phase phase)
{
    return phase < PHASE_COUNT ? phase_names[phase] : "?";
}

const char *drain_outcome_name(enum drain_outcome outcome)
{
    return outcome < DRAIN_OUTCOME_COUNT ? outcome_names[outcome] : "?";
}

int drain_outcome_find(const char *name)
{
    for (int i = 0; i < DRAIN_OUTCOME_COUNT; i++)
        if (!strcmp(outcome_names[i], name))
            return i;
    return -1;
}

void run_init(struct run *run)
{
    memset(run, 0, sizeof *run);
    snprintf(run->version, sizeof run->version, "%s", RUSHPROOF_VERSION);
    run->round = run->rounds = run->attempt = 1;
    run->verdict = VERDICT_UNKNOWN;
    run->memory.bytes_a_connection = COUNT_UNKNOWN;
    run->memory.bytes_a_request = (int64_t)sizeof(struct request);
    run->database =
        (struct database_cost){COUNT_UNKNOWN, COUNT_UNKNOWN, COUNT_UNKNOWN, COUNT_UNKNOWN};
    run->drain.rows_at_last_ticket = COUNT_UNKNOWN;
    run->drain.rows_at_last_response = COUNT_UNKNOWN;
    run->drain.rows_at_assert = COUNT_UNKNOWN;
    run->drain.lag_at_assert = COUNT_UNKNOWN;
    run->drain.rows_max = COUNT_UNKNOWN;
}

void run_free(struct run *run)
{
    free(run->scenario_text);
    roster_free(run->roster);
    items_free(run->items);
    history_free(&run->history);
    history_free(&run->actions);
    agents_free(&run->agents);
    evidence_free(&run->evidence);
    observed_free(&run->observed);
    timeline_free(&run->timeline);
    trace_free(&run->trace);
    race_free(&run->race);
    findings_free(&run->findings);
    run_init(run);
}

void run_server_add(struct run *run, const struct server_info *info, const char *address)
{
    if (run->servers_count == RUN_SERVERS_MAX)
        return;
    struct server_info *server = &run->servers[run->servers_count++];
    *server = *info;
    snprintf(server->address, sizeof server->address, "%s", address);
    mask_apply_here(server->address, sizeof server->address);
}

const struct server_info *run_server(const struct run *run, const char *name)
{
    static const struct server_info none = {.kind = "none"};
    for (unsigned i = 0; i < run->servers_count; i++)
        if (!strcmp(run->servers[i].name, name))
            return &run->servers[i];
    return &none;
}

void run_event_add(struct run *run, ns_t at, const char *format, ...)
{
    if (run->events_count == RUN_EVENTS_MAX)
        return;
    struct run_event *event = &run->events[run->events_count++];
    event->at = at;
    va_list args;
    va_start(args, format);
    vsnprintf(event->what, sizeof event->what, format, args);
    va_end(args);
}

void run_count_answered(struct run *run)
{
    const struct history *history = &run->history;
    struct timeline *timeline = &run->timeline;
    for (size_t i = 0; i < timeline->count; i++)
        timeline->v[i].answered = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (!request_answered(&history->v[i]))
            continue;
        size_t after = order_find(timeline->v, timeline->count, sizeof *timeline->v,
                                  offsetof(struct sample, at), history->v[i].done);
        if (after < timeline->count)
            timeline->v[after].answered++;
    }
    for (size_t i = 1; i < timeline->count; i++)
        timeline->v[i].answered += timeline->v[i - 1].answered;
}

int run_tally(struct run *run, struct err *err)
{
    int rc = tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, err);
    for (size_t i = 0; i < run->actions.count && !rc; i++) {
        const struct request *action = &run->actions.v[i];
        if (request_answered(action) && action->done > run->tally.last_response)
            run->tally.last_response = action->done;
    }
    return rc;
}

/* Whatever was done to it, and undone. */
static bool is_fault(const struct scenario *scenario, const char *event)
{
    const char *target = strrchr(event, ' ');
    for (unsigned i = 0; target && i < scenario->faults_count; i++)
        if (!strcmp(scenario->faults[i].target, target + 1))
            return true;
    return false;
}

const char *run_faults(const struct run *run, char *ret_text, size_t size)
{
    size_t used = 0;
    *ret_text = '\0';
    for (unsigned i = 0; run->scenario && i < run->events_count && used < size; i++) {
        const struct run_event *event = &run->events[i];
        ns_t after = event->at > run->history.origin ? event->at - run->history.origin : 0;
        char span[32];
        if (!is_fault(run->scenario, event->what))
            continue;
        int more = snprintf(ret_text + used, size - used, "%s%s after %s", used ? ", " : "",
                            event->what, units_format_duration(after, span, sizeof span));
        used += more > 0 ? (size_t)more : 0;
    }
    return ret_text;
}

void run_count_instances(struct run *run)
{
    for (unsigned i = 0; i < run->instances_count; i++)
        run->instances[i].requests = run->instances[i].accepted = run->instances[i].rejected = 0;
    for (size_t i = 0; i < run->history.count; i++) {
        const struct request *request = &run->history.v[i];
        if (!request->instance || request->instance > run->instances_count)
            continue;
        struct instance_info *info = &run->instances[request->instance - 1];
        info->requests += request->released != 0;
        info->accepted += request->cls == CLASS_ACCEPTED;
        info->rejected += request->cls == CLASS_REJECTED;
    }
}

/* Behind one address nobody but the answers can tell who had which request. */
void run_tell_spreading(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    const char *header = scenario->responses.instance;
    run->spreading[0] = '\0';
    if (run->instances_count)
        return;
    for (unsigned i = 0; i < scenario->processes_count && !header; i++)
        if (scenario->processes[i].count > 1)
            snprintf(run->spreading, sizeof run->spreading,
                     "unknown: one address stands before the %d instances of %s, and no "
                     "responses.instance names the header that tells them apart",
                     (int)scenario->processes[i].count, scenario->processes[i].name);
    if (header)
        snprintf(run->spreading, sizeof run->spreading, "unknown: no answer had the header %s",
                 header);
}
