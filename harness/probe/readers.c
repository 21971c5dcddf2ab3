/* Which stores a scenario names, each once: the same server at the same address is one source. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "probe/probes_state.h"

#define HEADERS_MAX ((size_t)64 * 1024)

void probe_targets_set(struct probe_targets *targets, const char *name, const char *url)
{
    unsigned at = 0;
    while (at < targets->count && strcmp(targets->v[at].name, name) != 0)
        at++;
    if (at == RUN_SERVERS_MAX)
        return;
    targets->v[at] = (struct probe_target){name, url};
    targets->count += at == targets->count;
}

static int no_memory(const char *what, struct err *err)
{
    return err_set(err, ERR_MEMORY, "no room for the probe of %s", what);
}

static const struct probe_target *find_target(const struct probe_targets *targets, const char *text)
{
    size_t length = strcspn(text + 2, ".}");
    for (unsigned i = 0; i < targets->count; i++)
        if (strlen(targets->v[i].name) == length && !strncmp(targets->v[i].name, text + 2, length))
            return &targets->v[i];
    return NULL;
}

static int expand(const struct probe_targets *targets, const char *what, const char *text,
                  char **ret_text, struct err *err)
{
    if (targets->expand && strstr(text, "${"))
        return targets->expand(targets->context, text, ret_text, err);
    *ret_text = strdup(text);
    return *ret_text ? 0 : no_memory(what, err);
}

int targets_resolve(const struct probe_targets *targets, const char *what, const char *text,
                    char **ret_url, struct err *err)
{
    const char *end = text && !strncmp(text, "${", 2) ? strchr(text, '}') : NULL;
    bool alone = end && !end[1];
    const struct probe_target *target = alone ? find_target(targets, text) : NULL;
    if (text && !target && (!alone || targets->expand))
        return expand(targets, what, text, ret_url, err);
    if (!target || !target->url)
        return err_set(err, ERR_USAGE, "%s: there is no %.*s to ask; give a url", what,
                       text ? (int)strcspn(text + 2, ".}") : 5, text ? text + 2 : "store");
    *ret_url = strdup(target->url);
    return *ret_url ? 0 : no_memory(what, err);
}

static bool is_own(const struct probe_targets *targets, const char *url)
{
    for (unsigned i = 0; i < targets->count; i++)
        if (targets->v[i].url && !strcmp(targets->v[i].url, url))
            return true;
    return false;
}

/* The reader of that address, added when it is new. There is room: the array was made large enough
 * for all that a scenario can name, so that pointers into it stay good. */
static struct reader *want_reader(struct probes *probes, const char *what, const char *text,
                                  const struct probe_targets *targets, struct err *err)
{
    _cleanup_free_ char *url = NULL;
    if (targets_resolve(targets, what, text, &url, err))
        return NULL;
    for (size_t i = 0; i < probes->readers_count; i++)
        if (!strcmp(probes->readers[i].url, url))
            return &probes->readers[i];
    struct reader *reader = &probes->readers[probes->readers_count];
    if (store_open(url, false, &reader->session, err)) {
        err_prefix(err, "%s", what);
        return NULL;
    }
    probes->readers_count++;
    reader->ops = reader->session->ops;
    reader->own = is_own(targets, url);
    reader->url = TAKE(url);
    return reader;
}

const struct spec_rows *probes_spec(const struct probes *probes, enum visit_slot slot)
{
    const struct spec_evidence *evidence = &probes->scenario->evidence;
    const struct spec_rows *stock = evidence->stock ? &evidence->stock->rows : NULL;
    return slot == VISIT_COUPONS  ? evidence->coupons
           : slot == VISIT_PARKED ? evidence->parked
                                  : stock;
}

/* Before anything is connected: a slip of the pen must not reach a store. */
static int want_reading(const struct reader *reader, const char *query, const char *what,
                        struct err *err)
{
    char why[256];
    if (reader->ops->reads(query, why, sizeof why))
        return 0;
    return err_set(err, ERR_USAGE, "%s: %s", what, why);
}

/* True: no memory. */
static bool copy_text(const char *text, char **ret_copy)
{
    *ret_copy = text ? strdup(text) : NULL;
    return text && !*ret_copy;
}

