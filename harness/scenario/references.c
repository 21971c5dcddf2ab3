#include "scenario/references.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "scenario/grammar.h"

struct search {
    const struct scenario *scenario;
    const char *known; /* "apply|apply.port|redis.url|…" */
    const char *name;
    struct err *err;
};

enum { KNOWN_BYTES_MAX = 8192 };

static int collect_known(const struct scenario *scenario, struct buf *known)
{
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        const char *name = scenario->processes[i].name;
        (void)buf_addf(known, "%s|%s.port|", name, name);
    }
    static const struct {
        size_t server;
        const char *own; /* of a server that the run starts itself */
        const char *any;
    } servers[] = {
        {offsetof(struct spec_stack, redis), "redis.tcp|redis.port|redis.password|", "redis.url|"},
        {offsetof(struct spec_stack, postgres), "postgres.port|postgres.password|",
         "postgres.url|"},
        {offsetof(struct spec_stack, kafka), "", "kafka.brokers|"},
    };
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        const char *kind = *(char *const *)((const char *)&scenario->stack + servers[i].server);
        (void)buf_adds(known, strcmp(kind, "none") ? servers[i].any : "");
        (void)buf_adds(known, strcmp(kind, "private") ? "" : servers[i].own);
    }
    return buf_adds(known, "dir|scenario.dir");
}

static int unknown(const struct search *search, const struct node *node, const char *path,
                   const char *reference)
{
    char near[64], known[512];
    const char *guess = grammar_suggest_choice(search->known, reference, near, sizeof near);
    return tree_error(search->name, node->line, search->err,
                      "%s: ${%s} is unknown%s%s%s allowed: %s", path, reference,
                      guess ? "; did you mean ${" : ";", guess ? guess : "", guess ? "}?" : "",
                      grammar_spell_choices(search->known, known, sizeof known));
}

static int check_text(const struct search *search, const struct node *node, const char *path)
{
    for (const char *at = node->text; (at = strstr(at, "${")) != NULL; at += 2) {
        char reference[64];
        size_t length = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz0123456789_.-");
        if (length == 0 || length >= sizeof reference || at[2 + length] != '}')
            continue; /* not ours: a shell's, or upper case that was escaped */
        snprintf(reference, sizeof reference, "%.*s", (int)length, at + 2);
        if (!grammar_is_choice(search->known, reference))
            return unknown(search, node, path, reference);
    }
    return 0;
}

static int check_node(const struct search *search, const struct node *node, const char *path)
{
    if (node->kind == NODE_SCALAR)
        return check_text(search, node, path);
    int rc = 0;
    for (size_t i = 0; i < node->count && !rc; i++) {
        char inner[160], number[24];
        snprintf(number, sizeof number, "%zu", i);
        const char *key = node->entries[i].key;
        snprintf(inner, sizeof inner, "%.120s.%.32s", path, key ? key : number);
        rc = check_node(search, node->entries[i].value, inner);
    }
    return rc;
}

/* ---- placeholders ---- */

static int check_placeholders(const struct search *search, const struct node *node,
                              const char *path)
{
    static const char known[] = "user|seq|uuid";
    for (const char *at = node->text; (at = strstr(at, "{{")) != NULL; at += 2) {
        const char *end = strstr(at, "}}");
        char word[64];
        if (!end)
            return tree_error(search->name, node->line, search->err,
                              "%s: {{ without }}; allowed: {{user}}, {{seq}}, {{uuid}}", path);
        snprintf(word, sizeof word, "%.*s", (int)(end - at - 2), at + 2);
        if (!grammar_is_choice(known, word) && !search->scenario->request.feeder)
            return tree_error(search->name, node->line, search->err,
                              "%s: {{%s}} is unknown%s; allowed: {{user}}, {{seq}}, {{uuid}}, or a "
                              "column of request.feeder",
                              path, word,
                              strcasestr(word, "user") ? ", did you mean {{user}}?" : "");
    }
    return 0;
}

static int check_templates(const struct search *search, const struct node *request)
{
    const struct node *url = node_find(request, "url"), *body = node_find(request, "body");
    const struct node *headers = node_find(request, "headers");
    int rc = check_placeholders(search, url, "request.url");
    if (!rc && body)
        rc = check_placeholders(search, body, "request.body");
    for (size_t i = 0; headers && i < headers->count && !rc; i++)
        rc = check_placeholders(search, node_find(headers->entries[i].value, "value"),
                                "request.headers");
    return rc;
}

int references_check(const struct scenario *scenario, const struct tree *tree, const char *name,
                     struct err *err)
{
    /* Where the stack looks for them; a query or a description may hold anything. */
    static const char *const expanded[] = {
        "processes",
        "request",
        "evidence.coupons.url",
        "evidence.parked.url",
        "evidence.counter.url",
        "evidence.pipeline.brokers",
    };
    _cleanup_(buf_free) struct buf known;
    buf_init(&known, KNOWN_BYTES_MAX);
    if (collect_known(scenario, &known))
        return err_set(err, ERR_USAGE, "%s: the names of processes are too long", name);
    struct search search = {scenario, buf_text(&known), name, err};
    int rc = 0;
    for (size_t i = 0; i < sizeof expanded / sizeof *expanded && !rc; i++) {
        const char *key = strrchr(expanded[i], '.');
        const struct node *node = node_nearest(tree->root, expanded[i]);
        /* the nearest node is something else when the scenario does not give it */
        if (key && node->kind != NODE_SCALAR)
            continue;
        if (!key && node == tree->root)
            continue;
        rc = check_node(&search, node, expanded[i]);
    }
    return rc ? rc : check_templates(&search, node_find(tree->root, "request"));
}
