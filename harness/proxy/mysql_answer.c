#include <stdio.h>
#include <string.h>

#include "proxy/mysql.h"

#define STATUS_IN_TRANSACTION 0x0001
#define STATUS_MORE_RESULTS   0x0008
#define STATUS_CURSOR         0x0040

static void lost(struct mysql *mysql, const char *reason)
{
    framer_go_blind(&mysql->base, FRAMER_SERVER, mysql->readers[FRAMER_SERVER].begin, reason);
}

void mysql_answer_begin(struct mysql *mysql)
{
    const struct asked *front = queue_front(&mysql->base.queue);
    if (mysql->base.begun || !front)
        return;
    framer_answer_begun(&mysql->base, front, mysql->readers[FRAMER_SERVER].begin);
    mysql->state = front->what == MYSQL_ROWS      ? ANSWER_ROWS
                   : front->what == MYSQL_COLUMNS ? ANSWER_COLUMNS
                                                  : ANSWER_FIRST;
    mysql->columns = front->what == MYSQL_COLUMNS ? UINT32_MAX : mysql->columns;
    mysql->column = 0;
    mysql->row = front->what == MYSQL_ROWS; /* whose columns were told with another answer */
    mysql->failed = false;
    mysql->tag_length = 0;
}

/* The answer is whole. */
void mysql_answer_end(struct mysql *mysql, uint64_t end)
{
    struct asked done = *queue_front(&mysql->base.queue);
    queue_pop(&mysql->base.queue);
    if (done.flags & 2 && !mysql->failed)
        names_clear(&mysql->statements); /* COM_RESET_CONNECTION */
    framer_answer_ended(&mysql->base, &done, end, mysql->status & STATUS_IN_TRANSACTION,
                        mysql->failed, mysql->tag, mysql->tag_length);
}

static void next_result(struct mysql *mysql, uint64_t end)
{
    mysql->state = ANSWER_FIRST;
    mysql->row = true; /* values are those of the first result */
    if (!(mysql->status & STATUS_MORE_RESULTS))
        mysql_answer_end(mysql, end);
}

static void error(struct mysql *mysql, struct fields *fields, uint64_t end)
{
    unsigned code = (unsigned)mysql_take_int(fields, 2);
    mysql->failed = true;
    mysql->base.values = (struct values){0};
    mysql->tag_length = (size_t)snprintf(mysql->tag, sizeof mysql->tag, "%u", code);
    mysql_answer_end(mysql, end);
}

/* Behind the first byte: rows, last id, status. Rows are what a tag says
 * elsewhere. */
static void ok(struct mysql *mysql, struct fields *fields, uint64_t end)
{
    unsigned long long rows = mysql_take_lenenc(fields);
    mysql_take_lenenc(fields);
    mysql->status = (uint16_t)mysql_take_int(fields, 2);
    mysql->tag_length = (size_t)snprintf(mysql->tag, sizeof mysql->tag, "OK %llu", rows);
    next_result(mysql, end);
}

static void eof(struct mysql *mysql, struct fields *fields)
{
    fields_take(fields, 2); /* warnings */
    mysql->status = (uint16_t)mysql_take_int(fields, 2);
}

static bool deprecates(const struct mysql *mysql)
{
    return mysql->client & MYSQL_DEPRECATE_EOF;
}

/* How many columns; where metadata is optional, a byte says whether they are
 * described. */
static void columns_begin(struct mysql *mysql, struct fields *fields)
{
    bool described = true;
    fields->at--;
    uint64_t columns = mysql_take_lenenc(fields);
    if (mysql->client & MYSQL_OPTIONAL_METADATA)
        described = mysql_take_int(fields, 1) == 1;
    if (!fields->ok || columns > UINT16_MAX)
        return lost(mysql, "an answer is no MySQL result");
    mysql->columns = (uint32_t)columns;
    mysql->column = 0;
    memset(mysql->types, 255, sizeof mysql->types);
    mysql->state = described           ? ANSWER_COLUMNS
                   : deprecates(mysql) ? ANSWER_ROWS
                                       : ANSWER_COLUMNS_END;
}

static void results_first(struct mysql *mysql, uint8_t first, struct fields *fields, uint64_t end)
{
    if (first == 0x00)
        ok(mysql, fields, end);
    else if (first == 0xff)
        error(mysql, fields, end);
    else if (first == 0xfb)
        mysql->infile = true; /* the file, and then OK or an error */
    else
        columns_begin(mysql, fields);
}

/* 0x00, number 4, columns 2, parameters 2, filler 1, warnings 2. */
static void prepared(struct mysql *mysql, struct fields *fields, uint64_t end)
{
    const struct asked *front = queue_front(&mysql->base.queue);
    uint64_t key = (uint32_t)mysql_take_int(fields, 4) * 2ULL + 3;
    mysql->prepared_columns = (uint32_t)mysql_take_int(fields, 2);
    mysql->columns = (uint32_t)mysql_take_int(fields, 2);
    fields_take(fields, 3);
    bool described = !(mysql->client & MYSQL_OPTIONAL_METADATA) || mysql_take_int(fields, 1) == 1;
    struct name *name = names_put(&mysql->statements, key);
    if (name) {
        name->shape = front->shape;
        name->count = (uint16_t)mysql->columns;
    }
    mysql->last_prepared = key;
    mysql->column = 0;
    if (!described || (mysql->columns == 0 && mysql->prepared_columns == 0))
        mysql_answer_end(mysql, end);
    else
        mysql->state = mysql->columns ? ANSWER_PARAMETERS : ANSWER_COLUMNS;
    if (mysql->state == ANSWER_COLUMNS)
        mysql->columns = mysql->prepared_columns;
}

