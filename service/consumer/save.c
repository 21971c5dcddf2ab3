#include "consumer/save.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/schema.h"
#include "consumer/array.h"
#include "consumer/tuples.h"

static const char INSERT_ROW[] = "INSERT INTO coupon (user_id) VALUES ($1)";
/* Half the work of an INSERT of as many rows, for Postgres: it fills whole pages at a time. */
#define COPY_ROWS "COPY coupon (user_id) FROM STDIN (FORMAT binary)"
static const char PARK_ROW[] = "INSERT INTO failed_event (user_id) VALUES ($1)";

/* The rows and the offsets that cover them become visible together, or not at all. */
#define MOVE_OFFSETS(names, partitions, offsets)                                                   \
    "INSERT INTO consumer_offset (consumer_group, topic, partition, next_offset)"                  \
    " SELECT " names ", p, o"                                                                      \
    " FROM unnest(" partitions "::int[], " offsets "::bigint[]) AS t (p, o)"                       \
    " ON CONFLICT (consumer_group, topic, partition)"                                              \
    " DO UPDATE SET next_offset = excluded.next_offset"
#define WITH_OFFSETS "WITH moved AS (" MOVE_OFFSETS("$2, $3", "$4", "$5") ") "
static const char INSERT_ONCE[] = WITH_OFFSETS
    "INSERT INTO coupon (user_id) SELECT unnest($1::bigint[]) ON CONFLICT (user_id) DO NOTHING";
static const char PARK_ONCE[] =
    WITH_OFFSETS "INSERT INTO failed_event (user_id) SELECT unnest($1::bigint[])"
                 " ON CONFLICT (user_id) DO NOTHING";
/* One query of two statements is one transaction. */
#define COPY_ONCE COPY_ROWS "; " MOVE_OFFSETS("%s", "'%s'", "'%s'")

static const char INSERT_MALFORMED[] =
    "INSERT INTO malformed_record (topic, partition, record_offset, value)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (topic, partition, record_offset) DO NOTHING";

struct save {
    struct db *db;
    struct save_settings settings;
    struct save_counts *counts;
    struct buf users, names, partitions, offsets, query; /* in the making */
    bool repeats; /* the last rows had users who have one already (exactly once) */
};

const char *const *save_setup(bool exactly_once)
{
    static const char *const plain[] = {SCHEMA_CONTRACT, SCHEMA_CONSUMER, NULL};
    static const char *const exact[] = {SCHEMA_CONTRACT, SCHEMA_CONSUMER, SCHEMA_EXACT, NULL};
    return exactly_once ? exact : plain;
}

int save_new(struct db *db, const struct save_settings *settings, struct save_counts *counts,
             struct save **ret_save, struct err *err)
{
    struct save *save = calloc(1, sizeof *save);
    if (!save)
        return err_set(err, ERR_MEMORY, "out of memory");
    save->db = db;
    save->settings = *settings;
    save->counts = counts;
    buf_init(&save->users, 64 << 20);
    buf_init(&save->names, 1 << 20);
    buf_init(&save->partitions, 1 << 20);
    buf_init(&save->offsets, 1 << 20);
    buf_init(&save->query, 4 << 20);
    *ret_save = save;
    return 0;
}

void save_free(struct save *save)
{
    if (!save)
        return;
    buf_free(&save->users);
    buf_free(&save->names);
    buf_free(&save->partitions);
    buf_free(&save->offsets);
    buf_free(&save->query);
    free(save);
}

/* Whether a later row of these comes from the same partition. */
static bool is_overtaken(const struct place *places, size_t index, size_t count)
{
    for (size_t i = index + 1; i < count; i++)
        if (places[i].partition == places[index].partition)
            return true;
    return false;
}

/* The offset behind the last of the first count rows, for each partition among them, as Postgres
 * writes arrays: {0,2} and {117,38}. A partition's rows mostly lie together, so the look ahead is
 * short. False: out of memory. */
static bool list_offsets(struct save *save, const struct batch *batch, size_t count)
{
    buf_clear(&save->partitions);
    buf_clear(&save->offsets);
    for (size_t i = 0; i < count; i++) {
        if (is_overtaken(batch->places, i, count))
            continue;
        char before = save->offsets.used ? ',' : '{';
        buf_addf(&save->partitions, "%c%" PRId32, before, batch->places[i].partition);
        buf_addf(&save->offsets, "%c%" PRId64, before, batch->places[i].offset + 1);
    }
    buf_adds(&save->partitions, "}");
    buf_adds(&save->offsets, "}");
    return !save->partitions.failed && !save->offsets.failed;
}

static enum db_result lack_memory(struct err *err)
{
    err_set(err, ERR_MEMORY, "out of memory");
    return DB_FAILED;
}

static struct db_param text_param(const char *text)
{
    return (struct db_param){OID_TEXT, text, (int)strlen(text)};
}

