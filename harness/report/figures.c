#include "report/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

const struct figure figures_table[] = {
    {"limit", "limit", FIGURE_COUNT},
    {"load.planned", "planned", FIGURE_COUNT},
    {"load.sent", "sent", FIGURE_COUNT},
    {"load.skipped", "skipped", FIGURE_COUNT},
    {"load.accepted", "accepted", FIGURE_COUNT},
    {"load.rejected", "rejected", FIGURE_COUNT},
    {"load.limited", "limited", FIGURE_COUNT},
    {"load.failed", "failed", FIGURE_COUNT},
    {"load.unknown", "unknown", FIGURE_COUNT},
    {"load.spread_us", "release spread", FIGURE_US},
    {"load.spread_p5_p95_us", "release spread, p5 to p95", FIGURE_US},
    {"load.floor_us", "release spread's floor on this machine", FIGURE_US},
    {"load.peak_in_flight", "peak in flight", FIGURE_COUNT},
    {"load.before_first_answer", "released before the first answer", FIGURE_COUNT},
    {"load.gate", "gate", FIGURE_TEXT},
    {"load.smallest_window_ns",
     "race window that would have shown with 95 %, if they are worked on as they arrive",
     FIGURE_NS},
    {"latency_us.p50", "latency p50", FIGURE_US},
    {"latency_us.p90", "latency p90", FIGURE_US},
    {"latency_us.p99", "latency p99", FIGURE_US},
    {"latency_us.max", "latency max", FIGURE_US},
    {"rows.at_last_response", "rows at the last response", FIGURE_COUNT},
    {"rows.final", "rows at the verdict", FIGURE_COUNT},
    {"rows.max", "most rows seen", FIGURE_COUNT},
    {"rows.parked", "parked", FIGURE_COUNT},
    {"drain.outcome", "drain", FIGURE_TEXT},
    {"drain.after_last_response_ms", "last row after the last response", FIGURE_MS},
    {"drain.verdict_delay_ms", "decided after the last row", FIGURE_MS},
    {"stack.redis.kind", "redis", FIGURE_TEXT},
    {"stack.redis.version", "redis version", FIGURE_TEXT},
    {"stack.postgres.kind", "postgres", FIGURE_TEXT},
    {"stack.postgres.version", "postgres version", FIGURE_TEXT},
    {"stack.kafka.kind", "kafka", FIGURE_TEXT},
    {"stack.kafka.version", "kafka version", FIGURE_TEXT},
};
const size_t figures_count = sizeof figures_table / sizeof *figures_table;

const json_t *figure_find(const json_t *result, const char *path)
{
    while (result && *path) {
        size_t span = strcspn(path, ".");
        char key[64];
        if (span >= sizeof key)
            return NULL;
        memcpy(key, path, span);
        key[span] = '\0';
        result = json_is_array(result) ? json_array_get(result, (size_t)strtoul(key, NULL, 10))
                                       : json_object_get(result, key);
        path += span + (path[span] == '.');
    }
    return json_is_null(result) ? NULL : result;
}

static void format_bytes(double bytes, char *ret_text, size_t size)
{
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && fabs(bytes) >= 1000) {
        bytes /= 1000;
        i++;
    }
    snprintf(ret_text, size, "%.*f %s", i == 0 || bytes >= 100 ? 0 : 1, bytes, units[i]);
}

bool figure_format(const json_t *result, const struct figure *figure, char *ret_text, size_t size)
{
    const json_t *value = figure_find(result, figure->path);
    ret_text[0] = '\0';
    if (!value)
        return false;
    double number = json_number_value(value);
    switch (figure->unit) {
    case FIGURE_COUNT:
        (void)figure_plain(result, figure, ret_text, size);
        break;
    case FIGURE_NS:
        units_format_duration((ns_t)number, ret_text, size);
        break;
    case FIGURE_US:
        units_format_duration((ns_t)(number * (double)NS_PER_US), ret_text, size);
        break;
    case FIGURE_MS:
        units_format_duration((ns_t)(number * (double)NS_PER_MS), ret_text, size);
        break;
    case FIGURE_BYTES:
        format_bytes(number, ret_text, size);
        break;
    case FIGURE_TEXT:
        snprintf(ret_text, size, "%s", json_string_value(value));
        break;
    }
    return *ret_text != '\0';
}

bool figure_plain(const json_t *result, const struct figure *figure, char *ret_text, size_t size)
{
    const json_t *value = figure_find(result, figure->path);
    ret_text[0] = '\0';
    if (json_is_string(value))
        snprintf(ret_text, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(ret_text, size, "%" PRId64, (int64_t)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(ret_text, size, "%.15g", json_real_value(value));
    return *ret_text != '\0';
}
