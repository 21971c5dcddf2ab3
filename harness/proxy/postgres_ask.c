#include <string.h>

#include "proxy/hash.h"
#include "proxy/postgres.h"

bool pg_ask_wanted(uint8_t type)
{
    return type && strchr("QPBDEC", type) != NULL;
}

static uint64_t name_key(const char *name, size_t length)
{
    return hash_bytes(name, length);
}

/* The server throws away what comes between an error and Sync. */
static void push(struct postgres *pg, const struct asked *asked)
{
    if (pg->skipping && asked->what != PG_SYNC)
        framer_unanswered(&pg->base, asked);
    else
        queue_push(&pg->base, asked);
}

static void statement(struct postgres *pg, struct asked *asked, uint64_t end,
                      const struct values *values)
{
    framer_statement(&pg->base, asked, pg->readers[FRAMER_CLIENT].begin, end, pg->status != 'I',
                     values);
    push(pg, asked);
}

static uint16_t shape_of(struct postgres *pg, const char *text, size_t length,
                         struct values *values)
{
    return (uint16_t)shape_sql(pg->base.config.shapes, SHAPE_POSTGRES, text, length,
                               pg->base.config.rules, values);
}

static uint8_t kind_of(const struct postgres *pg, uint16_t shape)
{
    return (uint8_t)shapes_get(pg->base.config.shapes, shape)->kind;
}

static void query(struct postgres *pg, struct fields *fields, uint64_t end)
{
    size_t length;
    const char *text = pg_take_text(fields, &length);
    struct values values = {0};
    struct asked asked = {.what = PG_QUERY, .shape = shape_of(pg, text, length, &values)};
    asked.kind = kind_of(pg, asked.shape);
    statement(pg, &asked, end, &values);
}

static void call(struct postgres *pg, uint64_t end)
{
    static const char text[] = "(function call)";
    struct asked asked = {.what = PG_CALL, .kind = SHAPE_WRITE};
    asked.shape =
        (uint16_t)shapes_intern(pg->base.config.shapes, text, sizeof text - 1, SHAPE_WRITE);
    statement(pg, &asked, end, NULL);
}

/* `left` keeps what the name stood for, should the server refuse. */
static void remember(struct postgres *pg, struct asked *asked, uint16_t shape, uint16_t types)
{
    struct name *name = names_put(&pg->statements, asked->name);
    asked->left = (uint32_t)NAMES_GONE << 16;
    if (!name)
        return;
    asked->left = (uint32_t)name->shape << 16 | name->types;
    name->shape = shape;
    name->types = types;
}

static void parse(struct postgres *pg, struct fields *fields)
{
    size_t name_length, length;
    const char *name = pg_take_text(fields, &name_length);
    const char *text = pg_take_text(fields, &length);
    if (pg->skipping)
        return;
    struct values literals = {0};
    struct asked asked = {.what = PG_PARSE, .name = name_key(name, name_length)};
    uint16_t shape = shape_of(pg, text, length, &literals), types = 0;
    unsigned count = pg_take16(fields);
    for (unsigned i = 0; i < count && i < VALUES_MAX; i++)
        types |= (uint16_t)(pg_type_of(pg_take32(fields)) << (2 * i));
    if (name_length == 0)
        pg->literals = literals;
    remember(pg, &asked, shape, types);
    push(pg, &asked);
}

static void bind(struct postgres *pg, struct fields *fields)
{
    size_t portal_length, name_length;
    const char *portal = pg_take_text(fields, &portal_length);
    const char *name = pg_take_text(fields, &name_length);
    const struct name *prepared = names_find(&pg->statements, name_key(name, name_length));
    struct pg_portal bound = {.shape = SHAPE_UNKNOWN, .statement = name_key(name, name_length)};
    if (prepared) {
        bound.shape = prepared->shape;
        bound.columns = (uint8_t)(prepared->types >> 8);
    }
    if (name_length == 0)
        bound.values = pg->literals;
    uint8_t binary = pg_formats(fields);
    unsigned count = pg_take16(fields);
    pg_values(pg, fields, count, prepared ? (uint8_t)prepared->types : 0, binary, &bound.values);
    bound.binary = pg_formats(fields);
    if (pg->skipping)
        return;
    struct asked asked = {.what = PG_BIND, .name = name_key(portal, portal_length)};
    if (portal_length == 0)
        pg->unnamed = bound;
    struct name *entry = portal_length ? names_put(&pg->portals, asked.name) : NULL;
    if (entry) {
        entry->shape = bound.shape;
        entry->types = (uint16_t)(bound.columns | bound.binary << 8);
    }
    push(pg, &asked);
}

