/* links: scenario */
/* One service by flags: what the flags become, what they refuse, where passwords go. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mask.h"
#include "scenario/grammar.h"
#include "scenario/quick.h"
#include "scenario/quick_parts.h"
#include "scenario/scenario.h"

struct settings {
    struct quick quick;
};

static int parse(struct settings *settings, const char *const *words, struct err *err)
{
    size_t count;
    const struct opt *table = quick_options(&count);
    struct opts opts = {"test", "", "", NULL, table, count};
    char *argv[32] = {(char *)"test"};
    int argc = 1, rest;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    return opts_parse(&opts, argc, argv, settings, &rest, err);
}

static void release(struct settings *settings)
{
    size_t count;
    const struct opt *table = quick_options(&count);
    struct opts opts = {"test", "", "", NULL, table, count};
    opts_release(&opts, settings);
}

static char *write_flags(bool commented, const char *const *words)
{
    struct settings settings = {0};
    struct err err = {0};
    cr_assert_eq(parse(&settings, words, &err), 0, "%s", err.message);
    struct buf text;
    buf_init(&text, 1 << 20);
    cr_assert_eq(quick_to_yaml(&settings.quick, commented, &text, &err), 0, "%s", err.message);
    release(&settings);
    return buf_steal(&text);
}

#define FLAGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct scenario *load_flags(const char *const *words)
{
    char *text = write_flags(false, words);
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("(flags)", text, NULL, 0, &scenario, &err), 0, "%s\n%s",
                 err.message, text);
    free(text);
    return scenario;
}

Test(quick, the_example_of_the_readme)
{
    struct scenario *s = load_flags(
        FLAGS("--url", "http://127.0.0.1:8080/coupon/apply", "--body", "{\"userId\": {{user}}}",
              "--limit", "50", "--requests", "500", "--accepted", "status=200,json:/isSuccess=true",
              "--coupons", "postgresql://u:p@h/db ; SELECT user_id FROM coupon WHERE a = ';'",
              "--kafka", "127.0.0.1:9092;coupon_create;group_1"));
    cr_expect_str_eq(s->name, "127.0.0.1-8080-coupon-apply");
    cr_expect_eq(s->limit, 50);
    cr_expect_eq(s->load[0].burst.requests, 500);
    cr_expect_str_eq(s->request.method, "POST");
    cr_expect_str_eq(s->request.body, "{\"userId\": {{user}}}");
    cr_assert_eq(s->request.headers_count, 1);
    cr_expect_str_eq(s->request.headers[0].value, "application/json");
    cr_assert_eq(s->responses.accepted_count, 1);
    cr_expect_eq(s->responses.accepted[0].status[0], 200);
    cr_expect_str_eq(s->responses.accepted[0].json[0].name, "/isSuccess");
    cr_expect_str_eq(s->responses.accepted[0].json[0].value, "true");
    cr_expect_eq(s->responses.otherwise, OTHERWISE_FAILED, "only a rule says no");
    cr_expect_str_eq(s->stack.postgres, "postgresql://u:p@h/db");
    cr_expect_str_eq(s->stack.redis, "none");
    cr_expect_str_eq(s->stack.kafka, "127.0.0.1:9092");
    cr_expect_eq(s->stack.topics_count, 0, "nothing is made on somebody's Kafka");
    cr_expect_str_eq(s->evidence.coupons->postgres, "SELECT user_id FROM coupon WHERE a = ';'");
    cr_expect_null(s->evidence.coupons->url);
    cr_expect_str_eq(s->evidence.pipeline->group, "group_1");
    cr_expect_null(s->evidence.counter);
    cr_expect_null(s->evidence.parked);
    cr_expect_eq(s->processes_count, 0);
    scenario_free(s);
}

Test(quick, defaults)
{
    struct scenario *s = load_flags(FLAGS("--url", "https://u:pw@example.org/a?b=c"));
    cr_expect_str_eq(s->name, "example.org-a");
    cr_expect_eq(s->limit, 100);
    cr_expect_eq(s->load[0].burst.requests, 1000);
    cr_expect_eq(s->load[0].burst.gate, GATE_AUTO);
    cr_expect_str_eq(s->stack.redis, "none");
    cr_expect_str_eq(s->stack.postgres, "none");
    cr_expect_str_eq(s->stack.kafka, "none");
    cr_expect_null(s->evidence.coupons);
    cr_expect_eq(s->responses.undecided_count, 0);
    cr_expect_eq(s->responses.otherwise, OTHERWISE_UNDECIDED);
    cr_expect_null(s->request.body);
    cr_expect_eq(s->request.headers_count, 0);
    scenario_free(s);
}

Test(quick, every_flag)
{
    struct scenario *s = load_flags(
        FLAGS("--url=http://h/", "--method=PUT", "--header=A: b: c", "--header=X-Empty:",
              "--header=A: b: c", "--body=[1, \"{{uuid}}\"]", "--header=content-type: text/plain",
              "--first-user=1000", "--accepted=status=200|201,header:X-Result=a\\,b,rank=/rank",
              "--accepted=json:ok=yes", "--rejected=status=410,status=409",
              "--undecided=status=202", "--gate=last-byte", "--timeout=1500ms", "--name=mine",
              "--parked=mysql://u@h/d;SELECT 1", "--coupons=mariadb://u@h/d;SELECT 2",
              "--counter=redis://h;SCARD applied;accepts", "--kafka=a:1,b:2;t1,t2;g;json:/user"));
    cr_expect_str_eq(s->name, "mine");
    cr_expect_str_eq(s->request.method, "PUT");
    cr_assert_eq(s->request.headers_count, 3, "the same flag twice is one header");
    cr_expect_str_eq(s->request.headers[0].value, "b: c");
    cr_expect_str_eq(s->request.headers[1].value, "");
    cr_expect_str_eq(s->request.headers[2].name, "content-type");
    cr_expect_eq(s->request.timeout, 1500 * NS_PER_MS);
    cr_expect_eq(s->users.first, 1000);
    cr_assert_eq(s->responses.accepted_count, 2);
    cr_expect_eq(s->responses.accepted[0].status_count, 2);
    cr_expect_str_eq(s->responses.accepted[0].header[0].value, "a,b");
    cr_expect_str_eq(s->responses.accepted[0].rank, "/rank");
    cr_expect_str_eq(s->responses.accepted[1].json[0].name, "/ok");
    cr_expect_eq(s->responses.rejected[0].status_count, 2);
    cr_expect_eq(s->responses.undecided_count, 1);
    cr_expect_eq(s->responses.otherwise, OTHERWISE_FAILED);
    cr_expect_eq(s->load[0].burst.gate, GATE_LAST_BYTE);
    cr_expect_str_eq(s->stack.postgres, "none");
    cr_expect_str_eq(s->evidence.coupons->mysql, "SELECT 2");
    cr_expect_str_eq(s->evidence.coupons->url, "mariadb://u@h/d");
    cr_expect_str_eq(s->evidence.parked->mysql, "SELECT 1");
    cr_expect_str_eq(s->evidence.counter->redis, "SCARD applied");
    cr_expect_eq(s->evidence.counter->counts, COUNTS_ACCEPTS);
    cr_assert_eq(s->evidence.pipeline->queues_count, 2);
    cr_expect_eq(s->evidence.pipeline->value, VALUE_JSON);
    cr_expect_str_eq(s->evidence.pipeline->pointer, "/user");
    scenario_free(s);
}

Test(quick, what_is_not_told_is_not_held_against_the_service)
{
    static const struct {
        const char *flags[3];
        enum otherwise want;
    } table[] = {
        {{NULL, NULL, NULL}, OTHERWISE_UNDECIDED},
        {{"--accepted=status=200", NULL, NULL}, OTHERWISE_FAILED},
        {{"--rejected=status=410", NULL, NULL}, OTHERWISE_UNDECIDED},
        {{"--undecided=status=202", NULL, NULL}, OTHERWISE_FAILED},
        {{"--accepted=status=200", "--rejected=status=410", NULL}, OTHERWISE_FAILED},
        {{"--accepted=status=200", "--undecided=status=202", NULL}, OTHERWISE_FAILED},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct scenario *s = load_flags((const char *const[]){
            "--url=http://h/", table[i].flags[0], table[i].flags[1], table[i].flags[2], NULL});
        cr_expect_eq(s->responses.otherwise, table[i].want, "row %zu", i);
        scenario_free(s);
    }
}

Test(quick, given)
{
    struct settings settings = {0};
    struct err err;
    cr_assert_eq(parse(&settings, (const char *const[]){NULL}, &err), 0);
    cr_expect(!quick_given(&settings.quick), "the defaults alone give nothing");
    cr_assert_eq(parse(&settings, FLAGS("--limit=5"), &err), 0);
    cr_expect(quick_given(&settings.quick));
}

/* SQL goes to the rows' database, everything else to Redis; a name in front decides, or sh. */
Test(quick, resets_find_their_store)
{
    static const char *const postgres[][2] = {{"postgres", "TRUNCATE coupon; SELECT 1"},
                                              {"redis", "DEL a b"},
                                              {"postgres", "delete from x"},
                                              {"redis", "SET stock 100"},
                                              {"postgres", "VACUUM"}};
    struct scenario *scenario = load_flags(
        FLAGS("--url=http://h/{{user}}", "--coupons=postgresql://h/d;SELECT user_id FROM coupon",
              "--counter=redis://h;a", "--reset=TRUNCATE coupon; SELECT 1", "--reset=DEL a b",
              "--reset=delete from x", "--reset=SET stock 100", "--reset=Postgres: VACUUM"));
    cr_assert_eq(scenario->stack.reset_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        cr_expect_str_eq(scenario->stack.reset[i].name, postgres[i][0]);
        cr_expect_str_eq(scenario->stack.reset[i].value, postgres[i][1]);
    }
    scenario_free(scenario);
    const char *const c[] = {"--coupons=mysql://h/d;SELECT 1", "--coupons=sqlite:///a;SELECT 1"};
    for (unsigned i = 0; i < 2; i++) {
        scenario = load_flags(FLAGS("--url=http://h/", c[i], "--reset=DO", "--reset=command:'a;"));
        cr_expect_str_eq(scenario->stack.reset[0].name, i ? "sqlite" : "mysql");
        cr_expect_str_eq(scenario->setup[0].run[2], "'a;");
        scenario_free(scenario);
    }
}

