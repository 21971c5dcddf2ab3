/* What became of orders after they were made. */
#include <stddef.h>
#include <stdlib.h>

#include "verify/ledger.h"

/* Services round their clocks to seconds. */
#define ROUNDING NS_PER_S

static ns_t lesser(ns_t a, ns_t b)
{
    return a < b ? a : b;
}

static ns_t later(ns_t at, ns_t span)
{
    return at < FATE_NEVER - span ? at + span : FATE_NEVER;
}

/* ---- of one order ---- */

static void hold_for(const struct spec_ttl *hold, const struct request *request, struct fate *fate)
{
    ns_t early = hold->ttl > ROUNDING ? hold->ttl - ROUNDING : 0;
    if (!ledger_may_take(request))
        return;
    fate->expire_from = later(request->released, early);
    if (request->cls == CLASS_ACCEPTED && hold->grace)
        fate->expire_by = later(later(request->done, hold->ttl), hold->grace);
}

static void note_back(const struct request *action, bool certain, uint32_t deed, struct fate *fate)
{
    fate->back_from = lesser(fate->back_from, action->released);
    if (!certain || action->done >= fate->back_by)
        return;
    fate->back_by = action->done;
    fate->back = deed;
}

static void note_kept(const struct request *action, bool certain, uint32_t deed, struct fate *fate)
{
    fate->expire_by = FATE_NEVER;
    if (!certain || action->done >= fate->kept)
        return;
    fate->kept = action->done;
    fate->keep = deed;
}

static void take_deed(const struct case_file *facts, uint32_t i, struct fate *fates)
{
    const struct history *actions = &facts->run->actions;
    const struct request *action = &actions->v[i];
    const struct deed *deed = &actions->deeds[i];
    const struct request *order = &facts->history->v[deed->order];
    /* What was asked before the order was there may have changed nothing. */
    bool certain = action->cls == CLASS_ACCEPTED && !deed->others && order->cls == CLASS_ACCEPTED &&
                   action->released >= order->done;
    if (!ledger_may_take(action) || action->cls == CLASS_LIMITED)
        return;
    if (certain)
        fates[deed->order].told |= (uint8_t)(1U << deed->action);
    if (facts->run->scenario->actions[deed->action].moves == MOVES_BACK)
        note_back(action, certain, i, &fates[deed->order]);
    else
        note_kept(action, certain, i, &fates[deed->order]);
}

int fates_make(const struct case_file *facts, struct fate **ret_fates)
{
    const struct run *run = facts->run;
    const struct spec_ttl *hold = run->scenario->items ? run->scenario->items->hold : NULL;
    size_t count = facts->history->count;
    *ret_fates = NULL;
    if (!hold && !run->actions.count && !facts->history->to && !run->items->decimals)
        return 0;
    struct fate *fates = *ret_fates = malloc((count + 1) * sizeof *fates);
    if (!fates)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        fates[i] = (struct fate){FATE_NEVER, FATE_NEVER, FATE_NEVER, FATE_NEVER,
                                 FATE_NEVER, NO_DEED,    NO_DEED,    0};
        if (hold)
            hold_for(hold, &facts->history->v[i], &fates[i]);
    }
    for (size_t i = 0; i < run->actions.count; i++)
        take_deed(facts, (uint32_t)i, fates);
    for (size_t i = 0; i < count; i++)
        if (fates[i].kept <= fates[i].expire_from)
            fates[i].expire_from = FATE_NEVER;
    return 0;
}

/* ---- of a claim ---- */

/* Is it told of the same order as one of the claim's before it? */
static bool is_again(const struct case_file *facts, const struct claim *claim, uint32_t k)
{
    const struct ledger *ledger = facts->ledger;
    const struct order *order = ledger_order(facts, ledger->order[k]);
    for (uint32_t b = claim[0].first; b < k; b++) {
        const struct request *before = &facts->history->v[ledger->order[b]];
        bool yes = before->cls == CLASS_ACCEPTED;
        if (yes && (facts->run->scenario->idempotency ||
                    ledger_order(facts, ledger->order[b])->id == order->id))
            return true;
    }
    return false;
}

/* More yes than that to one user about one item are not told apart. */
#define TOLD_APART 64