/* The definitions of parameters are over: columns follow, or nothing. */
static void parameters_end(struct mysql *mysql, uint64_t end)
{
    mysql->columns = mysql->prepared_columns;
    mysql->column = 0;
    mysql->state = ANSWER_COLUMNS;
    if (mysql->columns == 0)
        mysql_answer_end(mysql, end);
}

/* The definitions of columns are over: rows follow, unless only the columns
 * were asked for. */
static void columns_end(struct mysql *mysql, uint64_t end)
{
    if (queue_front(&mysql->base.queue)->what == MYSQL_PREPARED)
        return mysql_answer_end(mysql, end);
    mysql->state = ANSWER_ROWS;
    if (!deprecates(mysql) && mysql->status & STATUS_CURSOR)
        next_result(mysql, end);
}

static void definition(struct mysql *mysql, struct fields *fields, uint64_t end)
{
    bool parameters = mysql->state == ANSWER_PARAMETERS;
    fields->at--;
    if (!parameters)
        mysql_column(mysql, fields);
    if (++mysql->column < mysql->columns)
        return;
    if (!deprecates(mysql))
        mysql->state = parameters ? ANSWER_PARAMETERS_END : ANSWER_COLUMNS_END;
    else if (parameters)
        parameters_end(mysql, end);
    else
        columns_end(mysql, end);
}

/* COM_FIELD_LIST: definitions until an EOF, however many there are. */
static void field_list(struct mysql *mysql, uint8_t first, struct fields *fields, uint64_t total,
                       uint64_t end)
{
    if (first == 0xff)
        return error(mysql, fields, end);
    if (first == 0xfe && total < 9) {
        eof(mysql, fields);
        mysql_answer_end(mysql, end);
    }
}

static void row(struct mysql *mysql, uint8_t first, struct fields *fields, uint64_t total,
                uint64_t end)
{
    const struct asked *front = queue_front(&mysql->base.queue);
    if (first == 0xff)
        return error(mysql, fields, end);
    if (first == 0xfe && deprecates(mysql) && total < MYSQL_PACKET_MAX) {
        mysql_take_lenenc(fields);
        mysql_take_lenenc(fields);
        mysql->status = (uint16_t)mysql_take_int(fields, 2);
        return next_result(mysql, end);
    }
    if (first == 0xfe && !deprecates(mysql) && total < 9) {
        eof(mysql, fields);
        return next_result(mysql, end);
    }
    if (mysql->row)
        return;
    mysql->row = true;
    fields->at--;
    if (front->flags & 1)
        mysql_binary_row(mysql, fields);
    else
        mysql_text_row(mysql, fields);
}

static void by_state(struct mysql *mysql, uint8_t first, struct fields *fields, uint64_t total,
                     uint64_t end)
{
    switch (mysql->state) {
    case ANSWER_FIRST:
        return results_first(mysql, first, fields, end);
    case ANSWER_COLUMNS:
    case ANSWER_PARAMETERS:
        return definition(mysql, fields, end);
    case ANSWER_PARAMETERS_END:
    case ANSWER_COLUMNS_END:
        if (first != 0xfe || total >= 9)
            return lost(mysql, "an answer is no MySQL result");
        eof(mysql, fields);
        return mysql->state == ANSWER_COLUMNS_END ? columns_end(mysql, end)
                                                  : parameters_end(mysql, end);
    case ANSWER_ROWS:
        return row(mysql, first, fields, total, end);
    }
}

void mysql_answer(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t total,
                  uint64_t end)
{
    const struct asked *front = queue_front(&mysql->base.queue);
    struct fields fields = {body, body ? body + length : NULL, body != NULL};
    uint8_t first = (uint8_t)mysql_take_int(&fields, 1);
    if (!front) {
        if (first != 0xff) /* the server says why it ends */
            lost(mysql, "an answer came that nobody had asked for");
        return;
    }
    if (!fields.ok)
        return lost(mysql, "an answer is no MySQL result");
    if (front->what == MYSQL_COLUMNS)
        return field_list(mysql, first, &fields, total, end);
    if (front->what == MYSQL_PREPARED && mysql->state == ANSWER_FIRST && first == 0)
        return prepared(mysql, &fields, end);
    if (front->what == MYSQL_ONE && first == 0xff)
        return error(mysql, &fields, end);
    if (front->what == MYSQL_ONE) {
        if (first == 0x00)
            ok(mysql, &fields, end);
        else
            mysql_answer_end(mysql, end);
        return;
    }
    by_state(mysql, first, &fields, total, end);
}
