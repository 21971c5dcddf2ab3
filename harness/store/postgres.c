/* Postgres: all that a visit asks goes out together, so a polling round costs one round trip and
 * one transaction. The session, named rushproof in pg_stat_activity, may be one of a pool that the
 * service shares: nothing is set for longer than the transaction, which only reads and is rolled
 * back, and nothing that somebody else has set there is relied on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "store/pg_session.h"

#define QUERY_MAX ((size_t)256 * 1024)
#define STEPS_MAX 12
/* Two readings of the same clock, one here and one in the server, are not further apart than this.
 */
#define SAME_CLOCK (50 * NS_PER_MS)

struct postgres {
    struct pg_session session;
    bool commit_times; /* track_commit_timestamp is on */
    int64_t own;       /* transactions that this session has made */
};

/* What one result of a visit is for. */
struct step {
    int (*take)(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                const PGresult *result);
    enum visit_slot slot;
};

/* The statements of a visit, each ended by a NUL. */
struct plan {
    struct buf sql;
    struct step steps[STEPS_MAX];
    size_t at[STEPS_MAX]; /* where each begins in sql */
    size_t count;
};

/* One snapshot for all that a visit reads. */
static const char begin_sql[] = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE";

/* The statistics views count a transaction when its backend reports it, at most once a second; the
 * next transaction id and the log position are exact at once. */
static const char stats_sql[] =
    "SELECT xact_commit + xact_rollback,"
    " (SELECT coalesce(pg_catalog.sum(n_tup_ins), 0)::bigint FROM pg_catalog.pg_stat_user_tables),"
    " numbackends, (CASE WHEN pg_catalog.pg_is_in_recovery() THEN"
    " pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END"
    " - '0/0')::bigint,"
    " pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint"
    " FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()";

/* Beside every few polls, so not by the view, which costs ten times as much. */
static const char backends_sql[] =
    "SELECT pg_catalog.pg_stat_get_db_numbackends(oid) FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database()";

static const char commit_sql[] =
    "SELECT (extract(epoch FROM timestamp) * 1000000)::bigint,"
    " (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint"
    " FROM pg_catalog.pg_last_committed_xact()";

/* First, so that a role's own limit of a millisecond ends nothing of ours. STORE_ANSWER_SPAN in ms.
 */
static const char timeout_sql[] = "SET LOCAL statement_timeout = 10000";
_Static_assert(STORE_ANSWER_SPAN == 10 * NS_PER_S, "timeout_sql says the same");

/* Whatever the server, the database, the role or another user of the pooled session has set: what
 * is read looks the same. NULL is the role's own value: its search_path tells where its tables are.
 */
static const char settings_sql[] =
    "SELECT pg_catalog.set_config(name, value, true) FROM (VALUES ('search_path', NULL),"
    " ('role', NULL), ('lock_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),"
    " ('client_encoding', 'UTF8'), ('standard_conforming_strings', 'on'),"
    " ('transform_null_equals', 'off'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'),"
    " ('TimeZone', 'UTC'), ('bytea_output', 'hex'), ('extra_float_digits', '1'))"
    " AS settings (name, value)";

static int64_t number_at(const PGresult *result, int column)
{
    int64_t value = COUNT_UNKNOWN;
    if (PQntuples(result) > 0 && column < PQnfields(result) && !PQgetisnull(result, 0, column))
        (void)!units_parse_int(PQgetvalue(result, 0, column), INT64_MIN, INT64_MAX, &value, NULL);
    return value;
}

static int take_count(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                      const PGresult *result)
{
    (void)pg;
    visit->counts[slot] = number_at(result, 0);
    if (visit->counts[slot] == COUNT_UNKNOWN)
        return visit_fail(visit, "the %s query gave no count", visit_slot_names[slot]);
    return 0;
}

static const char *text_at(const PGresult *result, int row, int column)
{
    if (column < 0 || column >= PQnfields(result) || PQgetisnull(result, row, column))
        return NULL;
    return PQgetvalue(result, row, column);
}

/* By the column's type: pg_type.h's BYTEAOID and BPCHAROID. */
static enum cell_form form_of(const PGresult *result, int column)
{
    enum { BYTEA = 17, BPCHAR = 1042 };
    Oid type = PQftype(result, column);
    return type == BYTEA ? CELL_HEX : type == BPCHAR ? CELL_PADDED : CELL_TEXT;
}

static int find_columns(const struct postgres *pg, struct visit *visit, enum visit_slot slot,
                        const PGresult *result, struct visit_columns *ret_columns)
{
    const char *columns[VISIT_COLUMNS_MAX];
    int count = PQnfields(result) < VISIT_COLUMNS_MAX ? PQnfields(result) : VISIT_COLUMNS_MAX;
    for (int i = 0; i < count; i++)
        columns[i] = PQfname(result, i);
    return visit_columns(visit, slot, &pg->session.store.names[slot], columns, count, ret_columns);
}

