/* The tables by which result.json is written (result.c) and read back (archive/). */
#ifndef REPORT_RESULT_TABLES_H
#define REPORT_RESULT_TABLES_H

#include "model/run.h"
#include "report/fields.h"

extern const struct field_table result_run_fields; /* texts and identity of struct run */
extern const struct field_table result_drain_fields;
extern const struct field_table result_server_fields;
extern const struct field_table result_stack_fields; /* those of them that .stack has */
extern const struct field_table result_process_fields;
extern const struct field_table result_target_fields, result_instance_fields,
    result_decisions_fields;
extern const struct field_table result_agent_fields; /* of struct agent_part */
extern const struct field_table result_event_fields;
extern const struct field_table result_phase_fields;
extern const struct field_table result_load_phase_fields;
extern const struct field_table result_connects_fields;
extern const struct field_table result_memory_fields;
extern const struct field_table result_answer_fields;
extern const struct field_table result_bystander_fields;
extern const struct field_table result_observed_fields;
extern const struct field_table result_shape_fields;
extern const struct field_table result_door_fields;
extern const struct field_table result_database_fields;
extern const struct field_table result_counter_fields;
extern const struct field_table result_reads_fields; /* of struct evidence: when each was asked */
extern const struct field_table result_finding_fields;
extern const struct field_table result_witness_fields; /* sparse */

/* result_observed.c: what passed between processes and stores; NULL: no memory. */
json_t *result_observed(const struct observed *observed);

/* result_actions.c: what actions came to; NULL: no memory. */
json_t *result_actions(const struct run *run);

/* result_race.c: the race that was found; NULL: no memory. */
json_t *result_race(const struct run *run);

#endif
