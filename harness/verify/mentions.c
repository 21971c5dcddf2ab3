/* Which statements show a user. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/owners_inside.h"

/* ---- which places show users ---- */

/* A number in a statement may be a user, a limit, a stock, an event. A place of a shape shows users
 * when what stands there is nearly always a user who is in flight or has won, and no user more
 * often than he has requests; for a write, when besides they are those who were told yes, or
 * everybody. */
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
        bool counts = may_show(desk->history, request, statement->asked);
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

enum { LOOK_BACK = 8 };

/* The last statement before this one on its connection that shows a user, back to the first of its
 * own shape. NULL: there is none near. */
static const struct owner *last_shown(const struct desk *desk, size_t place)
{
    const struct trace_statement *v = desk->trace->v, *one = &v[desk->links[place].statement];
    for (size_t i = place; i-- > 0 && place - i <= LOOK_BACK;) {
        const struct owner *owner = &desk->owners[desk->links[i].statement];
        const struct trace_statement *before = &v[desk->links[i].statement];
        if (before->connection != one->connection || before->shape == one->shape)
            return NULL;
        if (owner->how)
            return owner;
    }
    return NULL;
}

/* Which shapes a request has shown its user in. */
struct shown {
    uint64_t bits[4];
};

static bool has_shown(const struct shown *shown, uint16_t shape)
{
    return shown->bits[shape / 64 % 4] >> shape % 64 & 1;
}

/* Until when whoever asked this was busy on its connection: to the end of the transaction, or to
 * the next statement of its shape. */
static ns_t busy_until(const struct desk *desk, size_t place)
{
    const struct trace_statement *v = desk->trace->v, *one = &v[desk->links[place].statement];
    ns_t until = one->asked;
    for (size_t i = place + 1; i < desk->trace->count && i - place <= LOOK_BACK; i++) {
        const struct trace_statement *next = &v[desk->links[i].statement];
        bool leaves = one->flags & TRACE_INSIDE && !(next->flags & TRACE_INSIDE);
        if (next->connection != one->connection || next->shape == one->shape || leaves)
            break;
        until = next->asked;
    }
    return until;
}

/* Of copies of a request the one that was last seen on this connection; else, of those that are in
 * flight for so long and have not shown this shape, the first to end. */
static uint32_t choose(const struct desk *desk, size_t place, int64_t user,
                       const struct shown *shown)
{
    const struct trace_statement *one = &desk->trace->v[desk->links[place].statement];
    const struct request *v = desk->history->v;
    const struct owner *last = last_shown(desk, place);
    if (last && v[last->request].user == user &&
        in_flight(desk->history, &v[last->request], one->asked))
        return last->request;
    ns_t until = busy_until(desk, place);
    uint32_t found = TRACE_NOBODY;
    size_t high, low = askers_of(desk, user, &high);
    for (size_t i = low; i < high; i++) {
        uint32_t request = desk->askers[i].request;
        bool fits = in_flight(desk->history, &v[request], one->asked) &&
                    in_flight(desk->history, &v[request], until) &&
                    !has_shown(&shown[request], one->shape);
        if (fits && (found == TRACE_NOBODY || !v[found].done ||
                     (v[request].done && v[request].done < v[found].done)))
            found = request;
    }
    return found == TRACE_NOBODY ? askers_request(desk, user, one->asked) : found;
}

/* places: of each shape's values; shown: of each request. */
static void see(struct desk *desk, size_t place, const struct place *places, struct shown *shown)
{
    size_t k = desk->links[place].statement;
    const struct trace_statement *one = &desk->trace->v[k];
    enum trace_what what = desk->trace->shapes[one->shape].what;
    for (unsigned i = 0; i < values_kept(&one->asks); i++) {
        size_t at = (size_t)one->shape * TRACE_VALUES_MAX + i;
        if (desk->owners[k].how || !shows(one, i) || !shows_users(desk, &places[at], what))
            continue;
        uint32_t request = choose(desk, place, one->asks.v[i], shown);
        if (request == TRACE_NOBODY)
            continue;
        desk->owners[k] = (struct owner){request, OWNER_SEEN};
        shown[request].bits[one->shape / 64 % 4] |= UINT64_C(1) << one->shape % 64;
    }
}

int mentions_see(struct desk *desk, struct err *err)
{
    size_t count = (size_t)desk->trace->shapes_count * TRACE_VALUES_MAX + 1;
    _cleanup_free_ struct place *places = calloc(count, sizeof *places);
    _cleanup_free_ struct shown *shown = calloc(desk->history->count + 1, sizeof *shown);
    if (!places || !shown)
        return err_set(err, ERR_MEMORY, "no memory for the shapes of statements");
    int rc = measure(desk, places, err);
    for (size_t i = 0; !rc && i < desk->trace->count; i++)
        see(desk, i, places, shown);
    return rc;
}
