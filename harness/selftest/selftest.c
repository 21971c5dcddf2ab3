#include "selftest/selftest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "selftest/mutation.h"
#include "selftest/synthetic.h"
#include "verify/checks.h"

/* A mutation that suits only few synthetic runs is tried on so many before it counts as impossible.
 */
#define TRIES 200

static void cleanup_synthetic(struct synthetic **synthetic)
{
    synthetic_free(*synthetic);
}

/* ---- comparing ---- */

static bool has_user(const struct finding *finding, int64_t user)
{
    for (size_t i = 0; i < finding->witnesses_count; i++)
        if (maybe_equal(finding->witnesses[i].user, maybe_of(user)))
            return true;
    return false;
}

static bool is_expected(const struct expected *expected, struct maybe user)
{
    for (size_t i = 0; i < expected->users_count; i++)
        if (maybe_equal(user, maybe_of(expected->users[i])))
            return true;
    return false;
}

static void differ(struct selftest_row *row, uint64_t seed, const char *check, const char *what,
                   struct maybe user)
{
    if (row->detail[0])
        return;
    int used =
        snprintf(row->detail, sizeof row->detail, "seed %" PRIu64 ": %s %s", seed, check, what);
    if (user.known && used > 0 && (size_t)used < sizeof row->detail)
        snprintf(row->detail + used, sizeof row->detail - (size_t)used, " %" PRId64, user.value);
}

static bool same_users(const struct expected *expected, const struct finding *finding,
                       struct selftest_row *row, uint64_t seed)
{
    for (size_t i = 0; i < expected->users_count; i++)
        if (!has_user(finding, expected->users[i])) {
            differ(row, seed, finding->check, "missed user", maybe_of(expected->users[i]));
            return false;
        }
    for (size_t i = 0; i < finding->witnesses_count; i++)
        if (!is_expected(expected, finding->witnesses[i].user)) {
            differ(row, seed, finding->check, "invented user", finding->witnesses[i].user);
            return false;
        }
    return true;
}

static const struct expected *expected_of(const struct expectations *expectations,
                                          const char *check)
{
    for (size_t i = 0; i < expectations->count; i++)
        if (!strcmp(expectations->v[i].check, check))
            return &expectations->v[i];
    return NULL;
}

static enum verdict worst(const struct expectations *expectations)
{
    enum verdict verdict = VERDICT_PASS;
    for (size_t i = 0; i < expectations->count; i++)
        verdict = verdict_merge(verdict, expectations->v[i].verdict);
    return verdict;
}

static bool as_expected(const struct expectations *expectations, const struct run *run,
                        struct selftest_row *row, uint64_t seed)
{
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        const struct expected *expected = expected_of(expectations, finding->check);
        enum verdict verdict = expected ? expected->verdict : VERDICT_PASS;
        if (finding->verdict != verdict) {
            differ(row, seed, finding->check, verdict_name(finding->verdict), (struct maybe){0});
            return false;
        }
        if (expected && expected->named && !same_users(expected, finding, row, seed))
            return false;
    }
    for (size_t i = 0; i < expectations->count; i++)
        if (!findings_find(&run->findings, expectations->v[i].check)) {
            differ(row, seed, expectations->v[i].check, "was not judged", (struct maybe){0});
            return false;
        }
    if (run->verdict != worst(expectations)) {
        differ(row, seed, "the verdict is", verdict_name(run->verdict), (struct maybe){0});
        return false;
    }
    return true;
}

/* ---- one run ---- */

/* Makes up one run and mutates it, NULL mutation: not. *ret_applied: whether the run was
 * suitable. */
static int synthetic_once(uint64_t seed, const struct mutation *mutation, struct selftest_row *row,
                          bool *ret_applied, struct err *err)
{
    _cleanup_(cleanup_synthetic) struct synthetic *synthetic = NULL;
    struct expectations expectations = {0};
    int rc = synthetic_new(seed, &synthetic, err);
    if (rc)
        return rc;
    *ret_applied = !mutation || mutation->apply(synthetic, &expectations);
    if (!*ret_applied)
        return 0;
    rc = checks_run(&synthetic->run, err);
    if (rc)
        return rc;
    row->planted++;
    row->caught += as_expected(&expectations, &synthetic->run, row, seed);
    return 0;
}

static int synthetic_row(uint64_t seed, int64_t rounds, const struct mutation *mutation,
                         selftest_listener listener, void *context, int64_t *wrong, struct err *err)
{
    struct selftest_row row = {.fault = mutation ? mutation->name : "none",
                               .check = mutation ? mutation->check : ""};
    struct rng seeds;
    rng_seed(&seeds, seed);
    for (int64_t tries = 0; row.planted < rounds; tries++) {
        bool applied = false;
        if (tries > rounds * TRIES)
            return err_set(err, ERR_BUG, "no synthetic run suits the mutation \"%s\"", row.fault);
        int rc = synthetic_once(rng_next(&seeds), mutation, &row, &applied, err);
        if (rc)
            return rc;
    }
    *wrong += row.planted - row.caught;
    if (listener)
        listener(context, &row);
    return 0;
}

int selftest_planted(uint64_t seed, int64_t rounds, selftest_listener listener, void *context,
                     int64_t *ret_wrong, struct err *err)
{
    static const struct mutation *(*const tables[])(size_t *) = {
        mutations_rows, mutations_answers, mutations_run, mutations_items, mutations_processes};
    int64_t wrong = 0;
    int rc = synthetic_row(seed, rounds, NULL, listener, context, &wrong, err);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        size_t count;
        const struct mutation *table = tables[t](&count);
        for (size_t i = 0; i < count && !rc; i++)
            rc = synthetic_row(++seed, rounds, &table[i], listener, context, &wrong, err);
    }
    if (rc)
        return rc;
    *ret_wrong = wrong;
    return 0;
}
