/* Postgres' protocol 3, as the framer reads it: the start in postgres_start.c,
 * what the client asks in postgres_ask.c, what the server answers in
 * postgres_answer.c, values in postgres_values.c. */
#ifndef PROXY_POSTGRES_H
#define PROXY_POSTGRES_H

#include "proxy/framer_inside.h"
#include "proxy/names.h"

enum pg_asked {
    PG_QUERY,
    PG_CALL, /* FunctionCall: answered like a query */
    PG_PARSE,
    PG_BIND,
    PG_DESCRIBE_STATEMENT,
    PG_DESCRIBE_PORTAL,
    PG_EXECUTE,
    PG_CLOSE,
    PG_SYNC,
    PG_COPY_END, /* CopyDone or CopyFail, sent before the server was seen to ask
                    for data */
};

/* Types as names keep them: two bits each, of VALUES_MAX parameters and, 8 bits
 * up, columns. In struct asked, where the formats are known, the bits 8 and up
 * say which columns are binary. */
enum pg_type { PG_TYPE_UNKNOWN, PG_TYPE_INTEGER, PG_TYPE_TEXT, PG_TYPE_UUID };

struct pg_reader {
    uint8_t header[5];
    unsigned have;
    uint32_t left; /* of the body */
    bool wanted;
    uint64_t begin; /* of the message */
};

struct pg_portal {
    uint16_t shape;
    uint8_t columns;    /* types */
    uint8_t binary;     /* which columns */
    uint64_t statement; /* the prepared statement's name */
    struct values values;
};

struct postgres {
    struct framer base;
    struct pg_reader readers[2];
    enum { PG_LENGTH, PG_PACKET, PG_STARTED } start;
    bool asked_ssl, asked_gss;
    bool cancels;  /* the packet is a CancelRequest */
    bool ready;    /* the first ReadyForQuery came */
    char status;   /* I, T or E, as the server told last */
    bool skipping; /* after an error the server waits for Sync */
    bool copying;  /* the server waits for the client's data */
    struct names statements, portals;
    struct pg_portal unnamed; /* the unnamed portal */
    struct values literals;   /* in the text of the unnamed statement */
    uint8_t columns, binary;  /* of the rows that come */
    bool row;                 /* the first row of this answer came */
    bool failed;
    char tag[64]; /* of the answer, or the error's code */
    size_t tag_length;
};

size_t pg_start_take(struct postgres *pg, const uint8_t *bytes, size_t length);
bool pg_ask_wanted(uint8_t type);
void pg_ask(struct postgres *pg, uint8_t type, const uint8_t *body, size_t length, uint64_t end);
bool pg_answer_wanted(struct postgres *pg, uint8_t type);
void pg_answer_begin(struct postgres *pg, uint8_t type);
void pg_answer(struct postgres *pg, uint8_t type, const uint8_t *body, size_t length, uint64_t end);
void pg_authentication(struct postgres *pg, const uint8_t *body, size_t length, uint64_t end);

uint32_t pg_take32(struct fields *fields);
uint16_t pg_take16(struct fields *fields);
const char *pg_take_text(struct fields *fields, size_t *ret_length);

enum pg_type pg_type_of(uint32_t oid);
/* The types of the first VALUES_MAX columns of a RowDescription, and which are
 * binary. */
void pg_row_description(const uint8_t *body, size_t length, uint8_t *ret_types,
                        uint8_t *ret_binary);
/* Adds `count` fields, each a length and its bytes. */
void pg_values(const struct postgres *pg, struct fields *fields, unsigned count, uint8_t types,
               uint8_t binary, struct values *values);
/* A list of format codes: all text, all the same, or one each. */
uint8_t pg_formats(struct fields *fields);

#endif
