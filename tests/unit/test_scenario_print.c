/* links: scenario */
/* Printed scenarios: the same when read again, and without secrets. Broken ones never crash. */
#include <criterion/criterion.h>
#include <fts.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/rng.h"
#include "often.h"
#include "scenario/emit.h"
#include "scenario/scenario.h"

static const char *root(void)
{
    static char dir[PATH_MAX];
    if (!*dir) {
        snprintf(dir, sizeof dir, "%s", __FILE__);
        snprintf(dir + strlen(dirname(dir)), 8, "/../..");
    }
    return dir;
}

static char *print(const struct scenario *scenario)
{
    struct buf text;
    buf_init(&text, 1 << 22);
    struct err err = {0};
    cr_assert_eq(scenario_print(scenario, &text, &err), 0, "%s", err.message);
    return buf_steal(&text);
}

/* Prints, reads, prints: the texts are equal. */
static char *expect_round_trip(const struct scenario *scenario)
{
    char *first = print(scenario);
    struct scenario *again = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("printed", first, NULL, 0, &again, &err), 0, "%s\n%s",
                 err.message, first);
    char *second = print(again);
    cr_expect_str_eq(first, second);
    free(second);
    scenario_free(again);
    return first;
}

static char *print_text(const char *text)
{
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("t.yaml", text, NULL, 0, &scenario, &err), 0, "%s",
                 err.message);
    char *printed = expect_round_trip(scenario);
    scenario_free(scenario);
    return printed;
}

static size_t try_all(const char *below)
{
    char dir[PATH_MAX + 32];
    snprintf(dir, sizeof dir, "%s/%s", root(), below);
    char *const roots[] = {dir, NULL};
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    size_t count = 0;
    for (FTSENT *found; (found = fts_read(walk)) != NULL;) {
        size_t length = strlen(found->fts_path);
        if (found->fts_info != FTS_F || strcmp(found->fts_path + length - 5, ".yaml") != 0)
            continue;
        struct scenario *scenario = NULL;
        struct err err = {0};
        cr_expect_eq(scenario_load(found->fts_path, NULL, 0, &scenario, &err), 0, "%s",
                     err.message);
        if (scenario)
            free(expect_round_trip(scenario));
        scenario_free(scenario);
        count++;
    }
    fts_close(walk);
    return count;
}

Test(scenario_print, every_scenario_loads_and_comes_back)
{
    cr_assert_geq(try_all("scenarios"), 2);
    try_all("tests/e2e");
    try_all("tests/strangers");
    cr_assert_geq(try_all("tests/explore"), 2);
    try_all("tests/faulty");
}

#define HEAD "name: t\nlimit: 10\nresponses: {accepted: 202}\nload: [burst: 20]\n"

Test(scenario_print, everything_that_can_be_said_comes_back)
{
    char *text = print_text(
        HEAD
        "description: \"two\\nlines: 'quoted' # no comment \\u00e9 \\u2028 \\x07 \\U0001F600\"\n"
        "request:\n"
        "  url: \"http://x/{{user}}\"\n"
        "  headers: [{name: A, value: \"1\"}, {name: A, value: \"null\"}, {name: B, value: \"\"}]\n"
        "  body: |\n    {\"a\": [1, 2]}\n    $${HOME} ${dir}\n"
        "stack: {brokers: 3, topics: [{name: \"10\", partitions: 3, replication: 2}],"
        " kafka_version: 3.9, redis_appendfsync: no}\n"
        "processes:\n"
        "  - {name: p, run: [\"true\", \"\", \"- x\", \"a: b\", \"#c\", \"*d\", \"1e3\", \"~\", "
        "\"tab\\t\"],"
        " env: {A: \"yes\", B: \" lead\", C: \"trail \", D: \"a,b\", E: \"{x}\"}, dir: .,"
        " ready: {http: /readyz, timeout: 1500ms}}\n"
        "  - {name: q, run: x}\n"
        "wait: 1h\n"
        "expect: [fcfs_power, {check: fcfs_power, power_percent: 0}, {check: errors, at_most: 3},"
        " {check: sql, query: SELECT 1, equals: \"1\"}, {check: latency, p99: 1us, max: 1h}]\n"
        "faults: [{target: p, action: kill, at: 1ms..90s, restart_after: 1ns},"
        " {target: p, action: signal, signal: HUP, when: answered, count: 7}]\n"
        "bystander: {before: 0}\n"
        "outcome: {verdict: fail, checks: [lost], may: [fcfs, late]}\n");
    cr_expect(strstr(text, "wait: 1h\n"), "%s", text);
    cr_expect(strstr(text, "at: 1ms..90s"), "%s", text);
    cr_expect(strstr(text, "timeout: 1500ms"), "%s", text);
    cr_expect(strstr(text, "power_percent: 0"), "%s", text);
    cr_expect(strstr(text, "$${HOME}"), "%s", text);
    free(text);

    text = print_text(HEAD "request: {url: \"http://x/\"}\n");
    cr_expect_null(strstr(text, "wait_span"), "%s", text);
    cr_expect_null(strstr(text, "expect"), "%s", text);
    free(text);
}

