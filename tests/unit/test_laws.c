/* links: verify model */
/* The two laws, over every check and every state of the evidence, with and without a queue: nobody
 * is acquitted and nobody convicted without proof (verify/sources.h). The tables are what the laws
 * say; a check that is added needs its line. */
#include "small_run.h"

enum state {
    ABSENT,    /* the scenario gives no store */
    UNREAD,    /* it gives them, and none could be read */
    EARLY,     /* all were read before the last answer only */
    PARTLY,    /* one record cannot be read as a user */
    EMPTY,     /* read, and nothing is there; the run stopped waiting */
    LEFT_OVER, /* beside what belongs there, a row of before the run */
    MOVING,    /* a row, a record and a count are missing, and the run stopped waiting */
    LOSSY,     /* they are missing for good */
    COMPLETE,
    STATES,
};

/* One letter a state, in the order above: P pass, U unknown, F fail, - not judged. */
struct law {
    const char *check;
    const char *without, *with; /* a queue */
};

/* Nothing is wrong with the service. */
static const struct law right[] = {
    {"burst_simultaneous", "---------", "---------"},
    {"not_vacuous", "UUPPUPPPP", "UUPPUPPPP"},
    {"response_classified", "PPPPPPPPP", "PPPPPPPPP"},
    {"undecided", "---------", "---------"},
    {"errors", "PPPPPPPPP", "PPPPPPPPP"},
    {"processes", "---------", "---------"},
    {"observed", "---------", "---------"},
    {"contention", "---------", "---------"},
    {"drained", "-PPPUPUFP", "-PPPUPUFP"},
    {"cap_safety", "-UUPPPPPP", "-UUPPPPPP"},
    {"cap_exact", "-UUPUPUFP", "-UUPUPUFP"},
    {"oversold", "---------", "---------"},
    {"undersold", "---------", "---------"},
    {"seat_twice", "---------", "---------"},
    {"over_own_limit", "---------", "---------"},
    {"partial_orders", "---------", "---------"},
    {"stock_conserved", "---------", "---------"},
    {"restored_once", "---------", "---------"},
    {"expired_xor_paid", "---------", "---------"},
    {"cancelled_xor_used", "---------", "---------"},
    {"own_orders", "---------", "---------"},
    {"lost", "-UUPUPUFP", "-UUPUPUFP"},
    {"parked", "-UUPPPPPP", "-UUPPPPPP"},
    {"phantom", "-UUPPPPPP", "-UUPPPPPP"},
    {"unexpected", "-UUPPUPPP", "-UUPPUPPP"},
    {"duplicate", "-UUPPPPPP", "-UUUPPPPP"},
    {"counter", "-UUPUPUFP", "-UUPUPUFP"},
    {"slots_burned", "-UUPUPPPP", "-UUUUPPPP"},
    {"retry", "UUUPUPUPP", "UUUPUPUPP"},
    {"idempotent_effect", "---------", "---------"},
    {"idempotent_answer", "---------", "---------"},
    {"fcfs", "PPPPPPPPP", "PPPPPPPPP"},
    {"fcfs_distance", "PPPPPPPPP", "PPPPPPPPP"},
    {"fcfs_rank", "PPPPPPPPP", "PPPPPPPPP"},
    {"fcfs_power", "PPPPPPPPP", "PPPPPPPPP"},
    {"late", "-UPPUPUUP", "-UPPUPUUP"},
    {"latency", "---------", "---------"},
    {"sql", "---------", "---------"},
    {"redis", "---------", "---------"},
    {"bystander", "---------", "---------"},
};

/* It is wrong in every way that rows and records can show: one row too many, a user who was told no
 * and has one, a stranger, somebody twice, a record twice, a count too high. */
