#include <cyaml/cyaml.h>

#include "scenario/bind.h"

/* Rules deal with what is required, in range and by default before this is read: here everything is
 * optional, and only says where it lives. */
#define OPTIONAL CYAML_FLAG_OPTIONAL

#define TEXT(type, member)                                                                         \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | OPTIONAL, type, member, 0, CYAML_UNLIMITED)
#define INT(type, member)    CYAML_FIELD_INT(#member, OPTIONAL, type, member)
#define BOOL(type, member)   CYAML_FIELD_BOOL(#member, OPTIONAL, type, member)
#define MAP(type, member, f) CYAML_FIELD_MAPPING(#member, OPTIONAL, type, member, f)
#define MAP_PTR(type, member, f)                                                                   \
    CYAML_FIELD_MAPPING_PTR(#member, CYAML_FLAG_POINTER | OPTIONAL, type, member, f)
#define LIST(type, member, entry)                                                                  \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | OPTIONAL, type, member, entry, 0,           \
                         CYAML_UNLIMITED)
#define ENUM(type, member, names)                                                                  \
    CYAML_FIELD_ENUM(#member, OPTIONAL | CYAML_FLAG_STRICT, type, member, names,                   \
                     CYAML_ARRAY_LEN(names))
#define ENTRY(name, type, fields)                                                                  \
    static const cyaml_schema_value_t name = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, type, fields)}

static const cyaml_schema_value_t text_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};
static const cyaml_schema_value_t span_entry = {CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, ns_t)};
static const cyaml_schema_value_t status_entry = {CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, int32_t)};

static const cyaml_schema_field_t pair_fields[] = {TEXT(struct spec_pair, name),
                                                   TEXT(struct spec_pair, value), CYAML_FIELD_END};
ENTRY(pair_entry, struct spec_pair, pair_fields);

/* ---- stack, processes ---- */

static const cyaml_schema_field_t topic_fields[] = {
    TEXT(struct spec_topic, name), INT(struct spec_topic, partitions),
    INT(struct spec_topic, replication), CYAML_FIELD_END};
ENTRY(topic_entry, struct spec_topic, topic_fields);

static const cyaml_schema_field_t stack_fields[] = {TEXT(struct spec_stack, redis),
                                                    TEXT(struct spec_stack, postgres),
                                                    TEXT(struct spec_stack, kafka),
                                                    TEXT(struct spec_stack, kafka_version),
                                                    INT(struct spec_stack, brokers),
                                                    LIST(struct spec_stack, topics, &topic_entry),
                                                    TEXT(struct spec_stack, redis_appendfsync),
                                                    BOOL(struct spec_stack, postgres_fsync),
                                                    LIST(struct spec_stack, reset, &pair_entry),
                                                    CYAML_FIELD_END};

static const cyaml_schema_field_t ready_fields[] = {
    TEXT(struct spec_ready, http),  TEXT(struct spec_ready, tcp),    TEXT(struct spec_ready, log),
    BOOL(struct spec_ready, ended), INT(struct spec_ready, timeout), CYAML_FIELD_END};

static const cyaml_schema_field_t process_fields[] = {
    TEXT(struct spec_process, name),
    LIST(struct spec_process, run, &text_entry),
    LIST(struct spec_process, env, &pair_entry),
    TEXT(struct spec_process, dir),
    BOOL(struct spec_process, once),
    BOOL(struct spec_process, beside),
    MAP_PTR(struct spec_process, ready, ready_fields),
    CYAML_FIELD_END};
ENTRY(process_entry, struct spec_process, process_fields);

/* ---- requests, responses ---- */

static const cyaml_schema_field_t request_fields[] = {
    TEXT(struct spec_request, method),
    TEXT(struct spec_request, url),
    LIST(struct spec_request, headers, &pair_entry),
    TEXT(struct spec_request, body),
    INT(struct spec_request, timeout),
    TEXT(struct spec_request, feeder),
    TEXT(struct spec_request, ca),
    TEXT(struct spec_request, cert),
    TEXT(struct spec_request, key),
    BOOL(struct spec_request, insecure),
    BOOL(struct spec_request, http2),
    CYAML_FIELD_END};

static const cyaml_strval_t ids_names[] = {{"number", USER_IDS_NUMBER}, {"uuid", USER_IDS_UUID}};

static const cyaml_schema_field_t users_fields[] = {
    ENUM(struct spec_users, ids, ids_names), INT(struct spec_users, first),
    INT(struct spec_users, repeat), BOOL(struct spec_users, anonymous), CYAML_FIELD_END};

static const cyaml_schema_field_t rule_fields[] = {
    LIST(struct spec_rule, status, &status_entry), LIST(struct spec_rule, json, &pair_entry),
    LIST(struct spec_rule, header, &pair_entry), TEXT(struct spec_rule, rank), CYAML_FIELD_END};
