/* Small runs written as text, for table-driven tests of the checks.
 *
 * answers: one word a request, in order: its class, its user, then options:
 *   A1 told yes   R2 told no   U3 no answer   D4 undecided   E5 a 500   X6 no rule matches
 *   L9 limited   N9 not to be read   C7 connection refused   S8 never sent   …=N rank   …@from-to
 * instants in ms (else all overlap); a third one: when the ticket was decided. rows, parked,
 * produced, before: users; "-": could not be read; NULL: not in the scenario. */
#ifndef TESTS_UNIT_SMALL_RUN_H
#define TESTS_UNIT_SMALL_RUN_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/run.h"
#include "verify/checks.h"

struct small_run {
    int64_t limit;
    const char *answers;
    const char *rows, *parked, *produced, *before;
    int64_t counter; /* growth; 0 and counter_given false: not in the scenario */
    bool counter_given, counts_any, counts_accepts, counts_users, down;
    const char *curve;          /* rows of each sample; "w" before a number: in the late window */
    enum drain_outcome outcome; /* DRAIN_NOT_RUN: drained, unless not_run */
    bool not_run;
    enum wait wait;
    int64_t rows_max;
    bool cannot_tell; /* the scenario has no rule for accepts */
    bool nameless;    /* nothing tells whose a row is */
    bool unclean;     /* it starts beside rows that are there already */
    int64_t at_most;  /* of the expectation that is judged */
};

struct small {
    struct scenario scenario;
    struct spec_rule rules[2];
    struct spec_rows coupons, parked;
    struct spec_counter counter;
    struct spec_pipeline pipeline;
    char *topics[1];
    struct spec_phase phase;
    struct spec_expect expect[4];
    struct run run;
};

/* Tables name only what matters to a row. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SMALL_ORIGIN (100 * NS_PER_S)

static inline void small_answer(struct request *request, char letter)
{
    static const struct {
        char letter;
        enum request_class cls;
        enum request_cause cause;
        uint16_t status;
    } kinds[] = {
        {'A', CLASS_ACCEPTED, CAUSE_NONE, 202},       {'R', CLASS_REJECTED, CAUSE_NONE, 410},
        {'U', CLASS_UNKNOWN, CAUSE_TIMEOUT, 0},       {'D', CLASS_UNKNOWN, CAUSE_UNDECIDED, 200},
        {'E', CLASS_FAILED, CAUSE_SERVER_ERROR, 500}, {'X', CLASS_FAILED, CAUSE_UNCLASSIFIED, 418},
        {'B', CLASS_UNKNOWN, CAUSE_AMBIGUOUS, 200},   {'C', CLASS_FAILED, CAUSE_REFUSED, 0},
        {'S', CLASS_SKIPPED, CAUSE_LATE, 0},          {'L', CLASS_LIMITED, CAUSE_NONE, 429},
        {'N', CLASS_UNKNOWN, CAUSE_UNREAD, 200},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == letter) {
            request->cls = (uint8_t)kinds[i].cls;
            request->cause = (uint8_t)kinds[i].cause;
            request->status = kinds[i].status;
            return;
        }
    cr_assert_fail("no such answer: %c", letter);
}

static inline void small_history(struct history *history, const char *answers)
{
    char *copy = strdup(answers), *rest = copy;
    cr_assert_eq(history_init(history, 64, NULL), 0);
    history->origin = SMALL_ORIGIN;
    for (char *word; (word = strsep(&rest, " "));) {
        if (!*word)
            continue;
        struct request *request = &history->v[history->count];
        double from = 1, to = 1000, decided = 0;
        const char *at = strchr(word, '@'), *rank = strchr(word, '=');
        if (at)
            cr_assert_geq(sscanf(at, "@%lf-%lf-%lf", &from, &to, &decided), 2, "%s", word);
        *request = (struct request){.user = strtoll(word + 1, NULL, 10),
                                    .rank = rank ? strtoll(rank + 1, NULL, 10) : 0,
                                    .ranked = rank != NULL,
                                    .seq = (uint32_t)history->count++,
                                    .attempt = 1};
        small_answer(request, *word);
        if (request->cls == CLASS_SKIPPED)
            continue;
        request->planned = request->released = SMALL_ORIGIN + (ns_t)(from * 1e6);
        request->done = request->first_byte = SMALL_ORIGIN + (ns_t)(to * 1e6);
        if (decided > 0) {
            cr_assert_eq(history_decide(history, NULL), 0);
            history->decided[request->seq] =
                (struct decided){.at = SMALL_ORIGIN + (ns_t)(decided * 1e6), .polls = 1};
        }
    }
    free(copy);
}

/* Users as rows, numbered from 1. */
static inline void small_rows(struct rows *rows, const char *users)
{
    if (!users || !strcmp(users, "-"))
        return;
    char *copy = strdup(users), *rest = copy;
    rows->known = true;
    rows->v = calloc(64, sizeof *rows->v);
    for (char *word; (word = strsep(&rest, " "));)
        if (*word) {
            rows->v[rows->count] = (struct row){strtoll(word, NULL, 10), (int64_t)rows->count + 1};
            rows->count++;
        }
    free(copy);
}

