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
    {"what all read alike did not decide, though it was held, and who came before them met nobody",
     {1, "A1@1-2 A5@3-9 A6@3-9", .rows = "1 5 6", .curve = "0 3"},
     NULL,
     {"2 requests read `1` with `" COUNT "`; both then ran `" INSERT "`", NULL},
     {{1.1, 1.2, 1, 'r', PRICE, "3", "10"},
      {1.3, 1.4, 1, 'r', COUNT, "", "0"},
      {1.5, 1.6, 1, 'w', INSERT, "1", ""},
      {3.1, 3.9, 1, 'r', PRICE, "3", "10", HELD},
      {3.2, 3.9, 2, 'r', PRICE, "3", "10", HELD},
      {4, 4.1, 1, 'r', COUNT, "", "1"},
      {4.1, 4.2, 2, 'r', COUNT, "", "1"},
      {5, 6, 1, 'w', INSERT, "5", ""},
      {5.1, 6, 2, 'w', INSERT, "6", ""}}},
    {"who came before them met nobody, where there is one answer only",
     {1, "A1@1-2 A5@3-9 A6@3-9", .rows = "1 5 6", .curve = "0 3"},
     NULL,
     {"2 requests read `0` with `GET cached`; both then ran `" INSERT "`", NULL},
     {{1.1, 1.2, 1, 'r', "GET cached", "", "0"},
      {1.5, 1.6, 1, 'w', INSERT, "1", ""},
      {4, 4.1, 1, 'r', "GET cached", "", "0"},
      {4.1, 4.2, 2, 'r', "GET cached", "", "0"},
      {5, 6, 1, 'w', INSERT, "5", ""},
      {5.1, 6, 2, 'w', INSERT, "6", ""}}},
    {"nobody was inside together, and yet it is over the limit: what they read was old",
     {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"},
     NULL,
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT
      "`, one after the other: what they read was old (a snapshot, a cache, what was not "
      "committed)",
      NULL},
     {{2, 3, 1, 'r', COUNT, "", "0"},
      {3.1, 4, 1, 'w', INSERT, "5", ""},
      {5, 6, 2, 'r', COUNT, "", "0"},
      {6.1, 7, 2, 'w', INSERT, "6", ""}}},
    {"what those write who are told no as well was not it",
     {1, "A5@1-9 A6@1-9 R7@1-20", .rows = "5 6", .curve = "0 2"},
     NULL,
     {"2 requests read `0` with `" COUNT "`; both then ran `" INSERT "`", NULL},
     {{2, 3, 1, 'r', COUNT, "", "0"},
      {2.1, 3, 2, 'r', COUNT, "", "0"},
      {3.1, 3.2, 1, 'w', "insert into seen values (?)", "5", ""},
      {3.2, 3.3, 2, 'w', "insert into seen values (?)", "6", ""},
      {4, 5, 1, 'w', INSERT, "5", ""},
      {4.5, 5.5, 2, 'w', INSERT, "6", ""},
      {9.1, 9.2, 1, 'r', COUNT, "", "2"},
      {9.3, 9.4, 1, 'w', "insert into seen values (?)", "7", ""}}},
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
