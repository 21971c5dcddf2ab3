#include <string.h>

#include "proxy/mysql.h"

enum command {
    COM_QUIT = 0x01,
    COM_QUERY = 0x03,
    COM_CHANGE_USER = 0x11,
    COM_BINLOG_DUMP = 0x12,
    COM_PREPARE = 0x16,
    COM_EXECUTE = 0x17,
    COM_LONG_DATA = 0x18,
    COM_CLOSE = 0x19,
    COM_RESET = 0x1a,
    COM_FETCH = 0x1c,
    COM_BINLOG_DUMP_GTID = 0x1e,
    COM_RESET_CONNECTION = 0x1f,
    COM_BULK_EXECUTE = 0xfa,
};

/* The commands that have no text of their own, by what answers them. */
static const struct {
    uint8_t command;
    uint8_t what; /* enum mysql_asked */
    uint8_t kind; /* enum shape_kind */
    const char *shape;
} commands[] = {
    {0x02, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(init db)"},
    {0x04, MYSQL_COLUMNS, SHAPE_HOUSEKEEPING, "(field list)"},
    {0x05, MYSQL_ONE, SHAPE_WRITE, "(create db)"},
    {0x06, MYSQL_ONE, SHAPE_WRITE, "(drop db)"},
    {0x07, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(refresh)"},
    {0x08, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(shutdown)"},
    {0x09, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(statistics)"},
    {0x0a, MYSQL_RESULTS, SHAPE_HOUSEKEEPING, "(process info)"},
    {0x0c, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(kill)"},
    {0x0d, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(debug)"},
    {0x0e, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(ping)"},
    {COM_CHANGE_USER, MYSQL_LOGIN, SHAPE_HOUSEKEEPING, "(change user)"},
    {COM_RESET, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(reset statement)"},
    {0x1b, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(set option)"},
    {COM_RESET_CONNECTION, MYSQL_ONE, SHAPE_HOUSEKEEPING, "(reset connection)"},
};

static void lost(struct mysql *mysql, const char *reason)
{
    framer_go_blind(&mysql->base, FRAMER_CLIENT, mysql->readers[FRAMER_CLIENT].begin, reason);
}

static void statement(struct mysql *mysql, struct asked *asked, uint64_t end,
                      const struct values *values)
{
    framer_statement(&mysql->base, asked, mysql->readers[FRAMER_CLIENT].begin, end,
                     mysql->status & 1, values);
    queue_push(&mysql->base, asked);
}

static uint8_t kind_of(const struct mysql *mysql, uint16_t shape)
{
    return (uint8_t)shapes_get(mysql->base.config.shapes, shape)->kind;
}

static uint16_t shape_of(struct mysql *mysql, const struct fields *text, struct values *values)
{
    if (!text->ok)
        return SHAPE_UNKNOWN;
    return (uint16_t)shape_sql(mysql->base.config.shapes, SHAPE_MYSQL, (const char *)text->at,
                               (size_t)(text->end - text->at), mysql->base.config.rules, values);
}

struct parameters {
    uint64_t count;
    bool named; /* each type has a name behind it */
};

/* Types, and then values; false: they were not understood. */
static bool take_values(struct mysql *mysql, struct fields *fields,
                        const struct parameters *parameters, struct values *values)
{
    uint8_t types[VALUES_MAX];
    bool is_unsigned[VALUES_MAX];
    const uint8_t *nulls = fields_take(fields, (size_t)(parameters->count + 7) / 8);
    if (!nulls || mysql_take_int(fields, 1) != 1)
        return false;
    uint64_t count = parameters->count;
    for (uint64_t i = 0; i < count && fields->ok; i++) {
        uint8_t type = (uint8_t)mysql_take_int(fields, 1),
                flag = (uint8_t)mysql_take_int(fields, 1);
        size_t name;
        if (parameters->named)
            mysql_take_text(fields, &name);
        if (i < VALUES_MAX) {
            types[i] = type;
            is_unsigned[i] = flag & 0x80;
        }
    }
    for (uint64_t i = 0; i < count && i < VALUES_MAX && fields->ok; i++) {
        struct value value = {VALUE_NULL, 0};
        bool null = nulls[i / 8] >> (i % 8) & 1;
        if (!null &&
            !mysql_binary_value(mysql->base.config.rules, types[i], is_unsigned[i], fields, &value))
            return false;
        values_add(values, value);
    }
    return fields->ok && count <= VALUES_MAX;
}

/* Attributes stand before the text; where they are not understood, neither is
 * it. */
static void query(struct mysql *mysql, struct fields *fields, uint64_t end)
{
    struct values values = {0}, attributes = {0};
    if (mysql->client & MYSQL_QUERY_ATTRIBUTES) {
        struct parameters parameters = {mysql_take_lenenc(fields), true};
        mysql_take_lenenc(fields); /* sets of them: always 1 */
        if (parameters.count && !take_values(mysql, fields, &parameters, &attributes))
            fields->ok = false;
    }
    struct asked asked = {.what = MYSQL_RESULTS, .shape = shape_of(mysql, fields, &values)};
    asked.kind = kind_of(mysql, asked.shape);
    statement(mysql, &asked, end, &values);
}

static void prepare(struct mysql *mysql, struct fields *fields)
{
    struct values literals = {0};
    struct asked asked = {.what = MYSQL_PREPARED, .shape = shape_of(mysql, fields, &literals)};
    queue_push(&mysql->base, &asked);
}

/* MariaDB's clients run what they have just prepared before they know its number: -1. */
static struct name prepared_of(const struct mysql *mysql, uint32_t id)
{
    for (uint32_t i = mysql->base.queue.count; id == UINT32_MAX && i > 0; i--) {
        const struct asked *asked = queue_at(&mysql->base.queue, i - 1);
        if (asked->what == MYSQL_PREPARED)
            return (struct name){.shape = asked->shape};
    }
    const struct name *name =
        names_find(&mysql->statements, id == UINT32_MAX ? mysql->last_prepared : id * 2ULL + 3);
    return name ? *name : (struct name){.shape = SHAPE_UNKNOWN};
}

static void execute(struct mysql *mysql, struct fields *fields, uint64_t end, bool bulk)
{
    struct name prepared = prepared_of(mysql, (uint32_t)mysql_take_int(fields, 4));
    struct values values = {0};
    struct parameters parameters = {prepared.count, mysql->client & MYSQL_QUERY_ATTRIBUTES};
    unsigned flags = (unsigned)mysql_take_int(fields, 1);
    fields_take(fields, 4);
    if (parameters.named && flags & 8)
        parameters.count = mysql_take_lenenc(fields);
    if (!bulk && parameters.count)
        take_values(mysql, fields, &parameters, &values);
    struct asked asked = {.what = MYSQL_RESULTS, .shape = prepared.shape, .flags = 1};
    asked.kind = kind_of(mysql, asked.shape);
    statement(mysql, &asked, end, &values);
}

static void fetch(struct mysql *mysql, struct fields *fields, uint64_t end)
{
    struct name prepared = prepared_of(mysql, (uint32_t)mysql_take_int(fields, 4));
    struct asked asked = {.what = MYSQL_ROWS, .shape = prepared.shape, .flags = 1};
    asked.kind = kind_of(mysql, asked.shape);
    statement(mysql, &asked, end, NULL);
}

static void close_statement(struct mysql *mysql, struct fields *fields)
{
    struct name *name =
        names_find(&mysql->statements, (uint32_t)mysql_take_int(fields, 4) * 2ULL + 3);
    if (name)
        name->shape = NAMES_GONE;
}

static void other(struct mysql *mysql, uint8_t command, uint64_t end)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].command != command)
            continue;
        struct asked asked = {.what = commands[i].what, .kind = commands[i].kind};
        asked.flags = command == COM_RESET_CONNECTION ? 2 : 0;
        asked.shape = (uint16_t)shapes_intern(mysql->base.config.shapes, commands[i].shape,
                                              strlen(commands[i].shape), asked.kind);
        statement(mysql, &asked, end, NULL);
        if (command == COM_CHANGE_USER)
            mysql->phase = MYSQL_AUTH;
        return;
    }
    lost(mysql, command == COM_BINLOG_DUMP || command == COM_BINLOG_DUMP_GTID || command == 0x15
                    ? "the client replicates"
                    : "a command of the client is not known");
}

void mysql_ask(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t end)
{
    struct fields fields = {body, body ? body + length : NULL, body != NULL};
    uint8_t command = (uint8_t)mysql_take_int(&fields, 1);
    if (!fields.ok || mysql->readers[FRAMER_CLIENT].header[3] != 0)
        return lost(mysql, "a packet of the client is no command");
    switch (command) {
    case COM_QUERY:
        return query(mysql, &fields, end);
    case COM_PREPARE:
        return prepare(mysql, &fields);
    case COM_EXECUTE:
    case COM_BULK_EXECUTE:
        return execute(mysql, &fields, end, command == COM_BULK_EXECUTE);
    case COM_FETCH:
        return fetch(mysql, &fields, end);
    case COM_CLOSE:
        return close_statement(mysql, &fields);
    case COM_QUIT:
    case COM_LONG_DATA:
        return;
    default:
        other(mysql, command, end);
    }
}
