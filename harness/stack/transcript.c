#include "stack/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "proxy/journal.h"

/* The program and the model have each their own words, and the same numbers. */
_Static_assert((int)TRACE_VALUES_MAX == (int)VALUES_MAX, "values");
_Static_assert((int)TRACE_OTHER == (int)VALUE_OTHER, "kinds of values");
_Static_assert((int)TRACE_WHATS == (int)SHAPE_KINDS, "kinds of statements");
_Static_assert((int)TRACE_SUBSCRIBE == (int)SHAPE_SUBSCRIBE, "kinds of statements");
_Static_assert((int)TRACE_SHAPES_MAX == (int)SHAPES_MAX, "shapes");

/* A connection that is being read. */
struct talk {
    uint32_t connection; /* 0: none */
    uint32_t first;      /* number of the statement in places[0] */
    uint32_t *places;    /* owned; by number: 1 and the place in the trace, 0: not there */
    uint32_t count, room;
    bool cut; /* the gate keeps its answers back */
};

struct reading {
    struct trace trace;
    size_t groups_room;
    struct talk *talks; /* owned; open addressing, room is a power of two */
    size_t talks_count, talks_room;
    bool failed; /* no memory */
};

static struct talk *talk_place(struct talk *talks, size_t room, uint32_t connection)
{
    size_t at = (connection * UINT32_C(2654435761)) & (room - 1);
    while (talks[at].connection && talks[at].connection != connection)
        at = (at + 1) & (room - 1);
    return &talks[at];
}

static bool talks_grow(struct reading *reading)
{
    size_t room = reading->talks_room ? 2 * reading->talks_room : 64;
    struct talk *talks = calloc(room, sizeof *talks);
    if (!talks)
        return false;
    for (size_t i = 0; i < reading->talks_room; i++)
        if (reading->talks[i].connection)
            *talk_place(talks, room, reading->talks[i].connection) = reading->talks[i];
    free(reading->talks);
    reading->talks = talks;
    reading->talks_room = room;
    return true;
}

/* NULL: no memory. */
static struct talk *talk_of(struct reading *reading, uint32_t connection)
{
    if (2 * (reading->talks_count + 1) > reading->talks_room && !talks_grow(reading))
        return NULL;
    struct talk *talk = talk_place(reading->talks, reading->talks_room, connection);
    if (!talk->connection) {
        talk->connection = connection;
        reading->talks_count++;
    }
    return talk;
}

/* Room for one more of size bytes; false: no memory. */
static bool room_for(void *array_of, size_t count, size_t *room, size_t size)
{
    void **array = array_of;
    if (count < *room)
        return true;
    size_t larger = *room ? 2 * *room : 256;
    void *v = reallocarray(*array, larger, size);
    if (!v)
        return false;
    *array = v;
    *room = larger;
    return true;
}

/* Notes where the statement is, among those of its connection. */
static bool talk_add(struct talk *talk, uint32_t number, size_t place)
{
    if (!talk->count)
        talk->first = number;
    size_t room = talk->room;
    uint32_t at = number - talk->first;
    if (at < talk->count || at > talk->count + 65536)
        return true; /* numbers go up by one; what does not is not looked for */
    while (talk->count <= at) {
        if (!room_for(&talk->places, talk->count, &room, sizeof *talk->places))
            return false;
        talk->room = (uint32_t)room;
        talk->places[talk->count++] = 0;
    }
    talk->places[at] = (uint32_t)place + 1;
    return true;
}

static struct trace_statement *find(struct reading *reading, const struct talk *talk,
                                    uint32_t number)
{
    uint32_t at = number - talk->first;
    return at < talk->count && talk->places[at] ? &reading->trace.v[talk->places[at] - 1] : NULL;
}

static void take_values(const struct journal_record *record, struct trace_values *ret_values)
{
    ret_values->count = record->values_count;
    memcpy(ret_values->kinds, record->value_kinds, sizeof ret_values->kinds);
    memcpy(ret_values->v, record->values, sizeof ret_values->v);
}

