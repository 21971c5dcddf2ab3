#include "verify/race.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/owners.h"
#include "verify/race_inside.h"

/* ---- groups that read alike ---- */

static int compare_values(const struct trace_values *a, const struct trace_values *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (unsigned i = 0; i < a->count && i < TRACE_VALUES_MAX; i++) {
        if (a->kinds[i] != b->kinds[i])
            return a->kinds[i] < b->kinds[i] ? -1 : 1;
        if (a->v[i] != b->v[i])
            return a->v[i] < b->v[i] ? -1 : 1;
    }
    return 0;
}

/* The same question to the same store. */
static int compare_questions(const struct pair *a, const struct pair *b)
{
    if (a->read->shape != b->read->shape)
        return a->read->shape < b->read->shape ? -1 : 1;
    if (a->read->store != b->read->store)
        return a->read->store < b->read->store ? -1 : 1;
    return compare_values(&a->read->asks, &b->read->asks);
}

static int compare_answers(const struct pair *a, const struct pair *b)
{
    int order = compare_questions(a, b);
    return order ? order : compare_values(&a->read->answer, &b->read->answer);
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    int order = compare_answers(a, b);
    if (order)
        return order;
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster ? -1 : 1;
    if (a->read->request != b->read->request)
        return a->read->request < b->read->request ? -1 : 1;
    return (a->read > b->read) - (a->read < b->read);
}

/* ---- who was in flight together ---- */

static ns_t end_of_flight(const struct history *history, const struct pair *pair)
{
    ns_t told = history_decided(history, &history->v[pair->read->request]);
    return told ? told : INT64_MAX;
}

static int compare_reads(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    return (a->read > b->read) - (a->read < b->read);
}

/* Of those who read alike, who was told before another one read has not met him. Where nobody met
 * anybody they stay together: it was no race of two, and something else kept the answer. */
static void cluster(const struct history *history, struct pair *pairs, size_t count)
{
    uint32_t number = 0;
    ns_t end = 0;
    bool met = false;
    qsort(pairs, count, sizeof *pairs, compare_reads);
    for (size_t i = 0; i < count; i++) {
        bool alone = i && pairs[i].read->asked > end;
        ns_t told = end_of_flight(history, &pairs[i]);
        number += alone;
        met |= i && !alone && pairs[i].read->request != pairs[i - 1].read->request;
        end = alone || told > end ? told : end;
        pairs[i].cluster = number;
    }
    for (size_t i = 0; !met && i < count; i++)
        pairs[i].cluster = 0;
    qsort(pairs, count, sizeof *pairs, compare_pairs);
}

/* What speaks for a group as the explanation, the most weighty first. */
struct weight {
    bool wrote;  /* two and more wrote then: else what they wrote before is all there is */
    bool early;  /* those who were told no came to it as well, as far as that is known: what comes
                    behind the decision has decided nothing */
    bool varied; /* others got another answer: not a price, not a setting */
    bool held;   /* it was this read that was kept back */
    bool parted; /* and so did all who were told no */
    size_t named, members;
    unsigned close; /* UINT_MAX less the statements between */
    ns_t last;
};

struct group {
    size_t from, to; /* in the sorted pairs */
    struct weight weight;
};

static bool heavier(const struct weight *a, const struct weight *b)
{
    const int64_t left[] = {a->wrote,  a->early,          a->varied,           a->held,
                            a->parted, (int64_t)a->named, (int64_t)a->members, a->close,
                            a->last};
    const int64_t right[] = {b->wrote,  b->early,          b->varied,           b->held,
                             b->parted, (int64_t)b->named, (int64_t)b->members, b->close,
                             b->last};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (left[i] != right[i])
            return left[i] > right[i];
    return false;
}

/* A request that looked twice counts once, by its last look. */
static bool repeated(const struct pairs *pairs, size_t i, size_t to)
{
    return i + 1 < to && pairs->v[i].read->request == pairs->v[i + 1].read->request;
}

static struct weight weigh(const struct pairs *pairs, size_t from, size_t to)
{
    struct weight weight = {.close = UINT32_MAX};
    size_t writers = 0, held = 0, before = 0, readers = 0, named_readers = 0;
    for (size_t i = from; i < to; i++) {
        const struct pair *pair = &pairs->v[i];
        bool wrote = pair->write != RACE_NO_STATEMENT;
        if (repeated(pairs, i, to))
            continue;
        readers++;
        writers += wrote;
        held += (pair->read->flags & TRACE_HELD) != 0;
        before += pair->before != RACE_NO_STATEMENT;
        named_readers += pair->named;
        weight.named += wrote && pair->named;
        if (wrote && UINT32_MAX - pair->between < weight.close)
            weight.close = UINT32_MAX - pair->between;
        if (pair->read->answered > weight.last)
            weight.last = pair->read->answered;
    }
    weight.wrote = writers >= 2;
    weight.held = held >= 2;
    weight.members = weight.wrote ? writers : before >= 2 ? readers : 0;
    weight.named = weight.wrote ? weight.named : named_readers;
    return weight;
}

