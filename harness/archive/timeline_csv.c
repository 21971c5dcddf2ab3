#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/csv_in.h"
#include "archive/csv_out.h"
#include "archive/files.h"
#include "base/aside.h"
#include "base/cleanup.h"

enum column {
    COLUMN_AT,
    COLUMN_ANSWERED,
    COLUMN_ROWS,
    COLUMN_PARKED,
    COLUMN_SAVED,
    COLUMN_COUNTER,
    COLUMN_MEMBERS,
    COLUMN_RECORDS,
    COLUMN_UNSAVED,
    COLUMN_COMMITTED_AT,
    COLUMN_ENDS_AT,
    COLUMN_ROWS_AT,
    COLUMN_LAG,
    COLUMN_FLAGS,
    COLUMN_PARTITIONS,
    COLUMN_COUNT,
};

/* lag is written for people and spreadsheets; it follows from the partitions and is not read back.
 */
static const struct csv_column columns[COLUMN_COUNT] = {
    [COLUMN_AT] = {"at_ns", true},
    [COLUMN_ANSWERED] = {"answered", false},
    [COLUMN_ROWS] = {"rows", true},
    [COLUMN_PARKED] = {"parked", false},
    [COLUMN_SAVED] = {"saved", false},
    [COLUMN_COUNTER] = {"counter", false},
    [COLUMN_MEMBERS] = {"members", false},
    [COLUMN_RECORDS] = {"records", false},
    [COLUMN_UNSAVED] = {"unsaved", false},
    [COLUMN_COMMITTED_AT] = {"committed_ns", false},
    [COLUMN_ENDS_AT] = {"ends_ns", false},
    [COLUMN_ROWS_AT] = {"rows_ns", false},
    [COLUMN_LAG] = {"lag", false},
    [COLUMN_FLAGS] = {"flags", false},
    [COLUMN_PARTITIONS] = {"partitions", false},
};

static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
    {"baseline", SAMPLE_BASELINE},           {"watch", SAMPLE_WATCH},
    {"kafka_blocked", SAMPLE_KAFKA_BLOCKED}, {"rows_blocked", SAMPLE_ROWS_BLOCKED},
    {"redis_blocked", SAMPLE_REDIS_BLOCKED}, {"consumer_gone", SAMPLE_CONSUMER_GONE},
};
enum { FLAGS = sizeof flags / sizeof *flags };

/* ---- saving ---- */

static void put_count(struct csv_out *out, int64_t count)
{
    if (count == COUNT_UNKNOWN)
        csv_out_none(out);
    else
        csv_out_int(out, count);
}

static void put_maybe(struct csv_out *out, struct maybe number)
{
    if (number.known)
        csv_out_int(out, number.value);
    else
        csv_out_none(out);
}

static void put_instant(struct csv_out *out, ns_t instant, ns_t origin)
{
    if (instant)
        csv_out_int(out, instant - origin);
    else
        csv_out_none(out);
}

static void put_flags(struct csv_out *out, uint32_t set, struct buf *text)
{
    buf_clear(text);
    for (size_t i = 0; i < FLAGS; i++)
        if (set & flags[i].flag)
            buf_addf(text, "%s%s", text->used ? "+" : "", flags[i].name);
    csv_out_text(out, buf_text(text));
}

/* "coupon_create/0=17:34 …": committed, or "-" when there is none, and the end. */
static void put_partitions(struct csv_out *out, const struct scenario *scenario,
                           const struct sample *sample, struct buf *text)
{
    buf_clear(text);
    for (uint32_t i = 0; i < sample->partitions_count; i++) {
        const struct partition_reading *reading = &sample->partitions[i];
        char digits[16];
        buf_addf(text, "%s%s/%d=", i ? " " : "",
                 topic_name(scenario, reading->topic, digits, sizeof digits), reading->partition);
        if (reading->committed == OFFSET_UNDEFINED)
            buf_adds(text, "-");
        else
            buf_addf(text, "%lld", (long long)reading->committed);
        buf_addf(text, ":%lld", (long long)reading->end);
    }
    csv_out_text(out, buf_text(text));
}

