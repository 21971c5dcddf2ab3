/* links: consumer */
#include <criterion/criterion.h>
#include <string.h>

#include "consumer/array.h"
#include "consumer/batch.h"
#include "consumer/positions.h"
#include "consumer/tuples.h"

static struct batch make_batch(size_t max)
{
    struct batch batch;
    struct err err;
    cr_assert_eq(batch_init(&batch, max, &err), 0);
    return batch;
}

/* What Java's LongSerializer writes for these numbers. */
Test(batch, decodes_big_endian)
{
    struct batch batch = make_batch(4);
    const uint8_t one[] = {0, 0, 0, 0, 0, 0, 0, 1};
    const uint8_t minus_one[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const uint8_t large[] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const uint8_t mixed[] = {1, 2, 3, 4, 5, 6, 7, 8};
    cr_assert(batch_add(&batch, (struct place){0, 10}, one, 8));
    cr_assert(batch_add(&batch, (struct place){1, 20}, minus_one, 8));
    cr_assert(batch_add(&batch, (struct place){0, 11}, large, 8));
    cr_assert_not(batch_full(&batch));
    cr_assert(batch_add(&batch, (struct place){2, 0}, mixed, 8));
    cr_assert(batch_full(&batch));
    cr_assert_eq(batch_user(&batch, 0), 1);
    cr_assert_eq(batch_user(&batch, 1), -1);
    cr_assert_eq(batch_user(&batch, 2), INT64_MAX);
    cr_assert_eq(batch_user(&batch, 3), INT64_C(0x0102030405060708));
    cr_assert_eq(batch.places[2].offset, 11);
    batch_free(&batch);
}

Test(batch, other_lengths_are_malformed)
{
    struct batch batch = make_batch(5);
    cr_assert(batch_add(&batch, (struct place){0, 0}, "1234567", 7));
    cr_assert(batch_add(&batch, (struct place){0, 1}, "123456789", 9));
    cr_assert(batch_add(&batch, (struct place){0, 2}, "", 0));
    cr_assert(batch_add(&batch, (struct place){0, 3}, NULL, 0));
    cr_assert_eq(batch.count, 0);
    cr_assert_eq(batch.malformed_count, 4);
    cr_assert_not(batch_full(&batch));
    cr_assert_not(batch_empty(&batch));
    cr_assert_arr_eq(batch.malformed[1].value, "123456789", 9);
    cr_assert_not_null(batch.malformed[2].value, "an empty value is a value");
    cr_assert_null(batch.malformed[3].value, "a tombstone has none");
    batch_drop_malformed(&batch);
    cr_assert_eq(batch.malformed_count, 3);
    cr_assert_eq(batch.malformed[0].length, 9);
    batch_clear(&batch);
    cr_assert(batch_empty(&batch));
    batch_free(&batch);
}

Test(batch, dropping_rows_keeps_the_rest)
{
    struct batch batch = make_batch(3);
    for (uint8_t i = 0; i < 3; i++) {
        const uint8_t value[] = {0, 0, 0, 0, 0, 0, 0, i};
        cr_assert(batch_add(&batch, (struct place){i, i * 100}, value, 8));
    }
    batch_drop_rows(&batch, 2);
    cr_assert_eq(batch.count, 1);
    cr_assert_eq(batch_user(&batch, 0), 2);
    cr_assert_eq(batch.places[0].partition, 2);
    cr_assert_eq(batch.places[0].offset, 200);
    batch_free(&batch);
}

/* The bytes that Postgres 15 itself gives for '{258,-1}'::bigint[] by array_send. */
Test(array, int8)
{
    static const uint8_t expected[] = {
        0, 0, 0, 1, 0,   0,   0,   0,   0,   0,   0,   20,  0, 0, 0, 2, 0, 0, 0, 1, /* head */
        0, 0, 0, 8, 0,   0,   0,   0,   0,   0,   1,   2,                           /* 258 */
        0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255,                         /* -1 */
    };
    static const uint8_t values[] = {0,   0,   0,   0,   0,   0,   1,   2,
                                     255, 255, 255, 255, 255, 255, 255, 255};
    struct buf buf;
    buf_init(&buf, 1024);
    array_of_int8(&buf, values, 2);
    cr_assert_eq(buf.used, sizeof expected);
    cr_assert_arr_eq(buf.data, expected, sizeof expected);
    buf_free(&buf);
}

/* What COPY (SELECT 258::bigint UNION ALL SELECT -1::bigint) TO STDOUT (FORMAT binary) gives. */
Test(tuples, int8)
{
    static const uint8_t expected[] = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', 255, '\r', '\n', 0, /* signature */
        0,   0,   0,   0,   0,   0,   0,    0,                  /* flags, extension */
        0,   1,   0,   0,   0,   8,   0,    0,   0,    0,    0,   0,   1,   2,   /* 258 */
        0,   1,   0,   0,   0,   8,   255,  255, 255,  255,  255, 255, 255, 255, /* -1 */
        255, 255,
    };
    static const uint8_t values[] = {0,   0,   0,   0,   0,   0,   1,   2,
                                     255, 255, 255, 255, 255, 255, 255, 255};
    struct buf buf;
    buf_init(&buf, 1024);
    tuples_of_int8(&buf, values, 2);
    cr_assert_eq(buf.used, sizeof expected);
    cr_assert_arr_eq(buf.data, expected, sizeof expected);
    buf_free(&buf);
}

/* ---- how far the partitions have come ---- */

static void take(struct positions *positions, struct batch *batch, int32_t partition,
                 int64_t offset, size_t length)
{
    static const uint8_t value[8] = {0};
    cr_assert(batch_add(batch, (struct place){partition, offset}, value, length));
    positions_get(positions, partition)->taken = offset + 1;
}

/* A batch that was saved in part is committed in part. */
Test(positions, what_the_batch_still_holds_is_not_saved)
{
    struct batch batch = make_batch(4);
    struct positions positions = {0};
    take(&positions, &batch, 0, 7, 8);
    take(&positions, &batch, 2, 3, 8);
    take(&positions, &batch, 0, 8, 8);
    take(&positions, &batch, 1, 5, 3); /* malformed */
    positions_save(&positions, &batch);
    cr_expect_eq(positions_get(&positions, 0)->saved, 7);
    cr_expect_eq(positions_get(&positions, 1)->saved, 5);
    cr_expect_eq(positions_get(&positions, 2)->saved, 3);
    batch_drop_malformed(&batch);
    batch_drop_rows(&batch, 2);
    positions_save(&positions, &batch);
    cr_expect_eq(positions_get(&positions, 0)->saved, 8);
    cr_expect_eq(positions_get(&positions, 1)->saved, 6);
    cr_expect_eq(positions_get(&positions, 2)->saved, 4);
    batch_free(&batch);
    positions_free(&positions);
}

Test(positions, are_behind_until_the_group_has_confirmed_the_last)
{
    struct batch batch = make_batch(4), empty = make_batch(1);
    struct positions positions = {0};
    take(&positions, &batch, 0, 7, 8);
    cr_expect_not(positions_behind(&positions), "nothing is saved");
    positions_save(&positions, &empty);
    cr_expect(positions_behind(&positions));
    positions_commit(&positions, 0, 8);
    cr_expect_not(positions_behind(&positions));
    positions_commit(&positions, 0, 4);
    cr_expect_eq(positions_get(&positions, 0)->committed, 8, "an old answer takes nothing back");
    batch_free(&batch);
    batch_free(&empty);
    positions_free(&positions);
}
