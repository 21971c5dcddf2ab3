/* The ledger: what each user was granted of each item, and what the rows say he has of it. Built
 * once for a case with items; without them there is none, and nothing costs anything. Pure; built
 * and read by one thread; borrows the case. O(n log n) at most, and at most 128 bytes a request
 * beyond the history at its peak, the rest of the case included.
 *
 * A claim is all that one user asked of one item. Where answers name orders, those of one name are
 * one order; where they name none, several yes may be one order that was asked for again: what was
 * granted is then an interval. */
#ifndef VERIFY_LEDGER_H
#define VERIFY_LEDGER_H

#include "base/order.h"
#include "model/items.h"
#include "verify/case.h"

/* What became of an order after it was made, as far as actions and the time that a hold lasts tell:
 * from when on its units may have been given back, by when they surely have, and since when it is
 * kept. */
#define FATE_NEVER INT64_MAX
#define NO_DEED    UINT32_MAX

struct fate {
    ns_t expire_from;    /* the hold may have ended; FATE_NEVER: none, or kept before that */
    ns_t expire_by;      /* it surely has */
    ns_t back_from;      /* an action may have given it back */
    ns_t back_by;        /* one surely has */
    ns_t kept;           /* an action surely keeps it: paid, whatever was before */
    uint32_t back, keep; /* the first such actions told yes, in the run's actions; NO_DEED */
    uint8_t told;        /* bits of the actions that were told yes, by their places */
};

/* Transfers by the item whose units they become. Without transfers there are none. */
struct credits {
    uint32_t *v;     /* owned; requests by item; NULL: there are no transfers */
    uint32_t *first; /* owned; by item, and one more: where its requests begin */
};

struct claim {
    int64_t user;
    int64_t granted, most; /* units told yes: at least and at most so many */
    int64_t maybe;         /* units that may have been applied without a yes */
    int64_t rows;          /* units of its rows */
    int32_t item;
    uint32_t first;   /* of its requests in ledger->order; they end where the next claim's begin */
    uint8_t decision; /* enum decision */
    bool parked;      /* the user is among the failed events */
};

/* Of one item; behind the listed ones those of requests that name none (`any`), and of items that
 * nobody has listed. */
struct shelf {
    int64_t stock;
    int64_t granted; /* as of claims; where units may be given back, the most at one time */
    int64_t maybe;   /* as of claims */
    int64_t rows;    /* units */
    uint32_t first;  /* of its requests in ledger->by_item */
    uint32_t other;  /* of what nobody has listed: one of them */
    uint32_t brim;   /* where units may be given back: the yes that made granted so much */
};

#define NO_CLAIM UINT32_MAX

struct ledger {
    const struct items *items;
    uint32_t *order;      /* owned; requests by user, then by item */
    struct claim *claims; /* owned; by user, then by item, and one more whose first is the end */
    size_t count;
    uint32_t *row_claims; /* owned; by place in the case's coupons; NO_CLAIM: nobody asked for it */
    uint32_t *by_item;    /* owned; requests by item */
    struct shelf *shelves;  /* owned; items->count + 2, and one more whose first is the end */
    struct fate *fates;     /* owned; by request; NULL: nothing is ever given back */
    struct credits credits; /* transfers */
    bool rows_told;         /* rows say which item they are of, or there is only one */
    bool parked_told;
};

/* Are there items, and an order of each request? */
static inline bool ledger_possible(const struct run *run)
{
    return run->items && (run->history.orders || !run->history.count);
}

/* Adds it to a case whose lists are joined; nothing without items. Errors: -ERR_MEMORY. */
int ledger_build(struct case_file *facts) __attribute__((warn_unused_result));
void ledger_free(struct ledger *ledger); /* NULL is fine */

static inline size_t ledger_any(const struct ledger *ledger)
{
    return ledger->items->count;
}

/* The shelf of an item. */
static inline size_t ledger_shelf(const struct ledger *ledger, int64_t item)
{
    return item == ITEM_UNKNOWN                   ? ledger_any(ledger)
           : item < (int64_t)ledger->items->count ? (size_t)item
                                                  : ledger_any(ledger) + 1;
}

