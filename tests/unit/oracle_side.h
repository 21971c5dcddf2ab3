/* Beside answers and stores: the run's processes, and the values that the scenario's own queries
 * returned. Each with its truth. */
#ifndef TESTS_UNIT_ORACLE_SIDE_H
#define TESTS_UNIT_ORACLE_SIDE_H

#include "base/rng.h"
#include "small_run.h"

#define PROCESSES 3

static inline bool chance(struct rng *rng, int percent)
{
    return (int)rng_below(rng, 100) < percent;
}

static inline int between(struct rng *rng, int low, int high)
{
    return (int)rng_between(rng, low, high);
}

/* What really happened to a process. */
struct life {
    enum { RUNS, EXITS, CRASHES, SABOTAGED, ORPHANED } end;
    int code, signal;
    bool once, server;
    bool unseen; /* it runs, and nobody looked after the last answer */
    int when;    /* ms after the origin; the last answer is somewhere in between */
};

/* value: none, a number, NULL */
struct query {
    bool asked, given;
    int value;
    bool has_equals, has_least, has_most;
    int equals, least, most;
    char texts[3][8], text[8];
};

struct side {
    struct life lives[PROCESSES];
    int lives_count;
    struct query queries[2]; /* sql, redis */
};

static inline struct side side_random(struct rng *rng)
{
    struct side side = {.lives_count = between(rng, 0, PROCESSES)};
    for (int i = 0; i < side.lives_count; i++) {
        struct life *life = &side.lives[i];
        life->end = chance(rng, 60) ? RUNS : (unsigned)rng_below(rng, 5);
        life->code = chance(rng, 50) ? 0 : between(rng, 1, 3);
        life->signal = chance(rng, 50) ? 11 : 9;
        life->once = chance(rng, 20);
        life->server = chance(rng, 10) && life->end != RUNS && life->end != SABOTAGED;
        life->unseen = chance(rng, 10);
        life->when = between(rng, 1, 30);
    }
    for (int i = 0; i < 2; i++) {
        struct query *query = &side.queries[i];
        query->asked = chance(rng, 90);
        query->given = chance(rng, 90);
        query->value = between(rng, -2, 12);
        query->has_equals = chance(rng, 40);
        query->has_least = chance(rng, 40);
        query->has_most = chance(rng, 40);
        query->equals = between(rng, -2, 12);
        query->least = between(rng, -2, 12);
        query->most = between(rng, -2, 12);
    }
    return side;
}

/* As the stack writes it down. */
static inline void life_write(const struct life *life, ns_t last, struct process_info *ret_process)
{
    bool ended = life->end != RUNS, by_signal = life->end == CRASHES;
    bool meant = life->once && life->end == EXITS && !life->code;
    *ret_process = (struct process_info){
        .name = "consumer",
        .exit_code = ended && !by_signal ? life->code : -1,
        .signal = by_signal ? life->signal : 0,
        .unexpected = (life->end == EXITS && !meant) || by_signal,
        .once = life->once,
        .server = life->server,
        .ended = ended ? SMALL_ORIGIN + life->when * NS_PER_MS : 0,
        .looked = last + !life->unseen,
    };
    const char *asked = life->end == SABOTAGED  ? "fault"
                        : life->end == ORPHANED ? "supervisor"
                                                : "";
    snprintf(ret_process->asked, sizeof ret_process->asked, "%s", asked);
}

static inline void side_run(const struct side *side, ns_t last, struct run *run)
{
    run->processes_count = (unsigned)side->lives_count;
    for (int i = 0; i < side->lives_count; i++)
        life_write(&side->lives[i], last, &run->processes[i]);
}

/* A fail is whoever ended by a signal or with a code while nobody had asked, whenever it was. A
 * server of the run's own says nothing of the service; nor does who ended in good order. */
static inline enum verdict side_processes(const struct side *side)
{
    bool fault = false, doubt = side->lives_count == 0;
    for (int i = 0; i < side->lives_count; i++) {
        const struct life *life = &side->lives[i];
        bool crashed = life->end == CRASHES || (life->end == EXITS && life->code);
        bool in_order = life->end == EXITS && !life->code;
        fault |= crashed && !life->server;
        doubt |= crashed && life->server;
        doubt |= in_order && !life->once;
        doubt |= life->end == ORPHANED;
        doubt |= life->end == RUNS && life->unseen;
    }
    return fault ? FAIL : doubt ? UNKNOWN : PASS;
}

static inline char *query_text(struct query *query, int place, bool given, int value)
{
    snprintf(query->texts[place], sizeof query->texts[place], "%d", value);
    return given ? query->texts[place] : NULL;
}

static inline void query_expect(struct query *query, struct spec_expect *ret_expect)
{
    ret_expect->query = (char *)(uintptr_t) "SELECT 1";
    ret_expect->equals = query_text(query, 0, query->has_equals, query->equals);
    ret_expect->least = query_text(query, 1, query->has_least, query->least);
    ret_expect->most = query_text(query, 2, query->has_most, query->most);
}

/* The evidence frees what it holds. */
static inline void query_answer(const struct query *query, struct asked *ret_asked)
{
    char text[8];
    snprintf(text, sizeof text, "%d", query->value);
    ret_asked->known = query->asked;
    ret_asked->value = query->asked && query->given ? strdup(text) : NULL;
}

/* A figure without a sample fails. */
static inline enum verdict side_query(const struct query *query)
{
    if (!query->asked || (!query->has_equals && !query->has_least && !query->has_most))
        return UNKNOWN;
    bool holds = query->given && (!query->has_equals || query->value == query->equals) &&
                 (!query->has_least || query->value >= query->least) &&
                 (!query->has_most || query->value <= query->most);
    return holds ? PASS : FAIL;
}

#endif