static int take_rows(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                     const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    if (PQnfields(result) < 1)
        return visit_fail(visit, "the %s query gives no column", visit_slot_names[slot]);
    struct visit_columns at;
    const struct row_people *people = &pg->session.store.people;
    if (find_columns(pg, visit, slot, result, &at) || visit_expect(visit, slot, people, count))
        return visit->rc;
    for (size_t i = 0; i < count; i++) {
        const struct row_cells cells = {
            .user = {form_of(result, at.user), text_at(result, (int)i, at.user),
                     (size_t)PQgetlength(result, (int)i, at.user)},
            .id = text_at(result, (int)i, at.id),
            .item = text_at(result, (int)i, at.item),
            .units = text_at(result, (int)i, at.units),
            .order = text_at(result, (int)i, at.order),
        };
        if (visit_put(visit, slot, people, &cells, i))
            return visit->rc;
    }
    visit_complete(visit, slot, count, at.id >= 0);
    return 0;
}

static ns_t to_monotonic(int64_t commit_us, int64_t server_us, ns_t sent)
{
    ns_t now = clock_now();
    int64_t wall = clock_wall_ns();
    int64_t apart = wall - server_us * NS_PER_US;
    if (apart > -SAME_CLOCK && apart < SAME_CLOCK)
        return now - (wall - commit_us * NS_PER_US);
    /* Another machine's clock: its own account of the age, counted from before it was asked. */
    return sent - (server_us - commit_us) * NS_PER_US;
}

static int take_commit(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                       const PGresult *result)
{
    (void)pg, (void)slot;
    int64_t commit_us = number_at(result, 0);
    if (commit_us > 0)
        visit->last_commit = to_monotonic(commit_us, number_at(result, 1), visit->began);
    return 0;
}

static int take_stats(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                      const PGresult *result)
{
    (void)slot;
    visit->figures = (struct store_stats){
        .known = PQntuples(result) > 0,
        .transactions = number_at(result, 0),
        .own = pg->own,
        .inserted = number_at(result, 1),
        .backends = number_at(result, 2),
        .wal = number_at(result, 3),
        .writes = number_at(result, 4),
    };
    return 0;
}

static int take_backends(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                         const PGresult *result)
{
    (void)pg, (void)slot;
    visit->figures.backends = number_at(result, 0);
    return 0;
}

static int take_value(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                      const PGresult *result)
{
    (void)pg, (void)slot;
    const char *text = PQntuples(result) > 0 ? text_at(result, 0, 0) : NULL;
    visit->value = text ? strdup(text) : NULL;
    return 0;
}

static void plan_step(struct plan *plan, const struct step step, const char *sql, bool count)
{
    plan->at[plan->count] = plan->sql.used;
    if (count)
        visit_count_query(&plan->sql, DIALECT_POSTGRES, sql);
    else
        (void)buf_adds(&plan->sql, sql);
    (void)buf_add(&plan->sql, "", 1);
    plan->steps[plan->count++] = step;
}

/* The instant of the last commit is asked right after the count: it is then that of the last
 * counted row, or of a later commit, never of an earlier one. */
static void plan_slot(const struct postgres *pg, const struct visit *visit, enum visit_slot slot,
                      struct plan *plan)
{
    const char *query = pg->session.store.queries[slot];
    if (!query || (!visit->read[slot] && !visit->count[slot]))
        return;
    if (visit->read[slot])
        plan_step(plan, (struct step){take_rows, slot}, query, false);
    else
        plan_step(plan, (struct step){take_count, slot}, query, true);
    if (slot == VISIT_COUPONS && pg->commit_times)
        plan_step(plan, (struct step){take_commit, slot}, commit_sql, false);
}

static int send_plan(struct postgres *pg, const struct plan *plan, ns_t deadline, char *ret_error,
                     size_t size)
{
    struct pg_link *link = &pg->session.link;
    int rc = 0;
    for (size_t i = 0; !rc && i < plan->count; i++)
        rc = pg_link_queue(link, plan->sql.data + plan->at[i], ret_error, size);
    /* Behind a mark of its own the end of the transaction is carried out whatever happened. */
    if (!rc)
        rc = pg_link_mark(link, ret_error, size);
    if (!rc)
        rc = pg_link_queue(link, "ROLLBACK", ret_error, size);
    if (!rc)
        rc = pg_link_mark(link, ret_error, size);
    return rc ? rc : pg_link_flush(link, deadline, ret_error, size);
}

static int refuse_result(struct visit *visit, const PGresult *result)
{
    if (PQresultStatus(result) != PGRES_FATAL_ERROR)
        return visit_fail(visit, "the query gives no rows");
    visit->missing = pg_link_is_missing(result);
    return visit_fail(visit, "%s", PQresultErrorMessage(result));
}

