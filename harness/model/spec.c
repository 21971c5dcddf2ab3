#include "model/spec.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define BROKERS ""
#define SERVER(name, reference, def, forms, allowed, help, ...)                                    \
    {#name,                                                                                        \
     reference,                                                                                    \
     def,                                                                                          \
     offsetof(struct spec_stack, name),                                                            \
     offsetof(struct spec_stack, name##_port),                                                     \
     offsetof(struct spec_stack, name##_as),                                                       \
     {__VA_ARGS__}},
static const struct {
    const char *name, *reference, *def;
    size_t offset, port, as; /* in struct spec_stack */
    const char *own[8];
} servers[] = {
#include "model/server_rows.h"
};
#undef SERVER

const char *const spec_servers[] = {
#define SERVER(name, ...) #name,
#include "model/server_rows.h"
#undef SERVER
    NULL};

const char *const spec_resets[] = {"redis", "postgres", "mysql", "sqlite", NULL};

const char *const http2_words[] = {
    [HTTP2_OFF] = "false", [HTTP2_OFFERED] = "true", [HTTP2_KNOWN] = "prior-knowledge", NULL};

static int find(const char *name)
{
    for (int i = 0; spec_servers[i]; i++)
        if (!strcmp(spec_servers[i], name))
            return i;
    return -1;
}

const char *spec_server(const struct spec_stack *stack, const char *name)
{
    int found = find(name);
    const char *text = NULL;
    if (found >= 0)
        memcpy(&text, (const char *)stack + servers[found].offset, sizeof text);
    return text ? text : found < 0 ? "none" : servers[found].def;
}

const char *spec_server_as(const struct spec_stack *stack, const char *name)
{
    int found = find(name);
    const char *text = NULL;
    if (found >= 0)
        memcpy(&text, (const char *)stack + servers[found].as, sizeof text);
    return text;
}

int spec_server_as_uri(const struct spec_stack *stack, const char *name, struct uri *ret_uri,
                       struct err *err)
{
    const char *as = spec_server_as(stack, name);
    char url[4200];
    snprintf(url, sizeof url, "%s%s", strstr(as, "://") ? "" : "kafka://", as);
    return uri_parse(url, ret_uri, err);
}

int64_t spec_server_port(const struct spec_stack *stack, const char *name)
{
    int found = find(name);
    struct uri uri;
    int64_t port = 0;
    if (found >= 0)
        memcpy(&port, (const char *)stack + servers[found].port, sizeof port);
    if (port || !spec_server_as(stack, name))
        return port;
    return spec_server_as_uri(stack, name, &uri, NULL) ? 0 : uri_port(&uri);
}

bool spec_faces_load(const struct scenario *scenario, const char *process)
{
    char reference[40];
    snprintf(reference, sizeof reference, "${%s", process);
    const char *at = strstr(scenario->request.url, reference);
    char next = at ? at[strlen(reference)] : '\0';
    return next == '}' || next == '.';
}

const char *spec_server_reference(const char *name)
{
    int found = find(name);
    return found < 0 ? "url" : servers[found].reference;
}

const char *const *spec_server_own(const char *name)
{
    static const char *const nothing[] = {NULL};
    int found = find(name);
    return found < 0 ? nothing : servers[found].own;
}

enum user_ids spec_ids_kind(const struct spec_ids *ids)
{
    const char *form = ids->form ? ids->form : "number";
    if (ids->feeder)
        return USER_IDS_LISTED;
    return !strcmp(form, "uuid")   ? USER_IDS_UUID
           : !strcmp(form, "none") ? USER_IDS_NONE
           : strstr(form, "{{")    ? USER_IDS_PATTERN
                                   : USER_IDS_NUMBER;
}

const char *spec_rows_query(const struct spec_rows *rows)
{
    return rows->postgres  ? rows->postgres
           : rows->mysql   ? rows->mysql
           : rows->command ? rows->command
                           : rows->query;
}

const char *spec_rows_url(const struct spec_rows *rows)
{
    return rows->url        ? rows->url
           : rows->mysql    ? "${mysql.url}"
           : rows->postgres ? "${postgres.url}"
           : rows->command  ? "command:"
                            : NULL;
}

const char *spec_sql_server(const struct spec_stack *stack)
{
    bool mysql = !strcmp(spec_server(stack, "postgres"), "none") &&
                 strcmp(spec_server(stack, "mysql"), "none") != 0;
    return mysql ? "mysql" : "postgres";
}

const char *spec_expect_url(const struct scenario *scenario, const struct spec_expect *expect)
{
    bool sql = !strcmp(expect->check, "sql");
    if (expect->url || (!sql && strcmp(expect->check, "redis") != 0))
        return expect->url;
    bool mysql = sql && !strcmp(spec_sql_server(&scenario->stack), "mysql");
    return mysql ? "${mysql.url}" : sql ? "${postgres.url}" : "${redis.url}";
}

const char *spec_rows_store(const struct spec_rows *rows)
{
    bool sqlite = rows->query && rows->url && !strncmp(rows->url, "sqlite", strlen("sqlite"));
    return rows->mysql ? "mysql" : rows->postgres ? "postgres" : sqlite ? "sqlite" : "";
}

const char *spec_rows_of(const struct scenario *scenario, const char *server)
{
    const struct spec_rows *const all[] = {scenario->evidence.coupons, scenario->evidence.parked};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct spec_rows *rows = all[i];
        const char *key = !rows ? "" : spec_rows_store(rows);
        if (!strcmp(key, server) && rows->url && rows->url[0] != '$')
            return rows->url;
    }
    return NULL;
}

const char *spec_between_way(const struct spec_between *between, const char *store)
{
    return !strcmp(store, "redis")      ? between->redis
           : !strcmp(store, "postgres") ? between->postgres
           : !strcmp(store, "mysql")    ? between->mysql
                                        : NULL;
}

bool spec_between_listens(const struct spec_between *between)
{
    return between->redis || between->postgres || between->mysql;
}

int64_t spec_phase_requests(const struct spec_phase *phase, int64_t many)
{
    switch (phase->kind) {
    case LOAD_BURST:
        return phase->burst.requests;
    case LOAD_WAVES:
        return phase->waves.offsets_count ? phase->waves.offsets_count
                                          : phase->waves.waves * phase->waves.size;
    case LOAD_RATE:
        return phase->rate.requests ? phase->rate.requests
                                    : phase->rate.rate * (phase->rate.duration / NS_PER_S + 1);
    case LOAD_CLOSED:
        return phase->closed.requests ? phase->closed.requests : many;
    default:
        return 0;
    }
}