/* What a row is of. */
struct row_line ledger_line(const struct ledger *ledger, const struct rows *rows, size_t index);

static inline const struct order *ledger_order(const struct case_file *facts, size_t request)
{
    return &facts->history->orders[request];
}

/* May it have taken units? Not when it was told no, or never arrived. */
static inline bool ledger_may_take(const struct request *request)
{
    return request->cls != CLASS_REJECTED && request_reach(request) != REACH_NEVER;
}

/* ---- what several answers come to: verify/ledger_orders.c ---- */

uint8_t ledger_decision(const struct request *request); /* enum decision of one request */
/* Units that several yes grant at least. Errors: -ERR_MEMORY. */
int ledger_sum_orders(const struct case_file *facts, const uint32_t *v, size_t count,
                      int64_t *ret_sum) __attribute__((warn_unused_result));
/* Under one key there is one order, however often it was told. */
void ledger_count_key(const struct case_file *facts, const uint32_t *v, size_t count,
                      struct claim *claim);

/* Units told yes to one user that have no row, though they cannot have been given back. Only of
 * those whom no failed event excuses. */
int64_t claim_missing(const struct case_file *facts, const struct claim *claim);

/* Units that the user was told yes of, and that have no row. O(claims). */
int64_t ledger_missing(const struct case_file *facts);

/* What all orders were told yes of, at least: what the drain waits for. */
int64_t ledger_granted(const struct case_file *facts);

/* A witness of a claim: its user, its item, the request that speaks for it. */
struct witness *ledger_witness(const struct case_file *facts, struct finding *finding,
                               const char *what, const struct claim *claim);
/* One of an item; NULL also once enough of them are named. */
struct witness *ledger_witness_item(const struct case_file *facts, struct finding *finding,
                                    const char *what, size_t shelf);
#define LEDGER_NAMED 12

/* "7", "12.50": units as the scenario spells them. */
struct amount {
    char text[AMOUNT_TEXT];
};
struct amount ledger_amount(const struct case_file *facts, int64_t units);
/* Units as a witness' number: none of amounts with decimals, which are in the message. */
struct maybe ledger_number(const struct case_file *facts, int64_t units);

/* Writes an item's name into a witness. */
void ledger_name(const struct case_file *facts, struct witness *witness, int64_t item);
/* "sku-a, sku-b and 34 more": the first ones that a finding's witnesses name. */
void ledger_list(const struct finding *finding, int64_t count, char *ret_text, size_t size);

/* ---- of orders in time: verify/ledger_time.c ---- */

/* An order that was turned away, and why that was wrong. */
struct denial {
    uint32_t request; /* that was told no */
    uint32_t by;      /* in an inversion: who was served later */
    int64_t left;     /* refused wrongly: units that must have been left */
    size_t shelf;
};

/* One who was told no: the user, the request and its item. */
struct witness *ledger_witness_denial(const struct case_file *facts, struct finding *finding,
                                      const char *what, const struct denial *denial);

struct denials {
    struct denial first[LEDGER_NAMED]; /* one an item */
    size_t named;
    int64_t count, items; /* orders, and items of which there are some */
    int64_t refused;      /* orders that were looked at */
    uint8_t *lines;       /* borrowed; of an order that it is true of; NULL: each has one line */
    int64_t by_backs;     /* of count: only because of what was surely given back before */
};

/* Told no although as many units as were asked for cannot have been gone. Errors: -ERR_MEMORY. */
int ledger_refused(const struct case_file *facts, struct denials *ret_denials)
    __attribute__((warn_unused_result));
/* Told no before the request of somebody was released who got as many, or more. */
int ledger_inverted(const struct case_file *facts, struct denials *ret_denials)
    __attribute__((warn_unused_result));
/* Pairs of decisions about the same item that are ordered in time, and all. */
int ledger_power(const struct case_file *facts, int64_t *ret_ordered, int64_t *ret_all)
    __attribute__((warn_unused_result));
