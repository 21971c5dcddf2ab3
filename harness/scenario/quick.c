#include "scenario/quick.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "scenario/quick_writer.h"
#include "scenario/tree.h"

enum { LIMIT_DEFAULT = 100, REQUESTS_DEFAULT = 1000 };

#define AT(member) offsetof(struct quick, member)

static const struct opt table[] = {
    {"url", 'u', OPT_TEXT, "URL", NULL, NULL, NULL, 0, 0,
     "judge this endpoint; {{user}} is the user's number; with it, the flags below", AT(url)},
    {"unix-socket", 0, OPT_TEXT, "PATH", NULL, NULL, NULL, 0, 0,
     "the endpoint listens on this unix socket, whatever host the URL names", AT(socket)},
    {"method", 'X', OPT_TEXT, "NAME", NULL, NULL, NULL, 0, 0, "HTTP method [POST]", AT(method)},
    {"header", 'H', OPT_LIST, "NAME: VALUE", NULL, NULL, NULL, 0, 0,
     "a header of each request; again and again", AT(headers)},
    {"body", 'd', OPT_TEXT, "TEXT", NULL, NULL, NULL, 0, 0,
     "body of each request, as in {\"userId\": {{user}}}; @FILE reads it", AT(body)},
    {"limit", 'l', OPT_INT, "N", NULL, NULL, NULL, 1, 100000000, "how many may win [100]",
     AT(limit)},
    {"requests", 'n', OPT_INT, "N", NULL, NULL, NULL, 1, 100000,
     "how many users, all at once [1000]", AT(requests)},
    {"first-user", 0, OPT_INT, "N", "1", NULL, NULL, 0, 0, "number of the first user",
     AT(first_user)},
    {"ids", 0, OPT_TEXT, "FORM", NULL, NULL, NULL, 0, 0,
     "what a user is called: uuid, user-{{n}}@shop.example, 'users.csv;column', none [number]",
     AT(ids)},
    {"anonymous", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "the endpoint knows no users: the request need not hold {{user}}", AT(anonymous)},
    {"accepted", 0, OPT_LIST, "RULE", NULL, NULL, NULL, 0, 0,
     "an answer that says yes: status=200,json:/isSuccess=true; without --rejected, the run "
     "shows what else came and which --rejected would match it",
     AT(accepted)},
    {"rejected", 0, OPT_LIST, "RULE", NULL, NULL, NULL, 0, 0,
     "an answer that says no: status=410, status=200,json:/isSuccess=false", AT(rejected)},
    {"limited", 0, OPT_LIST, "RULE", NULL, NULL, NULL, 0, 0,
     "an answer that turns away before it is decided, with nothing applied: status=429",
     AT(limited)},
    {"undecided", 0, OPT_LIST, "RULE", NULL, NULL, NULL, 0, 0,
     "an answer that is the same for everybody: the stores alone decide", AT(undecided)},
    {"coupons", 0, OPT_TEXT, "SOURCE", NULL, NULL, NULL, 0, 0,
     "the rows that winners have: 'postgresql://… ; SELECT user_id FROM coupon', or mysql://, "
     "sqlite:///file; 'redis://… ; key'; 'http://… ; /items'; 'command: …' that prints them; @FILE "
     "keeps a password out of the process list",
     AT(coupons)},
    {"parked", 0, OPT_TEXT, "SOURCE", NULL, NULL, NULL, 0, 0,
     "the rows of winners put aside after a failure, likewise", AT(parked)},
    {"counter", 0, OPT_TEXT, "SOURCE", NULL, NULL, NULL, 0, 0,
     "the counter: 'redis://…;key', or a command for the key; more parts: 'accepts' or 'users' "
     "when it counts only those, 'down' for a stock; @FILE likewise",
     AT(counter)},
    {"kafka", 0, OPT_TEXT, "SOURCE", NULL, NULL, NULL, 0, 0,
     "the pipeline: 'host:port;topic;group'; a fourth part says how a record holds the user: "
     "int64, text, json:/pointer [int64]",
     AT(kafka)},
    {"reset", 0, OPT_LIST, "COMMAND", NULL, NULL, NULL, 0, 0,
     "empty a store before each round: SQL for the database of --coupons, other commands for the "
     "Redis of --counter, or 'redis: …', 'postgres: …', 'mysql: …', 'sqlite: …'; or 'command: "
     "LINE' "
     "for sh, as in 'command: ./manage.py flush'; again and again; stores of this machine "
     "only, but for --allow-reset",
     AT(resets)},
    {"between-redis", 0, OPT_TEXT, "LISTEN=UPSTREAM", NULL, NULL, NULL, 0, 0,
     "tell what passes between the service, which is pointed at LISTEN, and its Redis at UPSTREAM: "
     "16379=6379, 127.0.0.1:16379=10.0.0.5:6379",
     AT(between_redis)},
    {"between-postgres", 0, OPT_TEXT, "LISTEN=UPSTREAM", NULL, NULL, NULL, 0, 0,
     "the same of its Postgres: 15432=5432", AT(between_postgres)},
    {"between-mysql", 0, OPT_TEXT, "LISTEN=UPSTREAM", NULL, NULL, NULL, 0, 0,
     "the same of its MySQL: 13306=3306", AT(between_mysql)},
    {"gate", 0, OPT_CHOICE, "NAME", NULL, NULL, "auto|corked|last-byte|connected|cold|none", 0, 0,
     "what holds the requests back until all are ready; cold: all connect at once", AT(gate)},
    {"timeout", 0, OPT_DURATION, "SPAN", NULL, NULL, NULL, 0, 0,
     "an answer that takes longer is unknown [10s]", AT(timeout)},
    {"name", 0, OPT_TEXT, "NAME", NULL, NULL, NULL, 0, 0,
     "name of the run and its reports [made from the URL]", AT(name)},
};

