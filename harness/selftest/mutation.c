#include "selftest/mutation.h"

struct expected *expect_not(struct expectations *expectations, const char *check,
                            enum verdict verdict)
{
    struct expected *expected = &expectations->v[expectations->count++];
    expected->check = check;
    expected->verdict = verdict;
    return expected;
}

struct expected *expect_fail(struct expectations *expectations, const char *check)
{
    return expect_not(expectations, check, VERDICT_FAIL);
}

struct expected *expect_unknown(struct expectations *expectations, const char *check)
{
    return expect_not(expectations, check, VERDICT_UNKNOWN);
}

void expect_user(struct expected *expected, int64_t user)
{
    expected->named = true;
    expected->users[expected->users_count++] = user;
}

static bool suits(const struct synthetic *synthetic, const struct synthetic_user *user,
                  enum fate fate, bool twice)
{
    const struct rows *coupons = &synthetic->run.evidence.coupons;
    if (user->fate != fate || user->twice != twice || user->parked)
        return false;
    if (fate != FATE_WINNER)
        return true;
    for (size_t i = 0; i < coupons->count; i++)
        if (coupons->v[i].user == user->user)
            return true;
    return false;
}

/* The first that suits, from a random place on. */
static struct synthetic_user *pick(struct synthetic *synthetic, enum fate fate, bool twice)
{
    size_t start = rng_below(&synthetic->rng, synthetic->users_count);
    for (size_t i = 0; i < synthetic->users_count; i++) {
        struct synthetic_user *user = &synthetic->users[(start + i) % synthetic->users_count];
        if (suits(synthetic, user, fate, twice))
            return user;
    }
    return NULL;
}

struct synthetic_user *pick_user(struct synthetic *synthetic, enum fate fate)
{
    return pick(synthetic, fate, false);
}

struct synthetic_user *pick_twice(struct synthetic *synthetic, enum fate fate)
{
    return pick(synthetic, fate, true);
}

struct request *request_of(struct synthetic *synthetic, const struct synthetic_user *user)
{
    return &synthetic->run.history.v[user->request];
}

int64_t stranger(struct synthetic *synthetic)
{
    return 1000000 + (int64_t)rng_below(&synthetic->rng, 1000);
}
