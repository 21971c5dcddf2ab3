#include "agents/attendance.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int attendance_init(struct attendance *attendance, unsigned size, struct err *err)
{
    *attendance = (struct attendance){
        .v = calloc(size + 1U, sizeof(struct attendee)), .size = size, .rolling = true};
    return attendance->v ? 0 : err_set(err, ERR_MEMORY, "no memory for %u agents", size);
}

static void forget(struct attendee *attendee)
{
    offsets_free(&attendee->report.offsets);
    free(attendee->end);
    *attendee = (struct attendee){0};
}

void attendance_free(struct attendance *attendance)
{
    for (unsigned i = 0; attendance->v && i < attendance->size; i++)
        forget(&attendance->v[i]);
    free(attendance->v);
    *attendance = (struct attendance){0};
}

void attendance_turn(struct attendance *attendance, unsigned phase)
{
    attendance->phase = phase;
    attendance->rolling = false;
    for (unsigned i = 0; i < attendance->size; i++) {
        offsets_free(&attendance->v[i].report.offsets);
        attendance->v[i].report = (struct phase_report){0};
        attendance->v[i].records = 0;
    }
}

/* ---- messages ---- */

typedef int taker(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                  struct err *err);

/* So many phases have come as far as that; none of another number counts. */
static unsigned phases_of(const json_t *body)
{
    int64_t phase = message_number(body, "phase");
    return phase >= 0 && phase < HISTORY_PHASES_MAX ? (unsigned)phase + 1 : 0;
}

static int take_here(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                     struct err *err)
{
    (void)attendance, (void)err;
    snprintf(attendee->name, sizeof attendee->name, "%s", message_text(body, "name"));
    return 0;
}

static int take_ready(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                      struct err *err)
{
    (void)attendance, (void)body, (void)err;
    attendee->ready = true;
    return 0;
}

static int take_cannot(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                       struct err *err)
{
    (void)attendance, (void)err;
    int64_t code = message_number(body, "code");
    attendee->cannot = true;
    attendee->code = code >= ERR_USAGE && code <= ERR_BUG ? (enum err_code)code : ERR_ENVIRONMENT;
    snprintf(attendee->why, sizeof attendee->why, "%s", message_text(body, "text"));
    return 0;
}

static int take_preparing(struct attendance *attendance, struct attendee *attendee,
                          const json_t *body, struct err *err)
{
    (void)attendance, (void)err;
    snprintf(attendee->preparing, sizeof attendee->preparing, "%s", message_text(body, "text"));
    return 0;
}

static int take_progress(struct attendance *attendance, struct attendee *attendee,
                         const json_t *body, struct err *err)
{
    static const char *const keys[] = {"planned", "staged", "released", "answered"};
    (void)attendance, (void)err;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        attendee->progress[i] = message_number(body, keys[i]);
    return 0;
}

static int take_staged(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                       struct err *err)
{
    (void)attendance, (void)err;
    attendee->staged = phases_of(body);
    attendee->bound = message_number(body, "bound");
    attendee->round_trip = message_number(body, "trip");
    return 0;
}

static int take_armed(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                      struct err *err)
{
    (void)attendance, (void)err;
    attendee->armed = phases_of(body);
    return 0;
}

static int take_fired(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                      struct err *err)
{
    (void)attendance, (void)err;
    attendee->fired = phases_of(body);
    return 0;
}

static int take_left(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                     struct err *err)
{
    (void)attendance, (void)err;
    attendee->left = true;
    snprintf(attendee->why, sizeof attendee->why, "%s", message_text(body, "why"));
    return 0;
}

static int take_done(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                     struct err *err)
{
    (void)attendance;
    offsets_free(&attendee->report.offsets);
    int rc = message_read_phase(body, &attendee->report, err);
    attendee->done = rc ? attendee->done : phases_of(body);
    return rc;
}

static int take_end(struct attendance *attendance, struct attendee *attendee, const json_t *body,
                    struct err *err)
{
    (void)attendance;
    if (!attendee->end)
        attendee->end = calloc(1, sizeof *attendee->end);
    if (!attendee->end)
        return err_set(err, ERR_MEMORY, "no memory for what an agent was answered");
    attendee->ended = true;
    return message_read_end(body, attendee->end, err);
}

