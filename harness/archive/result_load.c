#include "archive/result_load.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/regular.h"
#include "base/cleanup.h"
#include "report/result.h"
#include "report/result_tables.h"

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

/* ---- single objects ---- */

static int read_object(const json_t *parent, const char *key, const struct field_table *table,
                       ns_t origin, void *to, struct err *err)
{
    const json_t *object = json_object_get(parent, key);
    if (!object)
        return 0;
    if (!json_is_object(object))
        return err_set(err, ERR_USAGE, ".%s is not an object", key);
    return fields_read(table, object, origin, key, intern_text, to, err);
}

static const struct {
    const char *parent; /* NULL: of the whole */
    const char *key;
    const struct field_table *table;
    size_t offset; /* in struct run */
} objects[] = {
    {NULL, "drain", &result_drain_fields, offsetof(struct run, drain)},
    {NULL, "counter", &result_counter_fields, offsetof(struct run, evidence.counter)},
    {NULL, "reads", &result_reads_fields, offsetof(struct run, evidence)},
    {NULL, "database", &result_database_fields, offsetof(struct run, database)},
    {"load", "memory", &result_memory_fields, offsetof(struct run, memory)},
    {NULL, "target", &result_target_fields, offsetof(struct run, target)},
    {NULL, "decisions", &result_decisions_fields, offsetof(struct run, decisions)},
};

static int read_objects(const json_t *root, struct run *run, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof objects / sizeof *objects; i++) {
        const json_t *parent = objects[i].parent ? json_object_get(root, objects[i].parent) : root;
        rc = read_object(parent, objects[i].key, objects[i].table, run->history.origin,
                         (char *)run + objects[i].offset, err);
    }
    return rc;
}

static int read_phases(const json_t *root, struct run *run, struct err *err)
{
    const json_t *phases = json_object_get(root, "phases");
    int rc = 0;
    for (int i = 0; !rc && i < PHASE_COUNT; i++)
        rc = read_object(phases, run_phase_name((enum run_phase)i), &result_phase_fields,
                         run->history.origin, &run->phases[i], err);
    return rc;
}

/* Version 0.1.0 did not keep when its reads were begun. It read everything after the late window;
 * only rows that the scenario's own wait asserted were read before. */
static void assume_reads(struct run *run)
{
    struct evidence *evidence = &run->evidence;
    ns_t collected = run->phases[PHASE_CHECK].started;
    bool early = run->scenario && run->scenario->wait != WAIT_DRAINED;
    evidence->coupons.asked = early ? run->drain.asserted : collected;
    evidence->parked.asked = evidence->produced.asked = collected;
    evidence->dead_letter.asked = evidence->counter.asked = collected;
}

/* Version 0.1.0 knew three servers, and MySQL's version in the place of Postgres'. */
static int assume_servers(const json_t *root, struct run *run, struct err *err)
{
    const json_t *stack = json_object_get(root, "stack");
    const char *name;
    json_t *object;
    int rc = 0;
    json_object_foreach((json_t *)(uintptr_t)stack, name, object)
    {
        struct server_info info = {0};
        snprintf(info.name, sizeof info.name, "%s", name);
        rc = rc ? rc : read_object(stack, name, &result_stack_fields, 0, &info, err);
        if (!rc && info.kind[0] && (strcmp(info.kind, "none") != 0 || info.version[0]))
            run_server_add(run, &info, "");
    }
    return rc;
}

/* ---- arrays into arrays of fixed room ---- */

static int read_array(const json_t *parent, const char *key, const struct field_table *table,
                      ns_t origin, void *to, size_t size, size_t room, unsigned *ret_count,
                      struct err *err)
{
    const json_t *array = json_object_get(parent, key);
    size_t count = json_array_size(array);
    if (count > room)
        return err_set(err, ERR_USAGE, ".%s has more than %zu items", key, room);
    for (size_t i = 0; i < count; i++) {
        int rc = fields_read(table, json_array_get(array, i), origin, key, intern_text,
                             (char *)to + i * size, err);
        if (rc)
            return rc;
    }
    if (ret_count)
        *ret_count = (unsigned)count;
    return 0;
}