static void execute(struct postgres *pg, struct fields *fields, uint64_t end)
{
    size_t length;
    const char *portal = pg_take_text(fields, &length);
    struct asked asked = {.what = PG_EXECUTE, .name = name_key(portal, length)};
    const struct name *named = length ? names_find(&pg->portals, asked.name) : NULL;
    asked.shape = named ? named->shape : length ? SHAPE_UNKNOWN : pg->unnamed.shape;
    int types = length ? 0 : pg->unnamed.columns | pg->unnamed.binary << 8;
    asked.types = (uint16_t)(named ? named->types : types);
    asked.kind = kind_of(pg, asked.shape);
    statement(pg, &asked, end, length ? NULL : &pg->unnamed.values);
}

static void describe(struct postgres *pg, struct fields *fields)
{
    const uint8_t *what = fields_take(fields, 1);
    size_t length;
    const char *name = pg_take_text(fields, &length);
    struct asked asked = {.what = what && *what == 'S' ? PG_DESCRIBE_STATEMENT : PG_DESCRIBE_PORTAL,
                          .name = name_key(name, length)};
    if (asked.what == PG_DESCRIBE_PORTAL && length == 0)
        asked.about = pg->unnamed.statement;
    push(pg, &asked);
}

static void close_name(struct postgres *pg, struct fields *fields)
{
    const uint8_t *what = fields_take(fields, 1);
    size_t length;
    const char *name = pg_take_text(fields, &length);
    struct asked asked = {.what = PG_CLOSE, .left = (uint32_t)NAMES_GONE << 16};
    if (pg->skipping)
        return;
    if (what && *what == 'S' && names_find(&pg->statements, name_key(name, length))) {
        asked.name = name_key(name, length);
        remember(pg, &asked, NAMES_GONE, 0);
    }
    push(pg, &asked);
}

static void sync(struct postgres *pg)
{
    const struct asked *front = queue_front(&pg->base.queue);
    if (pg->copying && front && front->what == PG_EXECUTE)
        return; /* the server reads data, and passes over it */
    pg->skipping = false;
    push(pg, &(struct asked){.what = PG_SYNC});
}

static void copy_end(struct postgres *pg)
{
    if (!pg->copying && !pg->skipping && pg->base.queue.count)
        push(pg, &(struct asked){.what = PG_COPY_END});
    pg->copying = false;
}

void pg_ask(struct postgres *pg, uint8_t type, const uint8_t *body, size_t length, uint64_t end)
{
    struct fields fields = {body, body ? body + length : NULL, body != NULL};
    switch (type) {
    case 'Q':
        return query(pg, &fields, end);
    case 'F':
        return call(pg, end);
    case 'P':
        return parse(pg, &fields);
    case 'B':
        return bind(pg, &fields);
    case 'D':
        return describe(pg, &fields);
    case 'E':
        return execute(pg, &fields, end);
    case 'C':
        return close_name(pg, &fields);
    case 'S':
        return sync(pg);
    case 'c':
    case 'f':
        return copy_end(pg);
    case 'H': /* Flush */
    case 'd': /* CopyData */
    case 'p': /* of the authentication: never looked at */
    case 'X': /* Terminate */
        return;
    default:
        framer_go_blind(&pg->base, FRAMER_CLIENT, pg->readers[FRAMER_CLIENT].begin,
                        "a message of the client is not known");
    }
}
