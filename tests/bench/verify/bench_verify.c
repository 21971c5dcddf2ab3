/* How long all checks take over large histories, and what they need beside the history.
 *
 *     bench-verify [MOST]      requests from 10^4 to MOST (default 10^7), tenfold
 *     bench-verify N SHAPE     so many, of one shape that is not items
 *
 * Users are shuffled, so that nothing is in order by chance. `half`: half of them are sold, half
 * turned away. `rows`: as many rows as requests. `wrong`: as half, but of every hundred users one
 * is lost, one has two rows and one is overtaken. `sale`: a hundred are sold, users are in order,
 * and they were sent by four agents whose clocks are known to 0.1 ms. `items`: as half, of 1, 50
 * and 10,000 items. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "counted.h"
#include "model/run.h"
#include "verify/checks.h"

#define ORIGIN (1000 * NS_PER_S)
#define AGENTS 4

enum shape { SHAPE_HALF, SHAPE_ROWS, SHAPE_WRONG, SHAPE_SALE, SHAPE_ITEMS, SHAPE_COUNT };

static const char *const shape_names[] = {"half", "rows", "wrong", "sale", "items"};

static const char *const expected[] = {"latency", "fcfs_distance", "fcfs_power", "retry"};

#define EXPECTED_COUNT (sizeof expected / sizeof *expected)

/* The scenario that all of them share. */
struct setting {
    struct scenario scenario;
    struct spec_rule rule;
    struct spec_rows coupons, parked;
    struct spec_counter counter;
    struct spec_pipeline pipeline;
    struct spec_items items;
    struct spec_expect expect[EXPECTED_COUNT];
    char *topics[1];
};

static void setting_init(struct setting *setting, int64_t limit)
{
    *setting = (struct setting){0};
    struct scenario *scenario = &setting->scenario;
    scenario->limit = limit;
    scenario->responses.accepted = scenario->responses.rejected = &setting->rule;
    scenario->responses.accepted_count = scenario->responses.rejected_count = 1;
    setting->topics[0] = (char *)(uintptr_t) "coupon_create";
    setting->pipeline = (struct spec_pipeline){.queues = setting->topics, .queues_count = 1};
    scenario->evidence = (struct spec_evidence){.coupons = &setting->coupons,
                                                .parked = &setting->parked,
                                                .counter = &setting->counter,
                                                .pipeline = &setting->pipeline};
    scenario->expect = setting->expect;
    scenario->expect_count = EXPECTED_COUNT;
    for (size_t i = 0; i < EXPECTED_COUNT; i++)
        setting->expect[i] = (struct spec_expect){
            .check = (char *)(uintptr_t)expected[i], .max = 100 * NS_PER_S, .power_percent = 10};
}

static void *need(void *block)
{
    if (block)
        return block;
    fputs("bench-verify: out of memory\n", stderr);
    exit(4);
}

static int64_t *number(size_t n, bool shuffled, struct rng *rng)
{
    int64_t *users = need(malloc(n * sizeof *users));
    for (size_t i = 0; i < n; i++)
        users[i] = (int64_t)i + 1;
    for (size_t i = n; shuffled && i > 1; i--) {
        size_t j = rng_below(rng, i);
        int64_t swap = users[i - 1];
        users[i - 1] = users[j];
        users[j] = swap;
    }
    return users;
}

/* Requests of users that have asked before: the last twentieth, by those of the twentieth before.
 */
static size_t repeated(size_t n, enum shape shape)
{
    return shape == SHAPE_SALE ? 0 : n / 20;
}

static size_t users_of(size_t n, enum shape shape)
{
    return n - repeated(n, shape);
}

static int64_t sold_of(size_t n, enum shape shape)
{
    size_t sold = shape == SHAPE_SALE ? 100 : shape == SHAPE_ROWS ? users_of(n, shape) : n / 2;
    return (int64_t)sold;
}