/* Exactly once: one statement over the first count rows, with their offsets. */
static enum db_result run_once(struct save *save, const struct batch *batch, size_t count,
                               const char *sql, uint64_t *ret_inserted, struct err *err)
{
    array_of_int8(&save->users, batch->values, count);
    if (!list_offsets(save, batch, count) || save->users.failed)
        return lack_memory(err);
    const struct db_param params[] = {
        {OID_INT8_ARRAY, save->users.data, (int)save->users.used},
        text_param(save->settings.group),
        text_param(save->settings.topic),
        text_param(buf_text(&save->partitions)),
        text_param(buf_text(&save->offsets)),
    };
    PGresult *result = NULL;
    enum db_result code =
        db_run(save->db, sql, params, sizeof params / sizeof *params, &result, err);
    if (code == DB_DONE)
        *ret_inserted = strtoull(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return code;
}

static enum db_result copy_rows(struct save *save, const struct batch *batch, size_t count,
                                const char *sql, struct err *err)
{
    tuples_of_int8(&save->users, batch->values, count);
    if (save->users.failed)
        return lack_memory(err);
    return db_copy(save->db, sql, save->users.data, save->users.used, err);
}

/* The group and the topic, for a query that takes no parameters. */
static enum db_result quote_names(struct save *save, struct err *err)
{
    buf_clear(&save->names);
    enum db_result code = db_quote(save->db, save->settings.group, &save->names, err);
    if (code != DB_DONE)
        return code;
    if (buf_adds(&save->names, ", "))
        return lack_memory(err);
    return db_quote(save->db, save->settings.topic, &save->names, err);
}

/* Exactly once, when none of the users has a row: else Postgres refuses them all. */
static enum db_result copy_once(struct save *save, const struct batch *batch, size_t count,
                                struct err *err)
{
    enum db_result code = quote_names(save, err);
    if (code != DB_DONE)
        return code;
    buf_clear(&save->query);
    if (!list_offsets(save, batch, count) ||
        buf_addf(&save->query, COPY_ONCE, buf_text(&save->names), buf_text(&save->partitions),
                 buf_text(&save->offsets)))
        return lack_memory(err);
    return copy_rows(save, batch, count, buf_text(&save->query), err);
}

/* COPY takes half the time of INSERT, which knows the users who have a row; where there were some
 * just now there will be more. */
static enum db_result save_once(struct save *save, const struct batch *batch, size_t count,
                                uint64_t *ret_inserted, struct err *err)
{
    enum db_result code = DB_REFUSED;
    *ret_inserted = count;
    if (count > 1 && !save->repeats)
        code = copy_once(save, batch, count, err);
    if (code != DB_REFUSED)
        return code;
    code = run_once(save, batch, count, INSERT_ONCE, ret_inserted, err);
    if (code == DB_DONE)
        save->repeats = *ret_inserted < count;
    return code;
}

/* One row as the lesson writes it, or many at once. */
static enum db_result save_plain(struct save *save, const struct batch *batch, size_t count,
                                 struct err *err)
{
    const struct db_param user = {OID_INT8, batch->values, BATCH_VALUE_SIZE};
    if (count == 1)
        return db_run(save->db, INSERT_ROW, &user, 1, NULL, err);
    return copy_rows(save, batch, count, COPY_ROWS, err);
}

static enum db_result save_rows(struct save *save, struct batch *batch, size_t count,
                                struct err *err)
{
    uint64_t inserted = count;
    enum db_result code = save->settings.exactly_once
                              ? save_once(save, batch, count, &inserted, err)
                              : save_plain(save, batch, count, err);
    if (code != DB_DONE)
        return code;
    counter_add(&save->counts->rows, inserted);
    counter_add(&save->counts->repeated, count - inserted);
    batch_drop_rows(batch, count);
    return DB_DONE;
}

/* Parks the first row. Refused there as well, it stays the first: losing it is not an option. */
static enum db_result park_row(struct save *save, struct batch *batch, struct err *err)
{
    log_warn("save", "user %" PRId64 " is parked: %s", batch_user(batch, 0), err->message);
    uint64_t inserted = 1;
    const struct db_param user = {OID_INT8, batch->values, BATCH_VALUE_SIZE};
    enum db_result code = save->settings.exactly_once
                              ? run_once(save, batch, 1, PARK_ONCE, &inserted, err)
                              : db_run(save->db, PARK_ROW, &user, 1, NULL, err);
    if (code != DB_DONE)
        return DB_FAILED;
    counter_add(&save->counts->parked, inserted);
    batch_drop_rows(batch, 1);
    return DB_DONE;
}

static enum db_result save_malformed(struct save *save, struct batch *batch, struct err *err)
{
    const struct malformed *record = &batch->malformed[0];
    uint32_t partition = htobe32((uint32_t)record->place.partition);
    uint64_t offset = htobe64((uint64_t)record->place.offset);
    const struct db_param params[] = {
        text_param(save->settings.topic),
        {OID_INT4, &partition, sizeof partition},
        {OID_INT8, &offset, sizeof offset},
        {OID_BYTEA, record->value, (int)record->length},
    };
    enum db_result code = db_run(save->db, INSERT_MALFORMED, params, 4, NULL, err);
    if (code != DB_DONE)
        return DB_FAILED;
    log_warn("save", "%s[%d] offset %" PRId64 " is no user id: %zu bytes", save->settings.topic,
             record->place.partition, record->place.offset, record->length);
    counter_add(&save->counts->malformed, 1);
    batch_drop_malformed(batch);
    return DB_DONE;
}

enum db_result save_batch(struct save *save, struct batch *batch, struct err *err)
{
    enum db_result code = DB_DONE;
    while (batch->malformed_count && code == DB_DONE)
        code = save_malformed(save, batch, err);
    if (code == DB_DONE && batch->count)
        code = save_rows(save, batch, batch->count, err);
    if (code != DB_REFUSED)
        return code;
    /* One of them is poison; the statement does not say which. */
    code = DB_DONE;
    while (batch->count && code == DB_DONE) {
        code = save_rows(save, batch, 1, err);
        if (code == DB_REFUSED)
            code = park_row(save, batch, err);
    }
    return code;
}
