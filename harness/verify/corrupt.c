#include "verify/corrupt.h"

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

static bool suits(const struct plant *plant, const struct plant_user *user, enum fate fate,
                  bool twice)
{
    const struct rows *coupons = &plant->run.evidence.coupons;
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
static struct plant_user *pick(struct plant *plant, enum fate fate, bool twice)
{
    size_t start = rng_below(&plant->rng, plant->users_count);
    for (size_t i = 0; i < plant->users_count; i++) {
        struct plant_user *user = &plant->users[(start + i) % plant->users_count];
        if (suits(plant, user, fate, twice))
            return user;
    }
    return NULL;
}

struct plant_user *pick_user(struct plant *plant, enum fate fate)
{
    return pick(plant, fate, false);
}

struct plant_user *pick_twice(struct plant *plant, enum fate fate)
{
    return pick(plant, fate, true);
}

struct request *request_of(struct plant *plant, const struct plant_user *user)
{
    return &plant->run.history.v[user->request];
}

int64_t stranger(struct plant *plant)
{
    return 1000000 + (int64_t)rng_below(&plant->rng, 1000);
}