/* The result of one statement of the plan. After the first that failed the others were not run. */
static void take_result(struct postgres *pg, struct visit *visit, const struct step *step,
                        const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        step->take(pg, visit, step->slot, result);
    else
        refuse_result(visit, result);
    if (visit->rc && (step->take == take_rows || step->take == take_count))
        visit->failed = (int)step->slot;
}

static int run_plan(struct postgres *pg, struct visit *visit, const struct plan *plan,
                    ns_t deadline)
{
    char error[sizeof visit->error] = "";
    if (plan->sql.failed)
        return visit_fail(visit, "the queries are too long");
    if (send_plan(pg, plan, deadline, error, sizeof error))
        return visit_fail(visit, "%s", error);
    pg->own++;
    size_t seen = 0;
    for (unsigned marks = 0; marks < 2;) {
        PGresult *result = NULL;
        if (pg_link_result(&pg->session.link, deadline, &result, error, sizeof error))
            return visit->rc ? visit->rc : visit_fail(visit, "%s", error);
        if (!result)
            seen++;
        else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            marks++;
        else if (seen < plan->count && !visit->rc)
            take_result(pg, visit, &plan->steps[seen], result);
        PQclear(result);
        if (seen >
            plan->count + 1) { /* the ROLLBACK is the last: what speaks here is no Postgres */
            pg_link_drop(&pg->session.link);
            return visit_fail(visit, "the server does not keep to the protocol");
        }
    }
    return visit->rc;
}

static int take_commit_times(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                             const PGresult *result)
{
    (void)visit, (void)slot;
    if (PQntuples(result) > 0)
        pg->commit_times = !strcmp(PQgetvalue(result, 0, 0), "on");
    return 0;
}

static int take_nothing(struct postgres *pg, struct visit *visit, enum visit_slot slot,
                        const PGresult *result)
{
    (void)pg, (void)visit, (void)slot, (void)result;
    return 0;
}

static void plan_free(struct plan *plan)
{
    buf_free(&plan->sql);
}

static void plan_begin(struct plan *plan)
{
    static const char *const opening[] = {begin_sql, timeout_sql, settings_sql};
    buf_init(&plan->sql, QUERY_MAX);
    for (size_t i = 0; i < sizeof opening / sizeof *opening; i++)
        plan_step(plan, (struct step){take_nothing, 0}, opening[i], false);
}

static int greet(struct postgres *pg, struct visit *visit, ns_t deadline)
{
    char error[sizeof visit->error] = "";
    if (pg_session_make(&pg->session, error, sizeof error))
        return visit_fail(visit, "%s", error);
    _cleanup_(plan_free) struct plan plan = {0};
    plan_begin(&plan);
    plan_step(&plan, (struct step){take_commit_times, 0},
              "SELECT pg_catalog.current_setting('track_commit_timestamp')", false);
    if (run_plan(pg, visit, &plan, deadline))
        pg_link_drop(&pg->session.link);
    return visit->rc;
}

static void postgres_visit(struct store *store, struct visit *visit)
{
    struct postgres *pg = (struct postgres *)store;
    ns_t deadline = clock_now() + STORE_ANSWER_SPAN;
    if (!pg->session.link.conn && greet(pg, visit, deadline))
        return;
    const char *version = PQparameterStatus(pg->session.link.conn, "server_version");
    if (version) /* "15.13 (Debian 15.13-0+deb12u1)" */
        snprintf(visit->version, sizeof visit->version, "%.*s", (int)strcspn(version, " "),
                 version);
    _cleanup_(plan_free) struct plan plan = {0};
    plan_begin(&plan);
    size_t opening = plan.count;
    for (enum visit_slot slot = 0; slot < VISIT_SLOTS; slot++)
        plan_slot(pg, visit, slot, &plan);
    if (visit->flush && PQserverVersion(pg->session.link.conn) >= 150000)
        plan_step(&plan, (struct step){take_nothing, 0},
                  "SELECT pg_catalog.pg_stat_force_next_flush()", false);
    if (visit->stats)
        plan_step(&plan, (struct step){take_stats, 0}, stats_sql, false);
    if (visit->backends)
        plan_step(&plan, (struct step){take_backends, 0}, backends_sql, false);
    if (visit->ask)
        plan_step(&plan, (struct step){take_value, 0}, visit->ask, false);
    if (plan.count > opening)
        run_plan(pg, visit, &plan, deadline);
}

static bool postgres_reads(const char *query, char *ret_why, size_t size)
{
    return statement_reads(DIALECT_POSTGRES, query, ret_why, size);
}

const struct store_ops store_postgres = {
    .name = "postgres",
    .title = "Postgres",
    .schemes = {"postgresql", "postgres"},
    .sql = true,
    .size = sizeof(struct postgres),
    .reads = postgres_reads,
    .open = pg_session_open,
    .visit = postgres_visit,
    .connect = pg_session_connect,
    .execute = pg_session_execute,
    .try_out = pg_session_try_out,
    .socket = pg_session_socket,
    .wake = pg_session_wake,
    .close = pg_session_close,
};