static void put_sample(struct csv_out *out, const struct run *run, const struct sample *sample,
                       struct buf *text)
{
    csv_out_int(out, sample->at - run->history.origin);
    csv_out_int(out, sample->answered);
    put_count(out, sample->rows);
    put_count(out, sample->parked);
    put_count(out, sample->saved);
    put_maybe(out, sample->counter);
    put_count(out, sample->members);
    put_count(out, sample->records);
    put_count(out, sample->unsaved);
    put_instant(out, sample->committed_at, run->history.origin);
    put_instant(out, sample->ends_at, run->history.origin);
    put_instant(out, sample->rows_at, run->history.origin);
    put_count(out, sample_lag(sample));
    put_flags(out, sample->flags, text);
    put_partitions(out, run->scenario, sample, text);
    csv_out_line(out);
}

int timeline_csv_save(const struct run *run, const char *dir, struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, dir, "timeline.csv", err);
    if (rc)
        return rc;
    _cleanup_free_ struct csv_out *out = malloc(sizeof *out);
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    if (!out)
        return err_set(err, ERR_MEMORY, "no memory to write timeline.csv");
    csv_out_init(out, aside.file);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        csv_out_text(out, columns[i].name);
    csv_out_line(out);
    for (size_t i = 0; i < run->timeline.count; i++)
        put_sample(out, run, &run->timeline.v[i], &text);
    csv_out_flush(out);
    if (text.failed)
        return err_set(err, ERR_MEMORY, "a sample has too many partitions for timeline.csv");
    return aside_commit(&aside, err);
}

/* ---- loading ---- */

static int get_flags(const struct csv_in *in, const struct csv_field *field, uint32_t *ret_flags,
                     struct err *err)
{
    uint32_t set = 0;
    const char *at = field->text, *end = field->text + field->length;
    while (field->length && at < end) {
        const char *plus = memchr(at, '+', (size_t)(end - at));
        size_t span = (size_t)((plus ? plus : end) - at), i = 0;
        while (i < FLAGS && (strlen(flags[i].name) != span || memcmp(flags[i].name, at, span) != 0))
            i++;
        if (i == FLAGS)
            return csv_in_error(in, err, "flags: '%.*s' is not known", (int)(span < 60 ? span : 60),
                                at);
        set |= flags[i].flag;
        at += span + 1;
    }
    *ret_flags = set;
    return 0;
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
                        struct partition_reading *reading)
{
    const char *slash = memchr(*at, '/', (size_t)(end - *at));
    int topic = slash ? topic_find(scenario, *at, (size_t)(slash - *at)) : -1;
    if (topic < 0)
        return false;
    *at = slash + 1;
    int64_t partition;
    if (!get_digits(at, end, '=', &partition) || partition < 0 || partition > INT32_MAX)
        return false;
    reading->topic = (int16_t)topic;
    reading->partition = (int32_t)partition;
    if (end - *at >= 2 && (*at)[0] == '-' && (*at)[1] == ':') {
        reading->committed = OFFSET_UNDEFINED;
        *at += 2;
    } else if (!get_digits(at, end, ':', &reading->committed)) {
        return false;
    }
    return get_digits(at, end, ' ', &reading->end);
}

static int get_partitions(const struct csv_in *in, const struct csv_field *field,
                          const struct scenario *scenario, struct sample *sample, struct err *err)
{
    if (field->length == 0)
        return 0;
    const char *at = field->text, *end = at + field->length;
    size_t room = 1;
    for (const char *c = at; c < end; c++)
        room += *c == ' ';
    sample->partitions = calloc(room, sizeof *sample->partitions);
    if (!sample->partitions)
        return err_set(err, ERR_MEMORY, "no memory for the partitions of a sample");
    while (at < end)
        if (!get_reading(scenario, &at, end, &sample->partitions[sample->partitions_count++]))
            return csv_in_error(in, err,
                                "partitions: '%.*s' is not topic/partition=committed:end …",
                                (int)(field->length < 80 ? field->length : 80), field->text);
    return 0;
}

