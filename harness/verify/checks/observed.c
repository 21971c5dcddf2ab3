/* Did what the proxy saw include all that the processes said to their stores? */
#include <stdio.h>
#include <string.h>

#include "model/way.h"
#include "verify/checks/judges.h"

/* apply, or an instance of it: apply.2 */
static bool is_of(const char *name, const char *process)
{
    size_t length = strlen(process);
    return !strncmp(name, process, length) && (!name[length] || name[length] == '.');
}

/* How many statements came through the listeners of a process, a store, or one of both; NULL: any.
 * *ret_doors: how many listeners these are. */
static int64_t through(const struct observed *observed, const char *process, const char *store,
                       unsigned *ret_doors)
{
    int64_t statements = 0;
    *ret_doors = 0;
    for (unsigned i = 0; i < observed->doors_count; i++) {
        const struct observed_door *door = &observed->doors[i];
        if ((process && !is_of(door->process, process)) ||
            (store && strcmp(door->store, store) != 0))
            continue;
        ++*ret_doors;
        statements += door->statements;
    }
    return statements;
}

static void add(char *text, size_t size, const char *word, const char *between)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? between : "", word);
}

/* The names by which stores are told to a process, and the references that a scenario has. */
static void spell_stores(const struct observed *observed, const char *process, char *variables,
                         char *references, size_t size)
{
    bool postgres = false;
    for (unsigned i = 0; i < observed->doors_count; i++)
        postgres |= !strcmp(observed->doors[i].store, "postgres");
    for (unsigned i = 0; i < observed->doors_count; i++) {
        const struct observed_door *door = &observed->doors[i];
        const char *mysql = postgres ? "MYSQL_URL" : "DATABASE_URL";
        char reference[32];
        if (!is_of(door->process, process) || strstr(references, door->store))
            continue; /* of one instance it is enough */
        add(variables, size,
            !strcmp(door->store, "redis")   ? "REDIS_URL"
            : !strcmp(door->store, "mysql") ? mysql
                                            : "DATABASE_URL",
            " or ");
        snprintf(reference, sizeof reference, "${%s.url}", door->store);
        add(references, size, reference, ", ");
    }
}

/* The process that faces the load has said nothing to any store. */
static bool find_silent(const struct case_file *facts, struct finding *finding)
{
    const struct run *run = facts->run;
    char variables[96] = "", references[96] = "";
    for (unsigned i = 0; i < run->scenario->processes_count; i++) {
        const char *name = run->scenario->processes[i].name;
        unsigned doors;
        if (!spec_faces_load(run->scenario, name) || through(&run->observed, name, NULL, &doors) ||
            !doors)
            continue;
        spell_stores(&run->observed, name, variables, references, sizeof variables);
        finding_actual(finding, "no statement by %s", name);
        finding_set(finding, VERDICT_UNKNOWN, "%s never used %s, so nothing of it was seen", name,
                    variables);
        finding_hint(
            finding,
            "pass %s by the names that your framework reads: processes: [{name: %s, env: "
            "{SPRING_DATASOURCE_URL: …}}], or among its arguments; what stands in its code "
            "is told by stack: {postgres_as: its address} or {postgres_port: its port}",
            references, name);
        return true;
    }
    return false;
}

/* A listener that the service was to be pointed at has met nobody. */
static bool find_unused(const struct case_file *facts, struct finding *finding)
{
    const struct spec_between *between = &facts->run->scenario->between;
    const struct observed *observed = &facts->run->observed;
    for (unsigned i = 0; i < observed->doors_count; i++) {
        const struct observed_door *door = &observed->doors[i];
        const char *text = spec_between_way(between, door->store);
        struct way way;
        struct err err;
        if (door->statements || !text || way_read(text, &way, &err))
            continue;
        finding_actual(finding, "no statement to %s", door->store);
        finding_set(finding, VERDICT_UNKNOWN,
                    "no statement came to %s, so nothing that the service says to its %s was seen",
                    way.listen, door->store);
        finding_hint(finding,
                     "point the service's %s at %s, in its settings or its environment, and start "
                     "it again: what it says goes on to %s",
                     door->store, way.listen, way.upstream);
        return true;
    }
    return false;
}

