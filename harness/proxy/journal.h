/* The journal: what the proxy saw, one record of a fixed size each, in a file
 * that the harness reads. Kept are shapes, instants, integers, users, command
 * tags, and whether other values are the same. */
#ifndef PROXY_JOURNAL_H
#define PROXY_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "proxy/framer.h"

#define JOURNAL_MAGIC "rushproof-proxy 1\n"

enum journal_kind {
    JOURNAL_OPENED = 1,
    JOURNAL_CLOSED,
    JOURNAL_STATEMENT,
    JOURNAL_ANSWER_BEGUN,
    JOURNAL_ANSWER_ENDED,
    JOURNAL_UNANSWERED,
    JOURNAL_LET_GO, /* the connection's cut was opened */
    JOURNAL_GROUP,  /* statement: how many; values: held, behind, serialised,
                       reason */
    JOURNAL_BLIND,
    JOURNAL_AROUND,
};

#define JOURNAL_TRANSACTION 1
#define JOURNAL_FAILED      2
#define JOURNAL_HELD        4

struct journal_record {
    int64_t at;          /* ns_t */
    uint32_t connection; /* from 1 */
    uint32_t statement;  /* on that connection, from 1 */
    uint16_t shape;
    uint8_t kind;  /* enum journal_kind */
    uint8_t what;  /* enum shape_kind */
    uint8_t flags; /* JOURNAL_… */
    uint8_t door;  /* which listener */
    uint8_t values_count;
    uint8_t tag_length;
    uint8_t value_kinds[VALUES_MAX]; /* enum value_kind */
    char tag[28];
    int64_t values[VALUES_MAX];
};

_Static_assert(sizeof(struct journal_record) == 88, "a record has no holes");

struct journal {
    FILE *file; /* NULL: nothing is written */
    uint64_t records;
    bool failed;
};

int journal_open(struct journal *journal, const char *path, struct err *err)
    __attribute__((warn_unused_result));
void journal_write(struct journal *journal, const struct journal_record *record);
/* All that was written so far can be read. ERR_ENVIRONMENT: something could not
 * be written. */
int journal_flush(struct journal *journal, struct err *err);
void journal_close(struct journal *journal);

/* Puts an event's values and tag into a record. */
void journal_fill(struct journal_record *record, const struct framer_event *event);

#endif
