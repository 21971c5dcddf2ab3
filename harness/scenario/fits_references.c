/* ${apply} and {{user}}: that every reference and every placeholder of a scenario will find
 * something when the stack and the load fill them in. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/words.h"
#include "scenario/fits.h"

enum { KNOWN_MAX = 4 * INSTANCES_MAX + 64, KNOWN_BYTES_MAX = 8192 };

struct search {
    const struct fits *fits;
    struct buf names;             /* "apply", NUL, "apply.port", NUL … */
    const char *known[KNOWN_MAX]; /* "apply" "apply.port" "redis.url" …, ended by NULL */
    size_t known_count;
};

static int add_servers(struct search *search, const struct spec_stack *stack)
{
    int rc = 0;
    for (size_t i = 0; spec_servers[i]; i++) {
        const char *kind = spec_server(stack, spec_servers[i]);
        const char *const *own = spec_server_own(spec_servers[i]);
        if (strcmp(kind, "none") != 0)
            rc |= buf_addf(&search->names, "%s.%s%c", spec_servers[i],
                           spec_server_reference(spec_servers[i]), 0);
        for (; *own && strcmp(kind, "none") != 0; own++)
            rc |= buf_add(&search->names, *own, strlen(*own) + 1);
    }
    return rc;
}

static int collect_known(struct search *search, const struct scenario *scenario)
{
    int rc = 0;
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        const struct spec_process *process = &scenario->processes[i];
        const char *name = process->name;
        rc |= buf_addf(&search->names, "%s%c%s.port%c", name, 0, name, 0);
        for (int k = 1; process->count > 1 && k <= (int)process->count; k++)
            rc |= buf_addf(&search->names, "%s.%d%c%s.%d.port%c", name, k, 0, name, k, 0);
    }
    if (rc)
        return -(int)ERR_MEMORY;
    if (add_servers(search, &scenario->stack))
        return -(int)ERR_MEMORY;
    const char *names = buf_text(&search->names);
    for (size_t at = 0; at < search->names.used && search->known_count < KNOWN_MAX - 5;
         at += strlen(names + at) + 1)
        search->known[search->known_count++] = names + at;
    search->known[search->known_count++] = "limit";
    search->known[search->known_count++] = "instance";
    search->known[search->known_count++] = "dir";
    search->known[search->known_count++] = "scenario.dir";
    return 0;
}

static int unknown(const struct search *search, const struct node *node, const char *path,
                   const char *reference)
{
    char known[512];
    const char *guess = words_suggest(search->known, reference);
    return tree_error(search->fits->name, node->line, search->fits->err,
                      "%s: ${%s} is unknown%s%s%s allowed: %s", path, reference,
                      guess ? "; did you mean ${" : ";", guess ? guess : "", guess ? "}?" : "",
                      words_spell(search->known, known, sizeof known));
}

static int check_text(const struct search *search, const struct node *node, const char *path)
{
    for (const char *at = node->text; (at = strstr(at, "${")) != NULL; at += 2) {
        char reference[64];
        size_t length = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz0123456789_.-");
        if (length == 0 || length >= sizeof reference || at[2 + length] != '}')
            continue; /* not ours: a shell's, or upper case that was escaped */
        snprintf(reference, sizeof reference, "%.*s", (int)length, at + 2);
        if (words_find(search->known, reference) < 0)
            return unknown(search, node, path, reference);
    }
    return 0;
}

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && !strcmp(path + length - tail, end);
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
        bool bare = !key && node->count == 1 && ends_with(path, "request.url");
        snprintf(inner, sizeof inner, "%.120s%s%.32s", path, bare ? "" : ".",
                 bare  ? ""
                 : key ? key
                       : number);
        rc = check_node(search, node->entries[i].value, inner);
    }
    return rc;
}

/* ---- placeholders ---- */

static bool has_columns(const struct scenario *scenario)
{
    return scenario->request.feeder || scenario->users.ids.feeder;
}

/* What the first so many steps of prepare bring. */
static bool is_captured(const struct scenario *scenario, unsigned steps, const char *word)
{
    for (unsigned s = 0; s < steps; s++)
        for (unsigned i = 0; i < scenario->prepare[s].capture_count; i++)
            if (!strcmp(scenario->prepare[s].capture[i].name, word))
                return true;
    return false;
}

/* Of a request behind so many steps of prepare. */
struct request_at {
    const struct node *node;
    unsigned steps;
    char path[48];
    bool sells; /* it is of an item, where there are some */
    bool about; /* it is about an order */
};

/* item2, units2: of the second line of an order. */
static bool is_of_line(const struct scenario *scenario, const char *word)
{
    char text[24];
    bool any = false;
    for (int line = 2; line <= (int)scenario->demand.lines && !any; line++) {
        snprintf(text, sizeof text, "item%d", line);
        any = !strcmp(word, text);
        snprintf(text, sizeof text, "units%d", line);
        any = any || !strcmp(word, text);
    }
    return any;
}

