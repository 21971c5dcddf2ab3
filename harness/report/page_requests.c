/* The requests of the raster as columns of numbers, thinned so that a page of a million stays
 * small. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_inside.h"
#include "report/text.h"

enum {
    RASTER_MAX = 20000, /* requests in the raster: about 40 bytes each */
    NAMED_MAX = 2000,
};

/* Integers beyond this are no longer exact in JavaScript and go as text. */
#define EXACT_MAX (INT64_C(1) << 53)

static void put_number(FILE *out, int64_t number)
{
    bool exact = number <= EXACT_MAX && number >= -EXACT_MAX;
    fprintf(out, exact ? "%" PRId64 : "\"%" PRId64 "\"", number);
}

static void put_user(FILE *out, const struct roster *roster, int64_t user)
{
    if (roster_is_numbers(roster)) {
        put_number(out, user);
        return;
    }
    fputc('"', out);
    text_print_user(out, TEXT_SCRIPT, roster, user);
    fputc('"', out);
}

/* ---- users that a check names ---- */

struct named {
    int64_t v[NAMED_MAX];
    size_t count;
};

static void name(struct named *named, struct maybe user)
{
    if (user.known && named->count < NAMED_MAX)
        named->v[named->count++] = user.value;
}

static int compare_int64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void collect_named(const struct run *run, struct named *named)
{
    named->count = 0;
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        if (finding->verdict == VERDICT_PASS)
            continue;
        for (size_t k = 0; k < finding->witnesses_count; k++) {
            name(named, finding->witnesses[k].user);
            name(named, finding->witnesses[k].other);
        }
    }
    qsort(named->v, named->count, sizeof *named->v, compare_int64);
}

static bool is_named(const struct named *named, int64_t user)
{
    return named->count && bsearch(&user, named->v, named->count, sizeof user, compare_int64);
}

static void put_named(const struct run *run, const struct named *named, FILE *out)
{
    fputs("\"named\":[", out);
    const char *comma = "";
    for (size_t i = 0; i < named->count; i++) {
        if (i && named->v[i] == named->v[i - 1])
            continue;
        fputs(comma, out);
        put_user(out, run->roster, named->v[i]);
        comma = ",";
    }
    fputs("],", out);
}

/* ---- the raster ---- */

struct picked {
    const struct request **v; /* owned; by release */
    size_t count;
};

static void picked_free(struct picked *picked)
{
    free(picked->v);
}

size_t page_data_stride(const struct run *run)
{
    return (run->history.count + RASTER_MAX - 1) / RASTER_MAX;
}

static int compare_released(const void *a, const void *b)
{
    const struct request *x = *(const struct request *const *)a;
    const struct request *y = *(const struct request *const *)b;
    if (x->released != y->released)
        return x->released < y->released ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int pick(const struct run *run, const struct named *named, struct picked *picked)
{
    size_t stride = page_data_stride(run), room = RASTER_MAX + 2 * NAMED_MAX;
    const struct request **v = calloc(room, sizeof(const struct request *));
    if (!v)
        return -(int)ERR_MEMORY;
    *picked = (struct picked){.v = v};
    for (size_t i = 0; i < run->history.count && picked->count < room; i++) {
        const struct request *request = &run->history.v[i];
        if (request->released && (i % stride == 0 || is_named(named, request->user)))
            v[picked->count++] = request;
    }
    qsort(v, picked->count, sizeof(const struct request *), compare_released);
    return 0;
}

/* One column of the picked requests. */
enum column { USER, RELEASED, FIRST, DONE, STATUS, RANK };

static void put_cell(const struct run *run, const struct request *request, enum column column,
                     ns_t before, FILE *out)
{
    ns_t instant = column == FIRST ? request->first_byte : request->done;
    switch (column) {
    case USER:
        put_user(out, run->roster, request->user);
        break;
    case RELEASED: /* ns since the one before, so that the numbers stay short */
        fprintf(out, "%" PRId64, request->released - before);
        break;
    case FIRST:
    case DONE:
        if (instant)
            fprintf(out, "%" PRId64, (instant - request->released) / NS_PER_US);
        else
            fputs("null", out);
        break;
    case STATUS:
        fprintf(out, "%u", request->status);
        break;
    case RANK:
        if (request->ranked)
            put_number(out, request->rank);
        else
            fputs("null", out);
        break;
    }
}

static void put_requests(const struct run *run, const struct picked *picked, FILE *out)
{
    static const char *const names[] = {"user", "released", "first", "done", "status", "rank"};
    static const char letters[CLASS_COUNT] = "sarful";
    fputs("\"requests\":{", out);
    for (int column = USER; column <= RANK; column++) {
        fprintf(out, "\"%s\":[", names[column]);
        ns_t before = run->history.origin;
        for (size_t i = 0; i < picked->count; i++) {
            fputs(i ? "," : "", out);
            put_cell(run, picked->v[i], (enum column)column, before, out);
            before = picked->v[i]->released;
        }
        fputs("],", out);
    }
    fputs("\"cls\":\"", out);
    for (size_t i = 0; i < picked->count; i++)
        fputc(letters[picked->v[i]->cls], out);
    fputs("\"},", out);
}

int page_requests_write(const struct run *run, FILE *out)
{
    _cleanup_free_ struct named *named = malloc(sizeof *named);
    _cleanup_(picked_free) struct picked picked = {0};
    if (!named)
        return -(int)ERR_MEMORY;
    collect_named(run, named);
    int rc = pick(run, named, &picked);
    if (rc)
        return rc;
    put_named(run, named, out);
    put_requests(run, &picked, out);
    return 0;
}
