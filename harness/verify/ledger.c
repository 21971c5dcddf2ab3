#include "verify/ledger.h"

#include <stdlib.h>

#include "base/cleanup.h"

/* A user's requests of that many are sorted by insertion. */
#define FEW 24

static int64_t item_of(const struct case_file *facts, uint32_t request)
{
    return ledger_order(facts, request)->item;
}

/* ---- requests by user and item ---- */

static void insert_each(const struct case_file *facts, uint32_t *v, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t moving = v[i];
        size_t j = i;
        for (; j > 0 && item_of(facts, v[j - 1]) > item_of(facts, moving); j--)
            v[j] = v[j - 1];
        v[j] = moving;
    }
}

static int sort_many(const struct case_file *facts, uint32_t *v, size_t count)
{
    _cleanup_free_ struct keyed *keyed = malloc(count * sizeof *keyed);
    if (!keyed)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        keyed[i] = (struct keyed){.key = item_of(facts, v[i]), .index = v[i]};
    int rc = order_pairs(keyed, count);
    for (size_t i = 0; i < count; i++)
        v[i] = keyed[i].index;
    return rc;
}

static int order_requests(const struct case_file *facts, struct ledger *ledger)
{
    size_t count = facts->history->count;
    bool several = facts->twice || facts->lines > 1;
    int rc = 0;
    ledger->order = malloc((count + 1) * sizeof *ledger->order);
    if (!ledger->order)
        return -(int)ERR_MEMORY;
    for (size_t k = 0; k < count; k++)
        ledger->order[k] = facts->order ? facts->order[k] : (uint32_t)k;
    for (size_t u = 0; !rc && several && u < facts->users_count; u++) {
        uint32_t *v = ledger->order + facts->users[u].first;
        size_t many = facts->users[u + 1].first - facts->users[u].first;
        if (many > FEW)
            rc = sort_many(facts, v, many);
        else
            insert_each(facts, v, many);
    }
    return rc;
}

/* ---- claims ---- */

static size_t count_claims(const struct case_file *facts, const struct ledger *ledger)
{
    size_t count = 0;
    for (size_t u = 0; u < facts->users_count; u++)
        for (uint32_t k = facts->users[u].first; k < facts->users[u + 1].first; k++)
            count += k == facts->users[u].first ||
                     item_of(facts, ledger->order[k]) != item_of(facts, ledger->order[k - 1]);
    return count;
}

static int fill_claim(const struct case_file *facts, const uint32_t *v, size_t count,
                      struct claim *claim)
{
    size_t yes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct request *request = &facts->history->v[v[i]];
        const struct order *order = ledger_order(facts, v[i]);
        uint8_t decision = ledger_decision(request);
        claim->decision = decision > claim->decision ? decision : claim->decision;
        claim->maybe += decision == DECISION_UNKNOWN ? order->units : 0;
        if (decision != DECISION_ACCEPTED)
            continue;
        yes++;
        claim->most += order->units;
    }
    if (facts->run->scenario->idempotency) {
        ledger_count_key(facts, v, count, claim);
        return 0;
    }
    claim->granted = claim->most;
    return yes > 1 ? ledger_sum_orders(facts, v, count, &claim->granted) : 0;
}

static int gather_claims(const struct case_file *facts, struct ledger *ledger)
{
    size_t room = count_claims(facts, ledger);
    int rc = 0;
    ledger->claims = calloc(room + 1, sizeof *ledger->claims);
    if (!ledger->claims)
        return -(int)ERR_MEMORY;
    for (size_t u = 0; !rc && u < facts->users_count; u++) {
        uint32_t end = facts->users[u + 1].first, next;
        for (uint32_t k = facts->users[u].first; !rc && k < end; k = next) {
            struct claim *claim = &ledger->claims[ledger->count++];
            int64_t item = item_of(facts, ledger->order[k]);
            for (next = k + 1; next < end && item_of(facts, ledger->order[next]) == item;)
                next++;
            *claim = (struct claim){
                .user = case_user_id(facts, &facts->users[u]), .item = (int32_t)item, .first = k};
            rc = fill_claim(facts, ledger->order + k, next - k, claim);
        }
    }
    ledger->claims[ledger->count].first = (uint32_t)facts->history->count;
    return rc;
}

