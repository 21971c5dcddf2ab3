/* links: model verify */
/* Whose statements are whose, and how a race is told. */
#include "trace_story.h"
#include "verify/race.h"

#define COUNT    "select count(*) from coupon"
#define INSERT   "insert into coupon (user_id) values (?)"
#define MAX      "select max(n) from coupon"
#define NUMBERED "insert into coupon (user_id, n) values (?..)"
#define PRICE    "select price from item where id = ?"
#define HELD     TRACE_HELD
#define IN       TRACE_INSIDE

/* What a story must come to: whose each statement is ("7" seen, "(7)" in its transaction, "~7" a
 * guess, "-" nobody's), and the lines. */
struct story {
    const char *name;
    struct small_run run;
    const char *owners;
    const char *said[2]; /* NULL: not compared; "": nothing is found */
    struct told told[24];
};

static const struct story stories[] = {
    {"a pool: each request keeps its connection",
     {1, "A5@1-9 A6@1-9 R7@1-20", .rows = "5 6", .curve = "0 2"},
     "~5 ~6 5 6 ~7",
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT "`",
      "users 5, 6, on 2 connections; read 3 ms to 3.5 ms, wrote 4 ms to 4.5 ms after the first "
      "release; 2 answers were held; who read is a guess, by time: the statement shows no user"},
     {{2, 3, 1, 'r', COUNT, "", "0", HELD},
      {2.1, 3.5, 2, 'r', COUNT, "", "0", HELD},
      {4, 5, 1, 'w', INSERT, "5", ""},
      {4.5, 5.5, 2, 'w', INSERT, "6", ""},
      {7, 8, 1, 'r', COUNT, "", "2"}}},
    {"a transaction tells whose its statements are",
     {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"},
     "~5 (5) 5 (5) ~6 (6) 6 (6)",
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT "`",
      "users 5, 6, on 2 connections; read 2.2 ms to 2.4 ms, wrote 4 ms to 4.5 ms after the first "
      "release"},
     {{1.1, 1.2, 1, 't', "begin", "", ""},
      {2, 2.2, 1, 'r', COUNT, "", "0", IN},
      {4, 5, 1, 'w', INSERT, "5", "", IN},
      {6, 6.5, 1, 't', "commit", "", "", IN},
      {1.1, 1.2, 2, 't', "begin", "", ""},
      {2.1, 2.4, 2, 'r', COUNT, "", "0", IN},
      {4.5, 5, 2, 'w', INSERT, "6", "", IN},
      {6, 6.5, 2, 't', "commit", "", "", IN}}},
    {"any connection: the first who wrote read first",
     {1, "A5@1-9 A6@1-9 R7@1-9", .rows = "5 6", .curve = "0 2"},
     "~5 ~6 ~7 5 6",
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT "`", NULL},
     {{2, 3, 1, 'r', COUNT, "", "0"},
      {2.1, 3, 2, 'r', COUNT, "", "0"},
      {6, 7, 1, 'r', COUNT, "", "2"},
      {4, 5, 3, 'w', INSERT, "5", ""},
      {4.5, 5.5, 3, 'w', INSERT, "6", ""}}},
    {"nobody is seen: who was told first asked first, and a transaction is one request's",
     {1, "R5@1-9 A6@1-6 A7@1-6", .rows = "6 7", .curve = "0 2"},
     "~6 ~6 ~6 ~7 ~7 ~7 ~5 ~5",
     {"2 requests read `0` with `" COUNT "`; both then ran `update stock set n = n + ?`", NULL},
     {{2, 3, 1, 'r', COUNT, "", "0", IN},
      {4.5, 5, 1, 'w', "update stock set n = n + ?", "", "", IN},
      {5.1, 5.2, 1, 't', "commit", "", "", IN},
      {2.1, 3, 2, 'r', COUNT, "", "0", IN},
      {4, 5, 2, 'w', "update stock set n = n + ?", "", "", IN},
      {5.1, 5.2, 2, 't', "commit", "", "", IN},
      {7, 8, 1, 'r', COUNT, "", "2", IN},
      {8.1, 8.2, 1, 't', "rollback", "", "", IN}}},
    {"nobody is seen, and any connection: at least so many wrote",
     {1, "A5@1-9 A6@1-9 A7@1-9", .rows = "5 6 7", .curve = "0 2"},
     "~5 ~6 ~7 ~5 ~6",
     {"3 requests read `0` with `" COUNT "`; at least 2 of them then ran `SET n ?`", NULL},
     {{2, 3, 1, 'r', COUNT, "", "0"},
      {2.1, 3, 2, 'r', COUNT, "", "0"},
      {2.2, 3, 3, 'r', COUNT, "", "0"},
      {4, 5, 3, 'w', "SET n ?", "1", ""},
      {4.5, 5.5, 2, 'w', "SET n ?", "2", ""}}},
    {"a price that everybody reads is no race",
     {1, "A5@1-9 A6@1-9 A7@1-9 R8@1-9", .rows = "5 6 7", .curve = "0 3"},
     NULL,
     {"2 requests read `1` with `" COUNT "`; both then ran `" INSERT "`", NULL},
     {{1.1, 1.2, 1, 'r', PRICE, "3", "10"},
      {1.3, 1.4, 1, 'r', COUNT, "", "0"},
      {1.5, 1.6, 1, 'w', INSERT, "5", ""},
      {2, 3, 1, 'r', COUNT, "", "1"},
      {2, 3, 2, 'r', COUNT, "", "1"},
      {3.1, 3.2, 1, 'r', PRICE, "3", "10"},
      {3.1, 3.2, 2, 'r', PRICE, "3", "10"},
      {4, 5, 1, 'w', INSERT, "6", ""},
      {4.5, 5.5, 2, 'w', INSERT, "7", ""}}},
    {"no row is read alike as well, of the same question alone",
     {2, "A5@1-9 A5@1-9 A6@1-9", .rows = "5 5 6", .curve = "0 3"},
     "5 5 6 5 5 6",
     {"2 requests read no row with `select id from coupon where user_id = ?`; both then ran "
      "`" INSERT "`",
      "users 5, 5, on 2 connections; read 3 ms to 3 ms, wrote 4 ms to 4.1 ms after the first "
      "release"},
     {{2, 3, 1, 'r', "select id from coupon where user_id = ?", "5", ""},
      {2, 3, 2, 'r', "select id from coupon where user_id = ?", "5", ""},
      {2, 3, 3, 'r', "select id from coupon where user_id = ?", "6", ""},
      {4, 5, 1, 'w', INSERT, "5", ""},
      {4.1, 5, 2, 'w', INSERT, "5", ""},
      {4.2, 5, 3, 'w', INSERT, "6", ""}}},
    {"copies of one request: those on one connection go together",
     {1, "R5@1-9 A5@1-9 A5@1-9", .rows = "5 5", .curve = "0 2"},
     "5 5 5 5 5",
     {"2 requests read no row with `select id from coupon where user_id = ?`; both then ran "
      "`" INSERT "`",
      NULL},
     {{2, 3, 1, 'r', "select id from coupon where user_id = ?", "5", ""},
      {2, 3, 2, 'r', "select id from coupon where user_id = ?", "5", ""},
      {4, 5, 2, 'w', INSERT, "5", ""},
      {4.1, 5, 1, 'w', INSERT, "5", ""},
      {6, 7, 3, 'r', "select id from coupon where user_id = ?", "5", "1"}}},
    {"copies on one connection, with more between than shows the user",
     {2, "R5@1-9 A5@1-9 A5@1-9", .rows = "5 5", .curve = "0 2"},
     NULL,
     {"2 requests read no row with `select id from coupon where user_id = ?`; both then ran "
      "`update stock set n = n - ? where n > ?`",
      NULL},
     {{2, 3, 1, 'r', "select id from coupon where user_id = ?", "5", "", IN},
      {2, 3, 2, 'r', "select id from coupon where user_id = ?", "5", "", IN},
      {3.4, 3.6, 2, 'w', "update stock set n = n - ? where n > ?", "1 0", "", IN},
      {4, 5, 2, 'w', INSERT, "5", "", IN},
      {5, 5.1, 2, 't', "commit", "", "", IN},
      {5, 5.6, 1, 'w', "update stock set n = n - ? where n > ?", "1 0", "", IN},
      {6.1, 6.3, 1, 'w', INSERT, "5", "", IN},
      {6.4, 6.5, 1, 't', "commit", "", "", IN},
      {6, 7, 3, 'r', "select id from coupon where user_id = ?", "5", "1", IN}}},
    {"a stock is no user, though a user has its number",
     {1, "A5@1-9 A6@1-9 R0@1-9", .rows = "5 6", .curve = "0 2"},
     "~5 ~6 ~5 ~6 5 6",
     {"2 requests read `1` with `GET stock`; both then ran `SET stock ?` with `0`", NULL},
     {{2, 3, 1, 'r', "GET stock", "", "1"},
      {2.1, 3, 1, 'r', "GET stock", "", "1"},
      {3.1, 3.2, 1, 'w', "SET stock ?", "0", ""},
      {3.2, 3.3, 1, 'w', "SET stock ?", "0", ""},
      {4, 5, 2, 'w', INSERT, "5", ""},
      {4.5, 5.5, 3, 'w', INSERT, "6", ""}}},
    {"they wrote before they read",
     {2, "A4@1-1.5 R5@1-9 R6@1-9 R7@1-9", .rows = "4", .curve = "0 1"},
     NULL,
     {"3 requests read `3` with `GET sold`, each after its own `INCR sold`: they saw what the "
      "others "
      "had written",
      NULL},
     {{2, 3, 1, 'w', "INCR sold", "", "1"},
      {2.1, 3, 2, 'w', "INCR sold", "", "2"},
      {2.2, 3, 3, 'w', "INCR sold", "", "3"},
      {4, 5, 1, 'r', "GET sold", "", "3"},
      {4, 5, 2, 'r', "GET sold", "", "3"},
      {4, 5, 3, 'r', "GET sold", "", "3"}}},
    {"ids that are no numbers, and values that were not kept",
     {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"},
     "~5 ~6 5 6",
     {"2 requests read the same value with `GET last`; both then ran `SET last ? ?`", NULL},
     {{2, 3, 1, 'r', "GET last", "", "#77"},
      {2, 3, 2, 'r', "GET last", "", "#77"},
      {4, 5, 1, 'w', "SET last ? ?", "u5 #78", ""},
      {4.1, 5, 2, 'w', "SET last ? ?", "u6 #78", ""}}},
    {"who shows himself first, looks then, and takes",
     {1, "A5@1-9 A6@1-9 R7@1-9", .rows = "5 6", .curve = "0 2"},
     "5 6 7 ~5 ~6 ~7 ~5 ~6 5 6",
     {"2 requests read `1` with `GET stock`; both then ran `DECR stock`", NULL},
     {{2, 2.1, 1, 'r', "GET session:?", "5", "null"},
      {2.1, 2.2, 1, 'r', "GET session:?", "6", "null"},
      {2.2, 2.3, 1, 'r', "GET session:?", "7", "null"},
      {2.4, 3, 1, 'r', "GET stock", "", "1", HELD},
      {2.5, 3, 1, 'r', "GET stock", "", "1", HELD},
      {2.6, 3.1, 1, 'r', "GET stock", "", "0"},
      {3.2, 3.3, 1, 'w', "DECR stock", "", "0"},
      {3.3, 3.4, 1, 'w', "DECR stock", "", "-1"},
      {4, 5, 2, 'w', INSERT, "5", ""},
      {4.5, 5.5, 3, 'w', INSERT, "6", ""}}},
    {"tickets: it is decided behind the answers",
     {1, "A5@1-2-20 A6@1-2-20 R7@1-2-20", .rows = "5 6", .curve = "0 2"},
     "~5 ~6 5 6 ~7",
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT "`", NULL},
     {{4, 5, 1, 'r', COUNT, "", "0"},
      {4.1, 5.1, 2, 'r', COUNT, "", "0"},
      {6, 7, 1, 'w', INSERT, "5", ""},
      {6.1, 7.1, 2, 'w', INSERT, "6", ""},
      {8, 9, 1, 'r', COUNT, "", "2"}}},
    {"the rows are written behind the answers",
     {1, "A5@1-4 A6@1-4 R7@1-9", .rows = "5 6", .curve = "0 2"},
     "~5 ~6 5 6 ~7",
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT "`", NULL},
     {{2, 3, 1, 'r', COUNT, "", "0"},
      {2.1, 3.1, 2, 'r', COUNT, "", "0"},
      {6, 7, 3, 'w', INSERT, "5", ""},
      {6.1, 7.1, 4, 'w', INSERT, "6", ""},
      {8, 8.5, 1, 'r', COUNT, "", "2"}}},
    {"what is asked behind the decision has not decided, though it was held",
     {1, "A5@1-9 A6@1-9 R7@1-20", .rows = "5 6", .curve = "0 2"},
     NULL,
     {"2 requests read `0` with `" COUNT "`; both then ran `" NUMBERED "`",
      "users 5, 6, on 2 connections; read 1.5 ms to 1.6 ms, wrote 5 ms to 5.1 ms after the first "
      "release; who read is a guess, by time: the statement shows no user"},
     {{1.1, 1.5, 1, 'r', COUNT, "", "0"},
      {1.2, 1.6, 2, 'r', COUNT, "", "0"},
      {2, 3, 1, 'r', MAX, "", "17", HELD},
      {2.1, 3.1, 2, 'r', MAX, "", "17", HELD},
      {5, 6, 1, 'w', NUMBERED, "5 18", ""},
      {5.1, 6.1, 2, 'w', NUMBERED, "6 18", ""},
      {8, 9, 1, 'r', COUNT, "", "2"}}},
    {"where nobody was told no either may have decided",
     {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"},
     NULL,
     {"2 requests read `17` with `" MAX "`; both then ran `" NUMBERED "`",
      "users 5, 6, on 2 connections; read 3 ms to 3.1 ms, wrote 5 ms to 5.1 ms after the first "
      "release; who read is a guess, by time: the statement shows no user; they read `0` alike "
      "with `" COUNT "` too, and which of the two decided cannot be told"},
     {{1.1, 1.5, 1, 'r', COUNT, "", "0"},
      {1.2, 1.6, 2, 'r', COUNT, "", "0"},
      {2, 3, 1, 'r', MAX, "", "17"},
      {2.1, 3.1, 2, 'r', MAX, "", "17"},
      {5, 6, 1, 'w', NUMBERED, "5 18", ""},
      {5.1, 6.1, 2, 'w', NUMBERED, "6 18", ""}}},
    {"one after the other is no race",
     {1, "A5@1-3 A6@4-9", .rows = "5 6", .curve = "0 2"},
     "~5 5 ~6 6",
     {"how it came the statements do not tell: no two requests are known to have read the same and "
      "to have written then",
      ""},
     {{1.5, 2, 1, 'r', COUNT, "", "0"},
      {2, 2.5, 1, 'w', INSERT, "5", ""},
      {5, 6, 1, 'r', COUNT, "", "1"},
      {6, 7, 1, 'w', INSERT, "6", ""}}},
};