const struct opt *quick_options(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof *table;
    return table;
}

static bool is_given(const struct quick *quick, const struct opt *opt)
{
    const void *at = (const char *)quick + opt->offset;
    switch (opt->type) {
    case OPT_FLAG:
        return *(const bool *)at;
    case OPT_LIST:
        return ((const struct opt_list *)at)->count > 0;
    case OPT_INT:
        return *(const int64_t *)at && !(opt->def && *(const int64_t *)at == atoll(opt->def));
    case OPT_DURATION:
        return *(const ns_t *)at != 0;
    default:
        return *(const char *const *)at != NULL;
    }
}

static const struct opt *first_given(const struct quick *quick)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (is_given(quick, &table[i]))
            return &table[i];
    return NULL;
}

bool quick_given(const struct quick *quick)
{
    return first_given(quick) != NULL;
}

int quick_refuse(const struct quick *quick, const char *scenario, struct err *err)
{
    static const struct {
        const char *flag, *set;
    } keys[] = {
        {"unix-socket", "request.unix=/run/shop.sock"},
        {"method", "request.method=PUT"},
        {"header", "request.headers.NAME=VALUE"},
        {"body", "request.body='…'"},
        {"limit", "limit=100"},
        {"requests", "load.0.burst.requests=1000"},
        {"first-user", "users.first=1001"},
        {"ids", "users.ids=uuid"},
        {"anonymous", "users.anonymous=true"},
        {"accepted", "responses.accepted='{status: 201}'"},
        {"rejected", "responses.rejected='{status: 409}'"},
        {"limited", "responses.limited='{status: 429}'"},
        {"undecided", "responses.undecided='{status: 202}'"},
        {"coupons", "evidence.coupons='SELECT user_id FROM coupon'"},
        {"parked", "evidence.parked='SELECT user_id FROM failed_event'"},
        {"counter", "evidence.counter=coupon_count"},
        {"kafka", "evidence.pipeline='{topics: [coupon_create], group: coupon}'"},
        {"reset", "stack.reset.redis='DEL x' or stack.reset.postgres='TRUNCATE x'"},
        {"between-redis", "between.redis=16379=6379"},
        {"between-postgres", "between.postgres=15432=5432"},
        {"between-mysql", "between.mysql=13306=3306"},
        {"gate", "load.0.burst.gate=connected"},
        {"timeout", "request.timeout=10s"},
        {"name", "name=NAME"},
    };
    const struct opt *opt = first_given(quick);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && opt; i++)
        if (!strcmp(keys[i].flag, opt->name))
            return err_set(err, ERR_USAGE,
                           "--%s goes with --url, which describes a scenario of its own; of the "
                           "scenario '%s' change a value: --set %s",
                           opt->name, scenario, keys[i].set);
    return err_set(err, ERR_USAGE, "--url describes a scenario of its own: give no SCENARIO '%s'",
                   scenario);
}

int quick_check(const struct quick *quick, struct err *err)
{
    bool rules = quick->accepted.count || quick->rejected.count || quick->undecided.count;
    bool stores = quick->coupons || quick->parked || quick->counter || quick->kafka;
    if (!quick->url || rules || stores)
        return 0;
    return err_set(err, ERR_USAGE,
                   "nothing says what is to be checked: --accepted is missing, with what an answer "
                   "looks like that says yes (--accepted 'status=200,json:/isSuccess=true'), and "
                   "--rejected likewise; or a store, as in --coupons");
}

/* ---- the text ---- */

/* "127.0.0.1-8080-coupon-apply": host, port and path, never user and password. */
static void name_from_url(const char *url, char *ret_name, size_t size)
{
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    const char *at = memchr(start, '@', strcspn(start, "/?#"));
    start = at ? at + 1 : start;
    const char *end = start + strcspn(start, "?#{$");
    size_t used = 0;
    for (const char *c = start; c < end && used + 1 < size; c++) {
        bool plain = isalnum((unsigned char)*c) || *c == '.' || *c == '_';
        if (plain || (used > 0 && ret_name[used - 1] != '-'))
            ret_name[used++] = plain ? *c : '-';
    }
    while (used > 0 && ret_name[used - 1] == '-')
        used--;
    ret_name[used] = '\0';
    if (!isalnum((unsigned char)*ret_name))
        snprintf(ret_name, size, "service");
}