static const struct law wrong[] = {
    {"burst_simultaneous", "---------", "---------"},
    {"not_vacuous", "UUPPUPPPP", "UUPPUPPPP"},
    {"response_classified", "PPPPPPPPP", "PPPPPPPPP"},
    {"undecided", "---------", "---------"},
    {"errors", "PPPPPPPPP", "PPPPPPPPP"},
    {"processes", "---------", "---------"},
    {"observed", "---------", "---------"},
    {"contention", "---------", "---------"},
    {"drained", "-PPPUPUFP", "-PPPUPUFP"},
    {"cap_safety", "-UFFPFFFF", "-UFFPFFFF"},
    {"cap_exact", "-UFFUFFFF", "-UFFUFFFF"},
    {"oversold", "---------", "---------"},
    {"undersold", "---------", "---------"},
    {"seat_twice", "---------", "---------"},
    {"over_own_limit", "---------", "---------"},
    {"partial_orders", "---------", "---------"},
    {"stock_conserved", "---------", "---------"},
    {"restored_once", "---------", "---------"},
    {"expired_xor_paid", "---------", "---------"},
    {"cancelled_xor_used", "---------", "---------"},
    {"own_orders", "---------", "---------"},
    {"lost", "-UUFUFUFF", "-UUFUFUFF"},
    {"parked", "-UUPPPPPP", "-UUPPPPPP"},
    {"phantom", "-UFFPFFFF", "-UFFPFFFF"},
    {"unexpected", "-UFFPFFFF", "-UFFPFFFF"},
    {"duplicate", "-UFFPFFFF", "-UFFPFFFF"},
    {"counter", "-UFFFFFFF", "-UFFFFFFF"},
    {"slots_burned", "-UFFUFFFF", "-UUFUPUFP"},
    {"retry", "UUUPUPUPP", "UUUPUPUPP"},
    {"idempotent_effect", "---------", "---------"},
    {"idempotent_answer", "---------", "---------"},
    {"fcfs", "PPPPPPPPP", "PPPPPPPPP"},
    {"fcfs_distance", "PPPPPPPPP", "PPPPPPPPP"},
    {"fcfs_rank", "PPPPPPPPP", "PPPPPPPPP"},
    {"fcfs_power", "PPPPPPPPP", "PPPPPPPPP"},
    {"late", "-UPPUPPPP", "-UPPUPPPP"},
    {"latency", "---------", "---------"},
    {"sql", "---------", "---------"},
    {"redis", "---------", "---------"},
    {"bystander", "---------", "---------"},
};

/* What is there in each state, and what would be with one row, record and count too many. */
static const struct there {
    const char *rows, *produced, *parked, *curve;
    int64_t counter;
    enum drain_outcome outcome;
} there[STATES][2] = {
    [ABSENT] = {{.counter = 4, .outcome = DRAIN_DRAINED}, {.counter = 9, .outcome = DRAIN_DRAINED}},
    [UNREAD] = {{"-", "-", "-", "? ?", 4, DRAIN_DRAINED}, {"-", "-", "-", "? ?", 9, DRAIN_DRAINED}},
    [EARLY] = {{"1 2", "1 2", "", "0 1 2 w2 w2", 4, DRAIN_DRAINED},
               {"1 1 3 9", "1 1 2", "", "0 1 4 w4 w4", 9, DRAIN_DRAINED}},
    [PARTLY] = {{"1 2", "1 2 ?", "", "0 1 2 w2 w2", 4, DRAIN_DRAINED},
                {"1 1 3 9", "1 1 2 ?", "", "0 1 4 w4 w4", 9, DRAIN_DRAINED}},
    [EMPTY] = {{"", "", "", "0 0", 1, DRAIN_MOVING}, {"", "", "", "0 0", 9, DRAIN_MOVING}},
    [LEFT_OVER] = {{"7 1 2", "1 2", "", "0 1 2 w2 w2", 4, DRAIN_DRAINED},
                   {"1 1 3 9", "1 1 2", "", "0 1 4 w4 w4", 9, DRAIN_DRAINED}},
    [MOVING] = {{"1", "1", "", "0 1", 1, DRAIN_MOVING},
                {"1 1 3 9", "1 1", "", "0 1 4 w4 w4", 9, DRAIN_MOVING}},
    [LOSSY] = {{"1", "1", "", "0 1", 1, DRAIN_DRAINED_LOSSY},
               {"1 1 3 9", "1 1", "", "0 1 4 w4 w4", 9, DRAIN_DRAINED_LOSSY}},
    [COMPLETE] = {{"1 2", "1 2", "", "0 1 2 w2 w2", 4, DRAIN_DRAINED},
                  {"1 1 3 9", "1 1 2", "", "0 1 4 w4 w4", 9, DRAIN_DRAINED}},
};

static struct small_run text_of(enum state state, bool queue, bool is_wrong)
{
    const struct there *is = &there[state][is_wrong];
    return (struct small_run){
        .limit = 2,
        .answers = "A1=1@1-2 A2=2@3-4 R3@5-6 R3@7-8",
        .rows = is->rows,
        .parked = is->parked,
        .produced = queue ? is->produced : NULL,
        .counter_given = state != ABSENT,
        .counter = is->counter,
        .curve = is->curve,
        .outcome = is->outcome,
        .before = state == LEFT_OVER && !is_wrong ? "7" : NULL,
    };
}

