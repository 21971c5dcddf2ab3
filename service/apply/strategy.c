#include "apply/strategy.h"

#include <string.h>

/* In the order in which people meet the problem. */
static const struct strategy *const strategies[] = {
    &strategy_count, &strategy_redis, &strategy_kafka, &strategy_exact,
    &strategy_stock, &strategy_seat,  &strategy_hold,
};

enum { STRATEGIES = sizeof strategies / sizeof *strategies };

const struct strategy *strategy_find(const char *name)
{
    for (size_t i = 0; i < STRATEGIES; i++)
        if (!strcmp(strategies[i]->name, name))
            return strategies[i];
    return NULL;
}

void strategy_explain(FILE *out)
{
    for (size_t i = 0; i < STRATEGIES; i++)
        fprintf(out, "%s%s\n    %s\n    What goes wrong: %s\n", i ? "\n" : "", strategies[i]->name,
                strategies[i]->design, strategies[i]->flaw);
}
