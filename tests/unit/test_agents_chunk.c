/* links: agents model */
/* Chunks come back as they were; shares cut a load so that every request is in one. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agents/chunk.h"
#include "agents/member.h"
#include "base/rng.h"
#include "model/share.h"
#include "model/spec.h"
#include "often.h"

static void make_record(struct rng *rng, size_t i, struct request *record)
{
    ns_t at = 1000 * NS_PER_S + (ns_t)rng_below(rng, NS_PER_S);
    bool skipped = !rng_below(rng, 20), answered = rng_below(rng, 20) != 0;
    *record = (struct request){.user = (int64_t)i + rng_between(rng, -3, 3),
                               .planned = at,
                               .cls = skipped ? CLASS_SKIPPED : (uint8_t)(1 + rng_below(rng, 5)),
                               .cause = (uint8_t)rng_below(rng, CAUSE_COUNT),
                               .status = (uint16_t)rng_below(rng, 600),
                               .phase = 3,
                               .attempt = (uint8_t)rng_below(rng, 256),
                               .worker = (uint16_t)rng_below(rng, 8),
                               .instance = (uint8_t)rng_below(rng, INSTANCES_MAX)};
    if (skipped)
        return;
    record->released = at + (ns_t)rng_below(rng, NS_PER_MS);
    record->first_byte = answered ? record->released + 1000 : 0;
    record->done = answered ? record->released + (ns_t)rng_below(rng, NS_PER_S) : 0;
    record->ranked = !rng_below(rng, 3);
    record->rank = record->ranked ? rng_between(rng, INT64_MIN / 2, INT64_MAX / 2) : 0;
}

struct room {
    struct request v[CHUNK_RECORDS];
    struct decided decided[CHUNK_RECORDS];
    struct order orders[CHUNK_RECORDS];
};

Test(agents_chunk, comes_back_as_it_was)
{
    struct room *from = calloc(1, sizeof *from), *to = calloc(1, sizeof *to);
    struct err err = {0};
    struct rng rng;
    rng_seed(&rng, 1);
    for (int round = 0; round < often(50); round++) {
        bool decided = rng_below(&rng, 2), orders = rng_below(&rng, 2);
        size_t count = rng_below(&rng, CHUNK_RECORDS + 1);
        for (size_t i = 0; i < count; i++) {
            make_record(&rng, i, &from->v[i]);
            from->decided[i] =
                (struct decided){from->v[i].done, (uint32_t)rng_below(&rng, 9), i % 2};
            from->orders[i] =
                (struct order){(int32_t)rng_below(&rng, 9), -1, 3, INT64_MAX, INT64_MIN};
        }
        const struct chunk chunk = {3,
                                    (uint64_t)round,
                                    count,
                                    from->v,
                                    decided ? from->decided : NULL,
                                    orders ? from->orders : NULL};
        struct chunk back = {.v = to->v, .decided = to->decided, .orders = to->orders};
        struct buf bytes;
        buf_init(&bytes, CHUNK_BYTES_MAX);
        cr_assert_eq(chunk_encode(&chunk, &bytes, &err), 0, "%s", err.message);
        cr_assert_eq(chunk_decode(bytes.data, bytes.used, &back, &err), 0, "%s", err.message);
        cr_expect_eq(back.phase, 3);
        cr_expect_eq(back.number, (uint64_t)round);
        cr_assert_eq(back.count, count);
        for (size_t i = 0; i < count; i++)
            cr_assert(!memcmp(&from->v[i], &to->v[i], sizeof *to->v), "record %zu", i);
        if (decided)
            cr_expect(!memcmp(from->decided, to->decided, count * sizeof *to->decided));
        if (orders)
            cr_expect(!memcmp(from->orders, to->orders, count * sizeof *to->orders));
        /* Of every cut and every flipped byte something is said, or a chunk comes out. */
        for (size_t i = 0; i < 200 && bytes.used; i++) {
            char damaged = bytes.data[i % bytes.used];
            bytes.data[i % bytes.used] ^= (char)(1 << rng_below(&rng, 8));
            (void)!chunk_decode(bytes.data, bytes.used - i % 2, &back, &err);
            bytes.data[i % bytes.used] = damaged;
        }
        cr_expect_neq(chunk_decode(bytes.data, bytes.used - 1, &back, &err), 0);
        buf_free(&bytes);
    }
    free(from);
    free(to);
}

Test(agents_chunk, a_burst_takes_less_than_half_of_its_records)
{
    struct room *room = calloc(1, sizeof *room);
    struct err err = {0};
    for (size_t i = 0; i < CHUNK_RECORDS; i++)
        room->v[i] = (struct request){.user = (int64_t)i * 4,
                                      .planned = 1000 * NS_PER_S,
                                      .released = 1000 * NS_PER_S + (ns_t)i * 5000,
                                      .first_byte = 1000 * NS_PER_S + (ns_t)i * 5000 + 20000000,
                                      .done = 1000 * NS_PER_S + (ns_t)i * 5000 + 20100000,
                                      .status = 202,
                                      .cls = CLASS_ACCEPTED,
                                      .attempt = 1};
    struct buf bytes;
    buf_init(&bytes, CHUNK_BYTES_MAX);
    cr_assert_eq(chunk_encode(&(struct chunk){.count = CHUNK_RECORDS, .v = room->v}, &bytes, &err),
                 0);
    cr_expect(bytes.used < CHUNK_RECORDS * 30, "%zu bytes a record", bytes.used / CHUNK_RECORDS);
    buf_free(&bytes);
    free(room);
}

