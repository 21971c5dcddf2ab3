/* Orders of one item in time: who was told no although there was enough, and who was told no before
 * somebody asked who got as many. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "verify/ledger.h"

int64_t ledger_needs(const struct case_file *facts, size_t request)
{
    const struct spec_items *spec = facts->run->scenario->items;
    return spec && spec->partial ? 1 : ledger_order(facts, request)->asked_units;
}

/* ---- what the user has already ---- */

/* Of somebody who asked more often than that nothing is looked up for each of his requests. */
#define LOOKED_UP 1000

static const struct case_user *who_repeats(const struct case_file *facts, uint32_t request,
                                           bool *ret_too_many)
{
    const struct case_user *user =
        facts->twice ? case_find(facts, facts->history->v[request].user) : NULL;
    *ret_too_many = user && user[1].first - user[0].first > LOOKED_UP;
    return user;
}

/* Units that an order asks for, by any of its lines. */
static int64_t asked_in_all(const struct case_file *facts, uint32_t first)
{
    int64_t units = 0;
    for (uint32_t line = 0; line < facts->lines; line++)
        units += ledger_order(facts, first + line)->asked_units;
    return units;
}

/* Several orders of one user: where nobody says how much he may have, any of them excuses a no. */
bool ledger_excused(const struct case_file *facts, uint32_t request)
{
    const struct spec_items *spec = facts->run->scenario->items;
    const struct request *no = &facts->history->v[request];
    int64_t limit = spec ? spec->own_limit : 0, taken = 0;
    uint32_t first = request - request % facts->lines;
    int64_t wants = asked_in_all(facts, first);
    bool too_many;
    const struct case_user *user = who_repeats(facts, request, &too_many);
    if ((limit && wants > limit) || too_many)
        return true;
    for (uint32_t k = user ? user[0].first : 0; user && k < user[1].first; k++) {
        uint32_t other = facts->ledger->order[k];
        const struct request *yes = &facts->history->v[other];
        bool before = other - other % facts->lines != first && ledger_may_take(yes) &&
                      history_released(facts->history, yes) <= history_done(facts->history, no);
        taken += before ? ledger_order(facts, other)->units : 0;
        if (before && (!limit || facts->run->scenario->idempotency))
            return true;
    }
    return limit && taken + wants > limit;
}

/* When it can have been served first: of somebody who asked again, an earlier request of his. */
static ns_t served_from(const struct case_file *facts, uint32_t request)
{
    const struct request *yes = &facts->history->v[request];
    bool too_many;
    const struct case_user *user = who_repeats(facts, request, &too_many);
    ns_t first = too_many ? 0 : history_released(facts->history, yes);
    for (uint32_t k = user ? user[0].first : 0; user && first && k < user[1].first; k++) {
        uint32_t other = facts->ledger->order[k];
        const struct request *at = &facts->history->v[other];
        bool same = ledger_order(facts, other)->asked == ledger_order(facts, request)->asked ||
                    ledger_order(facts, other)->item == ledger_order(facts, request)->item;
        ns_t released = history_released(facts->history, at);
        if (same && ledger_may_take(at) && released < first)
            first = released;
    }
    return first;
}

/* ---- sides: those who may have taken units, and those who were told no, of one shelf or all ----
 */

struct event {
    struct keyed *v; /* owned; key: an instant; index: the request */
    size_t count;
};

struct sides {
    struct event takers;  /* by release */
    struct event accepts; /* by the instant from which they can have been served */
    struct event denials; /* by the end of the answer */
    struct gives may;     /* units that may be given back, by when they may */
    struct gives sure;    /* units that surely are, by when they surely are */
};