static struct small *judged(enum state state, bool queue, bool is_wrong)
{
    const struct small_run text = text_of(state, queue, is_wrong);
    struct small *small = small_new(&text);
    struct evidence *evidence = &small->run.evidence;
    ns_t asked = state == EARLY ? small->run.tally.last_response : evidence->coupons.asked;
    evidence->coupons.asked = evidence->parked.asked = evidence->produced.asked =
        evidence->counter.asked = asked;
    if (state == UNREAD)
        evidence->counter.known = false;
    if (state == LEFT_OVER) { /* ids are places: the first row is the old one */
        small->run.timeline.v[0].flags = SAMPLE_BASELINE;
        for (size_t i = 0; i < small->run.timeline.count && !is_wrong; i++)
            small->run.timeline.v[i].rows++;
    }
    small_expect(small, "retry");
    small_expect(small, "fcfs_distance");
    small_expect(small, "fcfs_power");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    return small;
}

static char letter_of(const struct small *small, const char *check)
{
    static const char letters[] = {
        [VERDICT_PASS] = 'P', [VERDICT_UNKNOWN] = 'U', [VERDICT_FAIL] = 'F'};
    const struct finding *finding = findings_find(&small->run.findings, check);
    return finding ? letters[finding->verdict] : '-';
}

static const char *law_for(const struct law *laws, size_t count, const char *check, bool queue)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(laws[i].check, check))
            return queue ? laws[i].with : laws[i].without;
    return "?????????";
}

/* What no table may allow, whatever is written there. */
static void keep_the_law(const struct small *small, enum state state, bool is_wrong,
                         const char *check)
{
    const struct finding *finding = findings_find(&small->run.findings, check);
    if (!finding)
        return;
    if (state == ABSENT || state == UNREAD || state == EARLY)
        cr_expect_neq(small->run.verdict, VERDICT_PASS);
    if (finding->verdict == VERDICT_FAIL && !is_wrong)
        cr_expect(state == LOSSY || state == LEFT_OVER, "%s convicts an innocent in state %d: %s",
                  check, state, finding->message);
    if (finding->verdict == VERDICT_FAIL && finding->absent)
        cr_expect(state == LOSSY || state == COMPLETE || state == LEFT_OVER || state == PARTLY,
                  "%s says that something is not there, without proof: %s", check,
                  finding->message);
}

static int compare(const struct law *laws, size_t count, bool is_wrong)
{
    size_t checks_count;
    const struct check *checks = checks_table(&checks_count);
    int cases = 0;
    for (int queue = 0; queue < 2; queue++) {
        struct small *small[STATES];
        for (int state = 0; state < STATES; state++)
            small[state] = judged((enum state)state, queue, is_wrong);
        for (size_t i = 0; i < checks_count; i++) {
            char seen[STATES + 1] = "";
            const char *law = law_for(laws, count, checks[i].name, queue);
            for (int state = 0; state < STATES; state++) {
                seen[state] = letter_of(small[state], checks[i].name);
                keep_the_law(small[state], (enum state)state, is_wrong, checks[i].name);
                cases++;
            }
            cr_expect_str_eq(seen, law, "{\"%s\", %s} is %s, the law says %s", checks[i].name,
                             queue ? "with" : "without", seen, law);
        }
        for (int state = 0; state < STATES; state++)
            small_free(small[state]);
    }
    return cases;
}

Test(laws, no_acquittal_and_no_conviction_without_proof)
{
    int cases = compare(right, sizeof right / sizeof *right, false) +
                compare(wrong, sizeof wrong / sizeof *wrong, true);
    fprintf(stderr, "laws: %d cases\n", cases);
    cr_expect_geq(cases, 900);
}

Test(laws, rows_of_before_that_are_gone_are_told)
{
    static const struct small_run text = {2, "A1 A2 R3", .rows = "1 2"};
    struct small *small = small_new(&text);
    small->run.evidence.coupons.gone = 50;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "unexpected");
    cr_expect_eq(finding->verdict, VERDICT_UNKNOWN);
    cr_expect(strstr(finding->message, "50 rows from before the release are gone"), "%s",
              finding->message);
    small_free(small);
}

Test(laws, an_unread_list_says_why)
{
    static const struct small_run text = {2, "A1 A2 R3", .rows = "-"};
    struct small *small = small_new(&text);
    strcpy(small->run.evidence.coupons.reason, "postgres: row 7 has no user");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const char *const names[] = {"lost", "not_vacuous"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct finding *finding = findings_find(&small->run.findings, names[i]);
        cr_expect_eq(finding->verdict, VERDICT_UNKNOWN);
        cr_expect(strstr(finding->message, "row 7 has no user"), "%s", finding->message);
    }
    small_free(small);
}