static void take_statement(struct reading *reading, struct talk *talk,
                           const struct journal_record *record)
{
    struct trace *trace = &reading->trace;
    size_t before = trace->count;
    struct trace_statement statement = {.asked = record->at,
                                        .connection = record->connection,
                                        .number = record->statement,
                                        .shape = record->shape,
                                        .store = record->door,
                                        .what = record->what,
                                        .flags =
                                            record->flags & JOURNAL_TRANSACTION ? TRACE_INSIDE : 0,
                                        .request = TRACE_NOBODY};
    take_values(record, &statement.asks);
    reading->failed |= trace_add(trace, &statement, NULL) != 0;
    if (trace->count > before)
        reading->failed |= !talk_add(talk, record->statement, before);
}

static void take_begun(struct talk *talk, struct trace_statement *statement,
                       const struct journal_record *record)
{
    talk->cut |= (record->flags & JOURNAL_HELD) != 0;
    if (talk->cut) /* or behind the one that is */
        statement->flags |= TRACE_HELD;
}

static void take_ended(struct trace_statement *statement, const struct journal_record *record)
{
    size_t length =
        record->tag_length < sizeof record->tag ? record->tag_length : sizeof record->tag;
    statement->answered = record->at;
    if (!(statement->flags & TRACE_HELD))
        statement->let_go = record->at;
    if (record->flags & JOURNAL_FAILED)
        statement->flags |= TRACE_FAILED;
    take_values(record, &statement->answer);
    printable(record->tag, length, statement->tag, sizeof statement->tag);
}

/* What waited on a connection goes on. */
static void let_go(struct reading *reading, struct talk *talk, ns_t at)
{
    talk->cut = false;
    for (uint32_t i = talk->count; i-- > 0;) {
        struct trace_statement *statement = find(reading, talk, talk->first + i);
        if (!statement)
            continue;
        if (statement->let_go)
            return; /* those before it went earlier */
        if (statement->flags & TRACE_HELD)
            statement->let_go = at;
    }
}

static void take_group(struct reading *reading, const struct journal_record *record)
{
    struct trace *trace = &reading->trace;
    if (!room_for(&trace->groups, trace->groups_count, &reading->groups_room,
                  sizeof *trace->groups)) {
        reading->failed = true;
        return;
    }
    trace->groups[trace->groups_count++] =
        (struct trace_group){.at = record->at,
                             .held = (uint32_t)record->values[0],
                             .behind = (uint32_t)record->values[1]};
}

static void take(struct reading *reading, const struct journal_record *record)
{
    if (record->kind == JOURNAL_GROUP) {
        take_group(reading, record);
        return;
    }
    struct talk *talk = talk_of(reading, record->connection);
    if (!talk) {
        reading->failed = true;
        return;
    }
    struct trace_statement *statement = find(reading, talk, record->statement);
    if (record->kind == JOURNAL_STATEMENT)
        take_statement(reading, talk, record);
    else if (record->kind == JOURNAL_LET_GO)
        let_go(reading, talk, record->at);
    else if (record->kind == JOURNAL_ANSWER_BEGUN && statement)
        take_begun(talk, statement, record);
    else if (record->kind == JOURNAL_ANSWER_ENDED && statement)
        take_ended(statement, record);
    else if (record->kind == JOURNAL_UNANSWERED && statement)
        statement->flags |= TRACE_VOID;
}

static void release(struct reading *reading)
{
    for (size_t i = 0; i < reading->talks_room; i++)
        free(reading->talks[i].places);
    free(reading->talks);
}

int transcript_read(const char *path, uint64_t from, uint64_t to, struct trace *ret_trace,
                    struct err *err)
{
    struct reading reading = {0};
    struct journal_record record;
    char magic[sizeof JOURNAL_MAGIC] = "";
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    if (!file || fread(magic, 1, sizeof magic - 1, file) != sizeof magic - 1 ||
        strcmp(magic, JOURNAL_MAGIC) != 0 ||
        fseeko(file, (off_t)(from * sizeof record), SEEK_CUR) != 0)
        return err_set(err, ERR_ENVIRONMENT, "the proxy's journal %s cannot be read", path);
    for (; from < to && !reading.failed && fread(&record, sizeof record, 1, file) == 1; from++)
        take(&reading, &record);
    release(&reading);
    if (!reading.failed && from == to) {
        trace_sort(&reading.trace);
        reading.trace.known = true;
        *ret_trace = reading.trace;
        return 0;
    }
    trace_free(&reading.trace);
    return reading.failed
               ? err_set(err, ERR_MEMORY, "no room for the proxy's journal")
               : err_set(err, ERR_ENVIRONMENT, "the proxy's journal %s is cut short", path);
}
