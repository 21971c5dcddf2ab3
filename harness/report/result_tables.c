#include "report/result_tables.h"

#include "model/run.h"

static const struct field run_fields[] = {
    FIELD("version", FIELD_TEXT, struct run, version),
    FIELD("libraries", FIELD_TEXT, struct run, libraries),
    FIELD("verdict", FIELD_VERDICT, struct run, verdict),
    FIELD("exit_code", FIELD_INT, struct run, exit_code),
    FIELD("explanation", FIELD_TEXT, struct run, explanation),
    FIELD("cause", FIELD_TEXT, struct run, cause),
    FIELD("warning", FIELD_TEXT, struct run, warning),
    FIELD("not_checked", FIELD_TEXT, struct run, not_checked),
    FIELD("advice", FIELD_TEXT, struct run, advice),
    FIELD("invalid", FIELD_TEXT, struct run, invalid),
    FIELD("error", FIELD_TEXT, struct run, error),
    FIELD("interrupted", FIELD_BOOL, struct run, interrupted),
    FIELD("round", FIELD_INT64, struct run, round),
    FIELD("rounds", FIELD_INT64, struct run, rounds),
    FIELD("attempt", FIELD_INT64, struct run, attempt),
    FIELD("spreading", FIELD_TEXT, struct run, spreading),
    FIELD("started_wall_ns", FIELD_INT64, struct run, wall_start),
    FIELD("watched_ns", FIELD_SPAN, struct run, watched),
    FIELD("answers_others", FIELD_INT64, struct run, answers.others),
    FIELD("answers_unasked", FIELD_INT64, struct run, answers.unasked),
    FIELD("answers_log_of", FIELD_TEXT, struct run, answers.log_of),
    FIELD("answers_log", FIELD_TEXT, struct run, answers.log),
};
const struct field_table result_run_fields = FIELD_TABLE(run_fields);

static const struct field drain_fields[] = {
    FIELD("outcome", FIELD_OUTCOME, struct drain_result, outcome),
    FIELD("detail", FIELD_TEXT, struct drain_result, detail),
    FIELD("gates", FIELD_TEXT, struct drain_result, gates),
    FIELD("decided_ns", FIELD_INSTANT, struct drain_result, decided),
    FIELD("asserted_ns", FIELD_INSTANT, struct drain_result, asserted),
    FIELD("last_growth_ns", FIELD_INSTANT, struct drain_result, last_growth),
    FIELD("last_commit_ns", FIELD_INSTANT, struct drain_result, last_commit),
    FIELD("rows_at_last_ticket", FIELD_COUNT, struct drain_result, rows_at_last_ticket),
    FIELD("rows_at_last_response", FIELD_COUNT, struct drain_result, rows_at_last_response),
    FIELD("rows_at_assert", FIELD_COUNT, struct drain_result, rows_at_assert),
    FIELD("lag_at_assert", FIELD_COUNT, struct drain_result, lag_at_assert),
    FIELD("rows_max", FIELD_COUNT, struct drain_result, rows_max),
    FIELD("rounds", FIELD_INT64, struct drain_result, rounds),
    FIELD("resets", FIELD_INT64, struct drain_result, resets),
    FIELD("polls_postgres", FIELD_INT64, struct drain_result, polls_postgres),
    FIELD("polls_kafka", FIELD_INT64, struct drain_result, polls_pipeline),
    FIELD("polls_redis", FIELD_INT64, struct drain_result, polls_redis),
    FIELD("poll_cost_postgres_ns", FIELD_SPAN, struct drain_result, poll_cost_postgres),
    FIELD("poll_cost_kafka_ns", FIELD_SPAN, struct drain_result, poll_cost_pipeline),
};
const struct field_table result_drain_fields = FIELD_TABLE(drain_fields);

