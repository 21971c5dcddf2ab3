/* Which statements show a user. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/owners_inside.h"

/* ---- which places show users ---- */

/* A number in a statement may be a user, a limit, a stock, an event. A place of a shape shows users
 * when what stands there is nearly always a user who is in flight, and no user more often than he
 * has requests; for a write, when besides they are those who were told yes, or everybody. */
struct place {
    uint32_t total, fitting, accepted, decided;
    bool ids; /* by kind: no number could be taken for one */
};

struct mention {
    int64_t user;
    uint32_t place;
};

static bool shows(const struct trace_statement *statement, unsigned i)
{
    uint8_t kind = statement->asks.kinds[i];
    return kind == TRACE_USER || kind == TRACE_INTEGER;
}

static unsigned values_kept(const struct trace_values *values)
{
    return values->count < TRACE_VALUES_MAX ? values->count : TRACE_VALUES_MAX;
}

static int compare_mentions(const void *left, const void *right)
{
    const struct mention *a = left, *b = right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (a->user > b->user) - (a->user < b->user);
}

static void count_mention(const struct desk *desk, const struct trace_statement *statement,
                          unsigned i, struct place *place)
{
    size_t high, low = askers_of(desk, statement->asks.v[i], &high);
    bool flying = false, yes = false, no = false;
    for (size_t k = low; k < high; k++) {
        const struct request *request = &desk->history->v[desk->askers[k].request];
        bool counts = in_flight(request, statement->asked);
        flying |= counts;
        yes |= counts && request->cls == CLASS_ACCEPTED; /* of copies any may be meant */
        no |= counts && request->cls == CLASS_REJECTED;
    }
    place->total++;
    place->ids |= statement->asks.kinds[i] == TRACE_USER;
    place->fitting += flying;
    place->accepted += yes;
    place->decided += yes || no;
}

/* A user who is named more often than he asked is a limit or a stock. */
static void take_back(const struct desk *desk, const struct mention *mentions, size_t count,
                      struct place *places)
{
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && !compare_mentions(&mentions[from], &mentions[to]);)
            to++;
        size_t high, low = askers_of(desk, mentions[from].user, &high);
        struct place *place = &places[mentions[from].place];
        uint32_t over = to - from > high - low ? (uint32_t)(to - from - (high - low)) : 0;
        place->fitting -= over < place->fitting ? over : place->fitting;
    }
}

static int measure(const struct desk *desk, struct place *places, struct err *err)
{
    const struct trace *trace = desk->trace;
    _cleanup_free_ struct mention *mentions =
        calloc(trace->count * TRACE_VALUES_MAX + 1, sizeof *mentions);
    size_t count = 0;
    if (!mentions)
        return err_set(err, ERR_MEMORY, "no memory for %zu statements", trace->count);
    for (size_t k = 0; k < trace->count; k++) {
        const struct trace_statement *statement = &trace->v[k];
        for (unsigned i = 0; i < values_kept(&statement->asks); i++) {
            uint32_t place = statement->shape * TRACE_VALUES_MAX + i;
            if (!shows(statement, i))
                continue;
            count_mention(desk, statement, i, &places[place]);
            mentions[count++] = (struct mention){statement->asks.v[i], place};
        }
    }
    qsort(mentions, count, sizeof *mentions, compare_mentions);
    take_back(desk, mentions, count, places);
    return 0;
}

/* More than nine in ten. */
static bool nearly(uint64_t part, uint64_t whole)
{
    return whole && part * 10 > whole * 9;
}

static bool shows_users(const struct desk *desk, const struct place *place, enum trace_what what)
{
    if (place->ids)
        return true;
    if (!nearly(place->fitting, place->total))
        return false;
    return what != TRACE_WRITE || nearly(place->accepted, place->decided) ||
           nearly(place->fitting, desk->askers_count);
}

/* ---- seen ---- */

/* Of copies of a request, the one whose statement came just before on this connection; else the
 * next of them in turn. */
static uint32_t choose(const struct desk *desk, size_t place, int64_t user, uint32_t *turn)
{
    const struct trace_statement *one = &desk->trace->v[desk->links[place].statement];
    const struct link_place *before = place ? &desk->links[place - 1] : NULL;
    const struct owner *last = before ? &desk->owners[before->statement] : NULL;
    bool same = before && before->connection == one->connection && last->how &&
                desk->history->v[last->request].user == user &&
                desk->trace->v[before->statement].shape != one->shape &&
                in_flight(&desk->history->v[last->request], one->asked);
    return same ? last->request : askers_request(desk, user, one->asked, (*turn)++);
}

/* places, turns: of each shape's values. */
static void see(struct desk *desk, size_t place, const struct place *places, uint32_t *turns)
{
    size_t k = desk->links[place].statement;
    const struct trace_statement *one = &desk->trace->v[k];
    enum trace_what what = desk->trace->shapes[one->shape].what;
    for (unsigned i = 0; i < values_kept(&one->asks); i++) {
        size_t at = (size_t)one->shape * TRACE_VALUES_MAX + i;
        if (!shows(one, i) || !shows_users(desk, &places[at], what))
            continue;
        uint32_t request = choose(desk, place, one->asks.v[i], &turns[at]);
        if (request != TRACE_NOBODY)
            desk->owners[k] = (struct owner){request, OWNER_SEEN};
    }
}

int mentions_see(struct desk *desk, struct err *err)
{
    size_t count = (size_t)desk->trace->shapes_count * TRACE_VALUES_MAX + 1;
    _cleanup_free_ struct place *places = calloc(count, sizeof *places);
    _cleanup_free_ uint32_t *turns = calloc(count, sizeof *turns);
    if (!places || !turns)
        return err_set(err, ERR_MEMORY, "no memory for the shapes of statements");
    int rc = measure(desk, places, err);
    for (size_t i = 0; !rc && i < desk->trace->count; i++)
        see(desk, i, places, turns);
    return rc;
}