/* ---- who was told no ---- */

/* What those who were told no have read: of each shape, and of all. */
struct refusals {
    bool any;
    bool *shapes; /* owned; by shape */
};

static int list_refusals(const struct pairs *pairs, struct refusals *ret_refusals, struct err *err)
{
    struct refusals refusals = {.shapes = calloc(pairs->trace->shapes_count + 1, sizeof(bool))};
    if (!refusals.shapes)
        return err_set(err, ERR_MEMORY, "no memory for the shapes of statements");
    for (size_t i = 0; i < pairs->count; i++) {
        if (!pairs->v[i].refused)
            continue;
        refusals.any = true;
        refusals.shapes[pairs->v[i].read->shape] = true;
    }
    *ret_refusals = refusals;
    return 0;
}

/* Where some were told no, by what they came to; else by what is known of the shape. */
static bool comes_late(const struct pairs *pairs, const struct refusals *refusals, uint16_t shape)
{
    return refusals->any ? !refusals->shapes[shape] : pairs->trace->shapes[shape].late;
}

static size_t count_refused(const struct pairs *pairs, size_t from, size_t to)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        count += pairs->v[i].refused;
    return count;
}

/* ---- the heaviest ---- */

typedef int comparing(const struct pair *a, const struct pair *b);

/* Where those end that are like the one at `from`. */
static size_t end_of(const struct pairs *pairs, size_t from, comparing *compare)
{
    size_t to = from + 1;
    while (to < pairs->count && !compare(&pairs->v[from], &pairs->v[to]))
        to++;
    return to;
}

/* Called for each group in turn. */
typedef void group_taker(void *context, const struct group *group);