static const struct field server_fields[] = {
    FIELD("kind", FIELD_TEXT, struct server_info, kind),
    FIELD("version", FIELD_TEXT, struct server_info, version),
    FIELD("note", FIELD_TEXT, struct server_info, note),
    FIELD("name", FIELD_TEXT, struct server_info, name),
    FIELD("address", FIELD_TEXT, struct server_info, address),
};
const struct field_table result_server_fields = FIELD_TABLE(server_fields);
const struct field_table result_stack_fields = {server_fields, 3, false};

static const struct field process_fields[] = {
    FIELD("name", FIELD_TEXT, struct process_info, name),
    FIELD("exit_code", FIELD_INT, struct process_info, exit_code),
    FIELD("signal", FIELD_INT, struct process_info, signal),
    FIELD("unexpected", FIELD_BOOL, struct process_info, unexpected),
    FIELD("once", FIELD_BOOL, struct process_info, once),
    FIELD("server", FIELD_BOOL, struct process_info, server),
    FIELD("asked", FIELD_TEXT, struct process_info, asked),
    FIELD("ended_ns", FIELD_INSTANT, struct process_info, ended),
    FIELD("looked_ns", FIELD_INSTANT, struct process_info, looked),
    FIELD("restarts", FIELD_INT64, struct process_info, restarts),
    FIELD("log", FIELD_TEXT, struct process_info, log),
};
const struct field_table result_process_fields = FIELD_TABLE(process_fields);

static const struct field instance_fields[] = {
    FIELD("name", FIELD_TEXT, struct instance_info, name),
    FIELD("requests", FIELD_INT64, struct instance_info, requests),
    FIELD("accepted", FIELD_INT64, struct instance_info, accepted),
    FIELD("rejected", FIELD_INT64, struct instance_info, rejected),
};
const struct field_table result_instance_fields = FIELD_TABLE(instance_fields);

static const struct field agent_fields[] = {
    FIELD("agent", FIELD_INT64, struct agent_part, agent),
    FIELD("phase", FIELD_INT64, struct agent_part, phase),
    FIELD("name", FIELD_TEXT, struct agent_part, name),
    FIELD("requests", FIELD_INT64, struct agent_part, requests),
    FIELD("offset_ns", FIELD_INT64, struct agent_part, offset),
    FIELD("bound_ns", FIELD_SPAN, struct agent_part, bound),
    FIELD("round_trip_ns", FIELD_SPAN, struct agent_part, round_trip),
    FIELD("agreed_ns", FIELD_INSTANT, struct agent_part, agreed),
    FIELD("first_released_ns", FIELD_INSTANT, struct agent_part, first),
    FIELD("last_released_ns", FIELD_INSTANT, struct agent_part, last),
};
const struct field_table result_agent_fields = FIELD_TABLE(agent_fields);

static const struct field target_fields[] = {
    FIELD("place", FIELD_TEXT, struct target_info, place),
    FIELD("looked_ns", FIELD_INSTANT, struct target_info, looked),
    FIELD("refusal", FIELD_TEXT, struct target_info, refusal),
};
const struct field_table result_target_fields = FIELD_TABLE(target_fields);

static const struct field event_fields[] = {
    FIELD("at_ns", FIELD_INSTANT, struct run_event, at),
    FIELD("what", FIELD_TEXT, struct run_event, what),
};
const struct field_table result_event_fields = FIELD_TABLE(event_fields);

static const struct field phase_fields[] = {
    FIELD("started_ns", FIELD_INSTANT, struct run_phase_info, started),
    FIELD("ended_ns", FIELD_INSTANT, struct run_phase_info, ended),
};
const struct field_table result_phase_fields = FIELD_TABLE(phase_fields);

