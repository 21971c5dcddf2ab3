#include "stack/resets.h"

#include <string.h>

#include "base/log.h"
#include "stack/server.h"

struct resets resets_of(const struct place *place, const char *store, bool missed_only)
{
    return (struct resets){.place = place, .store = store, .missed_only = missed_only};
}

static uint64_t bit_of(unsigned index)
{
    return UINT64_C(1) << (index % 64); /* there are 64 at most */
}

const char *resets_next(struct resets *resets)
{
    const struct spec_stack *stack = &resets->place->scenario->stack;
    while (resets->at < stack->reset_count) {
        unsigned index = resets->at++;
        const struct spec_pair *pair = &stack->reset[index];
        if (strcmp(pair->name, resets->store) != 0)
            continue;
        resets->number++;
        resets->current = index;
        if (!resets->missed_only || *resets->place->missed & bit_of(index))
            return pair->value;
    }
    return NULL;
}

bool resets_any(const struct place *place, const char *store, bool missed_only)
{
    struct resets resets = resets_of(place, store, missed_only);
    return resets_next(&resets) != NULL;
}

bool resets_may_miss(struct resets *resets, bool own, const char *words)
{
    if (!own && !resets->place->new)
        return false;
    log_info("stack", "%s: nothing to empty yet: %s", resets->store, words);
    *resets->place->missed |= bit_of(resets->current);
    return true;
}

static unsigned count_of(const struct resets *resets)
{
    struct resets all = resets_of(resets->place, resets->store, false);
    while (resets_next(&all))
        ;
    return all.number;
}

int resets_blame(const struct resets *resets, struct err *err)
{
    const struct spec_stack *stack = &resets->place->scenario->stack;
    if (!resets->number)
        return -(int)err->code;
    return err_prefix(err, "stack.reset.%s, command %u of %u ('%.200s')", resets->store,
                      resets->number, count_of(resets), stack->reset[resets->current].value);
}