/* ---- rows ---- */

struct row_line ledger_line(const struct ledger *ledger, const struct rows *rows, size_t index)
{
    static const struct row_line nothing = {.item = ITEM_UNKNOWN, .units = 1};
    struct row_line line = rows->lines ? rows->lines[index] : nothing;
    if (line.item == ITEM_UNKNOWN && ledger->items->count == 1)
        line.item = 0;
    return line;
}

/* The first claim of the user, from a place on that is none behind it. */
static size_t claims_of(const struct ledger *ledger, size_t from, int64_t user)
{
    while (from < ledger->count && ledger->claims[from].user < user)
        from++;
    return from;
}

/* Whose the row is among the claims of its user: that of the item, or where nobody says which item
 * it is, that which has fewest; else that of which the service chose the item. */
static uint32_t claim_of(const struct ledger *ledger, size_t first, int64_t user, int64_t item)
{
    uint32_t any = NO_CLAIM, least = NO_CLAIM;
    for (size_t i = first; i < ledger->count && ledger->claims[i].user == user; i++) {
        const struct claim *claim = &ledger->claims[i];
        if (claim->decision == DECISION_NONE)
            continue;
        if (claim->item == item && item != ITEM_UNKNOWN)
            return (uint32_t)i;
        if (claim->item == ITEM_UNKNOWN)
            any = (uint32_t)i;
        if (least == NO_CLAIM || claim->rows - claim->granted <
                                     ledger->claims[least].rows - ledger->claims[least].granted)
            least = (uint32_t)i;
    }
    return item == ITEM_UNKNOWN ? least : any;
}

static int join_rows(struct case_file *facts, struct ledger *ledger)
{
    const struct rows *rows = &facts->run->evidence.coupons;
    const struct case_list *list = &facts->coupons;
    size_t first = 0;
    ledger->rows_told = ledger->items->count == 1 || !rows->count;
    for (size_t i = 0; rows->lines && !ledger->rows_told && i < rows->count; i++)
        ledger->rows_told = rows->lines[i].item != ITEM_UNKNOWN;
    ledger->row_claims = malloc((list->count + 1) * sizeof *ledger->row_claims);
    if (!ledger->row_claims)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        int64_t user = case_list_user(list, facts, i);
        struct row_line line = ledger_line(ledger, rows, list->order[i]);
        first = claims_of(ledger, first, user);
        uint32_t claim = claim_of(ledger, first, user, line.item);
        ledger->row_claims[i] = claim;
        if (claim != NO_CLAIM)
            ledger->claims[claim].rows += line.units;
        if (line.item == ITEM_UNKNOWN && claim != NO_CLAIM)
            line.item = ledger->claims[claim].item;
        struct shelf *shelf = &ledger->shelves[ledger_shelf(ledger, line.item)];
        shelf->rows += line.units;
        shelf->other = (uint32_t)list->order[i];
    }
    return 0;
}

static void move_rows(struct claim *from, struct claim *to, int64_t units)
{
    if (units <= 0)
        return;
    from->rows -= units;
    to->rows += units;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Units that a claim can account for. */
static int64_t room_of(const struct claim *claim)
{
    bool may = claim->decision == DECISION_ACCEPTED || claim->decision == DECISION_UNKNOWN;
    return may ? claim->most + claim->maybe : 0;
}

/* An order that leaves the item to the service, and whose answer names none, may be of any: rows
 * beyond what was asked for by name are its, and so are those that it lacks. */
static void share_rows(struct ledger *ledger, size_t first, size_t end)
{
    struct claim *any = &ledger->claims[first]; /* ITEM_UNKNOWN comes first */
    for (size_t i = first + 1; any->item == ITEM_UNKNOWN && i < end; i++) {
        struct claim *claim = &ledger->claims[i];
        move_rows(claim, any, lesser(claim->rows - room_of(claim), room_of(any) - any->rows));
        move_rows(claim, any, lesser(claim->rows - claim->granted, any->granted - any->rows));
    }
}

static void share_all(struct ledger *ledger)
{
    for (size_t first = 0, end; first < ledger->count; first = end) {
        for (end = first + 1;
             end < ledger->count && ledger->claims[end].user == ledger->claims[first].user;)
            end++;
        share_rows(ledger, first, end);
    }
}

/* A failed event excuses all that its user has no row of: which of it, it does not say. */
static void mark_parked(const struct case_file *facts, struct ledger *ledger)
{
    const struct case_list *const lists[] = {&facts->parked, &facts->dead};
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        size_t at = 0;
        for (size_t i = 0; i < lists[l]->count; i++) {
            int64_t user = case_list_user(lists[l], facts, i);
            at = claims_of(ledger, at, user);
            for (size_t k = at; k < ledger->count && ledger->claims[k].user == user; k++)
                ledger->claims[k].parked = true;
        }
    }
}

