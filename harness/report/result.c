#include "report/result.h"
#include "report/in_short.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "model/check.h"
#include "model/connects.h"
#include "model/gate.h"
#include "model/power.h"
#include "report/in_short.h"
#include "report/result_tables.h"

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

ns_t result_last_row(const struct run *run)
{
    return run->drain.last_commit ? run->drain.last_commit : run->drain.last_growth;
}

bool result_after_last_response(const struct run *run, ns_t *ret_span)
{
    ns_t last_row = result_last_row(run);
    if (!last_row || !run->tally.last_response)
        return false;
    *ret_span = last_row - run->tally.last_response;
    return true;
}

bool result_verdict_delay(const struct run *run, ns_t *ret_span)
{
    ns_t last_row = result_last_row(run);
    if (!last_row || !run->drain.decided)
        return false;
    *ret_span = run->drain.decided - last_row;
    return true;
}

/* json_object_set_new takes NULL values badly only by failing, so one test at the end is enough. */
static int set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
}

static json_t *count_or_null(int64_t count)
{
    return count == COUNT_UNKNOWN ? json_null() : json_integer(count);
}

static json_t *milliseconds(bool known, ns_t span)
{
    return known ? json_real((double)span / (double)NS_PER_MS) : json_null();
}

/* One struct by its table; NULL when out of memory. */
static json_t *object_of(const struct field_table *table, const void *from, ns_t origin)
{
    json_t *object = json_object();
    if (object && fields_write(table, from, origin, object)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *array_of(const struct field_table *table, const void *from, size_t count,
                        size_t size, ns_t origin)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, object_of(table, (const char *)from + i * size, origin))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *make_causes(const struct tally *tally)
{
    json_t *causes = json_object();
    for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
        if (tally->causes[i])
            set(causes, request_cause_name((enum request_cause)i), json_integer(tally->causes[i]));
    return causes;
}

static int set_counts(json_t *object, const struct tally *tally)
{
    return set(object, "planned", json_integer(tally->planned)) |
           set(object, "sent", json_integer(tally->sent)) |
           set(object, "skipped", json_integer(tally->skipped)) |
           set(object, "accepted", json_integer(tally->accepted)) |
           set(object, "rejected", json_integer(tally->rejected)) |
           set(object, "limited", json_integer(tally->limited)) |
           set(object, "failed", json_integer(tally->failed)) |
           set(object, "unknown", json_integer(tally->unknown)) |
           set(object, "causes", make_causes(tally)) |
           set(object, "spread_us", json_integer(tally->spread / NS_PER_US)) |
           set(object, "spread_p5_p95_us", json_integer(tally->spread_p5_p95 / NS_PER_US)) |
           set(object, "peak_in_flight", json_integer(tally->peak_in_flight)) |
           set(object, "before_first_answer", json_integer(tally->before_first_answer)) |
           set(object, "elapsed_us", json_integer(tally->elapsed / NS_PER_US));
}

/* What a phase was set to, and its own figures. */
static json_t *make_load_phases(const struct run *run)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < result_load_count(run); i++) {
        json_t *phase = object_of(&result_load_phase_fields, &run->load[i], run->history.origin);
        const struct load_connects *connects = &run->load[i].connects;
        if (phase && connects->made)
            set(phase, "connects", object_of(&result_connects_fields, connects, 0));
        struct tally tally = run->tally;
        bool counted = phase && (result_load_count(run) == 1 ||
                                 !tally_make(&run->history, (int)i, &tally, NULL));
        if (counted && tally.planned)
            set_counts(phase, &tally);
        json_array_append_new(array, phase);
    }
    return array;
}

static json_t *make_load(const struct run *run)
{
    json_t *load = json_object();
    struct power power;
    char release[128];
    char connects[256];
    power_of(run, &power);
    const struct load_connects *opened = connects_of(run);
    int failed =
        set_counts(load, &run->tally) | set(load, "gate", json_string(result_gate(run))) |
        set(load, "release", json_string(result_release(run, release, sizeof release))) |
        set(load, "connects",
            opened ? fields_text(connects_describe(opened, connects, sizeof connects))
                   : json_null()) |
        set(load, "floor_us",
            result_floor(run) ? json_integer(result_floor(run) / NS_PER_US) : json_null()) |
        set(load, "smallest_window_ns",
            power.kind == POWER_STATED ? json_integer(power.window) : json_null()) |
        set(load, "memory", object_of(&result_memory_fields, &run->memory, 0)) |
        set(load, "phases", make_load_phases(run));
    if (!failed)
        return load;
    json_decref(load);
    return NULL;
}

