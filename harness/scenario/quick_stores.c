/* The quick flags about stores: what is not given is not checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "scenario/emit.h"
#include "scenario/interpolate.h"
#include "scenario/quick_parts.h"
#include "scenario/quick_writer.h"
#include "scenario/tree.h"

/* The four sources, taken apart; count is 0 when one is not given. */
struct stores {
    struct parts coupons, parked; /* url, query */
    struct parts counter;         /* url, key, counts */
    struct parts kafka;           /* brokers, topic, group, value */
};

static void stores_free(struct stores *stores)
{
    parts_free(&stores->coupons);
    parts_free(&stores->parked);
    parts_free(&stores->counter);
    parts_free(&stores->kafka);
}

static const char *from_environment(const char *name)
{
    return getenv(name);
}

/* Does a URL, which may be ${NAME}, begin with one of "a|b"? One that nobody has set yet begins
 * with anything. */
static bool has_scheme(const char *url, const char *schemes)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    if (interpolate_text(url, from_environment, &text, NULL))
        return *url == '$';
    while (*schemes) {
        size_t length = strcspn(schemes, "|");
        if (!strncmp(buf_text(&text), schemes, length))
            return true;
        schemes += length + (schemes[length] == '|');
    }
    return false;
}

#define COMMAND "command:" /* instead of an address; the rest is a line for sh */

/* What a command: of --reset, or of --coupons, says to the shell; NULL: it is none. */
static const char *shell_line(const char *text)
{
    enum { LENGTH = sizeof COMMAND - 1 };
    if (strncmp(text, COMMAND, LENGTH) != 0)
        return NULL;
    return text + LENGTH + strspn(text + LENGTH, " ");
}

/* How rows from an address are asked for; an address that nobody has set yet may be a Postgres'. */
static const struct {
    const char *schemes, *key;
} sources[] = {
    {"postgresql://|postgres://", "postgres"},
    {"mysql://|mariadb://", "mysql"},
    {COMMAND, "command"},
    {"sqlite:|redis://|rediss://|unix://|http://|https://", "query"},
};

/* The key in `evidence.coupons`; NULL: no rows come from there. */
static const char *key_of(const struct parts *rows)
{
    for (size_t i = 0; rows->count && i < sizeof sources / sizeof *sources; i++)
        if (has_scheme(rows->v[0], sources[i].schemes))
            return sources[i].key;
    return NULL;
}

static bool has_key(const struct parts *rows, const char *wanted)
{
    const char *key = key_of(rows);
    return key && !strcmp(key, wanted);
}

static bool is_sqlite(const struct parts *rows)
{
    return rows->count && has_scheme(rows->v[0], "sqlite:") && !has_scheme(rows->v[0], "postgres");
}

static int read_source(const char *flag, const char *given, unsigned least, unsigned most,
                       const char *schemes, const char *allowed, struct parts *ret_parts,
                       struct err *err)
{
    if (!given)
        return 0;
    _cleanup_free_ char *text = NULL;
    int rc = parts_read(flag, given, &text, err);
    if (!rc)
        rc = parts_split(text, most, ret_parts, err);
    if (rc)
        return rc;
    bool whole = ret_parts->count >= least;
    for (unsigned i = 0; i < ret_parts->count; i++)
        whole = whole && *ret_parts->v[i];
    if (whole && (!*schemes || has_scheme(ret_parts->v[0], schemes)))
        return 0;
    return err_set(err, ERR_USAGE, "--%s: allowed: %s; or @FILE that holds it", flag, allowed);
}

/* A command may hold semicolons; an answer over HTTP may be the list itself. */
static int read_rows(const char *flag, const char *given, struct parts *ret_parts, struct err *err)
{
    static const char allowed[] =
        "'postgresql://user@host/db ; SELECT user_id FROM coupon', mysql://, sqlite:///path, "
        "'redis://host ; key', 'http://host/rows', 'http://host/page ; /items', "
        "'command: a command that prints rows'";
    static char whole_answer[] = ".";
    if (!given)
        return 0;
    _cleanup_free_ char *text = NULL;
    int rc = parts_read(flag, given, &text, err);
    bool command = !rc && shell_line(text);
    if (!rc)
        rc = parts_split(text, command ? 1 : 2, ret_parts, err);
    if (rc)
        return rc;
    if (command) {
        ret_parts->v[1] = (char *)shell_line(ret_parts->v[0]);
        ret_parts->count = 2;
    }
    if (ret_parts->count == 1 && has_scheme(ret_parts->v[0], "http://|https://"))
        ret_parts->v[ret_parts->count++] = whole_answer;
    if (ret_parts->count == 2 && *ret_parts->v[1] && key_of(ret_parts))
        return 0;
    return err_set(err, ERR_USAGE, "--%s: %sallowed: %s; or @FILE that holds it", flag,
                   ret_parts->count == 1 && key_of(ret_parts)
                       ? "behind the address '; QUERY' is missing; "
                       : "",
                   allowed);
}