/* "?" is a record that cannot be read, "7+" one in the second topic. */
static inline void small_records(struct produced *produced, const char *users)
{
    if (!users || !strcmp(users, "-"))
        return;
    char *copy = strdup(users), *rest = copy;
    produced->known = true;
    produced->v = calloc(64, sizeof *produced->v);
    for (char *word; (word = strsep(&rest, " "));)
        if (*word) {
            produced->v[produced->count] =
                (struct produced_record){.user = strtoll(word, NULL, 10),
                                         .offset = (int64_t)produced->count,
                                         .queue = strchr(word, '+') != NULL,
                                         .decoded = *word != '?'};
            produced->count++;
        }
    free(copy);
}

static inline void small_curve(struct timeline *timeline, const char *curve)
{
    char *copy = strdup(curve), *rest = copy;
    ns_t at = SMALL_ORIGIN;
    for (char *word; (word = strsep(&rest, " "));) {
        bool watch = *word == 'w';
        struct sample sample = {.at = at += 10 * NS_PER_MS,
                                .rows = strcmp(word + watch, "?") ? strtoll(word + watch, NULL, 10)
                                                                  : COUNT_UNKNOWN,
                                .parked = COUNT_UNKNOWN,
                                .flags = watch ? SAMPLE_WATCH : 0};
        if (*word)
            cr_assert_eq(timeline_add(timeline, &sample, NULL), 0);
    }
    free(copy);
}

static inline struct small *small_new(const struct small_run *text)
{
    struct small *small = calloc(1, sizeof *small);
    struct scenario *scenario = &small->scenario;
    run_init(&small->run);
    small->run.scenario = scenario;
    small->run.phases[PHASE_STACK].started = 1;
    scenario->name = (char *)(uintptr_t) "small";
    scenario->limit = text->limit;
    scenario->wait = text->wait;
    scenario->preflight.clean = !text->unclean;
    scenario->responses.accepted = scenario->responses.rejected = small->rules;
    scenario->responses.accepted_count = scenario->responses.rejected_count = !text->cannot_tell;
    scenario->load = &small->phase;
    scenario->expect = small->expect;
    small->topics[0] = (char *)(uintptr_t) "coupon_create";
    small->pipeline = (struct spec_pipeline){.queues = small->topics, .queues_count = 1};
    small->counter.counts = text->counts_any       ? COUNTS_ANY
                            : text->counts_accepts ? COUNTS_ACCEPTS
                            : text->counts_users   ? COUNTS_USERS
                                                   : COUNTS_REQUESTS;
    small->counter.down = text->down;
    scenario->evidence.coupons = text->rows ? &small->coupons : NULL;
    scenario->evidence.parked = text->parked ? &small->parked : NULL;
    scenario->evidence.pipeline = text->produced ? &small->pipeline : NULL;
    scenario->evidence.counter = text->counter_given ? &small->counter : NULL;

    struct run *run = &small->run;
    run->roster = text->nameless ? roster_nameless(1) : NULL;
    small_history(&run->history, text->answers);
    small_rows(&run->evidence.coupons, text->rows);
    small_rows(&run->evidence.parked, text->parked);
    small_rows(&run->evidence.before, text->before);
    small_records(&run->evidence.produced, text->produced);
    if (text->counter_given)
        run->evidence.counter =
            (struct counter_reading){.known = true, .before = 1000, .after = 1000 + text->counter};
    if (text->curve)
        small_curve(&run->timeline, text->curve);
    run->drain.outcome = text->outcome || text->not_run ? text->outcome : DRAIN_DRAINED;
    run->drain.asserted = SMALL_ORIGIN + 25 * NS_PER_MS;
    run->drain.decided = SMALL_ORIGIN + 2 * NS_PER_S;
    run->evidence.coupons.asked = run->evidence.parked.asked = run->evidence.produced.asked =
        run->evidence.counter.asked = SMALL_ORIGIN + 2 * NS_PER_S;
    run->drain.last_growth = SMALL_ORIGIN + 437 * NS_PER_MS;
    run->drain.rows_max = text->rows_max ? text->rows_max : (int64_t)run->evidence.coupons.count;
    cr_assert_eq(tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, NULL), 0);
    return small;
}