static json_t *make_quantiles(const struct hist *hist)
{
    static const struct {
        const char *key;
        double quantile;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    json_t *object = json_object();
    set(object, "count", json_integer((json_int_t)hist->total));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        set(object, rows[i].key,
            hist->total ? json_integer(hist_quantile(hist, rows[i].quantile) / NS_PER_US)
                        : json_null());
    set(object, "sum", json_integer((json_int_t)(hist->sum / (double)NS_PER_US)));
    set(object, "max", hist->total ? json_integer(hist->max / NS_PER_US) : json_null());
    return object;
}

static json_t *make_latency(const struct run *run)
{
    _cleanup_free_ struct hist *scheduled = calloc(1, sizeof *scheduled);
    _cleanup_free_ struct hist *sent = calloc(1, sizeof *sent);
    if (!scheduled || !sent)
        return NULL;
    tally_latency(&run->history, TALLY_ALL_PHASES, scheduled, sent);
    json_t *latency = make_quantiles(scheduled);
    set(latency, "from_send", make_quantiles(sent));
    return latency;
}

static json_t *make_rows(const struct run *run)
{
    const struct evidence *evidence = &run->evidence;
    const struct rows *coupons = &evidence->coupons;
    const struct rows *parked = &evidence->parked;
    const struct rows *before = &evidence->before;
    json_t *rows = json_object();
    if (run->decisions.tickets) {
        set(rows, "at_last_ticket", count_or_null(run->drain.rows_at_last_ticket));
        set(rows, "at_last_decision", count_or_null(run->drain.rows_at_last_response));
    }
    set(rows, "at_last_response", count_or_null(run->drain.rows_at_last_response));
    set(rows, "at_assert", count_or_null(run->drain.rows_at_assert));
    set(rows, "final", coupons->known ? json_integer((json_int_t)coupons->count) : json_null());
    set(rows, "max", count_or_null(run->drain.rows_max));
    set(rows, "parked", parked->known ? json_integer((json_int_t)parked->count) : json_null());
    set(rows, "before", before->known ? json_integer((json_int_t)before->count) : json_null());
    return rows;
}

static json_t *make_drain(const struct run *run)
{
    json_t *drain = object_of(&result_drain_fields, &run->drain, run->history.origin);
    ns_t span = 0;
    bool known = result_after_last_response(run, &span);
    set(drain, "after_last_response_ms", milliseconds(known, span));
    known = result_verdict_delay(run, &span);
    set(drain, "verdict_delay_ms", milliseconds(known, span));
    return drain;
}

/* Users that are no numbers stand in the file as the service showed them. */
static void name_user(const struct roster *roster, json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    char id[ROSTER_TEXT];
    if (roster_is_numbers(roster) || !json_is_integer(number))
        return;
    roster_text(roster, json_integer_value(number), id);
    set(object, key, fields_text(id));
}

static json_t *name_users(const struct run *run, json_t *array)
{
    for (size_t i = 0; !roster_is_numbers(run->roster) && i < json_array_size(array); i++) {
        name_user(run->roster, json_array_get(array, i), "user");
        name_user(run->roster, json_array_get(array, i), "other");
    }
    return array;
}

static json_t *make_checks(const struct run *run)
{
    ns_t origin = run->history.origin;
    json_t *checks = json_array();
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        json_t *check = object_of(&result_finding_fields, finding, origin);
        set(check, "title", json_string(checks_title(finding->check)));
        set(check, "users",
            name_users(run,
                       array_of(&result_witness_fields, finding->witnesses,
                                finding->witnesses_count, sizeof *finding->witnesses, origin)));
        if (json_array_append_new(checks, check)) {
            json_decref(checks);
            return NULL;
        }
    }
    return checks;
}

static json_t *make_stack(const struct run *run)
{
    static const char *const names[] = {"redis", "postgres", "kafka"};
    json_t *stack = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        set(stack, names[i], object_of(&result_stack_fields, run_server(run, names[i]), 0));
    return stack;
}

static json_t *make_phases(const struct run *run)
{
    json_t *phases = json_object();
    for (int i = 0; i < PHASE_COUNT; i++)
        if (run->phases[i].started || run->phases[i].ended)
            set(phases, run_phase_name((enum run_phase)i),
                object_of(&result_phase_fields, &run->phases[i], run->history.origin));
    return phases;
}

