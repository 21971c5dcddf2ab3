#include "agents/offset.h"

#include <stdlib.h>

#define PPM 1000000

static ns_t ppm(ns_t span, int64_t parts)
{
    return span / PPM * parts + span % PPM * parts / PPM;
}

static ns_t greater(ns_t a, ns_t b)
{
    return a > b ? a : b;
}

/* What one question says of the offset at an instant: the other clock was read between `sent` and
 * `heard`, and was between what it said and one tick more. */
static void narrow(const struct offset_question *question, ns_t at, ns_t *low, ns_t *high)
{
    ns_t before = greater(at - question->sent, question->sent - at);
    ns_t behind = greater(question->heard - at, at - question->heard);
    ns_t drift = ppm(greater(before, behind), OFFSET_DRIFT_PPM);
    ns_t least = question->there - question->heard - drift;
    ns_t most = question->there + OFFSET_TICK - question->sent + drift;
    *low = greater(*low, least);
    *high = *high < most ? *high : most;
}

static struct offset_point middle_of(ns_t at, ns_t low, ns_t high)
{
    ns_t half = (high - low + 1) / 2;
    return (struct offset_point){.at = at, .offset = low + half, .bound = half};
}

struct offset_point offset_best(const struct offset_question *v, size_t count)
{
    const struct offset_question *best = v;
    for (size_t i = 1; i < count; i++)
        if (v[i].heard - v[i].sent < best->heard - best->sent)
            best = &v[i];
    ns_t at = best->sent + (best->heard - best->sent) / 2, low = INT64_MIN, high = INT64_MAX;
    narrow(best, at, &low, &high);
    const struct offset_point alone = middle_of(at, low, high);
    for (size_t i = 0; i < count; i++)
        narrow(&v[i], at, &low, &high);
    return low <= high ? middle_of(at, low, high) : alone; /* a clock was set in between */
}

void offsets_free(struct offsets *offsets)
{
    free(offsets->v);
    *offsets = (struct offsets){0};
}

int offsets_add(struct offsets *offsets, const struct offset_point *point, struct err *err)
{
    if (offsets->count == offsets->room) {
        size_t room = offsets->room ? 2 * offsets->room : 64;
        struct offset_point *v = reallocarray(offsets->v, room, sizeof *v);
        if (!v)
            return err_set(err, ERR_MEMORY, "no room for what the clock was");
        offsets->v = v;
        offsets->room = room;
    }
    offsets->v[offsets->count++] = *point;
    return 0;
}

/* How many points are not after the instant. */
static size_t before(const struct offsets *offsets, ns_t own)
{
    size_t low = 0, high = offsets->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (offsets->v[middle].at <= own)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct offset_point beyond(const struct offset_point *nearest, ns_t own)
{
    ns_t away = own > nearest->at ? own - nearest->at : nearest->at - own;
    return (struct offset_point){own, nearest->offset,
                                 nearest->bound + ppm(away, OFFSET_DRIFT_PPM)};
}

/* Along the line between both, and so are the bounds: each is a part of what is true. A clock that
 * strays by p from its mean rate is off that line by at most p times the way to the nearer end. */
static struct offset_point between(const struct offset_point *a, const struct offset_point *b,
                                   ns_t own)
{
    double share = (double)(own - a->at) / (double)(b->at - a->at);
    ns_t from = own - a->at, to = b->at - own;
    ns_t bound = a->bound + (ns_t)(share * (double)(b->bound - a->bound)) + (a->bound != b->bound);
    return (struct offset_point){own, a->offset + (ns_t)(share * (double)(b->offset - a->offset)),
                                 bound + ppm(from < to ? from : to, OFFSET_STRAY_PPM)};
}

/* Than the line between the nearest points on both sides that know more. */
static bool tells_less(const struct offsets *offsets, size_t kept, size_t i)
{
    const struct offset_point *point = &offsets->v[i];
    const struct offset_point *before = &offsets->v[kept - 1], *after = point + 1;
    const struct offset_point *first = offsets->v, *end = offsets->v + offsets->count;
    while (before > first && before->bound >= point->bound)
        before--;
    while (after < end && after->bound >= point->bound)
        after++;
    if (after == end)
        return false;
    struct offset_point line = between(before, after, point->at);
    ns_t apart =
        line.offset > point->offset ? line.offset - point->offset : point->offset - line.offset;
    return line.bound < point->bound && apart <= line.bound + point->bound;
}

void offsets_thin(struct offsets *offsets)
{
    size_t kept = 1;
    if (!offsets->count)
        return;
    for (size_t i = 1; i < offsets->count; i++)
        if (!tells_less(offsets, kept, i))
            offsets->v[kept++] = offsets->v[i];
    offsets->count = kept;
}

/* What `before` would find, where that was the answer for an instant nearby. */
static size_t before_near(const struct offsets *offsets, ns_t own, size_t *near)
{
    const struct offset_point *v = offsets->v;
    if (!*near || *near >= offsets->count || v[*near - 1].at > own || v[*near].at <= own)
        *near = before(offsets, own);
    return *near;
}

static struct offset_point at(const struct offsets *offsets, ns_t own, size_t *near)
{
    if (!offsets->count)
        return (struct offset_point){own, 0, OFFSET_NO_BOUND};
    size_t after = before_near(offsets, own, near);
    if (!after)
        return beyond(&offsets->v[0], own);
    if (after == offsets->count)
        return beyond(&offsets->v[after - 1], own);
    return between(&offsets->v[after - 1], &offsets->v[after], own);
}

struct offset_point offsets_at(const struct offsets *offsets, ns_t own)
{
    size_t near = 0;
    return at(offsets, own, &near);
}

ns_t offsets_there(const struct offsets *offsets, ns_t own, size_t *near)
{
    return own ? own + at(offsets, own, near).offset : 0;
}

/* The offset changes so slowly that two steps are at the end of the way. */
ns_t offsets_here(const struct offsets *offsets, ns_t there, size_t *near)
{
    if (!there || !offsets->count)
        return there;
    ns_t first = there - offsets->v[0].offset;
    ns_t own = there - at(offsets, first, near).offset;
    return there - at(offsets, own, near).offset;
}

/* Between two points it rises or falls evenly up to the middle, and behind it. */
ns_t offsets_bound(const struct offsets *offsets, ns_t from, ns_t to)
{
    ns_t bound = greater(offsets_at(offsets, from).bound, offsets_at(offsets, to).bound);
    size_t first = before(offsets, from);
    for (size_t i = first ? first - 1 : 0; i < offsets->count && offsets->v[i].at < to; i++) {
        const struct offset_point *point = &offsets->v[i], *next = point + 1;
        bool last = i + 1 == offsets->count;
        ns_t middle = last ? to : point->at + (next->at - point->at) / 2;
        if (point->at > from)
            bound = greater(bound, point->bound);
        if (middle > from && middle < to)
            bound = greater(bound, offsets_at(offsets, middle).bound);
    }
    return bound;
}

bool offsets_stepped(const struct offsets *offsets, ns_t from, ns_t to, ns_t *ret_by)
{
    size_t first = before(offsets, from);
    for (size_t i = first ? first : 1; i < offsets->count; i++) {
        const struct offset_point *a = &offsets->v[i - 1], *b = &offsets->v[i];
        ns_t change = b->offset > a->offset ? b->offset - a->offset : a->offset - b->offset;
        ns_t explained = a->bound + b->bound + ppm(b->at - a->at, OFFSET_DRIFT_PPM);
        if (change > explained) {
            *ret_by = b->offset - a->offset;
            return true;
        }
        if (b->at >= to)
            break;
    }
    return false;
}
