/* The attendance: what the coordinator knows of each agent, by what it has said. Pure but for
 * memory; thread of the coordinator. */
#ifndef AGENTS_ATTENDANCE_H
#define AGENTS_ATTENDANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/message.h"

#define ATTENDANCE_INCARNATION 17
#define ATTENDANCE_NOBODY      UINT32_MAX

struct attendee {
    char incarnation[ATTENDANCE_INCARNATION]; /* "": nobody yet */
    char name[64];                            /* of its machine */
    uint64_t next;                            /* of its messages */
    uint64_t chunks;                          /* so many came */
    size_t records;                           /* and so many records, of this phase */
    bool ready, ended, left;
    unsigned staged, armed, fired, done; /* so many phases of the load */
    bool cannot;                         /* it has told what is wrong */
    enum err_code code;
    char why[ERR_MESSAGE_MAX]; /* of cannot and left */
    ns_t bound, round_trip;
    int64_t progress[4]; /* planned, staged, released, answered */
    char preparing[64];
    struct phase_report report; /* once done */
    struct end_report *end;     /* owned; once ended */
};

struct attendance {
    struct attendee *v; /* owned; by rank */
    unsigned size;
    unsigned phase;
    bool rolling; /* the roll call: who is gone may be replaced */
};

/* A message as the board gives it. */
struct attendance_word {
    unsigned rank;
    const char *incarnation, *kind;
    uint64_t number;
    const char *bytes;
    size_t size;
};

int attendance_init(struct attendance *attendance, unsigned size, struct err *err)
    __attribute__((warn_unused_result));
void attendance_free(struct attendance *attendance);

/* The next phase begins. */
void attendance_turn(struct attendance *attendance, unsigned phase);

/* Takes a message; one that came before, or of somebody who has no place here, is passed over. A
 * chunk is the caller's: *ret_chunk. Errors: ERR_USAGE (a message that is none). */
int attendance_take(struct attendance *attendance, const struct attendance_word *word,
                    bool *ret_chunk, struct err *err) __attribute__((warn_unused_result));

/* How many have come so far in this phase: by the member's place, offsetof(struct attendee,
 * staged). And in the roll call. */
unsigned attendance_count(const struct attendance *attendance, size_t member);
unsigned attendance_ready(const struct attendance *attendance);
unsigned attendance_ended(const struct attendance *attendance);
unsigned attendance_here(const struct attendance *attendance);
/* Has it let this phase go? */
bool attendance_fired(const struct attendance *attendance, unsigned rank);
/* The first who cannot, or has left; ATTENDANCE_NOBODY: none. */
unsigned attendance_broken(const struct attendance *attendance);
ns_t attendance_bound(const struct attendance *attendance); /* the largest */
ns_t attendance_trip(const struct attendance *attendance);

/* "agent 3 (host-b)". Returns ret_text. */
const char *attendance_name(const struct attendance *attendance, unsigned rank, char *ret_text,
                            size_t size);

/* "agents 1 and 2 have fired, agent 3 (host-b) has not: …": who of them did, when not all did. */
void attendance_tell_partial(const struct attendance *attendance, char *ret_text, size_t size);

#endif