static bool is_sold(const struct scenario *scenario, const char *word)
{
    static const char *const sold[] = {"item", "units", "to", NULL};
    return words_find(sold, word) >= 0 || is_of_line(scenario, word);
}

static int check_placeholders(const struct search *search, const struct request_at *at,
                              const char *key, const struct node *node)
{
    static const char *const known[] = {"user", "seq", "uuid", NULL};
    static const char *const about[] = {"order", NULL};
    const struct scenario *scenario = search->fits->scenario;
    bool sells = scenario->items && at->sells;
    for (const char *open = node->text; (open = strstr(open, "{{")) != NULL; open += 2) {
        const char *end = strstr(open, "}}"), *name = open + 2 + strspn(open + 2, " ");
        char word[64];
        if (!end)
            return tree_error(search->fits->name, node->line, search->fits->err,
                              "%s.%s: {{ without }}; allowed: {{user}}, {{seq}}, {{uuid}}",
                              at->path, key);
        snprintf(word, sizeof word, "%.*s", (int)(end > name ? end - name : 0), name);
        word[strcspn(word, " ")] = '\0';
        if (words_find(known, word) >= 0 || (sells && is_sold(scenario, word)) ||
            (at->about && words_find(about, word) >= 0) || has_columns(scenario) ||
            is_captured(scenario, at->steps, word))
            continue;
        return tree_error(search->fits->name, node->line, search->fits->err,
                          "%s.%s: {{%s}} is unknown%s; allowed: {{user}}, {{seq}}, {{uuid}}, %sa "
                          "column of request.feeder, or what a step of prepare before it captures",
                          at->path, key, word,
                          strcasestr(word, "user") ? ", did you mean {{user}}?" : "",
                          at->about ? "{{order}}, {{item}}, {{units}}, "
                          : sells   ? "{{item}}, {{units}}, "
                                    : "");
    }
    return 0;
}

static int check_templates(const struct search *search, const struct request_at *at)
{
    const struct node *url = node_find(at->node, "url"), *body = node_find(at->node, "body");
    const struct node *headers = node_find(at->node, "headers");
    int rc = 0;
    for (size_t i = 0; i < url->count && !rc; i++)
        rc = check_placeholders(search, at, "url", url->entries[i].value);
    if (!rc && body)
        rc = check_placeholders(search, at, "body", body);
    for (size_t i = 0; headers && i < headers->count && !rc; i++)
        rc = check_placeholders(search, at, "headers",
                                node_find(headers->entries[i].value, "value"));
    return rc;
}

static int check_requests(const struct search *search, const struct node *root)
{
    const struct node *prepare = node_find(root, "prepare");
    int rc = 0;
    for (unsigned i = 0; prepare && i < prepare->count && !rc; i++) {
        struct request_at at = {.node = node_find(prepare->entries[i].value, "request"),
                                .steps = i};
        snprintf(at.path, sizeof at.path, "prepare.%u.request", i);
        rc = check_templates(search, &at);
    }
    unsigned steps = search->fits->scenario->prepare_count;
    const struct request_at rush = {node_find(root, "request"), steps, "request", .sells = true};
    if (!rc)
        rc = check_templates(search, &rush);
    const struct node *actions = node_find(root, "actions");
    for (unsigned i = 0; actions && i < actions->count && !rc; i++) {
        struct request_at at = {actions->entries[i].value, steps, "", true, true};
        snprintf(at.path, sizeof at.path, "actions.%u", i);
        rc = check_templates(search, &at);
    }
    return rc;
}

int fits_references(const struct fits *fits)
{
    /* Where the stack looks for them; a query or a description may hold anything. */
    static const char *const expanded[] = {
        "processes",
        "setup",
        "prepare",
        "request",
        "decide",
        "actions",
        "evidence.coupons.url",
        "evidence.coupons.command",
        "evidence.parked.url",
        "evidence.parked.command",
        "evidence.counter.url",
        "evidence.pipeline.url",
        "evidence.pipeline.management",
    };
    const struct node *root = fits->tree->root;
    struct search search = {.fits = fits};
    buf_init(&search.names, KNOWN_BYTES_MAX);
    int rc =
        collect_known(&search, fits->scenario)
            ? err_set(fits->err, ERR_USAGE, "%s: the names of processes are too long", fits->name)
            : 0;
    for (size_t i = 0; i < sizeof expanded / sizeof *expanded && !rc; i++) {
        const char *key = strrchr(expanded[i], '.');
        const struct node *node = node_nearest(root, expanded[i]);
        /* the nearest node is something else when the scenario does not give it */
        if (key && node->kind != NODE_SCALAR)
            continue;
        if (!key && node == root)
            continue;
        rc = check_node(&search, node, expanded[i]);
    }
    if (!rc)
        rc = check_requests(&search, root);
    buf_free(&search.names);
    return rc;
}