static inline struct spec_expect *small_expect(struct small *small, const char *check)
{
    struct spec_expect *expect = &small->expect[small->scenario.expect_count++];
    expect->check = (char *)(uintptr_t)check;
    expect->power_percent = 10;
    return expect;
}

static inline void small_free(struct small *small)
{
    run_free(&small->run);
    free(small);
}

/* "812 77": the witnesses' users, in order; a pair is 812>77. The caller frees. */
static inline char *small_names(const struct finding *finding)
{
    char *text = calloc(1, 1024);
    for (size_t i = 0; i < finding->witnesses_count; i++) {
        const struct witness *witness = &finding->witnesses[i];
        size_t used = strlen(text);
        if (!witness->user.known)
            continue;
        snprintf(text + used, 1024 - used, "%s%lld", used ? " " : "",
                 (long long)witness->user.value);
        used = strlen(text);
        if (witness->other.known)
            snprintf(text + used, 1024 - used, ">%lld", (long long)witness->other.value);
    }
    return text;
}

/* One row of a table: the check, asked for by name, must come to this verdict and name these users.
 */
struct small_case {
    const char *name;
    enum verdict verdict;
    const char *actual; /* NULL: not compared */
    const char *users;  /* NULL: not compared */
    struct small_run run;
};

#define CASE(name_, verdict_, actual_, users_, ...)                                                \
    {                                                                                              \
        .name = name_, .verdict = verdict_, .actual = actual_, .users = users_, .run = {           \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static inline void small_judge(const char *check, const struct small_case *c)
{
    struct small *small = small_new(&c->run);
    struct err err = {0};
    small_expect(small, check)->at_most = c->run.at_most;
    cr_assert_eq(checks_run(&small->run, &err), 0, "%s: %s", c->name, err.message);
    const struct finding *finding = findings_find(&small->run.findings, check);
    cr_assert(finding, "%s: not judged", c->name);
    cr_expect_eq(finding->verdict, c->verdict, "%s: %s is %s: %s", c->name, check,
                 verdict_name(finding->verdict), finding->message);
    if (c->actual)
        cr_expect_str_eq(finding->actual, c->actual, "%s: actual is %s", c->name, finding->actual);
    char *names = small_names(finding);
    if (c->users)
        cr_expect_str_eq(names, c->users, "%s: names %s", c->name, names);
    cr_expect(finding->message[0], "%s: no message", c->name);
    free(names);
    small_free(small);
}

#define JUDGE_ALL(check, table)                                                                    \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof *(table); i_++)                                \
    small_judge(check, &(table)[i_])

#define PASS    VERDICT_PASS
#define FAIL    VERDICT_FAIL
#define UNKNOWN VERDICT_UNKNOWN

static inline struct small *small_judged(const struct small_run *text)
{
    struct small *small = small_new(text);
    struct err err = {0};
    cr_assert_eq(checks_run(&small->run, &err), 0, "%s", err.message);
    return small;
}

/* A run that every check can be content with. */
static const struct small_run small_right = {.limit = 2,
                                             .answers = "A1=1@1-2 A2=2@3-4 R3@5-6",
                                             .rows = "2 1",
                                             .parked = "",
                                             .produced = "1 2",
                                             .counter_given = true,
                                             .counter = 3,
                                             .curve = "0 1 2 w2 w2"};

#endif