static const struct {
    const char *kind;
    taker *take;
} takers[] = {
    {"here", take_here},           {"ready", take_ready},       {"cannot", take_cannot},
    {"preparing", take_preparing}, {"progress", take_progress}, {"staged", take_staged},
    {"armed", take_armed},         {"fired", take_fired},       {"left", take_left},
    {"done", take_done},           {"end", take_end},
};

static int take_body(struct attendance *attendance, struct attendee *attendee,
                     const struct attendance_word *word, struct err *err)
{
    json_t *body = json_loadb(word->bytes, word->size, 0, NULL);
    int rc = body ? 0 : err_set(err, ERR_USAGE, "no JSON");
    for (size_t i = 0; !rc && i < sizeof takers / sizeof *takers; i++)
        if (!strcmp(takers[i].kind, word->kind))
            rc = takers[i].take(attendance, attendee, body, err);
    json_decref(body);
    return rc ? err_prefix(err, "agent %u: its message '%.16s'", word->rank + 1, word->kind) : 0;
}

int attendance_take(struct attendance *attendance, const struct attendance_word *word,
                    bool *ret_chunk, struct err *err)
{
    *ret_chunk = false;
    if (word->rank >= attendance->size)
        return 0;
    struct attendee *attendee = &attendance->v[word->rank];
    bool first = !strcmp(word->kind, "here");
    if (first && attendance->rolling && strcmp(attendee->incarnation, word->incarnation) != 0) {
        forget(attendee);
        snprintf(attendee->incarnation, sizeof attendee->incarnation, "%s", word->incarnation);
    }
    if (strcmp(attendee->incarnation, word->incarnation) != 0 || word->number < attendee->next)
        return 0;
    attendee->next = word->number + 1;
    *ret_chunk = !strcmp(word->kind, "chunk");
    return *ret_chunk ? 0 : take_body(attendance, attendee, word, err);
}

/* ---- questions ---- */

unsigned attendance_count(const struct attendance *attendance, size_t member)
{
    unsigned count = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        count += *(const unsigned *)(const void *)((const char *)&attendance->v[i] + member) >
                 attendance->phase;
    return count;
}

unsigned attendance_ready(const struct attendance *attendance)
{
    unsigned count = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        count += attendance->v[i].ready;
    return count;
}

unsigned attendance_ended(const struct attendance *attendance)
{
    unsigned count = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        count += attendance->v[i].ended;
    return count;
}

bool attendance_fired(const struct attendance *attendance, unsigned rank)
{
    return attendance->v[rank].fired > attendance->phase;
}

unsigned attendance_here(const struct attendance *attendance)
{
    unsigned count = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        count += attendance->v[i].incarnation[0] != '\0';
    return count;
}

unsigned attendance_broken(const struct attendance *attendance)
{
    for (unsigned i = 0; i < attendance->size; i++)
        if (attendance->v[i].cannot || attendance->v[i].left)
            return i;
    return ATTENDANCE_NOBODY;
}

ns_t attendance_bound(const struct attendance *attendance)
{
    ns_t bound = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        bound = attendance->v[i].bound > bound ? attendance->v[i].bound : bound;
    return bound;
}

ns_t attendance_trip(const struct attendance *attendance)
{
    ns_t trip = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        trip = attendance->v[i].round_trip > trip ? attendance->v[i].round_trip : trip;
    return trip;
}

const char *attendance_name(const struct attendance *attendance, unsigned rank, char *ret_text,
                            size_t size)
{
    const char *host = attendance->v[rank].name;
    if (*host)
        snprintf(ret_text, size, "agent %u (%s)", rank + 1, host);
    else
        snprintf(ret_text, size, "agent %u", rank + 1);
    return ret_text;
}

void attendance_tell_partial(const struct attendance *attendance, char *ret_text, size_t size)
{
    unsigned fired = 0;
    size_t used = 0;
    for (unsigned i = 0; i < attendance->size; i++)
        fired += attendance_fired(attendance, i);
    used = (size_t)snprintf(ret_text, size, "%u of %u agents have fired; not: ", fired,
                            attendance->size);
    for (unsigned i = 0, told = 0; i < attendance->size && used < size; i++) {
        char name[96];
        if (attendance_fired(attendance, i))
            continue;
        attendance_name(attendance, i, name, sizeof name);
        used += (size_t)snprintf(ret_text + used, size - used, "%s%s%s%s", told++ ? ", " : "", name,
                                 *attendance->v[i].why ? ": " : "", attendance->v[i].why);
    }
}