/* What a counter counts, or NULL; and whether it is a stock that is counted down. */
static const char *counts_of(const struct parts *counter, bool *ret_down)
{
    const char *counts = NULL;
    *ret_down = false;
    for (unsigned i = 2; i < counter->count; i++)
        if (!strcmp(counter->v[i], "down"))
            *ret_down = true;
        else
            counts = counter->v[i];
    return counts;
}

static int check_counter(const struct parts *counter, struct err *err)
{
    static const char *const words[] = {"requests", "accepts", "users", "down"};
    for (unsigned i = 2; i < counter->count; i++) {
        bool known = false;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            known |= !strcmp(counter->v[i], words[w]);
        if (!known)
            return err_set(err, ERR_USAGE,
                           "--counter: '%s' is not allowed; allowed after the key: requests, "
                           "accepts, users, and down for a stock that is counted down",
                           counter->v[i]);
    }
    return 0;
}

static int read_stores(const struct quick *quick, struct stores *stores, struct err *err)
{
    int rc = read_rows("coupons", quick->coupons, &stores->coupons, err);
    if (!rc)
        rc = read_rows("parked", quick->parked, &stores->parked, err);
    if (!rc)
        rc = read_source(
            "counter", quick->counter, 2, 4, "redis://|rediss://|unix://",
            "'redis://host:port;key' (or rediss://, which is TLS) and perhaps ';accepts', "
            "';users' or ';down'",
            &stores->counter, err);
    if (!rc)
        rc = check_counter(&stores->counter, err);
    if (!rc)
        rc = read_source("kafka", quick->kafka, 3, 4, "",
                         "'host:port;topic;group' and perhaps ';text' or ';json:/pointer'",
                         &stores->kafka, err);
    return rc;
}

/* The Postgres of the rows, which is then the stack's; NULL: there is none. */
static const char *postgres_of(const struct stores *stores)
{
    if (has_key(&stores->coupons, "postgres"))
        return stores->coupons.v[0];
    if (has_key(&stores->parked, "postgres"))
        return stores->parked.v[0];
    return NULL;
}

/* The store that a command is for, and the command without the store's name. SQL begins with words
 * that no command of Redis has; SET is one of Redis, where SQL has nothing to set. */
static const char *reset_store(const struct stores *stores, const char *given,
                               const char **ret_text)
{
    static const char *const names[] = {"redis", "postgres", "mysql", "sqlite"};
    static const char sql[] =
        "TRUNCATE|DELETE|UPDATE|INSERT|DROP|CREATE|ALTER|CALL|DO|WITH|SELECT|BEGIN|"
        "REPLACE";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(given, names[i], length) || given[length] != ':')
            continue;
        *ret_text = given + length + 1 + strspn(given + length + 1, " ");
        return names[i];
    }
    *ret_text = given;
    size_t length = strcspn(given, " \t\n;(");
    for (const char *word = sql; *word;
         word += strcspn(word, "|") + (word[strcspn(word, "|")] == '|'))
        if (strcspn(word, "|") == length && !strncasecmp(word, given, length))
            return has_key(&stores->coupons, "mysql") ? "mysql"
                   : is_sqlite(&stores->coupons)      ? "sqlite"
                                                      : "postgres";
    return "redis";
}

static bool has_store(const struct stores *stores, const char *store)
{
    if (!strcmp(store, "redis"))
        return stores->counter.count;
    if (!strcmp(store, "postgres"))
        return postgres_of(stores);
    return !strcmp(store, "sqlite")
               ? is_sqlite(&stores->coupons) || is_sqlite(&stores->parked)
               : has_key(&stores->coupons, "mysql") || has_key(&stores->parked, "mysql");
}

static int write_resets(struct quick_writer *writer, const struct stores *stores)
{
    const struct opt_list *resets = &writer->quick->resets;
    bool any = false;
    for (size_t i = 0; i < resets->count; i++) {
        const char *text, *store = reset_store(stores, resets->items[i], &text);
        if (shell_line(resets->items[i]))
            continue;
        if (!*text || !has_store(stores, store))
            return err_set(
                writer->err, ERR_USAGE,
                "--reset '%.100s': no %s is given; allowed: SQL with --coupons at a "
                "Postgres, MySQL or SQLite, a command of Redis with --counter, or 'command: "
                "LINE' for sh",
                resets->items[i], *text ? store : "command");
        if (!any)
            quick_writer_explain(writer, 2, "stack.reset");
        (void)buf_addf(writer->out, "%s    - name: %s\n", any ? "" : "  reset:\n", store);
        quick_writer_put(writer, 6, "value", NULL, text);
        any = true;
    }
    return 0;
}

/* Stores that have no command of their own here are emptied by a program that has. */
static int write_setup(struct quick_writer *writer)
{
    const struct opt_list *resets = &writer->quick->resets;
    bool any = false;
    for (size_t i = 0; i < resets->count; i++) {
        const char *line = shell_line(resets->items[i]);
        if (line && !*line)
            return err_set(writer->err, ERR_USAGE,
                           "--reset 'command:': a line for sh is missing, as in --reset 'command: "
                           "./manage.py flush --no-input'");
        if (!line)
            continue;
        if (!any)
            quick_writer_section(writer, "setup");
        (void)buf_adds(writer->out, "  - run:\n      - sh\n      - -c\n      - ");
        (void)emit_text(line, writer->out);
        (void)buf_adds(writer->out, "\n    dir: .\n");
        any = true;
    }
    return 0;
}

