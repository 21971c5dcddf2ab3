#include "probe/userset.h"

#include <stdlib.h>
#include <string.h>

void userset_free(struct userset *users)
{
    free(users->v);
    *users = (struct userset){0};
}

void userset_clear(struct userset *users)
{
    users->count = 0;
}

static bool reserve(struct userset *users, size_t more)
{
    size_t need = users->count + more;
    if (need <= users->room)
        return true;
    size_t room = need + need / 2;
    int64_t *v = realloc(users->v, room * sizeof *v);
    if (!v)
        return false;
    users->v = v;
    users->room = room;
    return true;
}

bool userset_add_rows(struct userset *users, const struct rows *rows)
{
    if (!reserve(users, rows->count))
        return false;
    for (size_t i = 0; i < rows->count; i++)
        users->v[users->count++] = rows->v[i].user;
    return true;
}

bool userset_add_records(struct userset *users, const struct produced *produced, size_t from)
{
    if (!reserve(users, produced->count - from))
        return false;
    for (size_t i = from; i < produced->count; i++)
        if (produced->v[i].decoded)
            users->v[users->count++] = produced->v[i].user;
    return true;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void userset_settle(struct userset *users)
{
    if (users->count == 0)
        return;
    qsort(users->v, users->count, sizeof *users->v, by_value);
    size_t kept = 1;
    for (size_t i = 1; i < users->count; i++)
        if (users->v[i] != users->v[kept - 1])
            users->v[kept++] = users->v[i];
    users->count = kept;
}

int64_t userset_missing(const struct userset *wanted, const struct userset *have)
{
    int64_t missing = 0;
    for (size_t i = 0, j = 0; i < wanted->count; i++) {
        while (j < have->count && have->v[j] < wanted->v[i])
            j++;
        missing += j == have->count || have->v[j] != wanted->v[i];
    }
    return missing;
}

static int compare_rows(const struct row *a, const struct row *b, bool by_id)
{
    if (a->user != b->user || !by_id)
        return (a->user > b->user) - (a->user < b->user);
    return (a->id > b->id) - (a->id < b->id);
}

static int by_user_and_id(const void *a, const void *b)
{
    return compare_rows(a, b, true);
}

/* The first of the sorted rows that is not less than row. */
static size_t lower_bound(const struct rows *sorted, const struct row *row, bool by_id)
{
    size_t low = 0, high = sorted->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_rows(&sorted->v[middle], row, by_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* skip[i]: how many of the rows from i on that equal row i are taken, so that many equal rows cost
 * no search. */
static bool take_one(const struct rows *sorted, size_t *skip, const struct row *row, bool by_id)
{
    size_t first = lower_bound(sorted, row, by_id);
    if (first == sorted->count)
        return false;
    size_t next = first + skip[first];
    if (next >= sorted->count || compare_rows(&sorted->v[next], row, by_id) != 0)
        return false;
    skip[first]++;
    return true;
}

int userset_subtract(struct rows *rows, const struct rows *before, bool by_id, struct err *err)
{
    if (before->count == 0)
        return 0;
    struct rows sorted = {.count = before->count};
    sorted.v = malloc(before->count * sizeof *sorted.v);
    size_t *skip = calloc(before->count, sizeof *skip);
    if (!sorted.v || !skip) {
        free(sorted.v);
        free(skip);
        return err_set(err, ERR_MEMORY, "no room to subtract %zu rows", before->count);
    }
    memcpy(sorted.v, before->v, before->count * sizeof *sorted.v);
    qsort(sorted.v, sorted.count, sizeof *sorted.v, by_user_and_id);
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (take_one(&sorted, skip, &rows->v[i], by_id))
            continue;
        rows->v[kept] = rows->v[i];
        if (rows->lines)
            rows->lines[kept] = rows->lines[i];
        if (!by_id)
            rows->v[kept].id = (int64_t)kept + 1;
        kept++;
    }
    rows->count = kept;
    free(sorted.v);
    free(skip);
    return 0;
}