static int compare_clusters(const struct pair *a, const struct pair *b)
{
    int order = compare_answers(a, b);
    return order ? order : (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

static void each_group(const struct pairs *pairs, const struct refusals *refusals,
                       group_taker *take, void *context)
{
    for (size_t question = 0, next; question < pairs->count; question = next) {
        next = end_of(pairs, question, compare_questions);
        size_t refused = count_refused(pairs, question, next);
        for (size_t from = question, to; from < next; from = to) {
            to = end_of(pairs, from, compare_clusters);
            struct group group = {from, to, weigh(pairs, from, to)};
            group.weight.varied = compare_answers(&pairs->v[question], &pairs->v[next - 1]);
            group.weight.early = !comes_late(pairs, refusals, pairs->v[from].read->shape);
            group.weight.parted = refused && !count_refused(pairs, from, to);
            if (group.weight.members >= 2)
                take(context, &group);
        }
    }
}

static void take_heavier(void *context, const struct group *group)
{
    struct group *best = context;
    if (!best->weight.members || heavier(&group->weight, &best->weight))
        *best = *group;
}

/* Looks for what else two and more of the same requests have read alike. */
struct search {
    const struct pairs *pairs;
    const struct group *best;
    const bool *members; /* by request: it is one of the best group that wrote */
    struct group rival;
};

/* Nothing tells the two apart. */
static bool claims_the_same(const struct weight *a, const struct weight *b)
{
    return a->wrote == b->wrote && a->early == b->early && a->varied == b->varied &&
           a->parted == b->parted;
}

static void take_rival(void *context, const struct group *group)
{
    struct search *search = context;
    const struct pair *v = search->pairs->v;
    size_t shared = 0;
    for (size_t i = group->from; i < group->to; i++)
        shared += !repeated(search->pairs, i, group->to) && v[i].write != RACE_NO_STATEMENT &&
                  search->members[v[i].read->request];
    bool same = !compare_questions(&v[group->from], &v[search->best->from]);
    if (!same && shared >= 2 && claims_the_same(&group->weight, &search->best->weight))
        take_heavier(&search->rival, group);
}

static int find_rival(const struct run *run, const struct pairs *pairs,
                      const struct refusals *refusals, const struct group *best,
                      struct rival *ret_rival, struct err *err)
{
    _cleanup_free_ bool *members = calloc(run->history.count + 1, sizeof *members);
    struct search search = {.pairs = pairs, .best = best, .members = members};
    if (!members)
        return err_set(err, ERR_MEMORY, "no memory for %zu requests", run->history.count);
    for (size_t i = best->from; i < best->to; i++)
        members[pairs->v[i].read->request] = pairs->v[i].write != RACE_NO_STATEMENT;
    if (best->weight.wrote)
        each_group(pairs, refusals, take_rival, &search);
    ret_rival->read = search.rival.weight.members ? pairs->v[search.rival.from].read : NULL;
    return 0;
}

/* ---- the race ---- */

/* Those who wrote first; both by when they read. */
static int compare_parts(const void *left, const void *right)
{
    const struct race_part *a = left, *b = right;
    bool wrote_a = a->write != RACE_NO_STATEMENT, wrote_b = b->write != RACE_NO_STATEMENT;
    if (wrote_a != wrote_b)
        return wrote_a ? -1 : 1;
    return (a->read > b->read) - (a->read < b->read);
}

/* Most of those who wrote ran the same; a later write of another shape is somebody's own business.
 */
static uint16_t usual_shape(const struct trace *trace, const struct pairs *pairs,
                            const struct group *group, bool before)
{
    size_t most = 0;
    uint16_t found = UINT16_MAX;
    for (size_t i = group->from; i < group->to; i++) {
        uint32_t one = before ? pairs->v[i].before : pairs->v[i].write;
        size_t same = 0;
        for (size_t k = i; one != RACE_NO_STATEMENT && k < group->to; k++) {
            uint32_t other = before ? pairs->v[k].before : pairs->v[k].write;
            same += other != RACE_NO_STATEMENT && trace->v[other].shape == trace->v[one].shape;
        }
        if (same > most) {
            most = same;
            found = trace->v[one].shape;
        }
    }
    return found;
}

static int fill(const struct trace *trace, const struct pairs *pairs, const struct group *group,
                struct race *race, struct err *err)
{
    race->v = calloc(group->to - group->from, sizeof *race->v);
    if (!race->v)
        return err_set(err, ERR_MEMORY, "no memory for the race");
    bool wrote = group->weight.wrote;
    race->found = true;
    race->read = pairs->v[group->from].read->shape;
    race->write = wrote ? usual_shape(trace, pairs, group, false) : UINT16_MAX;
    race->before = wrote ? UINT16_MAX : usual_shape(trace, pairs, group, true);
    for (size_t i = group->from; i < group->to; i++) {
        const struct pair *pair = &pairs->v[i];
        const struct trace_statement *write =
            pair->write == RACE_NO_STATEMENT ? NULL : &trace->v[pair->write];
        bool same = wrote && write && write->shape == race->write;
        if (repeated(pairs, i, group->to))
            continue;
        bool guessed = pair->read->how == OWNER_GUESSED || (same && write->how == OWNER_GUESSED);
        race->v[race->count++] = (struct race_part){
            .request = pair->read->request,
            .read = (uint32_t)(pair->read - trace->v),
            .write = same ? pair->write : RACE_NO_STATEMENT,
            .guessed = guessed,
        };
        race->writers += same;
        race->guessed |= guessed;
        race->held += (pair->read->flags & TRACE_HELD) != 0;
    }
    qsort(race->v, race->count, sizeof *race->v, compare_parts);
    return 0;
}

static int choose(struct run *run, const struct pairs *pairs, const struct refusals *refusals,
                  struct err *err)
{
    struct group best = {0};
    struct rival rival;
    each_group(pairs, refusals, take_heavier, &best);
    if (!best.weight.members) {
        race_say_nothing(run, &run->race);
        return 0;
    }
    int rc = find_rival(run, pairs, refusals, &best, &rival, err);
    if (!rc)
        rc = fill(&run->trace, pairs, &best, &run->race, err);
    if (!rc)
        race_say(run, &run->race, &rival, !best.weight.early);
    return rc;
}

static int find(struct run *run, struct err *err)
{
    _cleanup_free_ struct pair *room = calloc(run->trace.count + 1, sizeof *room);
    struct pairs pairs = {&run->trace, room, 0};
    struct refusals refusals = {.any = false};
    if (!room)
        return err_set(err, ERR_MEMORY, "no memory for %zu statements", run->trace.count);
    int rc = race_pairs(run, &pairs, err);
    if (!rc)
        rc = list_refusals(&pairs, &refusals, err);
    if (rc)
        return rc;
    qsort(pairs.v, pairs.count, sizeof *pairs.v, compare_pairs);
    for (size_t from = 0, to; from < pairs.count; from = to) {
        to = end_of(&pairs, from, compare_answers);
        cluster(&run->history, pairs.v + from, to - from);
    }
    rc = choose(run, &pairs, &refusals, err);
    free(refusals.shapes);
    return rc;
}

int race_explain(struct run *run, struct err *err)
{
    race_free(&run->race);
    if (!run->trace.count)
        return 0;
    trace_sort(&run->trace);
    int rc = owners_find(&run->history, &run->trace, err);
    return rc || run->verdict != VERDICT_FAIL ? rc : find(run, err);
}