/* Single requests have told that nobody comes to it who is told no. */
Test(race, what_comes_late_by_the_single_requests_has_not_decided)
{
    const struct small_run text = {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"};
    const struct told told[] = {
        {1.1, 1.5, 1, 'r', COUNT, "", "0"},   {1.2, 1.6, 2, 'r', COUNT, "", "0"},
        {2, 3, 1, 'r', MAX, "", "17", HELD},  {2.1, 3.1, 2, 'r', MAX, "", "17", HELD},
        {5, 6, 1, 'w', NUMBERED, "5 18", ""}, {5.1, 6.1, 2, 'w', NUMBERED, "6 18", ""}};
    struct small *small = small_new(&text);
    trace_told(&small->run.trace, told, 6);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_str_eq(small->run.trace.shapes[small->run.race.read].text, MAX);
    small->run.trace.shapes[small->run.race.read].late = true;
    cr_assert_eq(race_explain(&small->run, NULL), 0);
    cr_expect_str_eq(small->run.trace.shapes[small->run.race.read].text, COUNT);
    cr_expect_null(strstr(small->run.race.said[1], "cannot be told"), "%s",
                   small->run.race.said[1]);
    small_free(small);
}

/* What the run itself has done to the service belongs to the story. */
Test(race, faults_are_named)
{
    const struct small_run text = {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"};
    const struct told told[] = {{2, 3, 1, 'r', COUNT, "", "0"},
                                {2.1, 3, 2, 'r', COUNT, "", "0"},
                                {4, 5, 1, 'w', INSERT, "5", ""},
                                {4.1, 5, 2, 'w', INSERT, "6", ""}};
    struct small *small = small_new(&text);
    trace_told(&small->run.trace, told, 4);
    struct spec_fault fault = {.target = (char *)(uintptr_t) "apply", .action = FAULT_KILL};
    small->scenario.faults = &fault;
    small->scenario.faults_count = 1;
    run_event_add(&small->run, SMALL_ORIGIN, "warm-up: 3 of 3 answered");
    run_event_add(&small->run, SMALL_ORIGIN + 12 * NS_PER_MS, "kill apply");
    run_event_add(&small->run, SMALL_ORIGIN + 30 * NS_PER_MS, "restart apply");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const char *said = strstr(small->run.race.said[1], "; faults");
    cr_assert(said, "%s", small->run.race.said[1]);
    cr_expect_str_eq(said,
                     "; faults were active: kill apply after 12 ms, restart apply after 30 ms");
    small_free(small);
}

static size_t told_count(const struct story *story)
{
    size_t count = 0;
    while (count < sizeof story->told / sizeof *story->told && story->told[count].shape)
        count++;
    return count;
}

/* Whose each statement is, in the order in which the story tells them. */
static void describe_owners(const struct run *run, size_t count, char *ret_text, size_t size)
{
    size_t used = 0;
    *ret_text = '\0';
    for (uint32_t number = 1; number <= count; number++)
        for (size_t k = 0; k < run->trace.count; k++) {
            static const char *const forms[] = {"-", "~%lld", "(%lld)", "%lld"};
            const struct trace_statement *one = &run->trace.v[k];
            if (one->number != number)
                continue;
            used += (size_t)snprintf(ret_text + used, size - used, "%s", number > 1 ? " " : "");
            if (!one->how)
                used += (size_t)snprintf(ret_text + used, size - used, "-");
            else
                used += (size_t)snprintf(ret_text + used, size - used, forms[one->how],
                                         (long long)run->history.v[one->request].user);
        }
}

static void judge(const struct story *story)
{
    struct small *small = small_new(&story->run);
    struct err err = {0};
    char owners[256];
    size_t count = told_count(story);
    trace_told(&small->run.trace, story->told, count);
    cr_assert_eq(checks_run(&small->run, &err), 0, "%s: %s", story->name, err.message);
    cr_expect_eq(small->run.verdict, VERDICT_FAIL, "%s: %s", story->name, small->run.explanation);
    describe_owners(&small->run, count, owners, sizeof owners);
    if (story->owners)
        cr_expect_str_eq(owners, story->owners, "%s: owners are %s", story->name, owners);
    for (int i = 0; i < 2; i++)
        if (story->said[i])
            cr_expect_str_eq(small->run.race.said[i], story->said[i], "%s: %s", story->name,
                             small->run.race.said[i]);
    small_free(small);
}

Test(race, is_told_in_words)
{
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        judge(&stories[i]);
}

/* A place that a user of the run happens to name is no proof: a constant, or a limit. */
Test(race, a_constant_is_no_user)
{
    const struct small_run text = {1, "A5@1-9 A6@1-9 R7@1-9", .rows = "5 6", .curve = "0 2"};
    const struct told told[] = {{2, 3, 1, 'r', "select n from t where event = ?", "7", "0"},
                                {2, 3, 2, 'r', "select n from t where event = ?", "7", "0"},
                                {2, 3, 3, 'r', "select n from t where event = ?", "7", "0"}};
    struct small *small = small_new(&text);
    trace_told(&small->run.trace, told, 3);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    for (int i = 0; i < 3; i++)
        cr_expect_neq(small->run.trace.v[i].how, OWNER_SEEN);
    small_free(small);
}

Test(race, a_run_that_passes_has_none)
{
    struct small *small = small_new(&small_right);
    const struct told told[] = {{1.1, 1.2, 1, 'r', COUNT, "", "0"},
                                {1.3, 1.4, 1, 'w', INSERT, "1", ""}};
    trace_told(&small->run.trace, told, 2);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_not(small->run.race.found);
    cr_expect_eq(small->run.trace.v[1].how, OWNER_SEEN);
    small_free(small);
}

/* A hundred thousand statements are told apart in well under the time that a page may take. */
Test(race, much_is_told_too)
{
    enum { REQUESTS = 20000 };
    const struct small_run text = {1, "A1", .rows = "1", .curve = "0 1"};
    struct small *small = small_new(&text);
    struct run *run = &small->run;
    history_free(&run->history);
    cr_assert_eq(history_init(&run->history, REQUESTS, NULL), 0);
    run->history.origin = SMALL_ORIGIN;
    run->history.count = REQUESTS;
    for (uint32_t i = 0; i < REQUESTS; i++) {
        run->history.v[i] = (struct request){.user = (int64_t)i + 1000000,
                                             .seq = i,
                                             .cls = CLASS_ACCEPTED,
                                             .attempt = 1,
                                             .planned = SMALL_ORIGIN + 1,
                                             .released = SMALL_ORIGIN + 1,
                                             .done = SMALL_ORIGIN + NS_PER_S};
        char user[16];
        snprintf(user, sizeof user, "%u", i + 1000000);
        const struct told told[] = {{2 + i / 1e4, 3 + i / 1e4, 1 + i % 10, 'r', COUNT, "", "0"},
                                    {4 + i / 1e4, 5 + i / 1e4, 1 + i % 10, 'w', INSERT, user, ""}};
        trace_told(&run->trace, told, 2);
        run->trace.v[i * 2].number = i * 2;
        run->trace.v[i * 2 + 1].number = i * 2 + 1;
    }
    run->verdict = VERDICT_FAIL;
    cr_assert_eq(race_explain(run, NULL), 0);
    cr_expect_eq(run->race.writers, REQUESTS, "%zu", run->race.writers);
    small_free(small);
}