static const struct field load_phase_fields[] = {
    FIELD("kind", FIELD_TEXT, struct load_phase_info, kind),
    FIELD("gate", FIELD_TEXT, struct load_phase_info, gate),
    FIELD("gate_reason", FIELD_TEXT, struct load_phase_info, gate_reason),
    FIELD("protocol", FIELD_TEXT, struct load_phase_info, protocol),
    FIELD("connections", FIELD_INT64, struct load_phase_info, connections),
    FIELD("streams", FIELD_INT64, struct load_phase_info, streams),
    FIELD("source_addresses", FIELD_TEXT, struct load_phase_info, source_addresses),
    FIELD("staged_in_ns", FIELD_SPAN, struct load_phase_info, staged_in),
    FIELD("entered", FIELD_INT64, struct load_phase_info, entered),
    FIELD("entered_spread_ns", FIELD_SPAN, struct load_phase_info, entered_spread),
    FIELD("entered_p5_p95_ns", FIELD_SPAN, struct load_phase_info, entered_middle),
    FIELD("late_stamps", FIELD_INT64, struct load_phase_info, late_stamps),
    FIELD("send_longest_ns", FIELD_SPAN, struct load_phase_info, send_longest),
    FIELD("floor_spread_ns", FIELD_SPAN, struct load_phase_info, floor_spread),
    FIELD("require_spread_ns", FIELD_SPAN, struct load_phase_info, require_spread),
    FIELD("require_in_flight", FIELD_INT64, struct load_phase_info, require_in_flight),
};
const struct field_table result_load_phase_fields = FIELD_TABLE(load_phase_fields);

static const struct field connects_fields[] = {
    FIELD("target", FIELD_TEXT, struct load_connects, target),
    FIELD("made", FIELD_INT64, struct load_connects, made),
    FIELD("opened", FIELD_INT64, struct load_connects, opened),
    FIELD("delayed", FIELD_INT64, struct load_connects, delayed),
    FIELD("syns_again", FIELD_INT64, struct load_connects, syns_again),
    FIELD("sent_again", FIELD_INT64, struct load_connects, sent_again),
    FIELD("refused", FIELD_INT64, struct load_connects, refused),
    FIELD("unanswered", FIELD_INT64, struct load_connects, unanswered),
    FIELD("resets", FIELD_INT64, struct load_connects, resets),
    FIELD("open_p50_ns", FIELD_SPAN, struct load_connects, open_p50),
    FIELD("open_p99_ns", FIELD_SPAN, struct load_connects, open_p99),
    FIELD("open_max_ns", FIELD_SPAN, struct load_connects, open_max),
    FIELD("tls_p50_ns", FIELD_SPAN, struct load_connects, tls_p50),
    FIELD("tls_p99_ns", FIELD_SPAN, struct load_connects, tls_p99),
    FIELD("tls_max_ns", FIELD_SPAN, struct load_connects, tls_max),
    FIELD("queue_peak", FIELD_COUNT, struct load_connects, queue_peak),
    FIELD("queue_room", FIELD_COUNT, struct load_connects, queue_room),
    FIELD("somaxconn", FIELD_COUNT, struct load_connects, somaxconn),
    FIELD("drops", FIELD_COUNT, struct load_connects, drops),
};
const struct field_table result_connects_fields = FIELD_TABLE(connects_fields);

static const struct field decisions_fields[] = {
    FIELD("tickets", FIELD_INT64, struct load_decisions, tickets),
    FIELD("decided", FIELD_INT64, struct load_decisions, decided),
    FIELD("polls", FIELD_INT64, struct load_decisions, polls),
    FIELD("polls_failed", FIELD_INT64, struct load_decisions, polls_failed),
    FIELD("streams", FIELD_INT64, struct load_decisions, streams),
    FIELD("events", FIELD_INT64, struct load_decisions, events),
    FIELD("streams_failed", FIELD_INT64, struct load_decisions, streams_failed),
    FIELD("at_last_ticket_ns", FIELD_INSTANT, struct load_decisions, last_ticket),
    FIELD("at_last_decision_ns", FIELD_INSTANT, struct load_decisions, last_decision),
};
const struct field_table result_decisions_fields = FIELD_TABLE(decisions_fields);

static const struct field memory_fields[] = {
    FIELD("bytes_a_connection", FIELD_COUNT, struct load_memory, bytes_a_connection),
    FIELD("bytes_a_request", FIELD_COUNT, struct load_memory, bytes_a_request),
};
const struct field_table result_memory_fields = FIELD_TABLE(memory_fields);