ENTRY(rule_entry, struct spec_rule, rule_fields);

static const cyaml_strval_t otherwise_names[] = {{"failed", OTHERWISE_FAILED},
                                                 {"rejected", OTHERWISE_REJECTED},
                                                 {"undecided", OTHERWISE_UNDECIDED}};

static const cyaml_schema_field_t responses_fields[] = {
    LIST(struct spec_responses, accepted, &rule_entry),
    LIST(struct spec_responses, rejected, &rule_entry),
    LIST(struct spec_responses, undecided, &rule_entry),
    ENUM(struct spec_responses, otherwise, otherwise_names), CYAML_FIELD_END};

/* ---- load ---- */

static const cyaml_strval_t gate_names[] = {
    {"auto", GATE_AUTO},           {"corked", GATE_CORKED}, {"last-byte", GATE_LAST_BYTE},
    {"connected", GATE_CONNECTED}, {"none", GATE_NONE},     {"freeze", GATE_FREEZE}};

static const cyaml_schema_field_t require_fields[] = {
    INT(struct spec_require, spread), INT(struct spec_require, in_flight), CYAML_FIELD_END};

static const cyaml_schema_field_t burst_fields[] = {
    INT(struct spec_burst, requests), ENUM(struct spec_burst, gate, gate_names),
    INT(struct spec_burst, deadline), MAP_PTR(struct spec_burst, require, require_fields),
    CYAML_FIELD_END};

static const cyaml_schema_field_t waves_fields[] = {INT(struct spec_waves, waves),
                                                    INT(struct spec_waves, size),
                                                    INT(struct spec_waves, every),
                                                    INT(struct spec_waves, jitter),
                                                    LIST(struct spec_waves, offsets, &span_entry),
                                                    CYAML_FIELD_END};

static const cyaml_schema_field_t rate_fields[] = {
    INT(struct spec_rate, rate), INT(struct spec_rate, duration), INT(struct spec_rate, requests),
    INT(struct spec_rate, connections), CYAML_FIELD_END};

static const cyaml_schema_field_t closed_fields[] = {
    INT(struct spec_closed, connections), INT(struct spec_closed, duration),
    INT(struct spec_closed, requests), CYAML_FIELD_END};

static const cyaml_schema_field_t retry_fields[] = {
    INT(struct spec_retry, after), INT(struct spec_retry, times),
    INT(struct spec_retry, connections), CYAML_FIELD_END};

static const cyaml_schema_field_t pause_fields[] = {INT(struct spec_pause, span), CYAML_FIELD_END};

static const cyaml_schema_field_t phase_fields[] = {
    MAP_PTR(struct spec_phase, burst, burst_fields),
    MAP_PTR(struct spec_phase, waves, waves_fields),
    MAP_PTR(struct spec_phase, rate, rate_fields),
    MAP_PTR(struct spec_phase, closed, closed_fields),
    MAP_PTR(struct spec_phase, retry, retry_fields),
    MAP_PTR(struct spec_phase, pause, pause_fields),
    BOOL(struct spec_phase, again),
    CYAML_FIELD_END};
ENTRY(phase_entry, struct spec_phase, phase_fields);

/* ---- evidence ---- */

static const cyaml_schema_field_t rows_fields[] = {
    TEXT(struct spec_rows, postgres), TEXT(struct spec_rows, mysql), TEXT(struct spec_rows, url),
    BOOL(struct spec_rows, subtract), CYAML_FIELD_END};

static const cyaml_strval_t counts_names[] = {
    {"requests", COUNTS_REQUESTS}, {"accepts", COUNTS_ACCEPTS}, {"users", COUNTS_USERS}};

static const cyaml_schema_field_t counter_fields[] = {
    TEXT(struct spec_counter, redis), TEXT(struct spec_counter, url),
    ENUM(struct spec_counter, counts, counts_names), BOOL(struct spec_counter, down),
    CYAML_FIELD_END};

static const cyaml_strval_t value_names[] = {
    {"int64", VALUE_INT64}, {"text", VALUE_TEXT}, {"json", VALUE_JSON}};

static const cyaml_schema_field_t pipeline_fields[] = {
    LIST(struct spec_pipeline, topics, &text_entry), TEXT(struct spec_pipeline, group),
    TEXT(struct spec_pipeline, dead_letter),         TEXT(struct spec_pipeline, brokers),
    ENUM(struct spec_pipeline, value, value_names),  TEXT(struct spec_pipeline, pointer),
    BOOL(struct spec_pipeline, read_committed),      CYAML_FIELD_END};

static const cyaml_schema_field_t evidence_fields[] = {
    MAP_PTR(struct spec_evidence, coupons, rows_fields),
    MAP_PTR(struct spec_evidence, parked, rows_fields),
    MAP_PTR(struct spec_evidence, counter, counter_fields),
    MAP_PTR(struct spec_evidence, pipeline, pipeline_fields), CYAML_FIELD_END};