/* ---- shelves ---- */

static void sum_claims(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->items->count; i++)
        ledger->shelves[i].stock = ledger->items->stock[i];
    for (size_t i = 0; i < ledger->count; i++) {
        struct shelf *shelf = &ledger->shelves[ledger_shelf(ledger, ledger->claims[i].item)];
        shelf->granted += ledger->claims[i].granted;
        shelf->maybe += ledger->claims[i].maybe;
    }
}

static int sort_by_item(const struct case_file *facts, struct ledger *ledger)
{
    size_t count = facts->history->count, shelves = ledger->items->count + 2;
    ledger->by_item = malloc((count + 1) * sizeof *ledger->by_item);
    if (!ledger->by_item)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        ledger->shelves[ledger_shelf(ledger, facts->history->orders[i].item) + 1].first++;
    for (size_t s = 1; s <= shelves; s++)
        ledger->shelves[s].first += ledger->shelves[s - 1].first;
    /* Each first moves to its end, and back. */
    for (size_t i = 0; i < count; i++) {
        size_t shelf = ledger_shelf(ledger, facts->history->orders[i].item);
        ledger->by_item[ledger->shelves[shelf].first++] = (uint32_t)i;
    }
    for (size_t s = shelves; s > 0; s--)
        ledger->shelves[s].first = ledger->shelves[s - 1].first;
    ledger->shelves[0].first = 0;
    return 0;
}

int ledger_build(struct case_file *facts)
{
    const struct items *items = facts->run->items;
    if (!ledger_possible(facts->run))
        return 0;
    struct ledger *ledger = facts->ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return -(int)ERR_MEMORY;
    ledger->items = items;
    ledger->shelves = calloc(items->count + 3, sizeof *ledger->shelves);
    int rc = ledger->shelves ? order_requests(facts, ledger) : -(int)ERR_MEMORY;
    if (!rc)
        rc = gather_claims(facts, ledger);
    if (!rc)
        rc = join_rows(facts, ledger);
    if (rc)
        return rc;
    share_all(ledger);
    mark_parked(facts, ledger);
    sum_claims(ledger);
    rc = credits_make(facts, items->count, &ledger->credits);
    if (!rc)
        rc = fates_make(facts, &ledger->fates);
    if (!rc && ledger->fates)
        rc = fates_peaks(facts);
    return rc ? rc : sort_by_item(facts, ledger);
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    free(ledger->order);
    free(ledger->claims);
    free(ledger->row_claims);
    free(ledger->by_item);
    free(ledger->shelves);
    free(ledger->fates);
    credits_free(&ledger->credits);
    free(ledger);
}

/* ---- asking ---- */

int64_t claim_missing(const struct case_file *facts, const struct claim *claim)
{
    int64_t least, most;
    if (claim->decision != DECISION_ACCEPTED || claim->parked || claim->granted <= claim->rows)
        return 0;
    fates_back(facts, claim, &least, &most);
    return claim->granted - most > claim->rows ? claim->granted - most - claim->rows : 0;
}

int64_t ledger_missing(const struct case_file *facts)
{
    int64_t missing = 0;
    for (size_t i = 0; i < facts->ledger->count; i++)
        missing += claim_missing(facts, &facts->ledger->claims[i]);
    return missing;
}

int64_t ledger_granted(const struct case_file *facts)
{
    int64_t granted = 0;
    for (size_t i = 0; i < facts->ledger->count; i++)
        granted += facts->ledger->claims[i].granted;
    return granted;
}