static void write_stack(struct quick_writer *writer, const struct stores *stores)
{
    const char *postgres = postgres_of(stores);
    quick_writer_section(writer, "stack");
    quick_writer_explain(writer, 2, "Nothing is started: these are there already, or not used");
    quick_writer_put(writer, 2, "redis", "REDIS_URL",
                     stores->counter.count ? stores->counter.v[0] : "none");
    quick_writer_put(writer, 2, "postgres", "DATABASE_URL", postgres ? postgres : "none");
    quick_writer_put(writer, 2, "kafka", NULL, stores->kafka.count ? stores->kafka.v[0] : "none");
}

static void write_rows(struct quick_writer *writer, const char *key, const char *variable,
                       const struct parts *rows, const char *stack_postgres)
{
    char path[64];
    snprintf(path, sizeof path, "evidence.%s", key);
    quick_writer_explain(writer, 2, path);
    if (!rows->count) {
        snprintf(path, sizeof path, "(not given, so not checked: --%s)", key);
        quick_writer_explain(writer, 2, path);
        return;
    }
    (void)buf_addf(writer->out, "  %s:\n", key);
    quick_writer_put(writer, 4, key_of(rows), NULL, rows->v[1]);
    bool command = !strcmp(key_of(rows), "command");
    if (!command && (!has_key(rows, "postgres") || strcmp(stack_postgres, rows->v[0]) != 0))
        quick_writer_put(writer, 4, "url", variable, rows->v[0]);
}

static void write_counter(struct quick_writer *writer, const struct parts *counter)
{
    quick_writer_explain(writer, 2, "evidence.counter");
    if (!counter->count) {
        quick_writer_explain(writer, 2, "(not given, so not checked: --counter)");
        return;
    }
    (void)buf_adds(writer->out, "  counter:\n");
    quick_writer_put(writer, 4, "redis", NULL, counter->v[1]);
    quick_writer_explain(writer, 4, "evidence.counter.counts");
    bool down;
    const char *counts = counts_of(counter, &down);
    quick_writer_put(writer, 4, "counts", NULL, counts ? counts : "any");
    quick_writer_explain(writer, 4, "evidence.counter.down");
    quick_writer_put(writer, 4, "down", NULL, down ? "true" : "false");
}

static void write_pipeline(struct quick_writer *writer, const struct parts *kafka)
{
    quick_writer_explain(writer, 2, "evidence.pipeline");
    if (!kafka->count) {
        quick_writer_explain(writer, 2, "(not given, so not checked: --kafka)");
        return;
    }
    (void)buf_adds(writer->out, "  pipeline:\n");
    bool several = strchr(kafka->v[1], ',') != NULL;
    (void)buf_addf(writer->out, several ? "    topics: [%s]\n" : "    topics: %s\n", kafka->v[1]);
    quick_writer_explain(writer, 4, "evidence.pipeline.group");
    quick_writer_put(writer, 4, "group", NULL, kafka->v[2]);
    quick_writer_explain(writer, 4, "evidence.pipeline.value");
    const char *value = kafka->count > 3 ? kafka->v[3] : "int64";
    bool pointer = !strncmp(value, "json:", 5);
    quick_writer_put(writer, 4, "value", NULL, pointer ? "json" : value);
    if (pointer)
        quick_writer_put(writer, 4, "pointer", NULL, value + 5);
}

void quick_writer_between(struct quick_writer *writer)
{
    const struct quick *quick = writer->quick;
    const struct {
        const char *key, *way;
    } ways[] = {{"redis", quick->between_redis},
                {"postgres", quick->between_postgres},
                {"mysql", quick->between_mysql}};
    bool any = false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char path[32];
        if (!ways[i].way)
            continue;
        if (!any)
            quick_writer_section(writer, "between");
        any = true;
        snprintf(path, sizeof path, "between.%s", ways[i].key);
        quick_writer_explain(writer, 2, path);
        quick_writer_put(writer, 2, ways[i].key, NULL, ways[i].way);
    }
}

int quick_writer_stores(struct quick_writer *writer)
{
    _cleanup_(stores_free) struct stores stores = {0};
    int rc = read_stores(writer->quick, &stores, writer->err);
    if (rc)
        return rc;
    write_stack(writer, &stores);
    rc = write_resets(writer, &stores);
    if (!rc)
        rc = write_setup(writer);
    if (rc)
        return rc;
    bool any =
        stores.coupons.count || stores.parked.count || stores.counter.count || stores.kafka.count;
    if (!any && !writer->commented)
        return 0;
    quick_writer_section(writer, "evidence");
    const char *postgres = postgres_of(&stores);
    write_rows(writer, "coupons", "DATABASE_URL", &stores.coupons, postgres ? postgres : "");
    write_rows(writer, "parked", "PARKED_DATABASE_URL", &stores.parked, postgres ? postgres : "");
    write_counter(writer, &stores.counter);
    write_pipeline(writer, &stores.kafka);
    return 0;
}
