/* MySQL's classic protocol, as the framer reads it: the handshake in
 * mysql_start.c, what the client asks in mysql_ask.c, what the server answers
 * in mysql_answer.c, values in mysql_values.c. */
#ifndef PROXY_MYSQL_H
#define PROXY_MYSQL_H

#include "proxy/framer_inside.h"
#include "proxy/names.h"

#define MYSQL_PACKET_MAX 0xffffff /* a packet of this length goes on in the next one */

/* Capabilities of the handshake that change what is read here. */
#define MYSQL_COMPRESS          (1U << 5)
#define MYSQL_SSL               (1U << 11)
#define MYSQL_ZSTD              (1U << 26)
#define MYSQL_DEPRECATE_EOF     (1U << 24)
#define MYSQL_OPTIONAL_METADATA (1U << 25)
#define MYSQL_QUERY_ATTRIBUTES  (1U << 27)
#define MYSQL_PROTOCOL_41       (1U << 9)

/* What an answer looks like. */
enum mysql_asked {
    MYSQL_RESULTS, /* OK, an error, rows, or a request for a local file; again
                      while more follow */
    MYSQL_PREPARED,
    MYSQL_ROWS,    /* rows without columns: COM_STMT_FETCH */
    MYSQL_COLUMNS, /* columns without rows: COM_FIELD_LIST */
    MYSQL_ONE,     /* one packet */
    MYSQL_LOGIN,   /* packets of both sides until OK or an error */
};

struct mysql_reader {
    uint8_t header[4];
    unsigned have;
    uint32_t left;     /* of the packet */
    bool wanted, more; /* more: the message goes on in another packet */
    uint64_t begin;    /* of the message */
    uint64_t taken;    /* of the message's bytes, before this packet */
    uint8_t first;     /* the message's first byte; valid once have_first */
    bool have_first;
};

struct mysql {
    struct framer base;
    struct mysql_reader readers[2];
    enum { MYSQL_GREETING, MYSQL_RESPONSE, MYSQL_AUTH, MYSQL_COMMANDS } phase;
    enum { GREET_VERSION, GREET_FIXED } greet; /* how far the greeting has been edited */
    unsigned greet_at;                         /* bytes into that part */
    bool offers_tls;                           /* the greeting said so */
    bool shifted;            /* the login's packets are one further, to the server */
    bool mariadb;            /* the greeting has MariaDB's capabilities */
    uint32_t client, server; /* capabilities */
    bool infile;             /* the client sends a file */
    struct names statements;
    uint64_t last_prepared;
    /* the answer */
    enum {
        ANSWER_FIRST,
        ANSWER_COLUMNS,
        ANSWER_COLUMNS_END,
        ANSWER_ROWS,
        ANSWER_PARAMETERS,
        ANSWER_PARAMETERS_END
    } state;
    uint32_t columns, column; /* how many, and which comes next */
    uint32_t prepared_columns;
    uint8_t types[VALUES_MAX]; /* of the first columns */
    bool is_unsigned[VALUES_MAX];
    uint16_t status;
    bool row, failed;
    char tag[32];
    size_t tag_length;
};

uint64_t mysql_take_int(struct fields *fields, unsigned bytes);
uint64_t mysql_take_lenenc(struct fields *fields);
const uint8_t *mysql_take_text(struct fields *fields, size_t *ret_length);

void mysql_text_row(struct mysql *mysql, struct fields *fields);
void mysql_binary_row(struct mysql *mysql, struct fields *fields);
void mysql_column(struct mysql *mysql, struct fields *fields);
/* A value of the binary protocol; false: its type is not known. */
bool mysql_binary_value(const struct value_rules *rules, uint8_t type, bool is_unsigned,
                        struct fields *fields, struct value *ret_value);

void mysql_greeting_edit(struct mysql *mysql, uint8_t *bytes, size_t length);
void mysql_response(struct mysql *mysql, const uint8_t *body, size_t length);
void mysql_ask(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t end);
void mysql_answer_begin(struct mysql *mysql);
void mysql_answer(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t total,
                  uint64_t end);
void mysql_login_answer(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t end);
void mysql_answer_end(struct mysql *mysql, uint64_t end);

#endif
