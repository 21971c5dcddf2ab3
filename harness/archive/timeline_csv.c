#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/files.h"
#include "archive/table.h"
#include "base/cleanup.h"

/* ---- cells of their own ---- */

/* Written for people and spreadsheets; it follows from the lanes and is not read back. */
static void put_lag(struct csv_out *out, const void *row, const struct table_base *base)
{
    (void)base;
    int64_t lag = sample_lag(row);
    if (lag == COUNT_UNKNOWN)
        csv_out_none(out);
    else
        csv_out_int(out, lag);
}

static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
    {"baseline", SAMPLE_BASELINE},
    {"watch", SAMPLE_WATCH},
    {"kafka_blocked", SAMPLE_PIPELINE_BLOCKED},
    {"rows_blocked", SAMPLE_ROWS_BLOCKED},
    {"redis_blocked", SAMPLE_REDIS_BLOCKED},
    {"consumer_gone", SAMPLE_CONSUMER_GONE},
    {"depth_only", SAMPLE_DEPTH_ONLY},
    {"forgets", SAMPLE_FORGETS},
};
enum { FLAGS = sizeof flags / sizeof *flags };

static void put_flags(struct csv_out *out, const void *row, const struct table_base *base)
{
    struct buf *text = base->text;
    buf_clear(text);
    for (size_t i = 0; i < FLAGS; i++)
        if (((const struct sample *)row)->flags & flags[i].flag)
            buf_addf(text, "%s%s", text->used ? "+" : "", flags[i].name);
    csv_out_text(out, buf_text(text));
}

static int get_flags(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    struct sample *sample = row;
    const char *at = cell->text, *end = at + cell->length;
    while (at < end) {
        const char *plus = memchr(at, '+', (size_t)(end - at));
        size_t span = (size_t)((plus ? plus : end) - at), i = 0;
        while (i < FLAGS && (strlen(flags[i].name) != span || memcmp(flags[i].name, at, span) != 0))
            i++;
        if (i == FLAGS)
            return table_error(in, err, "flags: '%.*s' is not known", (int)(span < 60 ? span : 60),
                               at);
        sample->flags |= flags[i].flag;
        at += span + 1;
    }
    return 0;
}

/* "coupon_create/0=17:34 …": committed, or "-" when there is none, and the end. */
static void put_lanes(struct csv_out *out, const void *row, const struct table_base *base)
{
    const struct sample *sample = row;
    struct buf *text = base->text;
    buf_clear(text);
    for (uint32_t i = 0; i < sample->lanes_count; i++) {
        const struct lane_reading *reading = &sample->lanes[i];
        char digits[16];
        buf_addf(text, "%s%s/%d=", i ? " " : "",
                 queue_name(base->scenario, reading->queue, digits, sizeof digits), reading->lane);
        if (reading->committed == COMMITTED_UNDEFINED)
            buf_adds(text, "-");
        else
            buf_addf(text, "%lld", (long long)reading->committed);
        buf_addf(text, ":%lld", (long long)reading->end);
    }
    csv_out_text(out, buf_text(text));
}

/* A number of a reading, up to the character that ends it. */
static bool get_digits(const char **at, const char *end, char stop, int64_t *ret_value)
{
    int64_t value = 0;
    const char *from = *at;
    bool negative = from < end && *from == '-';
    from += negative;
    const char *first = from;
    while (from < end && *from >= '0' && *from <= '9' && from - first < 18)
        value = value * 10 + (*from++ - '0');
    bool ended = from == end ? stop == ' ' : *from == stop;
    if (from == first || !ended)
        return false;
    *at = from + (from < end);
    *ret_value = negative ? -value : value;
    return true;
}