static struct buf masked;

static const char *mask(const char *text)
{
    buf_free(&masked);
    buf_init(&masked, 4096);
    mask_text(text, &masked);
    return buf_text(&masked);
}

Test(scenario_print, masks)
{
    cr_expect_str_eq(mask("postgresql://bob:s3cret@h:5432/db"), "postgresql://bob:****@h:5432/db");
    cr_expect_str_eq(mask("redis://:pw@h"), "redis://:****@h");
    cr_expect_str_eq(mask("mysql://u:p@ss:w@h/db"), "mysql://u:****@h/db");
    cr_expect_str_eq(mask("a://u:x@b c://v:y@d"), "a://u:****@b c://v:****@d");
    cr_expect_str_eq(mask("http://h:80/a@b"), "http://h:80/a@b");
    cr_expect_str_eq(mask("http://user@h/"), "http://user@h/");
    cr_expect_str_eq(mask("postgresql://h/db?user=a&password=x%20y&b=c"),
                     "postgresql://h/db?user=a&password=****&b=c");
    cr_expect_str_eq(mask("--db-password=x --y"), "--db-password=**** --y");
    cr_expect_str_eq(mask("http://h/?token={{uuid}}&access_token=q"),
                     "http://h/?token={{uuid}}&access_token=****");
    cr_expect_str_eq(mask("jdbc:x?password=${postgres.password}"),
                     "jdbc:x?password=${postgres.password}");
    cr_expect_str_eq(mask(""), "");
    cr_expect_str_eq(mask("://"), "://");
    buf_free(&masked);
}

Test(scenario_print, no_secret_is_printed)
{
    setenv("T_SECRET", "hunter2", 1);
    char *text = print_text(
        HEAD "request:\n"
             "  url: \"http://bob:hunter2@127.0.0.1:1/?token=hunter2&u={{user}}\"\n"
             "  headers: {Authorization: Bearer hunter2, X-Api-Key: hunter2, Cookie: hunter2}\n"
             "stack: {redis: \"redis://:hunter2@h\", postgres: \"postgresql://u:${T_SECRET}@h\"}\n"
             "processes: [{name: p, run: [x, --password=hunter2],"
             " env: {DB_PASSWORD: hunter2, URL: \"mysql://a:hunter2@b\", PLAIN: seen}}]\n"
             "evidence:\n"
             "  coupons: {mysql: SELECT 1, url: \"mysql://u:hunter2@h/d\"}\n"
             "  counter: {redis: k, url: \"redis://u:hunter2@h\"}\n"
             "expect: [{check: sql, query: SELECT 1, equals: 1,"
             " url: \"postgresql://u:hunter2@h\"}]\n");
    cr_expect_null(strstr(text, "hunter2"), "%s", text);
    cr_expect(strstr(text, "PLAIN: seen"));
    cr_expect(strstr(text, "u={{user}}"));
    free(text);
}

Test(scenario_print, texts_that_look_like_something_else_are_quoted)
{
    static const char *const quoted[] = {
        "",     "~",    "null", "True", "no",  "12",  "-1",  "1.5",   "0x1", "1e3",
        "1:30", "- a",  "a: b", "a #b", "a:",  " a",  "a ",  "*a",    "&a",  "!a",
        "@a",   "`a",   "%a",   "{a}",  "[a]", "a,b", "'a'", "\"a\"", "|",   ">",
        "?",    "a\nb", "---",  "...",  "=",   "#a",  ".5",  "-",     "+1",  "12e03"};
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
        buf_clear(&text);
        cr_assert_eq(emit_text(quoted[i], &text), 0);
        cr_expect_eq(*buf_text(&text), '"', "%s", buf_text(&text));
    }
    static const char *const plain[] = {"a",   "a b", "/a", "coupon_create", "SELECT (1) FROM a",
                                        "10ms"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        buf_clear(&text);
        cr_assert_eq(emit_text(plain[i], &text), 0);
        cr_expect_str_eq(buf_text(&text), plain[i]);
    }
    buf_free(&text);
}