/* Was it told no because of what the user has already, or may that be? */
bool ledger_excused(const struct case_file *facts, uint32_t request);
/* Units that an order needs to be served. */
int64_t ledger_needs(const struct case_file *facts, size_t request);

/* ---- what is given back: verify/ledger_fates.c, ledger_peaks.c ---- */

/* By request; NULL with -ERR_MEMORY or where there are none. The caller frees. */
int fates_make(const struct case_file *facts, struct fate **ret_fates)
    __attribute__((warn_unused_result));

/* From then on its units may be somebody else's, and by then they surely are. */
static inline ns_t fate_from(const struct fate *fate)
{
    return fate->expire_from < fate->back_from ? fate->expire_from : fate->back_from;
}

static inline ns_t fate_by(const struct fate *fate)
{
    return fate->expire_by < fate->back_by ? fate->expire_by : fate->back_by;
}

/* ---- what several orders come to ---- */

/* Units of one claim that surely, and that perhaps, are given back by the time that the rows were
 * read. What has expired may have its row until somebody needs the units: it is not certain. */
void fates_back(const struct case_file *facts, const struct claim *claim, int64_t *ret_least,
                int64_t *ret_most);

/* Rows of units that were told to be given back. O(requests). */
int64_t fates_surplus(const struct case_file *facts);

/* Users who must have a row, told yes and nothing of it perhaps given back. O(requests). */
int64_t fates_awaited(const struct case_file *facts);

/* An order that no other answer is about: the claim's several yes may be one order. Calls for each
 * of the claim's. */
typedef void fate_visit(void *context, const struct case_file *facts, uint32_t request);
void fates_each_certain(const struct case_file *facts, const struct claim *claim, fate_visit *visit,
                        void *context);

/* Of each item the most units that were certainly taken at one time, and the yes that made it so,
 * into the ledger's shelves. Errors: -ERR_MEMORY. */
int fates_peaks(const struct case_file *facts) __attribute__((warn_unused_result));

/* Another user's order (of a balance: another one) of the shelf that was certainly taken when its
 * most units were; NO_DEED: none is known. */
uint32_t fates_rival(const struct case_file *facts, size_t shelf);

/* Names a request about an order into a witness: who sent it and when; with another one as its
 * second. NO_DEED: none. */
struct witness *fates_witness(const struct case_file *facts, struct finding *finding,
                              const char *what, uint32_t deed, uint32_t second);

/* ---- in the order of time ---- */

/* Instants and the units until then. */
struct gives {
    struct keyed *v; /* owned */
    int64_t *sums;   /* owned; sums[n]: units of the first n */
    size_t count;
};

int gives_room(struct gives *gives, size_t count) __attribute__((warn_unused_result));
void gives_free(struct gives *gives);
/* FATE_NEVER is left out. */
void gives_put(struct gives *gives, ns_t at, uint32_t request);
int gives_sort(const struct case_file *facts, struct gives *gives)
    __attribute__((warn_unused_result));
int64_t gives_before(const struct gives *gives, ns_t at); /* units of instants before it */

/* ---- transfers: verify/ledger_credits.c ---- */

/* Of so many items. Errors: -ERR_MEMORY. */
int credits_make(const struct case_file *facts, size_t items, struct credits *ret_credits)
    __attribute__((warn_unused_result));
void credits_free(struct credits *credits);

/* The requests that may have brought the item units, and how many. */
static inline const uint32_t *credits_of(const struct credits *credits, size_t item,
                                         size_t *ret_count)
{
    *ret_count = credits->v ? credits->first[item + 1] - credits->first[item] : 0;
    return credits->v ? credits->v + credits->first[item] : NULL;
}

/* ---- judges of checks that others have without items: verify/ledger_rows.c ---- */

void ledger_judge_lost(const struct case_file *facts, struct finding *finding);
void ledger_judge_phantom(const struct case_file *facts, struct finding *finding);
void ledger_judge_unexpected(const struct case_file *facts, struct finding *finding);
void ledger_judge_duplicate(const struct case_file *facts, struct finding *finding);
void ledger_judge_fcfs(const struct case_file *facts, struct finding *finding);

#endif