static const struct field answer_fields[] = {
    FIELD("status", FIELD_STATUS, struct answer_kind, status),
    FIELD("class", FIELD_CLASS, struct answer_kind, cls),
    FIELD("cause", FIELD_CAUSE, struct answer_kind, cause),
    FIELD("count", FIELD_INT64, struct answer_kind, count),
    FIELD("user", FIELD_INT64, struct answer_kind, user),
    FIELD("type", FIELD_TEXT, struct answer_kind, type),
    FIELD("shape", FIELD_TEXT, struct answer_kind, shape),
    FIELD("rule", FIELD_TEXT, struct answer_kind, rule),
    FIELD("sample", FIELD_TEXT, struct answer_kind, sample),
};
const struct field_table result_answer_fields = FIELD_TABLE(answer_fields);

static const struct field bystander_fields[] = {
    FIELD("name", FIELD_TEXT, struct bystander_period, name),
    FIELD("transactions", FIELD_INT64, struct bystander_period, transactions),
    FIELD("errors", FIELD_INT64, struct bystander_period, errors),
    FIELD("p50_ns", FIELD_SPAN, struct bystander_period, p50),
    FIELD("p90_ns", FIELD_SPAN, struct bystander_period, p90),
    FIELD("p99_ns", FIELD_SPAN, struct bystander_period, p99),
    FIELD("max_ns", FIELD_SPAN, struct bystander_period, max),
};
const struct field_table result_bystander_fields = FIELD_TABLE(bystander_fields);

static const struct field observed_fields[] = {
    FIELD("statements", FIELD_INT64, struct observed, statements),
    FIELD("at_once", FIELD_INT64, struct observed, at_once),
    FIELD("connections", FIELD_INT64, struct observed, connections),
    FIELD("held", FIELD_INT64, struct observed, held),
    FIELD("around", FIELD_TEXT, struct observed, around),
    FIELD("unread", FIELD_TEXT, struct observed, blind),
};
const struct field_table result_observed_fields = FIELD_TABLE(observed_fields);

static const struct field shape_fields[] = {
    FIELD("process", FIELD_TEXT, struct observed_shape, process),
    FIELD("store", FIELD_TEXT, struct observed_shape, store),
    FIELD("kind", FIELD_TEXT, struct observed_shape, kind),
    FIELD("text", FIELD_TEXT, struct observed_shape, text),
    FIELD("statements", FIELD_INT64, struct observed_shape, statements),
    FIELD("failed", FIELD_INT64, struct observed_shape, failed),
    FIELD("unanswered", FIELD_INT64, struct observed_shape, unanswered),
    FIELD("connections", FIELD_INT64, struct observed_shape, connections),
    FIELD("at_once", FIELD_INT64, struct observed_shape, at_once),
    FIELD("p50_ns", FIELD_SPAN, struct observed_shape, p50),
    FIELD("p99_ns", FIELD_SPAN, struct observed_shape, p99),
    FIELD("max_ns", FIELD_SPAN, struct observed_shape, max),
};
const struct field_table result_shape_fields = FIELD_TABLE(shape_fields);

static const struct field door_fields[] = {
    FIELD("process", FIELD_TEXT, struct observed_door, process),
    FIELD("store", FIELD_TEXT, struct observed_door, store),
    FIELD("statements", FIELD_INT64, struct observed_door, statements),
};
const struct field_table result_door_fields = FIELD_TABLE(door_fields);

static const struct field database_fields[] = {
    FIELD("transactions", FIELD_COUNT, struct database_cost, transactions),
    FIELD("peak_connections", FIELD_COUNT, struct database_cost, peak_connections),
    FIELD("rows_inserted", FIELD_COUNT, struct database_cost, rows_inserted),
    FIELD("wal_bytes", FIELD_COUNT, struct database_cost, wal_bytes),
};
const struct field_table result_database_fields = FIELD_TABLE(database_fields);