static bool get_reading(const struct scenario *scenario, const char **at, const char *end,
                        struct lane_reading *reading)
{
    size_t length;
    int queue = queue_begins(scenario, *at, (size_t)(end - *at), &length);
    if (queue < 0)
        return false;
    *at += length + 1;
    int64_t lane;
    if (!get_digits(at, end, '=', &lane) || lane < 0 || lane > INT32_MAX)
        return false;
    reading->queue = (int16_t)queue;
    reading->lane = (int32_t)lane;
    if (end - *at >= 2 && (*at)[0] == '-' && (*at)[1] == ':') {
        reading->committed = COMMITTED_UNDEFINED;
        *at += 2;
    } else if (!get_digits(at, end, ':', &reading->committed)) {
        return false;
    }
    return get_digits(at, end, ' ', &reading->end);
}

static int get_lanes(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    struct sample *sample = row;
    if (cell->length == 0)
        return 0;
    const char *at = cell->text, *end = at + cell->length;
    size_t room = 1;
    for (const char *c = at; c < end; c++)
        room += *c == ' ';
    sample->lanes = calloc(room, sizeof *sample->lanes);
    if (!sample->lanes)
        return err_set(err, ERR_MEMORY, "no memory for the lanes of a sample");
    while (at < end)
        if (!get_reading(in->base.scenario, &at, end, &sample->lanes[sample->lanes_count++]))
            return table_error(in, err, "partitions: '%.*s' is not topic/partition=committed:end …",
                               (int)(cell->length < 80 ? cell->length : 80), cell->text);
    return 0;
}

/* ---- the table ---- */

static const struct column columns[] = {
    COLUMN("at_ns", COLUMN_INSTANT, sample, at, .filled = true),
    COLUMN("answered", COLUMN_NUMBER, sample, answered),
    COLUMN("rows", COLUMN_COUNT, sample, rows, .required = true),
    COLUMN("parked", COLUMN_COUNT, sample, parked),
    COLUMN("saved", COLUMN_COUNT, sample, saved),
    COLUMN("counter", COLUMN_MAYBE, sample, counter),
    COLUMN("members", COLUMN_COUNT, sample, members),
    COLUMN("records", COLUMN_COUNT, sample, records),
    COLUMN("unsaved", COLUMN_COUNT, sample, unsaved),
    COLUMN("committed_ns", COLUMN_INSTANT, sample, committed_at),
    COLUMN("ends_ns", COLUMN_INSTANT, sample, ends_at),
    COLUMN("rows_ns", COLUMN_INSTANT, sample, rows_at),
    {.name = "lag", .type = COLUMN_OTHER, .put = put_lag},
    {.name = "flags", .type = COLUMN_OTHER, .put = put_flags, .get = get_flags},
    {.name = "partitions", .type = COLUMN_OTHER, .put = put_lanes, .get = get_lanes},
    COLUMN("over", COLUMN_NUMBER, sample, over), /* from here on only with items */
    COLUMN("over_item", COLUMN_NUMBER, sample, over_item),
    COLUMN("apart", COLUMN_NUMBER, sample, apart),
    COLUMN("apart_item", COLUMN_NUMBER, sample, apart_item),
};
enum { COLUMNS = sizeof columns / sizeof *columns, COLUMNS_OF_ITEMS = 4 };

int timeline_csv_save(const struct run *run, const char *dir, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    const struct table_base base = {
        .origin = run->history.origin, .scenario = run->scenario, .text = &text};
    return table_save(columns, COLUMNS - (run->items ? 0 : COLUMNS_OF_ITEMS), run->timeline.v,
                      sizeof *run->timeline.v, run->timeline.count, &base, dir, "timeline.csv",
                      err);
}

int timeline_csv_load(const char *path, const struct scenario *scenario, ns_t origin,
                      struct timeline *ret_timeline, struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(table_close) struct table_in in = {0};
    const struct table_base base = {.origin = origin, .scenario = scenario};
    int rc = table_open(&in, path, columns, COLUMNS, &base, err);
    _cleanup_(timeline_free) struct timeline timeline = {0};
    for (bool more = true; more && !rc;) {
        struct sample sample = {0};
        rc = table_next(&in, &sample, &more, err);
        if (!rc && more)
            rc = timeline_add(&timeline, &sample, err);
        free(sample.lanes);
    }
    if (rc)
        return rc;
    *ret_timeline = timeline;
    timeline = (struct timeline){0};
    return 0;
}