static int read_arrays(const json_t *root, struct run *run, struct err *err)
{
    ns_t origin = run->history.origin;
    int rc = read_array(json_object_get(root, "load"), "phases", &result_load_phase_fields, origin,
                        run->load, sizeof *run->load, RUN_LOAD_PHASES_MAX, NULL, err);
    const json_t *phases = json_object_get(json_object_get(root, "load"), "phases");
    for (size_t i = 0; !rc && i < json_array_size(phases); i++)
        rc = read_object(json_array_get(phases, i), "connects", &result_connects_fields, origin,
                         &run->load[i].connects, err);
    if (!rc)
        rc = read_array(root, "events", &result_event_fields, origin, run->events,
                        sizeof *run->events, RUN_EVENTS_MAX, &run->events_count, err);
    if (!rc)
        rc = read_array(root, "processes", &result_process_fields, origin, run->processes,
                        sizeof *run->processes, RUN_PROCESSES_MAX, &run->processes_count, err);
    if (!rc)
        rc = read_array(root, "instances", &result_instance_fields, origin, run->instances,
                        sizeof *run->instances, INSTANCES_MAX, &run->instances_count, err);
    if (!rc)
        rc = read_array(root, "bystander", &result_bystander_fields, origin, run->bystander,
                        sizeof *run->bystander, sizeof run->bystander / sizeof *run->bystander,
                        &run->bystander_count, err);
    if (!rc)
        rc = read_array(root, "answers", &result_answer_fields, origin, run->answers.v,
                        sizeof *run->answers.v, ANSWERS_MAX, &run->answers.count, err);
    if (!rc)
        rc = read_array(root, "polled", &result_answer_fields, origin, run->polled.v,
                        sizeof *run->polled.v, ANSWERS_MAX, &run->polled.count, err);
    if (!rc)
        rc = read_array(root, "acted", &result_answer_fields, origin, run->acted.v,
                        sizeof *run->acted.v, ANSWERS_MAX, &run->acted.count, err);
    if (!rc && !json_object_get(root, "servers"))
        return assume_servers(root, run, err);
    if (!rc)
        rc = read_array(root, "servers", &result_server_fields, origin, run->servers,
                        sizeof *run->servers, RUN_SERVERS_MAX, &run->servers_count, err);
    return rc;
}

/* ---- the statements' figures ---- */

/* An array whose items go to memory of its own. */
static int read_owned(const json_t *parent, const char *key, const struct field_table *table,
                      ns_t origin, size_t size, void *ret_v, unsigned *ret_count, struct err *err)
{
    size_t count = json_array_size(json_object_get(parent, key));
    void *v = count ? calloc(count, size) : NULL;
    if (count && !v)
        return err_set(err, ERR_MEMORY, "no memory for .%s", key);
    memcpy(ret_v, &v, sizeof v);
    return read_array(parent, key, table, origin, v, size, count, ret_count, err);
}

static int read_observed(const json_t *root, struct observed *observed, struct err *err)
{
    const json_t *object = json_object_get(root, "observed");
    int rc = read_object(root, "observed", &result_observed_fields, 0, observed, err);
    if (rc || !object)
        return rc;
    observed->known = true;
    rc = read_owned(object, "shapes", &result_shape_fields, 0, sizeof *observed->v, &observed->v,
                    &observed->count, err);
    return rc ? rc
              : read_owned(object, "listeners", &result_door_fields, 0, sizeof *observed->doors,
                           &observed->doors, &observed->doors_count, err);
}

/* ---- who sent ---- */

static int read_agents(const json_t *root, struct run *run, struct err *err)
{
    struct agents *agents = &run->agents;
    int rc = read_owned(root, "agents", &result_agent_fields, run->history.origin,
                        sizeof *agents->v, &agents->v, &agents->count, err);
    for (unsigned i = 0; !rc && i < agents->count; i++)
        if (agents->v[i].agent > agents->size && agents->v[i].agent <= AGENTS_MAX)
            agents->size = (unsigned)agents->v[i].agent;
    return rc;
}

/* ---- what the expectations asked ---- */

static int copy_text(const json_t *value, char **ret_text)
{
    if (!json_is_string(value))
        return 0;
    *ret_text = strdup(json_string_value(value));
    return *ret_text ? 0 : -(int)ERR_MEMORY;
}

static int read_asked(const json_t *root, struct evidence *evidence, struct err *err)
{
    const json_t *array = json_object_get(root, "asked");
    size_t count = json_array_size(array);
    if (count == 0)
        return 0;
    evidence->asked = calloc(count, sizeof *evidence->asked);
    if (!evidence->asked)
        return err_set(err, ERR_MEMORY, "no memory for %zu answers", count);
    evidence->asked_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(array, i);
        struct asked *asked = &evidence->asked[i];
        asked->known = json_is_true(json_object_get(object, "known"));
        if (copy_text(json_object_get(object, "value"), &asked->value) ||
            copy_text(json_object_get(object, "reason"), &asked->reason))
            return err_set(err, ERR_MEMORY, "no memory for %zu answers", count);
    }
    return 0;
}