static const struct field counter_fields[] = {
    FIELD("known", FIELD_BOOL, struct counter_reading, known),
    FIELD("before", FIELD_INT64, struct counter_reading, before),
    FIELD("after", FIELD_INT64, struct counter_reading, after),
};
const struct field_table result_counter_fields = FIELD_TABLE(counter_fields);

static const struct field reads_fields[] = {
    FIELD("before_ns", FIELD_INSTANT, struct evidence, before.asked),
    FIELD("coupons_ns", FIELD_INSTANT, struct evidence, coupons.asked),
    FIELD("parked_ns", FIELD_INSTANT, struct evidence, parked.asked),
    FIELD("stock_ns", FIELD_INSTANT, struct evidence, stock.asked),
    FIELD("stock_unread", FIELD_TEXT, struct evidence, stock.reason),
    FIELD("produced_ns", FIELD_INSTANT, struct evidence, produced.asked),
    FIELD("dead_letter_ns", FIELD_INSTANT, struct evidence, dead_letter.asked),
    FIELD("counter_ns", FIELD_INSTANT, struct evidence, counter.asked),
    FIELD("produced_undecoded", FIELD_TEXT, struct evidence, produced.undecoded),
    FIELD("coupons_gone", FIELD_INT64, struct evidence, coupons.gone),
    FIELD("coupons_unread", FIELD_TEXT, struct evidence, coupons.reason),
    FIELD("parked_unread", FIELD_TEXT, struct evidence, parked.reason),
    FIELD("counter_unread", FIELD_TEXT, struct evidence, counter.reason),
    FIELD("produced_unread", FIELD_TEXT, struct evidence, produced.reason),
    FIELD("produced_hidden", FIELD_BOOL, struct evidence, produced.hidden),
    FIELD("dead_letter_unread", FIELD_TEXT, struct evidence, dead_letter.reason),
    FIELD("dead_letter_undecoded", FIELD_TEXT, struct evidence, dead_letter.undecoded),
    FIELD("members", FIELD_TEXT, struct evidence, members),
    FIELD("strangers", FIELD_TEXT, struct evidence, strangers),
};
const struct field_table result_reads_fields = FIELD_TABLE(reads_fields);

static const struct field finding_fields[] = {
    FIELD("name", FIELD_NAME, struct finding, check),
    FIELD("label", FIELD_TEXT, struct finding, label),
    FIELD("verdict", FIELD_VERDICT, struct finding, verdict),
    FIELD("untested", FIELD_BOOL, struct finding, untested),
    FIELD("expected", FIELD_TEXT, struct finding, expected),
    FIELD("actual", FIELD_TEXT, struct finding, actual),
    FIELD("message", FIELD_TEXT, struct finding, message),
    FIELD("hint", FIELD_TEXT, struct finding, hint),
    FIELD("took_ns", FIELD_SPAN, struct finding, took),
};
const struct field_table result_finding_fields = FIELD_TABLE(finding_fields);

static const struct field witness_fields[] = {
    FIELD("what", FIELD_NAME, struct witness, what),
    FIELD("user", FIELD_MAYBE, struct witness, user),
    FIELD("released_ns", FIELD_INSTANT, struct witness, released),
    FIELD("done_ns", FIELD_INSTANT, struct witness, done),
    FIELD("instance", FIELD_MAYBE, struct witness, instance),
    FIELD("other", FIELD_MAYBE, struct witness, other),
    FIELD("other_released_ns", FIELD_INSTANT, struct witness, other_released),
    FIELD("other_done_ns", FIELD_INSTANT, struct witness, other_done),
    FIELD("item", FIELD_TEXT, struct witness, item),
    FIELD("row", FIELD_MAYBE, struct witness, row),
    FIELD("partition", FIELD_LANE, struct witness, lane),
    FIELD("offset", FIELD_MAYBE, struct witness, offset),
    FIELD("at_ns", FIELD_INSTANT, struct witness, at),
};
const struct field_table result_witness_fields = {
    witness_fields, sizeof witness_fields / sizeof *witness_fields, true};
