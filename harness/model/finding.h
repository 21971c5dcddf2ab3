/* Findings: what a check says, and whom it names. Pure data. */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/maybe.h"
#include "model/roster.h"

/* Ordered: merging takes the greatest. */
enum verdict { VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_FAIL };

const char *verdict_name(enum verdict verdict); /* "pass" "unknown" "fail" */
int verdict_find(const char *name);             /* -1 when there is no such name */
enum verdict verdict_merge(enum verdict a, enum verdict b);

/* A user, a pair of users, a row, a record or an instant that proves the finding. Unused numbers
 * are none, unused instants 0. */
struct witness {
    const char *what; /* static text: "accepted, no coupon" */
    struct maybe user;
    ns_t released, done;   /* of that user's request */
    struct maybe instance; /* of the service, from 1, that it went to */
    struct maybe other;    /* the second user of a pair */
    ns_t other_released, other_done;
    char item[64];       /* what it is about, by its name, perhaps cut; "": one pool */
    struct maybe row;    /* row id, or a count */
    struct maybe offset; /* in its lane */
    int32_t lane;        /* -1: none */
    ns_t at;             /* when it was seen */
};

struct finding {
    const char *check; /* the check's name; static */
    char label[64];    /* which of several of that name: what the scenario calls it, or its place in
                          `expect`; "": there is one */
    enum verdict verdict;
    bool absent;   /* the failure says that something was not there: see verify/sources.h */
    bool untested; /* the pass is none: nothing in this run could have shown a failure */
    struct maybe least, most, value; /* expected and actual, where they are counts */
    char expected[128];
    char actual[192];
    char message[512]; /* one or two sentences for people */
    char hint[256];    /* what to do next, or ""; for unknown: what to add to the scenario */
    struct witness *witnesses; /* owned */
    size_t witnesses_count;
    size_t witnesses_room;
    ns_t took; /* how long the check computed; set by who calls it */
};

struct findings {
    struct finding *v; /* owned */
    size_t count;
    size_t room;
};

/* A pass that nothing in this run could have kept from being one: marked as none. */
bool finding_untested(const struct finding *finding);

/* "lost", "sql: paid orders". Returns ret_text. */
#define FINDING_NAME 160
const char *finding_name(const struct finding *finding, char *ret_text, size_t size);

/* Appends a finding for check, verdict pass. The pointer is valid until the next add. NULL: no
 * memory. */
struct finding *findings_add(struct findings *findings, const char *check);
void findings_free(struct findings *findings);
enum verdict findings_verdict(const struct findings *findings); /* merged; unknown when empty */
const struct finding *findings_find(const struct findings *findings, const char *check);

/* Sets verdict and texts, printf style for the message. */
void finding_set(struct finding *finding, enum verdict verdict, const char *message, ...)
    __attribute__((format(printf, 3, 4)));
void finding_expect(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_actual(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for a count: as value and as text. */
void finding_count(struct finding *finding, int64_t value);
/* "100", or "98 to 100". */
void finding_range(struct finding *finding, int64_t least, int64_t most);
void finding_hint(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A witness with every member unused but what. NULL: no memory (the finding then fails no less). */
struct witness *finding_witness(struct finding *finding, const char *what);

/* "user 812: accepted, no coupon (released 3.1 ms, done 9.2 ms)", instants relative to origin. */
int witness_describe(const struct witness *witness, const struct roster *roster, ns_t origin,
                     struct buf *ret_text);

#endif