/* The store that the scenario's rows or its counter come from, when it is the stack's own. */
static const char *store_of(const struct scenario *scenario, bool rows)
{
    const struct spec_rows *coupons = scenario->evidence.coupons;
    const struct spec_counter *counter = scenario->evidence.counter;
    if (rows)
        return !coupons || coupons->url ? NULL : coupons->mysql ? "mysql" : "postgres";
    return counter && !counter->url ? "redis" : NULL;
}

/* Did anything come to the store that may write? What Redis queues for EXEC is said to be of a
 * transaction. */
static bool is_written(const struct observed *observed, const char *store)
{
    for (unsigned i = 0; i < observed->count; i++) {
        int what = trace_what_find(observed->v[i].kind);
        bool queued = what == TRACE_TXN && !strcmp(store, "redis");
        if (!strcmp(observed->v[i].store, store) &&
            (queued || (what != TRACE_READ && what != TRACE_TXN && what != TRACE_HOUSEKEEPING)))
            return true;
    }
    return false;
}

/* A store has what nobody brought by way of the proxy. */
static bool find_unseen(const struct case_file *facts, struct finding *finding)
{
    const struct counter_reading *counter = &facts->run->evidence.counter;
    const struct {
        const char *store;
        bool changed;
        const char *what;
    } sources[] = {
        {store_of(facts->run->scenario, true), facts->coupons.count > 0, "rows"},
        {store_of(facts->run->scenario, false), counter->known && counter->before != counter->after,
         "a counter that moved"},
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        const char *store = sources[i].store;
        unsigned doors;
        if (!store || !sources[i].changed || is_written(&facts->run->observed, store))
            continue;
        int64_t statements = through(&facts->run->observed, NULL, store, &doors);
        if (!doors)
            continue;
        finding_actual(finding, "no %sstatement to %s", statements ? "writing " : "", store);
        finding_set(finding, VERDICT_UNKNOWN,
                    "%s has %s of this run, and no process %s it by the address that it was given",
                    store, sources[i].what, statements ? "wrote to" : "came to");
        finding_hint(finding,
                     "an address that is written into the service leads around the proxy: pass "
                     "${%s.url} by the names that your framework reads",
                     store);
        return true;
    }
    return false;
}

/* Nobody was kept where the scenario wants everybody to be. */
static bool find_unheld(const struct case_file *facts, struct finding *finding)
{
    const struct spec_hold *hold = facts->run->scenario->hold;
    if (!hold || facts->run->observed.held || facts->run->scenario->faults_count)
        return false;
    finding_actual(finding, "none held");
    finding_set(finding, VERDICT_UNKNOWN, "no answer to %.200s was held",
                hold->answers[hold->answers_count - 1]);
    finding_hint(finding,
                 "hold.answers: a statement as the report of a run with `between: observe` "
                 "shows it; the service may ask something else by now");
    return true;
}

void judge_observed(const struct case_file *facts, const struct spec_expect *expect,
                    struct finding *finding)
{
    const struct observed *observed = &facts->run->observed;
    (void)expect;
    finding_expect(finding, "all statements");
    if (find_unused(facts, finding) || find_silent(facts, finding) || find_unseen(facts, finding) ||
        find_unheld(facts, finding))
        return;
    finding_actual(finding, "%" PRId64 " statement%s", observed->statements,
                   plural(observed->statements));
    if (observed->around[0]) {
        finding_set(finding, VERDICT_UNKNOWN, "statements went around the proxy: %s",
                    observed->around);
        finding_hint(finding, "a cluster, a Sentinel and several hosts have addresses of their "
                              "own; use a single server for this run");
        return;
    }
    finding_set(finding, VERDICT_PASS, "%" PRId64 " statement%s of %u shape%s%s%s",
                observed->statements, plural(observed->statements), observed->count,
                plural(observed->count), observed->blind[0] ? "; some bytes passed unread: " : "",
                observed->blind);
}
