/* The race in two lines for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "verify/race_inside.h"

enum { SHOWN = 5 };

static void put_value(const struct run *run, const struct trace_values *values, unsigned i,
                      struct buf *text)
{
    struct roster_name name;
    switch ((enum trace_value_kind)values->kinds[i]) {
    case TRACE_INTEGER:
        buf_addf(text, "%" PRId64, values->v[i]);
        break;
    case TRACE_USER:
        buf_addf(text, "user %s", roster_name(run->roster, values->v[i], &name));
        break;
    case TRACE_NULL:
        buf_adds(text, "nothing");
        break;
    case TRACE_NONE:
    case TRACE_OTHER:
        buf_adds(text, "…");
    }
}

/* Of what is kept as a hash alone no more is known than that it was the same. */
static bool tells(const struct trace_values *values)
{
    for (unsigned i = 0; i < values->count && i < TRACE_VALUES_MAX; i++)
        if (values->kinds[i] != TRACE_OTHER && values->kinds[i] != TRACE_NONE)
            return true;
    return false;
}

static void put_values(const struct run *run, const struct trace_values *values, struct buf *text)
{
    if (!values->count)
        buf_adds(text, "no row");
    else if (values->count == 1 && values->kinds[0] == TRACE_NULL)
        buf_adds(text, "nothing");
    else if (!tells(values))
        buf_adds(text, "the same value");
    else {
        buf_adds(text, "`");
        for (unsigned i = 0; i < values->count && i < TRACE_VALUES_MAX; i++) {
            buf_adds(text, i ? ", " : "");
            put_value(run, values, i, text);
        }
        buf_adds(text, values->count > TRACE_VALUES_MAX ? ", …`" : "`");
    }
}

/* Rows were there, and nothing of them is kept: of one answer to several statements, say. */
static bool is_unknown(const struct trace_statement *read)
{
    return !read->answer.count && trace_rows(read) > 0;
}

static void say_value(const struct run *run, const struct trace_statement *read, struct race *race)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, sizeof race->value - 1);
    if (is_unknown(read))
        buf_adds(&text, "something that was not kept");
    else
        put_values(run, &read->answer, &text);
    snprintf(race->value, sizeof race->value, "%s", buf_text(&text));
}

/* Quotes of MySQL would end the quotes around the statement. */
static void put_shape(const struct run *run, uint16_t shape, struct buf *text)
{
    buf_adds(text, "`");
    for (const char *c = run->trace.shapes[shape].text; *c; c++)
        if (*c != '`')
            buf_add(text, c, 1);
    buf_adds(text, "`");
}

/* What all of them wrote, where that is one value and the same, such as a number that was read and
 * counted up. NULL: it is not, or it is their user. */
static const struct trace_values *written_alike(const struct run *run, const struct race *race)
{
    const struct trace_values *first = NULL;
    for (size_t i = 0; i < race->writers; i++) {
        const struct trace_values *one = &run->trace.v[race->v[i].write].asks;
        bool user = one->v[0] == run->history.v[race->v[i].request].user;
        if (one->count != 1 || one->kinds[0] != TRACE_INTEGER || user ||
            (first && !trace_values_equal(first, one)))
            return NULL;
        first = one;
    }
    return first;
}

static void say_what(const struct run *run, struct race *race)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 4096);
    buf_addf(&text, "%zu requests read %s with ", race->count, race->value);
    put_shape(run, race->read, &text);
    if (race->write == UINT16_MAX)
        buf_adds(&text, ", each after its own ");
    else if (race->writers < race->count)
        buf_addf(&text, "; %s%zu of them then ran ", race->guessed ? "at least " : "",
                 race->writers);
    else if (race->writers == 2)
        buf_adds(&text, "; both then ran ");
    else
        buf_addf(&text, "; all %zu then ran ", race->writers);
    put_shape(run, race->write == UINT16_MAX ? race->before : race->write, &text);
    const struct trace_values *written = written_alike(run, race);
    if (written) {
        buf_adds(&text, " with ");
        put_values(run, written, &text);
    }
    buf_adds(&text, race->write == UINT16_MAX ? ": they saw what the others had written"
                    : race->stale ? ", one after the other: what they read was old (a snapshot, a "
                                    "cache, what was not committed)"
                                  : "");
    snprintf(race->said[0], sizeof race->said[0], "%s", buf_text(&text));
}

/* ---- who, where, when ---- */