static void sides_free(struct sides *sides)
{
    free(sides->takers.v);
    free(sides->accepts.v);
    free(sides->denials.v);
    gives_free(&sides->may);
    gives_free(&sides->sure);
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* For so many requests at most. */
static int sides_room(const struct case_file *facts, struct sides *sides, size_t most)
{
    size_t takers = 0, accepts = 0, denials = 0;
    for (size_t i = 0; i < facts->history->count; i++) {
        const struct request *request = &facts->history->v[i];
        takers += ledger_may_take(request);
        accepts += request->cls == CLASS_ACCEPTED;
        denials += request->cls == CLASS_REJECTED;
    }
    sides->takers.v = malloc((lesser(takers, most) + 1) * sizeof *sides->takers.v);
    sides->accepts.v = malloc((lesser(accepts, most) + 1) * sizeof *sides->accepts.v);
    sides->denials.v = malloc((lesser(denials, most) + 1) * sizeof *sides->denials.v);
    size_t gives =
        (facts->ledger->fates ? lesser(takers, most) : 0) + (facts->history->to ? takers : 0);
    if (gives_room(&sides->may, gives) || gives_room(&sides->sure, gives))
        return -(int)ERR_MEMORY;
    return sides->takers.v && sides->accepts.v && sides->denials.v ? 0 : -(int)ERR_MEMORY;
}

static void put(struct event *event, ns_t key, uint32_t request)
{
    event->v[event->count++] = (struct keyed){.key = key, .index = request};
}

static void add(const struct case_file *facts, struct sides *sides, uint32_t request, bool denials)
{
    const struct request *record = &facts->history->v[request];
    bool reused = case_reuse(facts, record) == REUSE_PAYLOAD;
    if (ledger_may_take(record))
        put(&sides->takers, history_released(facts->history, record), request);
    if (!reused && record->cls == CLASS_ACCEPTED && record->released)
        put(&sides->accepts, served_from(facts, request), request);
    if (denials && record->cls == CLASS_REJECTED && record->released &&
        !ledger_excused(facts, request))
        put(&sides->denials, history_done(facts->history, record), request);
}

/* What others may have transferred to it, and surely have. */
static void gather_credits(const struct case_file *facts, size_t shelf, struct sides *sides)
{
    size_t count = 0;
    const uint32_t *v = shelf < ledger_any(facts->ledger)
                            ? credits_of(&facts->ledger->credits, shelf, &count)
                            : NULL;
    for (size_t k = 0; k < count; k++) {
        const struct request *request = &facts->history->v[v[k]];
        gives_put(&sides->may, request->released, v[k]);
        if (request->cls == CLASS_ACCEPTED)
            gives_put(&sides->sure, request->done, v[k]);
    }
}

static void gather_gives(const struct case_file *facts, size_t shelf, struct sides *sides)
{
    const struct fate *fates = facts->ledger->fates;
    sides->may.count = sides->sure.count = 0;
    for (size_t i = 0; fates && i < sides->takers.count; i++) {
        uint32_t request = sides->takers.v[i].index;
        gives_put(&sides->may, fate_from(&fates[request]), request);
        gives_put(&sides->sure, fate_by(&fates[request]), request);
    }
    gather_credits(facts, shelf, sides);
}

static int sort_sides(const struct case_file *facts, size_t shelf, struct sides *sides)
{
    gather_gives(facts, shelf, sides);
    int rc = gives_sort(facts, &sides->may);
    if (!rc)
        rc = gives_sort(facts, &sides->sure);
    if (!rc)
        rc = order_pairs(sides->takers.v, sides->takers.count);
    if (!rc)
        rc = order_pairs(sides->accepts.v, sides->accepts.count);
    return rc ? rc : order_pairs(sides->denials.v, sides->denials.count);
}

/* Of orders that name an item: those of its shelf, and those that may have been of it. Of orders
 * that leave it to the service: all. */
static int gather(const struct case_file *facts, size_t shelf, struct sides *sides)
{
    const struct ledger *ledger = facts->ledger;
    bool any = shelf == ledger_any(ledger);
    sides->takers.count = sides->accepts.count = sides->denials.count = 0;
    for (uint32_t k = ledger->shelves[shelf].first; k < ledger->shelves[shelf + 1].first; k++)
        add(facts, sides, ledger->by_item[k], true);
    if (any)
        for (uint32_t k = 0; sides->denials.count && k < ledger->shelves[shelf].first; k++)
            add(facts, sides, ledger->by_item[k], false);
    else
        for (uint32_t k = ledger->shelves[ledger_any(ledger)].first;
             sides->denials.count && k < ledger->shelves[ledger_any(ledger) + 1].first; k++)
            if (ledger_may_take(&facts->history->v[ledger->by_item[k]]))
                put(&sides->takers,
                    history_released(facts->history, &facts->history->v[ledger->by_item[k]]),
                    ledger->by_item[k]);
    return sort_sides(facts, shelf, sides);
}

/* The most requests of which one shelf's sides can consist. */
static size_t largest(const struct ledger *ledger)
{
    size_t any = ledger_any(ledger), most = 0;
    size_t anybody = ledger->shelves[any + 1].first - ledger->shelves[any].first;
    for (size_t s = 0; s < any; s++) {
        size_t here = ledger->shelves[s + 1].first - ledger->shelves[s].first;
        most = here > most ? here : most;
    }
    return anybody ? ledger->shelves[any + 1].first : most;
}

/* ---- the two questions ---- */

typedef void question(const struct case_file *facts, const struct sides *sides, size_t shelf,
                      struct denials *denials);

/* How many items the order of a record asks for. */
static unsigned lines_of(const struct case_file *facts, uint32_t request)
{
    unsigned lines = 0;
    for (unsigned line = 0; line < facts->lines; line++)
        lines += ledger_order(facts, request - request % facts->lines + line)->asked_units > 0;
    return lines;
}

/* Of an order of several lines only when the same is true of each of them. */
static void note(const struct case_file *facts, struct denials *denials,
                 const struct denial *denial, int64_t *count)
{
    uint8_t *lines = denials->lines ? &denials->lines[denial->request / facts->lines] : NULL;
    if (lines && ++*lines < lines_of(facts, denial->request))
        return;
    if (!*count && denials->named < LEDGER_NAMED)
        denials->first[denials->named++] = *denial;
    ++*count;
    denials->count++;
}

/* Of several items one has so much left for sure only when all together have that much more. */
static int64_t needs_in_all(const struct case_file *facts, size_t shelf, size_t request)
{
    int64_t needs = ledger_needs(facts, request), items = (int64_t)facts->ledger->items->count, all;
    if (shelf != ledger_any(facts->ledger))
        return needs;
    return __builtin_mul_overflow(needs - 1, items, &all) || all == INT64_MAX ? INT64_MAX : all + 1;
}

static void ask_refused(const struct case_file *facts, const struct sides *sides, size_t shelf,
                        struct denials *denials)
{
    const struct ledger *ledger = facts->ledger;
    bool any = shelf == ledger_any(ledger);
    int64_t stock = any ? ledger->items->total : ledger->shelves[shelf].stock, out = 0, wrong = 0;
    for (size_t d = 0, t = 0; d < sides->denials.count; d++) {
        uint32_t request = sides->denials.v[d].index;
        for (; t < sides->takers.count && sides->takers.v[t].key <= sides->denials.v[d].key; t++)
            out += ledger_order(facts, sides->takers.v[t].index)->units;
        int64_t back = gives_before(&sides->sure, facts->history->v[request].released);
        int64_t left = stock - out + back;
        if (left < needs_in_all(facts, shelf, request))
            continue;
        denials->by_backs += stock - out < needs_in_all(facts, shelf, request);
        note(facts, denials, &(struct denial){request, request, left, shelf}, &wrong);
    }
    denials->items += wrong > 0;
}

/* Units beyond what may have been given back before it can have been served: what is sent at the
 * instant of its answer is beside it. */
static int64_t granted_anyway(const struct case_file *facts, const struct sides *sides,
                              uint32_t request)
{
    return ledger_order(facts, request)->units -
           gives_before(&sides->may, facts->history->v[request].done + 1);
}

/* From the last accept back, the greatest that was granted later: who needed no more before it can
 * have been served was overtaken, unless it was given back between the two. */
static void ask_inverted(const struct case_file *facts, const struct sides *sides, size_t shelf,
                         struct denials *denials)
{
    int64_t granted = INT64_MIN / 2, wrong = 0;
    uint32_t by = 0;
    size_t a = sides->accepts.count;
    for (size_t d = sides->denials.count; d-- > 0;) {
        uint32_t request = sides->denials.v[d].index;
        for (; a > 0 && sides->accepts.v[a - 1].key > sides->denials.v[d].key; a--) {
            int64_t units = granted_anyway(facts, sides, sides->accepts.v[a - 1].index);
            by = units > granted ? sides->accepts.v[a - 1].index : by;
            granted = units > granted ? units : granted;
        }
        int64_t back = gives_before(&sides->sure, facts->history->v[request].released);
        if (ledger_needs(facts, request) <= granted + back)
            note(facts, denials, &(struct denial){request, by, 0, shelf}, &wrong);
    }
    denials->items += wrong > 0;
}

static int ask(const struct case_file *facts, question *what, struct denials *ret_denials)
{
    const struct ledger *ledger = facts->ledger;
    _cleanup_(sides_free) struct sides sides = {0};
    _cleanup_free_ uint8_t *lines =
        calloc(facts->lines > 1 ? facts->history->count : 1, sizeof *lines);
    *ret_denials = (struct denials){.lines = facts->lines > 1 ? lines : NULL};
    int rc = lines ? sides_room(facts, &sides, largest(ledger)) : -(int)ERR_MEMORY;
    for (size_t shelf = 0; !rc && shelf <= ledger_any(ledger); shelf++) {
        if (ledger->shelves[shelf].first == ledger->shelves[shelf + 1].first)
            continue;
        rc = gather(facts, shelf, &sides);
        ret_denials->refused += (int64_t)sides.denials.count;
        if (!rc)
            what(facts, &sides, shelf, ret_denials);
    }
    ret_denials->refused /= facts->lines;
    ret_denials->lines = NULL;
    return rc;
}

int ledger_refused(const struct case_file *facts, struct denials *ret_denials)
{
    return ask(facts, ask_refused, ret_denials);
}

int ledger_inverted(const struct case_file *facts, struct denials *ret_denials)
{
    return ask(facts, ask_inverted, ret_denials);
}

/* ---- power ---- */

/* Decisions of one shelf: ends and releases. */
static size_t gather_decisions(const struct case_file *facts, size_t shelf, int64_t *released,
                               int64_t *done)
{
    const struct ledger *ledger = facts->ledger;
    size_t count = 0;
    for (uint32_t k = ledger->shelves[shelf].first; k < ledger->shelves[shelf + 1].first; k++) {
        const struct request *request = &facts->history->v[ledger->by_item[k]];
        if (request_reach(request) != REACH_CERTAIN || request->cls == CLASS_UNKNOWN)
            continue;
        released[count] = history_released(facts->history, request);
        done[count++] = history_done(facts->history, request);
    }
    return count;
}

int ledger_power(const struct case_file *facts, int64_t *ret_ordered, int64_t *ret_all)
{
    const struct ledger *ledger = facts->ledger;
    size_t room = largest(ledger) + 1;
    _cleanup_free_ int64_t *released = malloc(room * sizeof *released);
    _cleanup_free_ int64_t *done = malloc(room * sizeof *done);
    *ret_ordered = *ret_all = 0;
    for (size_t shelf = 0; released && done && shelf <= ledger_any(ledger); shelf++) {
        size_t count = gather_decisions(facts, shelf, released, done), before = 0;
        if (order_keys(released, count) || order_keys(done, count))
            return -(int)ERR_MEMORY;
        for (size_t i = 0; i < count; i++) {
            while (before < count && done[before] < released[i])
                before++;
            *ret_ordered += (int64_t)before;
        }
        *ret_all += count < 2 ? 0 : (int64_t)(count * (count - 1) / 2);
    }
    return released && done ? 0 : -(int)ERR_MEMORY;
}