Test(quick, counters_say_what_they_count)
{
    static const struct {
        const char *flag;
        enum counts counts;
        bool down;
    } table[] = {
        {"--counter=redis://h;stock", COUNTS_ANY, false},
        {"--counter=redis://h;stock;users", COUNTS_USERS, false},
        {"--counter=redis://h;stock;down", COUNTS_ANY, true},
        {"--counter=redis://h;stock;accepts;down", COUNTS_ACCEPTS, true},
        {"--counter=redis://h;stock;down;accepts", COUNTS_ACCEPTS, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct scenario *scenario = load_flags(FLAGS("--url=http://h/{{user}}", table[i].flag));
        const struct spec_counter *counter = scenario->evidence.counter;
        cr_expect_eq(counter->counts, table[i].counts, "%s", table[i].flag);
        cr_expect_eq(counter->down, table[i].down, "%s", table[i].flag);
        scenario_free(scenario);
    }
}

Test(quick, rows_come_from_any_store)
{
    static const struct {
        const char *flag, *query, *command, *url; /* query or command */
    } table[] = {
        {"--coupons=sqlite:///a/shop.db ; SELECT user_id FROM coupon", "SELECT user_id FROM coupon",
         NULL, "sqlite:///a/shop.db"},
        {"--coupons=redis://h:1/2;winners", "winners", NULL, "redis://h:1/2"},
        {"--coupons=https://h/list?a=b;/items next=/next", "/items next=/next", NULL,
         "https://h/list?a=b"},
        {"--coupons=http://h/rows", ".", NULL, "http://h/rows"},
        {"--coupons=command: mongosh --eval 'a; b'", NULL, "mongosh --eval 'a; b'", NULL},
        {"--parked=command:cat a", NULL, "cat a", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct scenario *s = load_flags(FLAGS("--url=http://h/{{user}}", table[i].flag));
        const struct spec_rows *rows =
            s->evidence.coupons ? s->evidence.coupons : s->evidence.parked;
        cr_expect_str_eq(rows->query ? rows->query : rows->command,
                         table[i].query ? table[i].query : table[i].command);
        cr_expect_str_eq(rows->url ? rows->url : "", table[i].url ? table[i].url : "");
        scenario_free(s);
    }
}

Test(quick, refuses)
{
    static const struct {
        const char *flags[4];
        const char *want;
    } table[] = {
        {{"--limit=5", NULL, NULL}, "--url is missing"},
        {{"--url=nonsense", NULL, NULL}, "--url: 'nonsense'; allowed: an http:// or https:// URL"},
        {{"--url=http://h/", "--accepted=colour=red", NULL},
         "--accepted: 'colour=red' is not a condition; allowed: status=200"},
        {{"--url=http://h/", "--accepted=", NULL}, "--accepted: '' is not a condition"},
        {{"--url=http://h/", "--accepted=status=20", NULL}, "--accepted: 'status=20' is not"},
        {{"--url=http://h/", "--rejected=status=200,", NULL}, "--rejected: '' is not a condition"},
        {{"--url=http://h/", "--rejected=json:=x", NULL}, "--rejected: 'json:=x' is not"},
        {{"--url=http://h/", "--undecided=header:x", NULL}, "--undecided: 'header:x' is not"},
        {{"--url=http://h/", "--header=nonsense", NULL}, "--header: 'nonsense'; allowed: 'Name: v"},
        {{"--url=http://h/", "--coupons=SELECT 1", NULL}, "--coupons: allowed: 'postgresql://"},
        {{"--url=http://h/", "--coupons=postgresql://h/d;", NULL}, "--coupons: allowed: "},
        {{"--url=http://h/", "--coupons=redis://h", NULL},
         "--coupons: behind the address '; QUERY' is missing"},
        {{"--url=http://h/", "--coupons=ftp://h;list", NULL}, "--coupons: allowed: "},
        {{"--url=http://h/", "--parked=@/no/such/file", NULL}, "--parked: /no/such/file: No such"},
        {{"--url=http://h/", "--counter=redis://h", NULL}, "--counter: allowed: 'redis://"},
        {{"--url=http://h/", "--counter=redis://h;stock;up", NULL},
         "--counter: 'up' is not allowed; allowed after the key: requests, accepts, users"},
        {{"--url=http://h/\xe2\x82", NULL, NULL}, "--url: not UTF-8 text"},
        {{"--url=http://h/", "--header=X: \x82", NULL}, "--header: not UTF-8 text"},
        {{"--url=http://h/", "--body=\xed\xa0\x80", NULL}, "--body: not UTF-8 text"},
        {{"--url=http://h/", "--reset=TRUNCATE coupon", NULL},
         "--reset 'TRUNCATE coupon': no postgres is given; allowed: SQL with --coupons"},
        {{"--url=http://h/", "--reset=DEL a", NULL}, "--reset 'DEL a': no redis is given"},
        {{"--url=http://h/", "--reset=command: ", NULL},
         "--reset 'command:': a line for sh is missing"},
        {{"--url=http://h/", "--reset=redis: ", NULL}, "--reset 'redis: ': no command is given"},
        {{"--url=http://h/", "--kafka=h:1;t", NULL}, "--kafka: allowed: 'host:port;topic;group'"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct settings settings = {0};
        struct err err = {0};
        cr_assert_eq(parse(&settings, table[i].flags, &err), 0, "%s", err.message);
        struct buf text;
        buf_init(&text, 1 << 20);
        cr_expect_eq(quick_to_yaml(&settings.quick, false, &text, &err), -ERR_USAGE);
        cr_expect(!strncmp(err.message, table[i].want, strlen(table[i].want)), "want %s\n got  %s",
                  table[i].want, err.message);
        cr_expect_eq(text.used, 0, "nothing is written on failure");
        buf_free(&text);
        release(&settings);
    }
}

#define SECRET_FLAGS                                                                               \
    "--url=http://bob:hunter2@h/?u={{user}}", "--header=Authorization: Bearer hunter2",            \
        "--coupons=postgresql://u:hunter2@h/d ; SELECT user_id FROM coupon",                       \
        "--parked=mysql://u:hunter2@h/d ; SELECT 1", "--counter=redis://:hunter2@h;key",           \
        "--accepted=status=200"

Test(quick, init_keeps_no_password)
{
    char *text = write_flags(true, FLAGS(SECRET_FLAGS));
    cr_expect_null(strstr(text, "hunter2"), "%s", text);
    static const char *const exported[] = {
        "#   export TARGET_URL='http://bob:****@h/?u={{user}}'\n",
        "#   export AUTHORIZATION='Bearer ****'\n", "#   export REDIS_URL='redis://:****@h'\n",
        "#   export DATABASE_URL='postgresql://u:****@h/d'\n",
        "#   export PARKED_DATABASE_URL='mysql://u:****@h/d'\n"};
    for (size_t i = 0; i < sizeof exported / sizeof *exported; i++)
        cr_expect(strstr(text, exported[i]), "%s in %s", exported[i], text);

    setenv("TARGET_URL", "http://bob:hunter2@h/?u={{user}}", 1);
    setenv("AUTHORIZATION", "Bearer hunter2", 1);
    setenv("REDIS_URL", "redis://:hunter2@h", 1);
    setenv("DATABASE_URL", "postgresql://u:hunter2@h/d", 1);
    setenv("PARKED_DATABASE_URL", "mysql://u:hunter2@h/d", 1);
    struct scenario *kept = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("kept.yaml", text, NULL, 0, &kept, &err), 0, "%s\n%s",
                 err.message, text);
    cr_expect_str_eq(kept->stack.postgres, "postgresql://u:hunter2@h/d");
    cr_expect_str_eq(kept->request.headers[0].value, "Bearer hunter2");

    /* The file says what the flags said. */
    struct scenario *flags = load_flags(FLAGS(SECRET_FLAGS));
    struct buf a, b;
    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    cr_assert_eq(scenario_print(kept, &a, &err), 0);
    cr_assert_eq(scenario_print(flags, &b, &err), 0);
    cr_expect_str_eq(buf_text(&a), buf_text(&b));
    cr_expect_null(strstr(buf_text(&a), "hunter2"));
    buf_free(&a);
    buf_free(&b);
    scenario_free(flags);
    scenario_free(kept);
    free(text);
}

Test(quick, init_explains_and_says_what_is_not_checked)
{
    char *text = write_flags(true, FLAGS("--url=http://h/{{user}}", "--limit=50"));
    cr_expect(strstr(text, "\nlimit: 50\n"), "%s", text);
    cr_expect(strstr(text, grammar_find("limit")->help));
    cr_expect(strstr(text, "not checked: --coupons") && strstr(text, "not checked: --parked"));
    cr_expect(strstr(text, "not checked: --counter") && strstr(text, "not checked: --kafka"));
    cr_expect(strstr(text, "every answer is taken as undecided"));
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("kept.yaml", text, NULL, 0, &scenario, &err), 0, "%s",
                 err.message);
    scenario_free(scenario);
    free(text);
}

Test(quick, files_and_the_environment_keep_passwords_off_the_command_line)
{
    char path[] = "/tmp/quick-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_gt(dprintf(fd, "postgresql://u:p@h/d ; SELECT 7\n"), 0);
    close(fd);
    char flag[64];
    snprintf(flag, sizeof flag, "--coupons=@%s", path);
    setenv("T_PARKED", "mysql://u:p@h/d", 1);
    struct scenario *s =
        load_flags(FLAGS("--url=http://h/", flag, "--parked=${T_PARKED};SELECT 1"));
    cr_expect_str_eq(s->stack.postgres, "postgresql://u:p@h/d");
    cr_expect_str_eq(s->evidence.coupons->postgres, "SELECT 7");
    cr_expect_str_eq(s->evidence.parked->mysql, "SELECT 1");
    cr_expect_str_eq(s->evidence.parked->url, "mysql://u:p@h/d");
    scenario_free(s);
    unlink(path);
}

Test(quick, quotes_around_a_value_are_told)
{
    struct buf yaml;
    struct err err = {0};
    buf_init(&yaml, 4096);
    cr_expect(parts_rule("accepted", "status=200,json:/isSuccess=\"true\"", &yaml, &err) < 0);
    cr_expect(strstr(err.message, "write it without quotes: 'json:/isSuccess=true'"), "%s",
              err.message);
    buf_free(&yaml);
}
