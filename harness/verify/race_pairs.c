/* What each request read before it wrote. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/race_inside.h"

/* A statement of a request, by request and then in its order in the trace. */
struct step {
    uint32_t request, statement;
};

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left, *b = right;
    if (a->request != b->request)
        return a->request < b->request ? -1 : 1;
    return (a->statement > b->statement) - (a->statement < b->statement);
}

/* As its shape says: a command that MULTI queues stands as part of a transaction. */
static bool writes(const struct trace *trace, uint32_t statement)
{
    return trace->shapes[trace->v[statement].shape].what == TRACE_WRITE;
}

static bool reads(const struct trace *trace, uint32_t statement)
{
    const struct trace_statement *one = &trace->v[statement];
    return one->what == TRACE_READ && one->answered && !(one->flags & TRACE_FAILED);
}

/* The steps of one request, backwards, so that what came next is known: the next write that those
 * who were told no have not run as well, or else the next write. */
static void pair_request(const struct trace *trace, const bool *common, const struct step *steps,
                         size_t count, struct pairs *pairs)
{
    uint32_t write = RACE_NO_STATEMENT;
    unsigned between = 0;
    for (size_t i = count; i-- > 0;) {
        uint32_t statement = steps[i].statement, before = RACE_NO_STATEMENT;
        if (writes(trace, statement) &&
            (write == RACE_NO_STATEMENT || common[trace->v[write].shape] ||
             !common[trace->v[statement].shape])) {
            write = statement;
            between = 0;
            continue;
        }
        if (reads(trace, statement)) {
            for (size_t k = i; k-- > 0 && before == RACE_NO_STATEMENT;)
                before = writes(trace, steps[k].statement) ? steps[k].statement : before;
            pairs->v[pairs->count++] = (struct pair){
                .read = &trace->v[statement], .write = write, .before = before, .between = between};
        }
        between++;
    }
}

static int pair_all(struct pairs *pairs, const bool *common, struct err *err)
{
    const struct trace *trace = pairs->trace;
    _cleanup_free_ struct step *steps = calloc(trace->count + 1, sizeof *steps);
    size_t count = 0;
    if (!steps)
        return err_set(err, ERR_MEMORY, "no memory for %zu statements", trace->count);
    for (size_t k = 0; k < trace->count; k++)
        if (trace->v[k].how)
            steps[count++] = (struct step){trace->v[k].request, (uint32_t)k};
    qsort(steps, count, sizeof *steps, compare_steps);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && steps[to].request == steps[from].request;)
            to++;
        pair_request(trace, common, steps + from, to - from, pairs);
    }
    return 0;
}

/* ---- who is named ---- */

static int compare_users(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t *list_named(const struct findings *findings, size_t *ret_count)
{
    size_t room = 1, count = 0;
    for (size_t i = 0; i < findings->count; i++)
        room += findings->v[i].witnesses_count;
    int64_t *users = calloc(room, sizeof *users);
    for (size_t i = 0; users && i < findings->count; i++) {
        const struct finding *finding = &findings->v[i];
        for (size_t k = 0; finding->verdict == VERDICT_FAIL && k < finding->witnesses_count; k++)
            if (finding->witnesses[k].user.known)
                users[count++] = finding->witnesses[k].user.value;
    }
    if (users)
        qsort(users, count, sizeof *users, compare_users);
    *ret_count = count;
    return users;
}

struct named {
    int64_t *users; /* owned; ascending */
    size_t count;
};

static bool is_named(const struct named *named, int64_t user)
{
    return bsearch(&user, named->users, named->count, sizeof user, compare_users) != NULL;
}

/* Who was told no, and is named by nobody, has written nothing that is wrong: he gave back a lock,
 * or said that he was there. */
static bool is_refused(const struct named *named, const struct request *request)
{
    return request->cls == CLASS_REJECTED && !is_named(named, request->user);
}

/* The shapes that such ones have written. */
static bool *list_common(const struct run *run, const struct named *named)
{
    const struct trace *trace = &run->trace;
    bool *common = calloc(trace->shapes_count + 1, sizeof *common);
    for (size_t k = 0; common && k < trace->count; k++)
        if (trace->v[k].how && writes(trace, (uint32_t)k) &&
            is_refused(named, &run->history.v[trace->v[k].request]))
            common[trace->v[k].shape] = true;
    return common;
}

static void mark(const struct run *run, const struct named *named, struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const struct request *request = &run->history.v[pairs->v[i].read->request];
        pairs->v[i].named = is_named(named, request->user);
        pairs->v[i].refused = is_refused(named, request);
        if (pairs->v[i].refused)
            pairs->v[i].write = RACE_NO_STATEMENT;
    }
}

int race_pairs(const struct run *run, struct pairs *pairs, struct err *err)
{
    size_t count = 0;
    _cleanup_free_ int64_t *users = list_named(&run->findings, &count);
    const struct named named = {users, count};
    _cleanup_free_ bool *common = users ? list_common(run, &named) : NULL;
    if (!common)
        return err_set(err, ERR_MEMORY, "no memory for the users whom checks name");
    int rc = pair_all(pairs, common, err);
    if (!rc)
        mark(run, &named, pairs);
    return rc;
}
