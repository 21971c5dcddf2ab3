/* links: scenario */
/* covers: harness/scenario/override.c */
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size), *rest = text;
    const char *sets[4];
    size_t count = 0;
    struct scenario *scenario = NULL;
    struct err err = {0};
    while (count < 4 && *rest)
        sets[count++] = fuzz_line(&rest);
    if (scenario_load_resolved("base.yaml", base, sets, count, &scenario, &err))
        MUST(err.message[0]);
    scenario_free(scenario);
    free(text);
    return 0;
}