static void know_clocks(struct history *history)
{
    if (history_bind(history, NULL))
        need(NULL);
    for (unsigned agent = 1; agent <= AGENTS; agent++)
        *history_bound_of(history, agent, 0) = NS_PER_MS / 10;
    for (size_t i = 0; i < history->count; i++)
        history->v[i].agent = (uint16_t)(i % AGENTS + 1);
}

/* A request a microsecond, answered within a millisecond; effects are in the order of release. */
static void fill_history(struct run *run, const int64_t *users, size_t n, int64_t limit,
                         enum shape shape, struct rng *rng)
{
    if (history_init(&run->history, n, NULL))
        need(NULL);
    run->history.origin = ORIGIN;
    for (size_t i = 0; i < n; i++) {
        bool again = i >= users_of(n, shape),
             yes = (int64_t)i < limit || (again && shape == SHAPE_ROWS);
        int64_t user = users[again ? i - repeated(n, shape) : i];
        struct request *request = &run->history.v[i];
        *request = (struct request){.user = user};
        request_set_rank(request, (struct maybe){yes && !again, (int64_t)i + 1});
        request->planned = request->released = ORIGIN + (ns_t)i * NS_PER_US;
        request->done = request->released + (ns_t)(NS_PER_MS / 2 + rng_below(rng, NS_PER_MS / 2));
        request->first_byte = request->done;
        request->seq = (uint32_t)i;
        request->attempt = again ? 2 : 1;
        request->status = yes ? 202 : 410;
        request->cls = yes ? CLASS_ACCEPTED : CLASS_REJECTED;
        if (shape == SHAPE_WRONG && yes && i % 100 == 7)
            request->rank += 2 * limit; /* everybody who came later was told a better rank */
    }
    run->history.count = n;
    if (shape == SHAPE_SALE)
        know_clocks(&run->history);
}

static void fill_stores(struct run *run, const int64_t *users, size_t sold, enum shape shape)
{
    struct evidence *evidence = &run->evidence;
    evidence->coupons.v = need(malloc((sold + 1) * sizeof *evidence->coupons.v));
    evidence->produced.v = need(malloc((sold + 1) * sizeof *evidence->produced.v));
    for (size_t i = 0; i < sold; i++) {
        int64_t user = users[shape == SHAPE_WRONG && i && i % 100 == 3 ? i - 1 : i];
        evidence->coupons.v[i] = (struct row){user, (int64_t)i + 1};
        evidence->produced.v[i] = (struct produced_record){
            .user = users[i], .offset = (int64_t)i / 3, .lane = (int32_t)(i % 3), .decoded = true};
    }
    evidence->coupons.count = evidence->produced.count = sold;
    evidence->coupons.known = evidence->produced.known = evidence->parked.known = true;
    evidence->counter =
        (struct counter_reading){.known = true, .after = (int64_t)run->history.count};
    run->drain.outcome = DRAIN_DRAINED;
    run->drain.rows_max = (int64_t)sold;
    run->phases[PHASE_STACK].started = 1;
    for (int i = 0; i < 40; i++) {
        struct sample sample = {.at = ORIGIN + i * NS_PER_MS,
                                .rows = (int64_t)sold * (i < 20 ? i : 20) / 20,
                                .parked = 0,
                                .flags = i > 30 ? SAMPLE_WATCH : 0};
        if (timeline_add(&run->timeline, &sample, NULL))
            need(NULL);
    }
}

/* Everybody wants one unit; as much of each item is there as was sold. */
static void fill_items(struct run *run, struct setting *setting, int64_t count)
{
    int64_t limit = setting->scenario.limit;
    setting->items = (struct spec_items){
        .ids = (char *)(uintptr_t) "sku-{{n}}", .count = count, .stock = limit / count};
    setting->scenario.items = &setting->items;
    setting->scenario.expect_count = 1; /* the others are of one pool */
    if (items_make(&setting->scenario, &run->items, NULL) || history_order(&run->history, NULL))
        need(NULL);
    struct rows *rows = &run->evidence.coupons;
    rows->lines = need(calloc(rows->count + 1, sizeof *rows->lines));
    size_t first = run->history.count - run->history.count / 20;
    for (size_t i = 0; i < run->history.count; i++) {
        int32_t item = (int32_t)((int64_t)(i < first ? i : i - run->history.count / 20) % count);
        run->history.orders[i] =
            (struct order){.asked = item, .item = item, .asked_units = 1, .units = 1};
    }
    for (size_t i = 0; i < rows->count; i++)
        rows->lines[i] = (struct row_line){.item = (int64_t)i % count, .units = 1};
}