/* ---- checks ---- */

static int read_witnesses(const json_t *check, ns_t origin, struct finding *finding,
                          struct err *err)
{
    const json_t *users = json_object_get(check, "users");
    size_t count = json_array_size(users);
    for (size_t i = 0; i < count; i++) {
        struct witness *witness = finding_witness(finding, "");
        if (!witness)
            return err_set(err, ERR_MEMORY, "no memory for %zu users", count);
        int rc = fields_read(&result_witness_fields, json_array_get(users, i), origin,
                             "checks.users", intern_text, witness, err);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_checks(const json_t *root, struct run *run, struct err *err)
{
    const json_t *checks = json_object_get(root, "checks");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        struct finding *finding = findings_add(&run->findings, "");
        if (!finding)
            return err_set(err, ERR_MEMORY, "no memory for the checks");
        int rc = fields_read(&result_finding_fields, check, run->history.origin, "checks",
                             intern_text, finding, err);
        if (!rc)
            rc = read_witnesses(check, run->history.origin, finding, err);
        if (rc)
            return rc;
    }
    return 0;
}

/* The other way of what result.c does: users that are texts get their numbers back. What is no
 * user of the roster names nobody. */
static void number_user(struct roster *roster, json_t *object, const char *key)
{
    const json_t *id = json_object_get(object, key);
    int64_t user;
    if (roster_is_numbers(roster) || !json_is_string(id))
        return;
    if (roster_read(roster, json_string_value(id), json_string_length(id), &user))
        json_object_set_new(object, key, json_integer(user));
    else
        json_object_del(object, key);
}

static void number_users(struct roster *roster, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        number_user(roster, json_array_get(array, i), "user");
        number_user(roster, json_array_get(array, i), "other");
    }
}

static void number_all(const json_t *root, struct run *run)
{
    const json_t *checks = json_object_get(root, "checks");
    number_users(run->roster, json_object_get(root, "answers"));
    for (size_t i = 0; i < json_array_size(checks); i++)
        number_users(run->roster, json_object_get(json_array_get(checks, i), "users"));
}

static int read_all(const json_t *root, struct run *run, struct err *err)
{
    const json_t *origin = json_object_get(root, "origin_ns");
    const json_t *schema = json_object_get(root, "schema");
    if (!json_is_integer(origin) || json_integer_value(origin) < 0 ||
        json_integer_value(origin) > FIELD_INSTANT_MAX ||
        json_integer_value(schema) != RESULT_SCHEMA_VERSION)
        return err_set(err, ERR_USAGE, "not a result.json of version %d: .schema or .origin_ns",
                       RESULT_SCHEMA_VERSION);
    run->history.origin = json_integer_value(origin);
    number_all(root, run);
    int rc = fields_read(&result_run_fields, root, 0, "", intern_text, run, err);
    if (!rc)
        rc = read_objects(root, run, err);
    if (!rc)
        rc = read_phases(root, run, err);
    if (!rc && !json_object_get(root, "reads"))
        assume_reads(run);
    if (!rc)
        rc = read_arrays(root, run, err);
    if (!rc)
        rc = read_observed(root, &run->observed, err);
    if (!rc)
        rc = read_agents(root, run, err);
    if (!rc)
        rc = read_asked(root, &run->evidence, err);
    if (!rc)
        rc = read_checks(root, run, err);
    return rc;
}

int result_load(const char *path, struct run *run, json_t **ret_lengths, struct err *err)
{
    json_error_t where;
    *ret_lengths = NULL;
    _cleanup_fclose_ FILE *file = regular_open(path, err);
    if (!file)
        return -(int)ERR_USAGE;
    _cleanup_(cleanup_json) json_t *root = json_loadf(file, 0, &where);
    if (!root)
        return err_set(err, ERR_USAGE, "%s:%d: %s", path, where.line > 0 ? where.line : 1,
                       where.text);
    int rc = read_all(root, run, err);
    *ret_lengths = json_incref(json_object_get(root, "files"));
    return rc ? err_prefix(err, "%s", path) : 0;
}