/* Behind those of another query of the same address. */
static bool copy_headers(const struct spec_rows *spec, struct store *session)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, HEADERS_MAX);
    if (session->headers)
        (void)buf_adds(&text, session->headers);
    for (unsigned i = 0; i < spec->headers_count; i++)
        (void)buf_addf(&text, "%s: %s\n", spec->headers[i].name, spec->headers[i].value);
    free(session->headers);
    session->headers = buf_steal(&text);
    return !session->headers;
}

/* The session may outlive the scenario. A command line holds references as an address does; a query
 * may hold anything. */
static int copy_query(const struct spec_rows *spec, enum visit_slot slot, struct store *session,
                      const struct probe_targets *targets, struct err *err)
{
    const char *query = spec_rows_query(spec), *what = visit_slot_names[slot];
    struct row_names *names = &session->names[slot];
    int rc = spec->command ? expand(targets, what, query, &session->queries[slot], err) : 0;
    if (rc)
        return rc;
    bool failed = !spec->command && copy_text(query, &session->queries[slot]);
    failed = failed || copy_text(spec->user, &names->user) || copy_text(spec->id, &names->id);
    failed = failed || copy_text(spec->item, &names->item) ||
             copy_text(spec->units, &names->units) || copy_text(spec->order, &names->order);
    failed = failed || (spec->headers_count && copy_headers(spec, session));
    return failed ? no_memory(what, err) : 0;
}

static int want_rows(struct probes *probes, enum visit_slot slot,
                     const struct probe_targets *targets, struct err *err)
{
    const struct spec_rows *spec = probes_spec(probes, slot);
    const char *what = visit_slot_names[slot];
    if (!spec)
        return 0;
    const char *query = spec_rows_query(spec);
    if (!query)
        return err_set(err, ERR_USAGE, "%s: a query is needed", what);
    struct reader *reader = want_reader(probes, what, spec_rows_url(spec), targets, err);
    if (!reader || want_reading(reader, query, what, err))
        return -(int)err->code;
    struct store *session = reader->session;
    if (!session->people.roster)
        session->people.roster = roster_share(probes->roster);
    if (!session->people.items)
        session->people.items = items_share(probes->items);
    reader->has[slot] = true;
    probes->slots[slot] = reader;
    return copy_query(spec, slot, session, targets, err);
}

static int want_counter(struct probes *probes, const struct probe_targets *targets, struct err *err)
{
    const struct spec_counter *spec = probes->scenario->evidence.counter;
    if (!spec)
        return 0;
    probes->counter =
        want_reader(probes, "counter", spec->url ? spec->url : "${redis.url}", targets, err);
    return probes->counter ? 0 : -(int)err->code;
}

static int want_asked(struct probes *probes, unsigned index, const struct probe_targets *targets,
                      struct err *err)
{
    const struct spec_expect *expect = &probes->scenario->expect[index];
    const char *url = spec_expect_url(probes->scenario, expect);
    if (!url || !expect->query)
        return 0;
    probes->asked[index] = want_reader(probes, expect->check, url, targets, err);
    if (!probes->asked[index] ||
        want_reading(probes->asked[index], expect->query, expect->check, err))
        return -(int)err->code;
    return 0;
}

/* The one with the coupons, unless the stack's own database is read as well. */
static void choose_judged(struct probes *probes)
{
    probes->judged = probes->slots[VISIT_COUPONS];
    for (size_t i = 0; i < probes->readers_count; i++)
        if (probes->readers[i].own && probes->readers[i].ops->sql &&
            (!probes->judged || !probes->judged->own))
            probes->judged = &probes->readers[i];
}

int readers_want(struct probes *probes, const struct probe_targets *targets, struct err *err)
{
    int rc = 0;
    for (enum visit_slot slot = 0; !rc && slot < VISIT_SLOTS; slot++)
        rc = want_rows(probes, slot, targets, err);
    if (!rc)
        rc = want_counter(probes, targets, err);
    for (unsigned i = 0; !rc && i < probes->scenario->expect_count; i++)
        rc = want_asked(probes, i, targets, err);
    if (!rc)
        choose_judged(probes);
    return rc;
}
