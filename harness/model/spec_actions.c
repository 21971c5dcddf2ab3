#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/spec.h"

bool spec_act_share(const struct spec_act *act, int64_t *ret_from, int64_t *ret_to)
{
    const char *dots = strstr(act->share, ".."), *last = dots ? dots + 2 : act->share;
    char first[24] = "0";
    if (dots)
        snprintf(first, sizeof first, "%.*s", (int)(dots - act->share), act->share);
    return !units_parse_int(first, 0, 99, ret_from, NULL) &&
           !units_parse_int(last, 1, 100, ret_to, NULL) && *ret_from < *ret_to;
}

int spec_action_find(const struct scenario *scenario, const char *name)
{
    for (unsigned i = 0; i < scenario->actions_count; i++)
        if (!strcmp(scenario->actions[i].name, name))
            return (int)i;
    return -1;
}