static int get_counts(const struct csv_in *in, const struct csv_field *fields,
                      struct sample *sample, struct err *err)
{
    const struct {
        enum column column;
        int64_t *count;
        int64_t missing;
    } counts[] = {
        {COLUMN_ANSWERED, &sample->answered, 0},
        {COLUMN_ROWS, &sample->rows, COUNT_UNKNOWN},
        {COLUMN_PARKED, &sample->parked, COUNT_UNKNOWN},
        {COLUMN_SAVED, &sample->saved, COUNT_UNKNOWN},
        {COLUMN_COUNTER, &sample->counter.value, 0},
        {COLUMN_MEMBERS, &sample->members, COUNT_UNKNOWN},
        {COLUMN_RECORDS, &sample->records, COUNT_UNKNOWN},
        {COLUMN_UNSAVED, &sample->unsaved, COUNT_UNKNOWN},
    };
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof counts / sizeof *counts; i++) {
        *counts[i].count = counts[i].missing;
        if (fields[counts[i].column].length)
            rc = csv_in_int(in, fields, counts[i].column, INT64_MIN, INT64_MAX, counts[i].count,
                            err);
    }
    sample->counter.known = fields[COLUMN_COUNTER].length > 0;
    return rc;
}

static int get_instants(const struct csv_in *in, const struct csv_field *fields, ns_t origin,
                        struct sample *sample, struct err *err)
{
    const struct {
        enum column column;
        ns_t *instant;
    } instants[] = {
        {COLUMN_COMMITTED_AT, &sample->committed_at},
        {COLUMN_ENDS_AT, &sample->ends_at},
        {COLUMN_ROWS_AT, &sample->rows_at},
    };
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof instants / sizeof *instants; i++) {
        if (!fields[instants[i].column].length)
            continue;
        rc = csv_in_int(in, fields, instants[i].column, -CSV_INSTANT_MAX, CSV_INSTANT_MAX,
                        instants[i].instant, err);
        *instants[i].instant += rc ? 0 : origin;
    }
    return rc;
}

static int get_sample(const struct csv_in *in, const struct csv_field *fields,
                      const struct scenario *scenario, ns_t origin, struct timeline *timeline,
                      struct err *err)
{
    struct sample sample = {0};
    int rc = csv_in_int(in, fields, COLUMN_AT, -CSV_INSTANT_MAX, CSV_INSTANT_MAX, &sample.at, err);
    sample.at += origin;
    if (!rc)
        rc = get_counts(in, fields, &sample, err);
    if (!rc)
        rc = get_instants(in, fields, origin, &sample, err);
    if (!rc)
        rc = get_flags(in, &fields[COLUMN_FLAGS], &sample.flags, err);
    if (!rc)
        rc = get_partitions(in, &fields[COLUMN_PARTITIONS], scenario, &sample, err);
    if (!rc)
        rc = timeline_add(timeline, &sample, err);
    free(sample.partitions);
    return rc;
}

int timeline_csv_load(const char *path, const struct scenario *scenario, ns_t origin,
                      struct timeline *ret_timeline, struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(csv_in_close) struct csv_in in = {0};
    int rc = csv_in_open(&in, path, columns, COLUMN_COUNT, err);
    _cleanup_(timeline_free) struct timeline timeline = {0};
    bool more = !rc;
    while (more) {
        struct csv_field fields[COLUMN_COUNT];
        rc = csv_in_next(&in, fields, &more, err);
        if (!rc && more)
            rc = get_sample(&in, fields, scenario, origin, &timeline, err);
        if (rc)
            return rc;
    }
    if (rc)
        return rc;
    *ret_timeline = timeline;
    timeline = (struct timeline){0};
    return 0;
}