static json_t *make_asked(const struct evidence *evidence)
{
    json_t *array = json_array();
    for (size_t i = 0; i < evidence->asked_count; i++) {
        const struct asked *asked = &evidence->asked[i];
        json_t *object = json_object();
        set(object, "known", json_boolean(asked->known));
        set(object, "value", fields_text(asked->value));
        set(object, "reason", fields_text(asked->reason));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *make_limit(const struct scenario *scenario)
{
    char limit[AMOUNT_TEXT];
    return scenario && scenario->items && scenario->items->decimals
               ? json_real(strtod(items_spell_limit(scenario, limit), NULL))
               : json_integer(scenario ? scenario->limit : 0);
}

static int set_identity(json_t *result, const struct run *run)
{
    const struct scenario *scenario = run->scenario;
    char stamp[32];
    clock_format_utc(run->wall_start, stamp, sizeof stamp);
    return set(result, "schema", json_integer(RESULT_SCHEMA_VERSION)) |
           set(result, "scenario", fields_text(scenario ? scenario->name : "")) |
           set(result, "description", fields_text(scenario ? scenario->description : "")) |
           set(result, "limit", make_limit(scenario)) |
           set(result, "seed", json_integer(scenario ? scenario->seed : 0)) |
           fields_write(&result_run_fields, run, 0, result) |
           set(result, "started", json_string(stamp)) |
           set(result, "directory", fields_text(run->dir)) |
           set(result, "origin_ns", json_integer(run->history.origin));
}

static int set_sections(json_t *result, const struct run *run)
{
    ns_t origin = run->history.origin;
    return set(result, "load", make_load(run)) | set(result, "latency_us", make_latency(run)) |
           set(result, "answers",
               name_users(run, array_of(&result_answer_fields, run->answers.v, run->answers.count,
                                        sizeof *run->answers.v, origin))) |
           set(result, "rows", make_rows(run)) | set(result, "drain", make_drain(run)) |
           set(result, "counter",
               object_of(&result_counter_fields, &run->evidence.counter, origin)) |
           set(result, "reads", object_of(&result_reads_fields, &run->evidence, origin)) |
           set(result, "asked", make_asked(&run->evidence)) |
           set(result, "checks", make_checks(run)) | set(result, "stack", make_stack(run)) |
           set(result, "servers",
               array_of(&result_server_fields, run->servers, run->servers_count,
                        sizeof *run->servers, origin)) |
           set(result, "phases", make_phases(run)) |
           set(result, "events",
               array_of(&result_event_fields, run->events, run->events_count, sizeof *run->events,
                        origin)) |
           set(result, "processes",
               array_of(&result_process_fields, run->processes, run->processes_count,
                        sizeof *run->processes, origin)) |
           (run->target.looked
                ? set(result, "target", object_of(&result_target_fields, &run->target, origin))
                : 0) |
           (run->race.found ? set(result, "race", result_race(run)) : 0) |
           set(result, "instances",
               array_of(&result_instance_fields, run->instances, run->instances_count,
                        sizeof *run->instances, origin)) |
           (run->agents.count ? set(result, "agents",
                                    array_of(&result_agent_fields, run->agents.v, run->agents.count,
                                             sizeof *run->agents.v, origin))
                              : 0) |
           (run->decisions.tickets
                ? set(result, "decisions",
                      object_of(&result_decisions_fields, &run->decisions, origin)) |
                      set(result, "polled",
                          name_users(run,
                                     array_of(&result_answer_fields, run->polled.v,
                                              run->polled.count, sizeof *run->polled.v, origin)))
                : 0) |
           (run->actions.count
                ? set(result, "actions", result_actions(run)) |
                      set(result, "acted",
                          name_users(run, array_of(&result_answer_fields, run->acted.v,
                                                   run->acted.count, sizeof *run->acted.v, origin)))
                : 0) |
           set(result, "bystander",
               array_of(&result_bystander_fields, run->bystander, run->bystander_count,
                        sizeof *run->bystander, origin)) |
           (run->observed.known ? set(result, "observed", result_observed(&run->observed)) : 0) |
           set(result, "database", object_of(&result_database_fields, &run->database, origin));
}

int result_make(const struct run *run, json_t **ret_result, struct err *err)
{
    _cleanup_(cleanup_json) json_t *result = json_object();
    char sentence[IN_SHORT];
    if (!result || set_identity(result, run) ||
        set(result, "in_short", json_string(in_short(run, sentence, sizeof sentence))) ||
        set_sections(result, run))
        return err_set(err, ERR_MEMORY, "no memory for result.json");
    *ret_result = TAKE(result);
    return 0;
}