static void name_users(const struct run *run, const struct race *race, size_t count,
                       struct buf *text)
{
    struct roster_name name;
    buf_adds(text, "users ");
    for (size_t i = 0; i < count && i < SHOWN; i++)
        buf_addf(text, "%s%s", i ? ", " : "",
                 roster_name(run->roster, run->history.v[race->v[i].request].user, &name));
    if (count > SHOWN)
        buf_addf(text, " and %zu more", count - SHOWN);
}

static void count_links(const struct run *run, const struct race *race, size_t count,
                        struct buf *text)
{
    size_t links = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = run->trace.v[race->v[k].read].connection ==
                   run->trace.v[race->v[i].read].connection;
        links += !seen;
    }
    buf_addf(text, ", on %zu connection%s", links, links == 1 ? "" : "s");
}

/* "read 1.2 ms to 3 ms" after the first release. */
static void say_span(const struct run *run, const char *verb, ns_t first, ns_t last,
                     struct buf *text)
{
    char from[32], to[32];
    ns_t origin = run->history.origin;
    buf_addf(text, "%s %s to %s", verb,
             units_format_duration(first > origin ? first - origin : 0, from, sizeof from),
             units_format_duration(last > origin ? last - origin : 0, to, sizeof to));
}

static void say_when(const struct run *run, const struct race *race, size_t count, struct buf *text)
{
    ns_t first[2] = {INT64_MAX, INT64_MAX}, last[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        const struct race_part *part = &race->v[i];
        ns_t write = part->write == RACE_NO_STATEMENT ? 0 : run->trace.v[part->write].asked;
        const ns_t at[2] = {run->trace.v[part->read].answered, write};
        for (int k = 0; k < 2; k++) {
            first[k] = at[k] && at[k] < first[k] ? at[k] : first[k];
            last[k] = at[k] > last[k] ? at[k] : last[k];
        }
    }
    say_span(run, "; read", first[0], last[0], text);
    if (last[1])
        say_span(run, ", wrote", first[1], last[1], text);
    buf_adds(text, " after the first release");
}

/* What takes from the certainty of it. */
static void say_doubts(const struct run *run, const struct race *race, const struct rival *rival,
                       bool late, struct buf *text)
{
    if (race->guessed)
        buf_adds(text, "; who read is a guess, by time: the statement shows no user");
    if (rival->read) {
        buf_adds(text, "; they read ");
        put_values(run, &rival->read->answer, text);
        buf_adds(text, " alike with ");
        put_shape(run, rival->read->shape, text);
        buf_adds(text, " too, and which of the two decided cannot be told");
    }
    if (late)
        buf_adds(text, "; who was told no never came to that read, so that something before it has "
                       "decided, which cannot be told");
}

/* What else happened, as the scenario had asked for it. */
static void say_faults(const struct run *run, struct buf *text)
{
    char faults[256];
    if (*run_faults(run, faults, sizeof faults))
        buf_addf(text, "; faults were active: %s", faults);
}

static void say_who(const struct run *run, struct race *race, const struct rival *rival, bool late)
{
    size_t count = race->write == UINT16_MAX ? race->count : race->writers;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 4096);
    name_users(run, race, count, &text);
    count_links(run, race, count, &text);
    say_when(run, race, count, &text);
    if (race->held)
        buf_addf(&text, "; %zu answers were held", race->held);
    say_doubts(run, race, rival, late, &text);
    say_faults(run, &text);
    snprintf(race->said[1], sizeof race->said[1], "%s", buf_text(&text));
}

/* Had each of them written before the next one read? The parts are in the order of the reads. */
static bool is_stale(const struct run *run, const struct race *race)
{
    ns_t written = 0;
    for (size_t i = 0; i < race->writers; i++) {
        const struct trace_statement *write = &run->trace.v[race->v[i].write];
        if (i && run->trace.v[race->v[i].read].asked < written)
            return false;
        written = write->answered ? write->answered : INT64_MAX;
    }
    return race->writers >= 2;
}

void race_say(const struct run *run, struct race *race, const struct rival *rival, bool late)
{
    race->stale = is_stale(run, race);
    say_value(run, &run->trace.v[race->v[0].read], race);
    say_what(run, race);
    say_who(run, race, rival, late);
}

/* Who lost a row has lost it wherever it was: only where users are named there is somebody whose
 * statements could tell. */
static bool names_users(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->v[i].verdict == VERDICT_FAIL && findings->v[i].witnesses_count)
            return true;
    return false;
}

void race_say_nothing(const struct run *run, struct race *race)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 4096);
    if (!names_users(&run->findings))
        return;
    buf_adds(&text, "how it came the statements do not tell: no two requests are known to have "
                    "read the same and to have written then");
    say_faults(run, &text);
    snprintf(race->said[0], sizeof race->said[0], "%s", buf_text(&text));
}
