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
static const char COPY_ROWS[] = "COPY coupon (user_id) FROM STDIN (FORMAT binary)";
static const char PARK_ROW[] = "INSERT INTO failed_event (user_id) VALUES ($1)";

/* The rows and the offsets that cover them become visible together, or not at all. */
#define WITH_OFFSETS                                                                               \
    "WITH moved AS ("                                                                              \
    " INSERT INTO consumer_offset (consumer_group, topic, partition, next_offset)"                 \
    " SELECT $2, $3, p, o FROM unnest($4::int[], $5::bigint[]) AS t (p, o)"                        \
    " ON CONFLICT (consumer_group, topic, partition)"                                              \
    " DO UPDATE SET next_offset = excluded.next_offset) "
static const char INSERT_ONCE[] = WITH_OFFSETS
    "INSERT INTO coupon (user_id) SELECT unnest($1::bigint[]) ON CONFLICT (user_id) DO NOTHING";
static const char PARK_ONCE[] =
    WITH_OFFSETS "INSERT INTO failed_event (user_id) SELECT unnest($1::bigint[])"
                 " ON CONFLICT (user_id) DO NOTHING";

static const char INSERT_MALFORMED[] =
    "INSERT INTO malformed_record (topic, partition, record_offset, value)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (topic, partition, record_offset) DO NOTHING";

struct save {
    struct db *db;
    struct save_settings settings;
    struct save_counts *counts;
    struct buf users, partitions, offsets; /* parameters in the making */
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
    buf_init(&save->partitions, 1 << 20);
    buf_init(&save->offsets, 1 << 20);
    *ret_save = save;
    return 0;
}

void save_free(struct save *save)
{
    if (!save)
        return;
    buf_free(&save->users);
    buf_free(&save->partitions);
    buf_free(&save->offsets);
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

/* The offset behind the last of the first count rows, for each partition among them. A partition's
 * rows mostly lie together, so the look ahead is short. */
static void list_offsets(struct save *save, const struct batch *batch, size_t count)
{
    size_t partitions = 0;
    for (size_t i = 0; i < count; i++)
        partitions += !is_overtaken(batch->places, i, count);
    array_begin(&save->partitions, OID_INT4, partitions);
    array_begin(&save->offsets, OID_INT8, partitions);
    for (size_t i = 0; i < count; i++) {
        if (is_overtaken(batch->places, i, count))
            continue;
        array_add_int4(&save->partitions, batch->places[i].partition);
        array_add_int8(&save->offsets, batch->places[i].offset + 1);
    }
}

static struct db_param text_param(const char *text)
{
    return (struct db_param){OID_TEXT, text, (int)strlen(text)};
}

static struct db_param buf_param(Oid type, const struct buf *buf)
{
    return (struct db_param){type, buf->data, (int)buf->used};
}

/* Exactly once: one statement over the first count rows, with their offsets. */
static enum db_result run_once(struct save *save, const struct batch *batch, size_t count,
                               const char *sql, uint64_t *ret_inserted, struct err *err)
{
    array_of_int8(&save->users, batch->values, count);
    list_offsets(save, batch, count);
    const struct db_param params[] = {
        buf_param(OID_INT8_ARRAY, &save->users),   text_param(save->settings.group),
        text_param(save->settings.topic),          buf_param(OID_INT4_ARRAY, &save->partitions),
        buf_param(OID_INT8_ARRAY, &save->offsets),
    };
    PGresult *result = NULL;
    enum db_result code =
        db_run(save->db, sql, params, sizeof params / sizeof *params, &result, err);
    if (code == DB_DONE)
        *ret_inserted = strtoull(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return code;
}

/* One row as the lesson writes it, or many at once. */
static enum db_result run_plain(struct save *save, const struct batch *batch, size_t count,
                                struct err *err)
{
    const struct db_param user = {OID_INT8, batch->values, BATCH_VALUE_SIZE};
    if (count == 1)
        return db_run(save->db, INSERT_ROW, &user, 1, NULL, err);
    tuples_of_int8(&save->users, batch->values, count);
    if (!save->users.failed)
        return db_copy(save->db, COPY_ROWS, save->users.data, save->users.used, err);
    err_set(err, ERR_MEMORY, "out of memory");
    return DB_FAILED;
}

static enum db_result save_rows(struct save *save, struct batch *batch, size_t count,
                                struct err *err)
{
    uint64_t inserted = count;
    enum db_result code = save->settings.exactly_once
                              ? run_once(save, batch, count, INSERT_ONCE, &inserted, err)
                              : run_plain(save, batch, count, err);
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