static void write_head(struct quick_writer *writer)
{
    const struct quick *quick = writer->quick;
    char name[64];
    name_from_url(quick->url, name, sizeof name);
    quick_writer_explain(writer, 0, "name");
    quick_writer_put(writer, 0, "name", NULL, quick->name ? quick->name : name);
    (void)buf_adds(writer->out, "description: ");
    (void)buf_addf(writer->out, "%" PRId64 " users at once for %" PRId64 " coupons\n",
                   quick->requests ? quick->requests : REQUESTS_DEFAULT,
                   quick->limit ? quick->limit : LIMIT_DEFAULT);
    quick_writer_explain(writer, 0, "limit");
    (void)buf_addf(writer->out, "limit: %" PRId64 "\n",
                   quick->limit ? quick->limit : LIMIT_DEFAULT);
}

static void write_load(struct quick_writer *writer)
{
    const struct quick *quick = writer->quick;
    quick_writer_section(writer, "load");
    (void)buf_addf(writer->out, "  - burst: {requests: %" PRId64,
                   quick->requests ? quick->requests : REQUESTS_DEFAULT);
    if (quick->gate)
        (void)buf_addf(writer->out, ", gate: %s", quick->gate);
    (void)buf_adds(writer->out, "}\n");
}

/* What a file for keeping says before and after the scenario. */
static void write_preface(const struct quick_writer *writer, struct buf *text)
{
    (void)buf_adds(
        text,
        "# A scenario for rushproof: `rushproof run FILE` runs it, `rushproof schema` prints a\n"
        "# JSON Schema that editors complete from.\n");
    if (writer->secrets.used)
        (void)buf_addf(text, "#\n# Passwords are not kept in this file. Before a run:\n%s",
                       buf_text(&writer->secrets));
    (void)buf_adds(text, "\n");
}

static void write_hints(const struct quick_writer *writer)
{
    if (writer->commented)
        (void)buf_adds(
            writer->out,
            "\n# Every check whose evidence is above runs anyway. More of them, and thresholds:\n"
            "# expect:\n"
            "#   - {check: latency, p99: 200ms}\n"
            "#   - {check: errors, at_most: 0}\n");
}

static int write_all(struct quick_writer *writer)
{
    write_head(writer);
    int rc = quick_writer_request(writer);
    if (!rc)
        rc = quick_writer_responses(writer);
    if (rc)
        return rc;
    write_load(writer);
    quick_writer_between(writer);
    rc = quick_writer_stores(writer);
    write_hints(writer);
    return rc;
}

static int check_text(const struct opt *opt, const char *text, struct err *err)
{
    return text && text[utf8_check(text)]
               ? err_set(err, ERR_USAGE, "--%s: not UTF-8 text", opt->name)
               : 0;
}

static int check_texts(const struct quick *quick, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table && !rc; i++) {
        const void *member = (const char *)quick + table[i].offset;
        const struct opt_list *list = member;
        if (table[i].type == OPT_TEXT || table[i].type == OPT_CHOICE)
            rc = check_text(&table[i], *(const char *const *)member, err);
        for (size_t k = 0; table[i].type == OPT_LIST && k < list->count && !rc; k++)
            rc = check_text(&table[i], list->items[k], err);
    }
    return rc;
}

int quick_to_yaml(const struct quick *quick, bool commented, struct buf *ret_text, struct err *err)
{
    if (!quick->url)
        return err_set(
            err, ERR_USAGE,
            "--url is missing: the flags of one service need it; the values of a scenario "
            "are changed by --set");
    if (strncmp(quick->url, "http://", 7) != 0 && strncmp(quick->url, "https://", 8) != 0 &&
        strncmp(quick->url, "${", 2) != 0)
        return err_set(err, ERR_USAGE, "--url: '%.200s'; allowed: an http:// or https:// URL",
                       quick->url);
    int rc = check_texts(quick, err);
    if (rc)
        return rc;
    _cleanup_(buf_free) struct buf body;
    buf_init(&body, TREE_BYTES_MAX);
    struct quick_writer writer = {.quick = quick, .commented = commented, .out = &body, .err = err};
    buf_init(&writer.secrets, TREE_BYTES_MAX);
    rc = write_all(&writer);
    if (!rc && commented)
        write_preface(&writer, ret_text);
    bool failed = writer.secrets.failed || body.failed;
    buf_free(&writer.secrets);
    if (!rc && (failed || buf_adds(ret_text, buf_text(&body))))
        rc = err_set(err, ERR_MEMORY, "the scenario is too long");
    return rc;
}
