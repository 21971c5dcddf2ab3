#include "archive/lengths.h"

#include <inttypes.h>

/* What no file is written for is COUNT_UNKNOWN. */
struct lengths {
    struct {
        const char *name;
        int64_t count;
    } v[11];
};

static int64_t rows_length(const struct rows *rows)
{
    return rows->known ? (int64_t)rows->count : COUNT_UNKNOWN;
}

static int64_t records_length(const struct produced *produced)
{
    return produced->known ? (int64_t)produced->count : COUNT_UNKNOWN;
}

static struct lengths measure(const struct run *run)
{
    const struct evidence *evidence = &run->evidence;
    return (struct lengths){{
        {"history.csv", (int64_t)run->history.count},
        {"actions.csv", run->actions.count ? (int64_t)run->actions.count : COUNT_UNKNOWN},
        {"timeline.csv", (int64_t)run->timeline.count},
        {"before.csv", rows_length(&evidence->before)},
        {"coupons.csv", rows_length(&evidence->coupons)},
        {"parked.csv", rows_length(&evidence->parked)},
        {"stock_before.csv", rows_length(&evidence->stock_before)},
        {"stock.csv", rows_length(&evidence->stock)},
        {"produced.csv", records_length(&evidence->produced)},
        {"dead_letter.csv", records_length(&evidence->dead_letter)},
        {"statements.csv", run->trace.count ? (int64_t)run->trace.count : COUNT_UNKNOWN},
    }};
}

json_t *lengths_of(const struct run *run)
{
    const struct lengths lengths = measure(run);
    json_t *object = json_object();
    for (size_t i = 0; object && i < sizeof lengths.v / sizeof *lengths.v; i++)
        if (lengths.v[i].count != COUNT_UNKNOWN &&
            json_object_set_new(object, lengths.v[i].name, json_integer(lengths.v[i].count))) {
            json_decref(object);
            return NULL;
        }
    return object;
}

int lengths_check(const struct run *run, const json_t *object, const char *dir, struct err *err)
{
    const struct lengths lengths = measure(run);
    for (size_t i = 0; json_is_object(object) && i < sizeof lengths.v / sizeof *lengths.v; i++) {
        const json_t *value = json_object_get(object, lengths.v[i].name);
        int64_t told = json_is_integer(value) ? json_integer_value(value) : COUNT_UNKNOWN;
        int64_t found = lengths.v[i].count;
        if (found == told)
            continue;
        if (found == COUNT_UNKNOWN)
            return err_set(err, ERR_USAGE,
                           "%s/%s is not there, and result.json says %" PRId64 " lines", dir,
                           lengths.v[i].name, told);
        return err_set(err, ERR_USAGE,
                       "%s/%s has %" PRId64 " lines, and result.json says %" PRId64
                       ": it is not what the run wrote; judge the files as they are without "
                       "result.json: rushproof verify %s/history.csv",
                       dir, lengths.v[i].name, found, told == COUNT_UNKNOWN ? 0 : told, dir);
    }
    return 0;
}
