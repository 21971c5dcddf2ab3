#include "verify/columns.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"

/* Fewer rows are in order by chance. */
#define SHAPE_LEAST 3

static int64_t user_at(const struct case_file *facts, size_t place)
{
    return case_list_user(&facts->coupons, facts, place);
}

/* 1, 2, 3 …: as rows are numbered, and as winners hardly ever are. */
static bool is_numbering(const struct case_file *facts)
{
    const struct case_list *rows = &facts->coupons;
    return !rows->repeats &&
           user_at(facts, rows->count - 1) - user_at(facts, 0) == (int64_t)rows->count - 1;
}

/* The second column, in order; NULL: there is none, or no memory. A query without one has its rows
 * numbered by place. */
static int64_t *second_column(const struct case_file *facts)
{
    const struct rows *rows = &facts->run->evidence.coupons;
    int64_t *ids = malloc(rows->count * sizeof *ids);
    bool placed = true;
    for (size_t i = 0; ids && i < rows->count; i++) {
        ids[i] = rows->v[i].id;
        placed &= ids[i] == (int64_t)i + 1;
    }
    if (ids && !placed && !order_keys(ids, rows->count))
        return ids;
    free(ids);
    return NULL;
}

/* Does the second column hold those who were told yes, each once, and nobody else? */
static bool second_is_user(const struct case_file *facts)
{
    _cleanup_free_ int64_t *ids = second_column(facts);
    size_t count = facts->run->evidence.coupons.count, at = 0;
    for (size_t i = 0; ids && i < facts->users_count; i++) {
        if (facts->users[i].decision != DECISION_ACCEPTED)
            continue;
        if (at == count || ids[at++] != case_user_id(facts, &facts->users[i]))
            return false;
    }
    return ids && at == count;
}

static bool fits(const struct case_file *facts)
{
    for (size_t i = 0; i < facts->users_count; i++)
        if (facts->users[i].decision == DECISION_ACCEPTED &&
            !(facts->users[i].seen & (SEEN_COUPON | SEEN_PARKED)))
            return false;
    return true;
}

const char *columns_doubt(const struct case_file *facts, bool *ret_certain)
{
    size_t count = facts->coupons.count;
    if (facts->nameless || count < SHAPE_LEAST || facts->accepted < SHAPE_LEAST || fits(facts))
        return NULL;
    *ret_certain = second_is_user(facts);
    if (*ret_certain)
        return "the second column holds exactly those who were told yes: is the query's first "
               "column the user (SELECT user_id, id FROM …)?";
    if (facts->coupons.distinct == 1)
        return "all rows have the same first column: is it the user?";
    if (is_numbering(facts))
        return "the first column numbers the rows (1, 2, 3 …): is it the user, or the row's id?";
    return NULL;
}
