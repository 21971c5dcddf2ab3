#include "proxy/mysql.h"

#include <stdlib.h>
#include <string.h>

static struct framer *open_mysql(void)
{
    struct mysql *mysql = calloc(1, sizeof *mysql);
    if (!mysql)
        return NULL;
    mysql->base.passable[FRAMER_CLIENT] = mysql->base.passable[FRAMER_SERVER] = UINT64_MAX;
    return &mysql->base;
}

static void release(struct framer *framer)
{
    names_free(&((struct mysql *)framer)->statements);
}

static void client_message(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t end)
{
    if (mysql->phase == MYSQL_RESPONSE)
        mysql_response(mysql, body, length);
    else if (mysql->infile)
        mysql->infile = mysql->readers[FRAMER_CLIENT].taken > 0; /* an empty packet ends the file */
    else if (mysql->phase == MYSQL_COMMANDS)
        mysql_ask(mysql, body, length, end);
}

static void server_message(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t end)
{
    uint64_t total = mysql->readers[FRAMER_SERVER].taken;
    if (mysql->phase == MYSQL_GREETING)
        mysql->phase = MYSQL_RESPONSE;
    else if (mysql->phase == MYSQL_AUTH)
        mysql_login_answer(mysql, body, length, end);
    else if (mysql->phase == MYSQL_COMMANDS)
        mysql_answer(mysql, body, length, total, end);
}

/* A message is whole. */
static void message(struct mysql *mysql, enum framer_side side, const uint8_t *body, size_t length,
                    uint64_t end)
{
    struct mysql_reader *reader = &mysql->readers[side];
    if (side == FRAMER_CLIENT)
        client_message(mysql, body, length, end);
    else
        server_message(mysql, body, length, end);
    kept_clear(&mysql->base, side);
    *reader = (struct mysql_reader){.begin = end};
}

/* The passwords of a login are never looked at; of rows, the first one is. */
static bool wanted(const struct mysql *mysql, enum framer_side side)
{
    if (side == FRAMER_CLIENT)
        return !mysql->infile && mysql->phase != MYSQL_AUTH && mysql->phase != MYSQL_GREETING;
    return mysql->phase == MYSQL_AUTH || mysql->phase == MYSQL_COMMANDS;
}

static void header_end(struct mysql *mysql, enum framer_side side)
{
    struct mysql_reader *reader = &mysql->readers[side];
    reader->left =
        reader->header[0] | (uint32_t)reader->header[1] << 8 | (uint32_t)reader->header[2] << 16;
    reader->more = reader->left == MYSQL_PACKET_MAX;
    reader->wanted = wanted(mysql, side);
    if (side == FRAMER_SERVER && mysql->phase == MYSQL_COMMANDS && reader->taken == 0)
        mysql_answer_begin(mysql);
}

static void packet_end(struct mysql *mysql, enum framer_side side, const uint8_t *body,
                       size_t length, uint64_t end)
{
    struct mysql_reader *reader = &mysql->readers[side];
    if (!reader->more)
        return message(mysql, side, body, length, end);
    reader->have = 0;
}

/* Behind an SSLRequest that the client knows nothing of, packets are numbered one further. */
static uint8_t shift_of(const struct mysql *mysql, enum framer_side side)
{
    bool response = mysql->phase == MYSQL_RESPONSE && mysql->base.config.upstream_tls;
    if (side == FRAMER_CLIENT)
        return response || mysql->shifted;
    return mysql->shifted ? UINT8_MAX : 0;
}

static size_t header_take(struct mysql *mysql, enum framer_side side, uint8_t *bytes, size_t length)
{
    struct mysql_reader *reader = &mysql->readers[side];
    size_t take = header_fill(reader->header, sizeof reader->header, &reader->have, bytes, length);
    if (reader->have < sizeof reader->header)
        return take;
    bytes[take - 1] = (uint8_t)(bytes[take - 1] + shift_of(mysql, side));
    header_end(mysql, side);
    return take;
}

static void body_take(struct mysql *mysql, enum framer_side side, uint8_t *bytes, size_t take,
                      uint64_t end)
{
    struct mysql_reader *reader = &mysql->readers[side];
    const uint8_t *body = NULL;
    size_t length = 0;
    if (side == FRAMER_SERVER && mysql->phase == MYSQL_GREETING)
        mysql_greeting_edit(mysql, bytes, take);
    reader->left -= (uint32_t)take;
    reader->taken += take;
    if (reader->wanted &&
        !(body = kept_take(&mysql->base, side, bytes, take, reader->left || reader->more, &length)))
        return;
    if (reader->left == 0)
        packet_end(mysql, side, body, length, end);
}

static void feed(struct framer *framer, enum framer_side side, uint8_t *bytes, size_t length)
{
    struct mysql *mysql = (struct mysql *)framer;
    struct mysql_reader *reader = &mysql->readers[side];
    if (framer->config.upstream_tls && mysql->phase < MYSQL_AUTH)
        framer->passable[FRAMER_CLIENT] = 0; /* nothing in plain */
    for (size_t at = 0; at < length && !framer->blind && !framer->refused;) {
        if (reader->have < sizeof reader->header)
            at += header_take(mysql, side, bytes + at, length - at);
        if (framer->blind || reader->have < sizeof reader->header)
            continue;
        size_t take = part_of(length - at, reader->left);
        if (take || reader->left == 0)
            body_take(mysql, side, bytes + at, take, framer->seen[side] + at + take);
        at += take;
    }
}

const struct framer_ops framer_mysql = {"mysql", FRAMER_TLS_LATER, NULL, 0, open_mysql,
                                        feed,    release};