void fates_each_certain(const struct case_file *facts, const struct claim *claim, fate_visit *visit,
                        void *context)
{
    const struct ledger *ledger = facts->ledger;
    size_t yes = 0;
    for (uint32_t k = claim[0].first; k < claim[1].first; k++)
        yes += facts->history->v[ledger->order[k]].cls == CLASS_ACCEPTED;
    for (uint32_t k = claim[0].first; yes <= TOLD_APART && k < claim[1].first; k++) {
        uint32_t request = ledger->order[k];
        bool named = ledger_order(facts, request)->id != ORDER_NONE;
        if (facts->history->v[request].cls != CLASS_ACCEPTED ||
            case_reuse(facts, &facts->history->v[request]) == REUSE_PAYLOAD)
            continue;
        if (yes == 1 ||
            ((named || facts->run->scenario->idempotency) && !is_again(facts, claim, k)))
            visit(context, facts, request);
    }
}

/* When the rows were read; not yet, or nobody knows when: whatever may still come. */
static ns_t read_at(const struct case_file *facts)
{
    ns_t asked = facts->run->evidence.coupons.asked;
    return asked && !facts->foreign ? asked : FATE_NEVER - 1;
}

static void add_back(void *context, const struct case_file *facts, uint32_t request)
{
    int64_t *least = context;
    bool back = facts->ledger->fates[request].back_by <= read_at(facts);
    *least += back ? ledger_order(facts, request)->units : 0;
}

void fates_back(const struct case_file *facts, const struct claim *claim, int64_t *ret_least,
                int64_t *ret_most)
{
    const struct ledger *ledger = facts->ledger;
    *ret_least = *ret_most = 0;
    if (!ledger->fates)
        return;
    for (uint32_t k = claim[0].first; k < claim[1].first; k++) {
        const struct request *request = &facts->history->v[ledger->order[k]];
        bool may = request->cls == CLASS_ACCEPTED &&
                   fate_from(&ledger->fates[ledger->order[k]]) <= read_at(facts);
        *ret_most += may ? ledger_order(facts, ledger->order[k])->units : 0;
    }
    fates_each_certain(facts, claim, add_back, ret_least);
}

int64_t fates_surplus(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    int64_t surplus = 0;
    for (size_t i = 0; ledger && ledger->fates && i < ledger->count; i++) {
        const struct claim *claim = &ledger->claims[i];
        int64_t least, most;
        fates_back(facts, claim, &least, &most);
        int64_t over = claim->rows - (claim->most + claim->maybe - least);
        surplus += least && over > 0 ? lesser(over, least) : 0;
    }
    return surplus;
}

int64_t fates_awaited(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    int64_t users = 0, last = 0;
    bool any = false;
    for (size_t i = 0; i < ledger->count; i++) {
        const struct claim *claim = &ledger->claims[i];
        int64_t least, most;
        fates_back(facts, claim, &least, &most);
        if (claim->decision != DECISION_ACCEPTED || claim->granted <= most ||
            (any && claim->user == last))
            continue;
        users++;
        any = true;
        last = claim->user;
    }
    return users;
}

/* ---- gives ---- */

int gives_room(struct gives *gives, size_t count)
{
    gives->v = malloc((count + 1) * sizeof *gives->v);
    gives->sums = malloc((count + 1) * sizeof *gives->sums);
    return gives->v && gives->sums ? 0 : -(int)ERR_MEMORY;
}

void gives_free(struct gives *gives)
{
    free(gives->v);
    free(gives->sums);
}

void gives_put(struct gives *gives, ns_t at, uint32_t request)
{
    if (at != FATE_NEVER)
        gives->v[gives->count++] = (struct keyed){.key = at, .index = request};
}

int gives_sort(const struct case_file *facts, struct gives *gives)
{
    int rc = order_pairs(gives->v, gives->count);
    gives->sums[0] = 0;
    for (size_t i = 0; i < gives->count; i++)
        gives->sums[i + 1] = gives->sums[i] + ledger_order(facts, gives->v[i].index)->units;
    return rc;
}

int64_t gives_before(const struct gives *gives, ns_t at)
{
    size_t first =
        order_find(gives->v, gives->count, sizeof *gives->v, offsetof(struct keyed, key), at);
    return gives->count ? gives->sums[first] : 0;
}