/* What the machine gave to us: on a busy one the wall clock shows the others too. */
static ns_t cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* items: how many; 0: one pool. */
static void bench(size_t n, enum shape shape, int64_t items)
{
    char name[24];
    struct rng rng;
    struct setting *setting = need(malloc(sizeof *setting));
    struct run *run = need(malloc(sizeof *run));
    struct err err = {0};
    int64_t limit = sold_of(n, shape);
    rng_seed(&rng, 1);
    setting_init(setting, limit);
    run_init(run);
    run->scenario = &setting->scenario;
    int64_t *users = number(users_of(n, shape), shape != SHAPE_SALE, &rng);
    fill_history(run, users, n, limit, shape, &rng);
    fill_stores(run, users, (size_t)limit, shape);
    free(users);
    if (items)
        fill_items(run, setting, items);
    counted_reset();
    ns_t tallied = cpu_now();
    if (tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, &err)) {
        fprintf(stderr, "bench-verify: %s\n", err.message);
        exit(1);
    }
    tallied = cpu_now() - tallied;
    size_t tally_peak = counted_peak();
    ns_t read = run->tally.last_response + 1;
    struct evidence *evidence = &run->evidence;
    evidence->coupons.asked = evidence->parked.asked = evidence->produced.asked =
        evidence->counter.asked = read;
    counted_reset();
    ns_t begin = clock_now(), busy = cpu_now();
    int rc = checks_run(run, &err);
    ns_t took = clock_now() - begin;
    busy = cpu_now() - busy;
    if (rc) {
        fprintf(stderr, "bench-verify: %s\n", err.message);
        exit(1);
    }
    size_t witnesses = 0, passed = 0;
    for (size_t i = 0; i < run->findings.count; i++) {
        witnesses += run->findings.v[i].witnesses_count;
        passed += run->findings.v[i].verdict == VERDICT_PASS;
    }
    snprintf(name, sizeof name, items ? "%s %lld" : "%s", shape_names[shape], (long long)items);
    printf("%9zu  %-11s  %8.3f  %8.3f  %10.1f  %13.1f  %6zu of %zu  %10zu  %8.3f  %13.1f\n", n,
           name, (double)took / 1e9, (double)busy / 1e9, (double)took / (double)n,
           (double)counted_peak() / (double)n, passed, run->findings.count, witnesses,
           (double)tallied / 1e9, (double)tally_peak / (double)n);
    run_free(run);
    free(run);
    free(setting);
}

int main(int argc, char **argv)
{
    size_t most = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    puts(" requests  shape        seconds  of CPU    ns/request  bytes/request  checks pass   "
         "witnesses  tally CPU  bytes/request");
    for (int shape = 0; argc > 2 && shape < SHAPE_ITEMS; shape++)
        if (!strcmp(argv[2], shape_names[shape]))
            bench(most, (enum shape)shape, 0);
    if (argc > 2)
        return 0;
    for (size_t n = 10000; n <= most; n *= 10)
        for (int shape = 0; shape < SHAPE_ITEMS; shape++)
            bench(n, (enum shape)shape, 0);
    static const int64_t items[] = {1, 50, 10000};
    for (size_t n = 100000; n <= most; n *= 10)
        for (size_t i = 0; i < sizeof items / sizeof *items; i++)
            if (n / 2 >= (size_t)items[i])
                bench(n, SHAPE_ITEMS, items[i]);
    return 0;
}
