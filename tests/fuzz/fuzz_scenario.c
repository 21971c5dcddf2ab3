/* links: scenario */
/* covers: harness/scenario/tree_parse.c harness/scenario/scalars.c harness/scenario/bind.c */
/* words: scenarios/scenario.schema.json */
/* What is a scenario is printed as one that loads again and prints the same. */
#include "base/mask.h"
#include "fuzz.h"
#include "scenario/scenario.h"

static char *print(const struct scenario *scenario)
{
    struct buf text;
    struct err err = {0};
    buf_init(&text, 1 << 22);
    MUST(scenario_print(scenario, &text, &err) == 0);
    return buf_steal(&text);
}

static void load_starving(void *context)
{
    struct scenario *scenario = NULL;
    struct buf text;
    struct err err = {0};
    if (!scenario_load_resolved("fuzz.yaml", context, NULL, 0, &scenario, &err)) {
        buf_init(&text, 1 << 22);
        (void)!scenario_print(scenario, &text, &err);
        buf_free(&text);
    }
    starve_end();
    scenario_free(scenario);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    struct scenario *scenario = NULL, *again = NULL;
    struct err err = {0};
    mask_forget();
    starve(load_starving, text);
    if (scenario_load_resolved("fuzz.yaml", text, NULL, 0, &scenario, &err)) {
        MUST(err.message[0]);
    } else {
        char *printed = print(scenario);
        if (strstr(printed, MASK_STARS)) { /* what was a secret is not what it was */
            free(printed);
            scenario_free(scenario);
            free(text);
            return 0;
        }
        if (scenario_load_resolved("printed.yaml", printed, NULL, 0, &again, &err)) {
            fprintf(stderr, "%s\n%s\n", err.message, printed);
            abort();
        }
        char *second = print(again);
        MUST(!strcmp(printed, second));
        free(printed);
        free(second);
    }
    scenario_free(scenario);
    scenario_free(again);
    free(text);
    return 0;
}