Test(agents_chunk, a_request_that_ended_before_it_began_is_refused)
{
    struct request v[1] = {
        {.released = 2000, .done = 1000, .planned = 2000, .cls = CLASS_ACCEPTED}};
    struct room *room = calloc(1, sizeof *room);
    struct chunk back = {.v = room->v};
    struct err err = {0};
    struct buf bytes;
    buf_init(&bytes, CHUNK_BYTES_MAX);
    cr_assert_eq(chunk_encode(&(struct chunk){.count = 1, .v = v}, &bytes, &err), 0);
    cr_expect_neq(chunk_decode(bytes.data, bytes.used, &back, &err), 0);
    cr_expect_eq(err.code, ERR_USAGE);
    buf_free(&bytes);
    free(room);
}

/* ---- shares ---- */

static void check_shares(uint32_t size, const struct share_phase *phase, size_t requests)
{
    unsigned char *seen = calloc(requests + 1, 1);
    size_t all = 0;
    for (uint32_t rank = 0; rank < size; rank++) {
        const struct share share = {rank, size};
        size_t count = share_requests(&share, phase, requests), before = 0;
        for (size_t k = 0; k < count; k++) {
            size_t index = share_index(&share, phase, k);
            cr_assert(index < requests && !seen[index], "rank %u of %u, the %zu-th: %zu", rank,
                      size, k, index);
            cr_assert(!k || index > before);
            seen[index] = 1;
            before = index;
            size_t step = index / phase->repeat;
            size_t place = phase->span ? step % phase->span : phase->begin + step;
            cr_assert(share_has(&share, place));
        }
        all += count;
    }
    cr_expect_eq(all, requests, "%zu of %zu", all, requests);
    free(seen);
}

Test(agents_share, every_request_is_of_one_agent)
{
    struct rng rng;
    rng_seed(&rng, 7);
    for (int i = 0; i < 2000; i++) {
        const struct share_phase phase = {.begin = rng_below(&rng, 50),
                                          .span = rng_below(&rng, 3) ? 0 : 1 + rng_below(&rng, 40),
                                          .repeat = 1 + rng_below(&rng, 4)};
        struct share_phase fit = phase;
        fit.begin = phase.span ? 0 : phase.begin;
        check_shares(1 + (uint32_t)rng_below(&rng, 9), &fit, rng_below(&rng, 300));
    }
}

Test(agents_share, alone_it_is_everything)
{
    const struct share share = {0};
    const struct share_phase phase = {.begin = 5, .repeat = 2};
    cr_expect_eq(share_requests(&share, &phase, 77), 77);
    cr_expect_eq(share_index(&share, &phase, 13), 13);
    cr_expect_eq(share_count(&share, 9), 9);
    cr_expect(share_has(&share, 3));
}

/* ---- which of how many ---- */

static const char *const *told; /* pairs, ended by NULL */

static const char *lookup(const char *name)
{
    for (size_t i = 0; told[i]; i += 2)
        if (!strcmp(told[i], name))
            return told[i + 1];
    return NULL;
}

static int place(const char *const *names, int64_t *rank, int64_t *size, struct err *err)
{
    told = names;
    return member_place(lookup, rank, size, err);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(agents_place, is_read_from_what_engines_say)
{
    int64_t rank, size;
    struct err err = {0};
    cr_assert_eq(place(NAMES(NULL), &rank, &size, &err), 0);
    cr_expect(rank == -1 && size == 0);
    cr_assert_eq(place(NAMES("JOB_COMPLETION_INDEX", "3"), &rank, &size, &err), 0);
    cr_expect(rank == 3 && size == 0);
    cr_assert_eq(place(NAMES("SLURM_PROCID", "0", "SLURM_NTASKS", "4"), &rank, &size, &err), 0);
    cr_expect(rank == 0 && size == 4);
    cr_assert_eq(place(NAMES("OMPI_COMM_WORLD_RANK", "1", "OMPI_COMM_WORLD_SIZE", "2",
                             "SLURM_PROCID", "0", "SLURM_NTASKS", "1"),
                       &rank, &size, &err),
                 0);
    cr_expect(rank == 1 && size == 2, "mpirun within a Slurm job: its own word counts");
    cr_assert_eq(place(NAMES("PMI_RANK", "5", "PMI_SIZE", "6"), &rank, &size, &err), 0);
    cr_expect(rank == 5 && size == 6);
    cr_expect_neq(place(NAMES("JOB_COMPLETION_INDEX", "x"), &rank, &size, &err), 0);
    cr_expect(strstr(err.message, "JOB_COMPLETION_INDEX=x"), "%s", err.message);
    cr_expect_neq(place(NAMES("SLURM_PROCID", "0", "SLURM_NTASKS", "1000"), &rank, &size, &err), 0);
}
