/* links: scenario */
/* covers: harness/scenario/override.c */
/* words: scenarios/scenario.schema.json */
/* --set on a scenario that is right: it stays one, or the error names --set. */
#include "fuzz.h"
#include "scenario/scenario.h"

static const char base[] =
    "name: fuzz\nlimit: 100\nstack: {redis: private, postgres: private, kafka: none}\n"
    "processes:\n  - {name: apply, run: [apply-service, --strategy=redis], ready: {http: "
    "/readyz}}\n"
    "request: {method: POST, url: \"${apply}/apply?userId={{user}}\"}\n"
    "responses: {accepted: {status: 202}, rejected: {status: [410, 409]}}\n"
    "load: [{burst: {requests: 1000}}]\n"
    "evidence: {coupons: {postgres: \"SELECT user_id, id FROM coupon\"}}\n";

struct sets {
    const char *v[4];
    size_t count;
};

static void load_starving(void *context)
{
    const struct sets *sets = context;
    struct scenario *scenario = NULL;
    struct err err = {0};
    (void)!scenario_load_resolved("base.yaml", base, sets->v, sets->count, &scenario, &err);
    scenario_free(scenario);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size), *rest = text;
    struct sets sets = {0};
    struct scenario *scenario = NULL;
    struct err err = {0};
    while (sets.count < 4 && *rest)
        sets.v[sets.count++] = fuzz_line(&rest);
    starve(load_starving, &sets);
    if (scenario_load_resolved("base.yaml", base, sets.v, sets.count, &scenario, &err))
        MUST(err.message[0]);
    scenario_free(scenario);
    free(text);
    return 0;
}