/* ---- broken on purpose ---- */

static void mutate(struct rng *rng, char *text, size_t *length, size_t room)
{
    static const char *const pieces[] = {"{",   "}",  "[",      "]",    ": ",   "- ",       "\n",
                                         "&a ", "*a", "!!int ", "${",   "}",    "${X:-",    "{{",
                                         "\t",  "\"", "'",      "|\n",  "\xff", "%",        "0",
                                         "-",   "~",  "? ",     "\x01", "<<: ", "\xc3\xa9", ".."};
    size_t at = (size_t)rng_below(rng, *length);
    switch (rng_below(rng, 4)) {
    case 0: /* a byte */
        text[at] = (char)(1 + rng_below(rng, 255));
        return;
    case 1: { /* a hole */
        size_t hole = 1 + (size_t)rng_below(rng, *length - at < 40 ? *length - at : 40);
        memmove(text + at, text + at + hole, *length - at - hole + 1);
        *length -= hole;
        return;
    }
    case 2: { /* a piece of YAML */
        const char *piece = pieces[rng_below(rng, sizeof pieces / sizeof *pieces)];
        size_t size = strlen(piece);
        if (*length + size >= room)
            return;
        memmove(text + at + size, text + at, *length - at + 1);
        memcpy(text + at, piece, size);
        *length += size;
        return;
    }
    default: { /* a line, again somewhere else */
        size_t start = (size_t)rng_below(rng, *length), size = strcspn(text + start, "\n") + 1;
        if (start + size > *length || *length + size >= room)
            return;
        char line[512];
        size = size > sizeof line ? sizeof line : size;
        memcpy(line, text + start, size);
        memmove(text + at + size, text + at, *length - at + 1);
        memcpy(text + at, line, size);
        *length += size;
    }
    }
}

Test(scenario_print, broken_scenarios_never_crash, .timeout = 240)
{
    enum { ROOM = 16384 };
    const int rounds = often(20000);
    char path[PATH_MAX + 32], original[ROOM / 2];
    snprintf(path, sizeof path, "%s/scenarios/kafka.yaml", root());
    struct buf file;
    buf_init(&file, sizeof original - 1);
    struct err err = {0};
    cr_assert_eq(scenario_read(path, &file, &err), 0, "%s", err.message);
    struct rng rng;
    rng_seed(&rng, 20240501);
    size_t taken = 0, refused = 0;
    for (int i = 0; i < rounds; i++) {
        char text[ROOM];
        size_t length = file.used;
        memcpy(text, buf_text(&file), length + 1);
        for (uint64_t n = 1 + rng_below(&rng, 6); n > 0 && length > 0; n--)
            mutate(&rng, text, &length, sizeof text);
        mask_forget(); /* words that the round before has taken for secrets */
        struct scenario *scenario = NULL;
        err = (struct err){0};
        int rc = scenario_load_text("fuzz", text, NULL, 0, &scenario, &err);
        if (rc) {
            refused++;
            cr_assert(rc == -ERR_USAGE && *err.message, "%d %s\n%s", rc, err.message, text);
            cr_assert_null(scenario);
            continue;
        }
        taken++;
        free(expect_round_trip(scenario));
        scenario_free(scenario);
    }
    buf_free(&file);
    cr_expect_gt(taken, (size_t)rounds / 200, "%zu taken, %zu refused", taken, refused);
    cr_expect_gt(refused, (size_t)rounds / 20);
}

Test(scenario_print, broken_sets_never_crash)
{
    static const char *const starts[] = {"limit",
                                         "load.0.burst.requests",
                                         "responses.accepted.0",
                                         "processes.p.env",
                                         "faults.0",
                                         "evidence.pipeline",
                                         "a.b.c"};
    struct rng rng;
    rng_seed(&rng, 7);
    for (int i = 0; i < often(5000); i++) {
        char set[512];
        snprintf(set, sizeof set, "%s={a: [1, b], c: \"x\"}", starts[rng_below(&rng, 7)]);
        size_t length = strlen(set);
        for (uint64_t n = rng_below(&rng, 5); n > 0 && length > 0; n--)
            mutate(&rng, set, &length, sizeof set);
        struct scenario *scenario = NULL;
        struct err err = {0};
        const char *sets[] = {set};
        int rc = scenario_load_text("t", HEAD "request: {url: \"http://x/\"}\n", sets, 1, &scenario,
                                    &err);
        cr_assert(rc == 0 || (rc == -ERR_USAGE && *err.message), "%d %s", rc, err.message);
        scenario_free(scenario);
    }
}