/* ---- drain, checks, faults ---- */

static const cyaml_strval_t wait_names[] = {{"drained", WAIT_DRAINED},
                                            {"last_response", WAIT_LAST_RESPONSE},
                                            {"sleep", WAIT_SLEEP},
                                            {"rows == limit", WAIT_UNTIL_LIMIT}};

static const cyaml_schema_field_t preflight_fields[] = {
    INT(struct spec_preflight, wait), BOOL(struct spec_preflight, clean), CYAML_FIELD_END};

static const cyaml_schema_field_t drain_fields[] = {
    INT(struct spec_drain, timeout),  INT(struct spec_drain, rounds),
    INT(struct spec_drain, quiet),    INT(struct spec_drain, stall),
    INT(struct spec_drain, poll_min), INT(struct spec_drain, poll_max),
    INT(struct spec_drain, window),   CYAML_FIELD_END};

static const cyaml_schema_field_t expect_fields[] = {TEXT(struct spec_expect, check),
                                                     INT(struct spec_expect, at_most),
                                                     INT(struct spec_expect, p50),
                                                     INT(struct spec_expect, p90),
                                                     INT(struct spec_expect, p99),
                                                     INT(struct spec_expect, max),
                                                     INT(struct spec_expect, power_percent),
                                                     TEXT(struct spec_expect, query),
                                                     TEXT(struct spec_expect, url),
                                                     TEXT(struct spec_expect, equals),
                                                     TEXT(struct spec_expect, least),
                                                     TEXT(struct spec_expect, most),
                                                     CYAML_FIELD_END};
ENTRY(expect_entry, struct spec_expect, expect_fields);

static const cyaml_strval_t action_names[] = {{"kill", FAULT_KILL},
                                              {"stop", FAULT_STOP},
                                              {"continue", FAULT_CONTINUE},
                                              {"restart", FAULT_RESTART},
                                              {"signal", FAULT_SIGNAL},
                                              {"terminate", FAULT_TERMINATE},
                                              {"broker_down", FAULT_BROKER_DOWN},
                                              {"broker_up", FAULT_BROKER_UP},
                                              {"produce_errors", FAULT_PRODUCE_ERRORS}};

static const cyaml_strval_t when_names[] = {{"time", WHEN_TIME},
                                            {"last_response", WHEN_LAST_RESPONSE},
                                            {"rows", WHEN_ROWS},
                                            {"answered", WHEN_ANSWERED}};

static const cyaml_schema_field_t fault_fields[] = {TEXT(struct spec_fault, target),
                                                    ENUM(struct spec_fault, action, action_names),
                                                    ENUM(struct spec_fault, when, when_names),
                                                    INT(struct spec_fault, at),
                                                    INT(struct spec_fault, at_until),
                                                    INT(struct spec_fault, count),
                                                    TEXT(struct spec_fault, signal),
                                                    INT(struct spec_fault, restart_after),
                                                    CYAML_FIELD_END};
ENTRY(fault_entry, struct spec_fault, fault_fields);

static const cyaml_schema_field_t bystander_fields[] = {
    INT(struct spec_bystander, rate), INT(struct spec_bystander, connections),
    INT(struct spec_bystander, before), INT(struct spec_bystander, after), CYAML_FIELD_END};

static const cyaml_schema_field_t outcome_fields[] = {
    TEXT(struct spec_outcome, verdict), LIST(struct spec_outcome, checks, &text_entry),
    LIST(struct spec_outcome, may, &text_entry), CYAML_FIELD_END};

/* ---- the whole ---- */

static const cyaml_schema_field_t scenario_fields[] = {
    TEXT(struct scenario, name),
    TEXT(struct scenario, description),
    INT(struct scenario, limit),
    INT(struct scenario, seed),
    MAP(struct scenario, stack, stack_fields),
    LIST(struct scenario, processes, &process_entry),
    MAP(struct scenario, request, request_fields),
    MAP(struct scenario, users, users_fields),
    MAP(struct scenario, responses, responses_fields),
    LIST(struct scenario, load, &phase_entry),
    INT(struct scenario, workers),
    INT(struct scenario, release_threads),
    MAP(struct scenario, evidence, evidence_fields),
    ENUM(struct scenario, wait, wait_names),
    INT(struct scenario, wait_span),
    MAP(struct scenario, preflight, preflight_fields),
    MAP(struct scenario, drain, drain_fields),
    LIST(struct scenario, expect, &expect_entry),
    LIST(struct scenario, faults, &fault_entry),
    MAP_PTR(struct scenario, bystander, bystander_fields),
    MAP_PTR(struct scenario, outcome, outcome_fields),
    CYAML_FIELD_END};

const struct cyaml_schema_value *bind_schema(void)
{
    static const cyaml_schema_value_t schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct scenario, scenario_fields)};
    return &schema;
}
