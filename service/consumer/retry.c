#include "consumer/retry.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "consumer/array.h"

static const char LIST[] = "SELECT id, user_id FROM failed_event ORDER BY id";
static const char BEGIN[] = "BEGIN";
/* Keeps other writers out for the one statement, so that "has none yet" stays true until the
 * commit. A unique key would do the same, but only --exactly-once has one. */
static const char LOCK[] = "LOCK TABLE coupon IN SHARE ROW EXCLUSIVE MODE";
static const char MOVE[] =
    "WITH taken AS (DELETE FROM failed_event WHERE id = $1 RETURNING user_id),"
    " put AS (INSERT INTO coupon (user_id) SELECT user_id FROM taken"
    "  WHERE NOT EXISTS (SELECT FROM coupon WHERE coupon.user_id = taken.user_id) RETURNING id)"
    " SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM put)";
static const char COMMIT[] = "COMMIT";
static const char ROLLBACK[] = "ROLLBACK";

static void cleanup_result(PGresult *const *result)
{
    PQclear(*result);
}

#define _cleanup_result_ _cleanup_(cleanup_result)

static int64_t number_at(const PGresult *result, int row, int column)
{
    uint64_t bytes;
    memcpy(&bytes, PQgetvalue(result, row, column), sizeof bytes);
    return (int64_t)be64toh(bytes);
}

/* What became of one parked user. */
struct moved {
    int64_t taken; /* 0: another retry was quicker */
    int64_t put;   /* 0: has a coupon already */
};

static enum db_result move(struct db *db, int64_t id, struct moved *ret_moved, struct err *err)
{
    const uint64_t bytes = htobe64((uint64_t)id);
    const struct db_param param = {OID_INT8, &bytes, sizeof bytes};
    _cleanup_result_ PGresult *result = NULL;
    enum db_result code = db_run(db, BEGIN, NULL, 0, NULL, err);
    if (code == DB_DONE)
        code = db_run(db, LOCK, NULL, 0, NULL, err);
    if (code == DB_DONE)
        code = db_run(db, MOVE, &param, 1, &result, err);
    if (code == DB_DONE)
        code = db_run(db, COMMIT, NULL, 0, NULL, err);
    if (code == DB_DONE)
        *ret_moved = (struct moved){number_at(result, 0, 0), number_at(result, 0, 1)};
    return code;
}

static int retry_one(struct db *db, int64_t id, int64_t user, struct retry_counts *counts,
                     struct err *err)
{
    struct moved moved;
    enum db_result code = move(db, id, &moved, err);
    if (code == DB_DONE) {
        counts->inserted += (uint64_t)moved.put;
        counts->had_one += (uint64_t)(moved.taken - moved.put);
        return 0;
    }
    if (code == DB_REFUSED) {
        log_warn("retry", "user %" PRId64 " stays parked: %s", user, err->message);
        counts->refused++;
        code = db_run(db, ROLLBACK, NULL, 0, NULL, err);
    }
    return code == DB_DONE ? 0 : -(int)err->code;
}

int retry_failed(struct db *db, struct retry_counts *ret_counts, struct err *err)
{
    struct retry_counts counts = {0};
    _cleanup_result_ PGresult *list = NULL;
    if (db_run(db, LIST, NULL, 0, &list, err) != DB_DONE)
        return -(int)err->code;
    for (int i = 0; i < PQntuples(list); i++) {
        int rc = retry_one(db, number_at(list, i, 0), number_at(list, i, 1), &counts, err);
        if (rc)
            return rc;
    }
    *ret_counts = counts;
    return 0;
}
