#include "base/windows.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/order.h"

/* More of them would need more walks than the memory is worth; fewer entries need none. */
enum { WINDOWS_MOST = 8, WINDOW_LEAST = 1 << 19, SAMPLES = 1024 };

struct cut {
    size_t windows;
    int64_t from[WINDOWS_MOST]; /* of each but the first, which has all before the second */
    size_t begins[WINDOWS_MOST], ends[WINDOWS_MOST];
    size_t first[WINDOWS_MOST], behind[WINDOWS_MOST]; /* entries that have any of them: where the
                                                         source is about in order, not many more */
};

static struct window_spans read_at(const struct windows_source *source, size_t i)
{
    struct window_spans spans = {0};
    source->read(source->context, i, &spans);
    return spans;
}

/* Windows of about as many instants each, by a sample of them. */
static int choose(const struct windows_source *source, struct cut *cut)
{
    size_t windows = source->count / WINDOW_LEAST, samples = 0;
    cut->windows = windows < 1 ? 1 : windows < WINDOWS_MOST ? windows : WINDOWS_MOST;
    if (cut->windows == 1)
        return 0;
    _cleanup_free_ int64_t *v = malloc((size_t)SAMPLES * 2 * WINDOWS_EACH * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t k = 0; k < SAMPLES; k++) {
        struct window_spans spans = read_at(source, k * (source->count / SAMPLES));
        for (unsigned j = 0; j < spans.begins_count; j++)
            v[samples++] = spans.begins[j];
        for (unsigned j = 0; j < spans.ends_count; j++)
            v[samples++] = spans.ends[j];
    }
    int rc = order_keys(v, samples);
    for (size_t w = 1; w < cut->windows; w++)
        cut->from[w] = samples ? v[w * samples / cut->windows] : 0;
    return rc;
}

static size_t window_of(const struct cut *cut, int64_t instant)
{
    size_t window = 0;
    for (size_t w = 1; w < cut->windows; w++)
        window += instant >= cut->from[w];
    return window;
}

static size_t note(struct cut *cut, int64_t instant, size_t i)
{
    size_t window = window_of(cut, instant);
    if (!cut->behind[window])
        cut->first[window] = i;
    cut->behind[window] = i + 1;
    return window;
}

static void count(const struct windows_source *source, struct cut *cut)
{
    for (size_t i = 0; i < source->count; i++) {
        struct window_spans spans = read_at(source, i);
        for (unsigned j = 0; j < spans.begins_count; j++)
            cut->begins[note(cut, spans.begins[j], i)]++;
        for (unsigned j = 0; j < spans.ends_count; j++)
            cut->ends[note(cut, spans.ends[j], i)]++;
    }
}

struct room {
    int64_t *begins, *ends;
};

static void room_free(struct room *room)
{
    free(room->begins);
    free(room->ends);
}

static int room_init(struct room *room, const struct cut *cut)
{
    size_t begins = 0, ends = 0;
    for (size_t w = 0; w < cut->windows; w++) {
        begins = cut->begins[w] > begins ? cut->begins[w] : begins;
        ends = cut->ends[w] > ends ? cut->ends[w] : ends;
    }
    room->begins = malloc((begins + 1) * sizeof *room->begins);
    room->ends = malloc((ends + 1) * sizeof *room->ends);
    return room->begins && room->ends ? 0 : -(int)ERR_MEMORY;
}

static int gather(const struct windows_source *source, const struct cut *cut, size_t w,
                  const struct room *room)
{
    size_t begins = 0, ends = 0;
    int64_t from = w ? cut->from[w] : INT64_MIN;
    bool last = w + 1 == cut->windows;
    int64_t to = last ? INT64_MAX : cut->from[w + 1];
    for (size_t i = cut->first[w]; i < cut->behind[w]; i++) {
        struct window_spans spans = read_at(source, i);
        for (unsigned j = 0; j < spans.begins_count; j++)
            if (spans.begins[j] >= from && (last || spans.begins[j] < to))
                room->begins[begins++] = spans.begins[j];
        for (unsigned j = 0; j < spans.ends_count; j++)
            if (spans.ends[j] >= from && (last || spans.ends[j] < to))
                room->ends[ends++] = spans.ends[j];
    }
    int rc = order_keys(room->begins, begins);
    return rc ? rc : order_keys(room->ends, ends);
}

int windows_walk(const struct windows_source *source, const struct windows_visitor *visitor)
{
    struct cut cut = {0};
    _cleanup_(room_free) struct room room = {0};
    struct window window = {0};
    int rc = choose(source, &cut);
    if (rc)
        return rc;
    if (cut.windows > 1)
        count(source, &cut);
    else {
        cut.begins[0] = source->begins;
        cut.ends[0] = source->ends;
        cut.behind[0] = source->count;
    }
    rc = room_init(&room, &cut);
    for (size_t w = 0; w < cut.windows && !rc; w++) {
        window.begins = window.ends = NULL;
        window.begins_count = cut.begins[w];
        window.ends_count = cut.ends[w];
        if (!visitor->wants || visitor->wants(visitor->context, &window)) {
            rc = gather(source, &cut, w, &room);
            window.begins = room.begins;
            window.ends = room.ends;
            if (!rc)
                visitor->visit(visitor->context, &window);
        }
        window.begins_before += window.begins_count;
        window.ends_before += window.ends_count;
    }
    return rc;
}
