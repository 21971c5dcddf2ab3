/* What a scenario says of evidence: where the truth is read. A part of spec.h, by whose rules it
 * goes. */
#ifndef MODEL_SPEC_EVIDENCE_H
#define MODEL_SPEC_EVIDENCE_H

#include <stdbool.h>

#include "model/pipeline_kind.h"

struct spec_pair;

/* Rows of one column user_id, or two: user_id and a row id. */
struct spec_rows {
    char *postgres; /* the query, or NULL */
    char *mysql;    /* the query, or NULL */
    char *command;  /* whose output is the rows, or NULL */
    char *query;    /* of the store that url names */
    char *url;      /* NULL: the stack's own */
    char *user;     /* the column or member that holds the user; NULL: by its name, or the first */
    char *id;       /* the row's id, likewise */
    char *item;     /* the same of what it is of, where there are items; NULL: by their names */
    char *units;
    char *order;
    struct spec_pair *headers; /* of a request for them */
    unsigned headers_count;
    bool subtract; /* rows that were there before the release do not count; default false */
};

/* auto: a fault where it is a column of SQL, and none elsewhere. */
enum negative { NEGATIVE_AUTO, NEGATIVE_ALLOWED, NEGATIVE_NEVER };

/* What is left of each item; of its rows user is the item, and id how much. */
struct spec_stock {
    struct spec_rows rows;
    enum negative negative; /* fewer than none; default auto */
    bool atomic; /* rows and stock change in one transaction: they add up whenever both are read;
                    default false */
};

enum counts { COUNTS_ANY, COUNTS_REQUESTS, COUNTS_ACCEPTS, COUNTS_USERS };

struct spec_counter {
    char *redis; /* a key (read by GET) or a command with blanks: "SCARD applied_user" */
    char *url;   /* NULL: the stack's own Redis */
    enum counts
        counts; /* what its growth must equal: requests that reached it, accepts, users; or any */
    bool down;  /* a stock: it is counted down, its growth is what it lost; default false */
};

enum value_format { VALUE_INT64, VALUE_TEXT, VALUE_JSON }; /* int64: 8 bytes, big-endian */

/* A queue between the service and the rows; what its kind calls things: model/pipeline_kind.h. */
struct spec_pipeline {
    enum pipeline_type kind; /* default: the first one */
    char **queues;
    unsigned queues_count;
    char *group;
    char *dead_letter; /* NULL: none */
    char *url;         /* where it is; NULL: the stack's own */
    char *management;  /* of somebody else's RabbitMQ: its API, or "none"; NULL: beside it */
    enum value_format value;
    char *pointer; /* VALUE_JSON: JSON pointer of the user; NULL: the whole value */
    enum value_format dead_letter_value; /* the same of dead letters; default: as of the queues */
    char *dead_letter_pointer;
    struct spec_pair *properties; /* of the client library */
    unsigned properties_count;
    bool read_committed; /* records of open transactions are not there yet; default true */
};

/* NULL, or not said: the first row. */
static inline const struct pipeline_kind *pipeline_kind(const struct spec_pipeline *pipeline)
{
    return &pipeline_kinds[pipeline ? pipeline->kind : 0];
}

/* The name of a queue by its place, or what the kind calls one. */
static inline const char *pipeline_queue(const struct spec_pipeline *pipeline, int queue)
{
    bool named = pipeline && queue >= 0 && (unsigned)queue < pipeline->queues_count;
    return named ? pipeline->queues[queue] : pipeline_kind(pipeline)->queue;
}

struct spec_evidence {
    struct spec_rows *coupons; /* each NULL when the scenario does not give it */
    struct spec_rows *parked;
    struct spec_stock *stock;
    struct spec_counter *counter;
    struct spec_pipeline *pipeline;
};

#endif
