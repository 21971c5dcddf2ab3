#include "verify/respelled.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "model/alike.h"
#include "model/interned.h"

static bool has_none(const struct case_user *user)
{
    return user->decision != DECISION_NONE && !(user->seen & (SEEN_COUPON | SEEN_PARKED));
}

static bool is_strange(const struct case_file *facts, const struct row *row)
{
    const struct case_user *user = case_find(facts, row->user);
    return !user || user->decision == DECISION_NONE;
}

/* The folded ids of those who have no coupon; owners: who has the fold of that number. */
static bool fold_users(const struct case_file *facts, struct interned *folds, int64_t *owners)
{
    const struct roster *roster = facts->run->roster;
    for (size_t i = 0; i < facts->users_count; i++) {
        char fold[ROSTER_TEXT];
        size_t size = has_none(&facts->users[i])
                          ? alike_fold(roster, case_user_id(facts, &facts->users[i]), fold)
                          : 0;
        size_t number = 0;
        if (!size)
            continue;
        if (!interned_add(folds, fold, size, &number))
            return false;
        owners[number] = case_user_id(facts, &facts->users[i]);
    }
    return folds->count > 0;
}

static void match_row(const struct case_file *facts, const struct interned *folds,
                      const int64_t *owners, bool *matched, const struct row *row,
                      struct respelled *respelled)
{
    char fold[ROSTER_TEXT];
    const struct roster *roster = facts->run->roster;
    size_t size = alike_fold(roster, row->user, fold), number = 0;
    if (!size || !interned_find(folds, fold, size, &number))
        return;
    const char *how = alike_how(roster, owners[number], row->user);
    if (!how)
        return;
    if (!respelled->how) {
        respelled->user = owners[number];
        respelled->other = row->user;
        respelled->how = how;
    }
    respelled->rows++;
    respelled->users += !matched[number];
    matched[number] = true;
}

struct respelled respelled_find(const struct case_file *facts)
{
    struct respelled respelled = {0};
    const struct rows *rows = &facts->run->evidence.coupons;
    if (roster_is_numbers(facts->run->roster))
        return respelled;
    struct interned folds = {0};
    _cleanup_free_ int64_t *owners = calloc(facts->users_count + 1, sizeof *owners);
    _cleanup_free_ bool *matched = calloc(facts->users_count + 1, sizeof *matched);
    bool any = owners && matched && fold_users(facts, &folds, owners);
    for (size_t i = 0; any && i < rows->count; i++)
        if (is_strange(facts, &rows->v[i]))
            match_row(facts, &folds, owners, matched, &rows->v[i], &respelled);
    interned_free(&folds);
    return respelled;
}

void respelled_say(const struct case_file *facts, const struct respelled *respelled,
                   struct finding *finding)
{
    struct roster_name sent, kept;
    const struct spec_rows *rows = facts->run->scenario->evidence.coupons;
    finding_set(
        finding, VERDICT_UNKNOWN,
        "the ids of %zu user%s without a coupon and those of %zu row%s of nobody differ in %s "
        "only: '%s' was sent, '%s' is in the row",
        respelled->users, respelled->users == 1 ? "" : "s", respelled->rows,
        respelled->rows == 1 ? "" : "s", respelled->how,
        roster_name(facts->run->roster, respelled->user, &sent),
        roster_name(facts->run->roster, respelled->other, &kept));
    finding_hint(
        finding, "%s",
        roster_is_uuids(facts->run->roster)
            ? rows && rows->mysql
                  ? "bytes of a column are taken in the order in which UUIDs are spelled: have the "
                    "query put them there (BIN_TO_UUID(…, 1))"
                  : "bytes of a column are taken in the order in which UUIDs are spelled: keep "
                    "them "
                    "in a column of type uuid, or have the query put them in that order"
            : "have the query write ids as they were sent (lower(…), trim(…), normalize(…)): texts "
              "are "
              "equal byte by byte");
}
