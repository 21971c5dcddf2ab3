#include <string.h>

#include "proxy/hash.h"
#include "proxy/postgres.h"

static bool is_statement(const struct asked *asked)
{
    return asked &&
           (asked->what == PG_QUERY || asked->what == PG_CALL || asked->what == PG_EXECUTE);
}

/* What the server answers now. */
static struct asked *front_of(struct postgres *pg)
{
    while (queue_front(&pg->base.queue) && queue_front(&pg->base.queue)->what == PG_COPY_END)
        queue_pop(&pg->base.queue);
    return queue_front(&pg->base.queue);
}

bool pg_answer_wanted(struct postgres *pg, uint8_t type)
{
    if (type == 'D')
        return !pg->row;
    return type && strchr("RKTtCEZ", type) != NULL;
}

/* Notices, parameters and notifications come at any time, and are no part of an
 * answer. */
void pg_answer_begin(struct postgres *pg, uint8_t type)
{
    struct asked *front = front_of(pg);
    if (!pg->ready || !is_statement(front) || !type || !strchr("TDCsIHWEV", type) || pg->base.begun)
        return;
    framer_answer_begun(&pg->base, front, pg->readers[FRAMER_SERVER].begin);
    pg->row = pg->failed = false;
    pg->tag_length = 0;
    pg->columns = (uint8_t)front->types;
    pg->binary = front->what == PG_EXECUTE ? (uint8_t)(front->types >> 8) : 0;
}

static void out_of_order(struct postgres *pg)
{
    framer_go_blind(&pg->base, FRAMER_SERVER, pg->readers[FRAMER_SERVER].begin,
                    "an answer came that was not expected");
}

static void keep_tag(struct postgres *pg, const char *text, size_t length)
{
    pg->tag_length = length < sizeof pg->tag ? length : sizeof pg->tag;
    memcpy(pg->tag, text, pg->tag_length);
}

static bool tag_is(const struct postgres *pg, const char *tag)
{
    return pg->tag_length == strlen(tag) && memcmp(pg->tag, tag, pg->tag_length) == 0;
}

/* The front statement's answer is whole. */
static void statement_end(struct postgres *pg, uint64_t end)
{
    struct asked done = *queue_front(&pg->base.queue);
    queue_pop(&pg->base.queue);
    pg->copying = false;
    pg->row = false;
    framer_answer_ended(&pg->base, &done, end, pg->status != 'I', pg->failed, pg->tag,
                        pg->tag_length);
}

/* Undoes what an entry that the server throws away had said of a name: a later
 * one that is still to be answered says it anew. */
static void forget(struct postgres *pg, const struct asked *asked, uint32_t place)
{
    if (!asked->name || (asked->what != PG_PARSE && asked->what != PG_CLOSE))
        return;
    for (uint32_t i = place + 1; i < pg->base.queue.count; i++) {
        struct asked *later = queue_at(&pg->base.queue, i);
        if (later->name == asked->name && (later->what == PG_PARSE || later->what == PG_CLOSE)) {
            later->left = asked->left;
            return;
        }
    }
    struct name *name = names_put(&pg->statements, asked->name);
    if (name) {
        name->shape = (uint16_t)(asked->left >> 16);
        name->types = (uint16_t)asked->left;
    }
}

/* All up to the next Sync will not be answered; without one yet, what comes up
 * to it will not be.
 */
static void skip_to_sync(struct postgres *pg)
{
    uint32_t count = 0;
    const struct asked *asked;
    while ((asked = queue_at(&pg->base.queue, count)) && asked->what != PG_SYNC)
        count++;
    pg->skipping = count == pg->base.queue.count;
    for (uint32_t i = count; i > 0; i--)
        forget(pg, queue_at(&pg->base.queue, i - 1), i - 1);
    for (; count > 0; count--) {
        framer_unanswered(&pg->base, queue_front(&pg->base.queue));
        queue_pop(&pg->base.queue);
    }
}

/* Fields, each a letter and a text; C is the code. */
static void error(struct postgres *pg, struct fields *fields, uint64_t end)
{
    const struct asked *front = front_of(pg);
    size_t length;
    if (!front || front->what == PG_SYNC)
        return; /* of the connection: it is about to end */
    keep_tag(pg, "", 0);
    for (const uint8_t *field; (field = fields_take(fields, 1)) && *field;) {
        const char *text = pg_take_text(fields, &length);
        if (*field == 'C')
            keep_tag(pg, text, length);
    }
    pg->failed = true;
    pg->base.values = (struct values){0};
    if (front->what == PG_QUERY || front->what == PG_CALL)
        return;
    if (front->what == PG_EXECUTE)
        statement_end(pg, end);
    else {
        forget(pg, front, 0);
        queue_pop(&pg->base.queue);
    }
    skip_to_sync(pg);
}

static void complete(struct postgres *pg, struct fields *fields, uint64_t end)
{
    const struct asked *front = front_of(pg);
    size_t length;
    if (!is_statement(front))
        return out_of_order(pg);
    const char *text = fields->at ? pg_take_text(fields, &length) : "";
    keep_tag(pg, text, fields->at ? length : 0);
    if (tag_is(pg, "DISCARD ALL") || tag_is(pg, "DEALLOCATE ALL"))
        names_clear(&pg->statements);
    pg->copying = false;
    pg->row = pg->row || front->what != PG_EXECUTE;
    if (front->what == PG_EXECUTE)
        statement_end(pg, end);
}

static void ready(struct postgres *pg, const uint8_t *body, size_t length, uint64_t end)
{
    const struct asked *front = front_of(pg);
    pg->status = length ? (char)*body : 'I';
    if (!pg->ready) {
        pg->ready = true;
        framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_READY, .side = FRAMER_SERVER});
    } else if (!front) {
        out_of_order(pg);
    } else if (front->what == PG_QUERY || front->what == PG_CALL) {
        framer_answer_begun(&pg->base, front, pg->readers[FRAMER_SERVER].begin);
        statement_end(pg, end);
    } else if (front->what == PG_SYNC) {
        queue_pop(&pg->base.queue);
    } else {
        out_of_order(pg);
    }
}

/* Pops what the front must be. */
static void expect(struct postgres *pg, enum pg_asked what)
{
    const struct asked *front = front_of(pg);
    if (front && front->what == what)
        queue_pop(&pg->base.queue);
    else
        out_of_order(pg);
}

/* The portal's columns, for those that run it. */
static void portal_described(struct postgres *pg, const struct asked *described, uint16_t types)
{
    uint64_t name = described->name;
    struct asked *asked;
    for (uint32_t i = 0; (asked = queue_at(&pg->base.queue, i)) && asked->what != PG_SYNC; i++) {
        if (asked->what == PG_EXECUTE && asked->name == name)
            asked->types = types;
    }
    struct name *named = names_find(&pg->portals, name);
    if (named)
        named->types = types;
    else if (name == hash_bytes("", 0))
        pg->unnamed.columns = (uint8_t)types;
    struct name *statement = names_find(&pg->statements, described->about);
    if (statement)
        statement->types = (uint16_t)((statement->types & 0xff) | types << 8);
}

static void described(struct postgres *pg, const uint8_t *body, size_t length)
{
    const struct asked *front = front_of(pg);
    uint8_t types = 0, binary = 0;
    pg_row_description(body, length, &types, &binary);
    if (!front)
        return out_of_order(pg);
    if (front->what == PG_QUERY) {
        pg->columns = types;
        pg->binary = binary;
        return;
    }
    struct name *name = names_find(&pg->statements, front->name);
    if (front->what == PG_DESCRIBE_STATEMENT && name)
        name->types = (uint16_t)((name->types & 0xff) | types << 8);
    struct asked done = *front;
    expect(pg, front->what == PG_DESCRIBE_STATEMENT ? PG_DESCRIBE_STATEMENT : PG_DESCRIBE_PORTAL);
    if (done.what == PG_DESCRIBE_PORTAL)
        portal_described(pg, &done, (uint16_t)(types | binary << 8));
}

static void parameters(struct postgres *pg, struct fields *fields)
{
    const struct asked *front = front_of(pg);
    if (!front || front->what != PG_DESCRIBE_STATEMENT)
        return out_of_order(pg);
    struct name *name = names_find(&pg->statements, front->name);
    unsigned count = pg_take16(fields), types = 0;
    for (unsigned i = 0; i < count && i < VALUES_MAX; i++)
        types |= (unsigned)pg_type_of(pg_take32(fields)) << (2 * i);
    if (name)
        name->types = (uint16_t)((name->types & 0xff00) | types);
}

static void no_data(struct postgres *pg)
{
    const struct asked *front = front_of(pg);
    expect(pg, front && front->what == PG_DESCRIBE_STATEMENT ? PG_DESCRIBE_STATEMENT
                                                             : PG_DESCRIBE_PORTAL);
}

/* Sync messages that the server reads among the data are passed over by it. */
static void copy_in(struct postgres *pg)
{
    const struct asked *front = front_of(pg), *asked;
    if (!is_statement(front))
        return out_of_order(pg);
    pg->copying = true;
    for (uint32_t i = 1; (asked = queue_at(&pg->base.queue, i));) {
        bool ends = asked->what == PG_COPY_END;
        if (ends || (asked->what == PG_SYNC && front->what == PG_EXECUTE))
            queue_remove(&pg->base.queue, i);
        else
            i++;
        if (ends) {
            pg->copying = false;
            return;
        }
    }
}

static void row(struct postgres *pg, struct fields *fields)
{
    if (pg->row || !fields->at)
        return;
    pg->row = true;
    unsigned count = pg_take16(fields);
    pg_values(pg, fields, count, pg->columns, pg->binary, &pg->base.values);
}

void pg_answer(struct postgres *pg, uint8_t type, const uint8_t *body, size_t length, uint64_t end)
{
    struct fields fields = {body, body ? body + length : NULL, body != NULL};
    if (!pg->ready && type == 'R')
        return pg_authentication(pg, body, length, end);
    if (!pg->ready && type != 'K' && type != 'Z')
        return;
    switch (type) {
    case '1':
        return expect(pg, PG_PARSE);
    case '2':
        return expect(pg, PG_BIND);
    case '3':
        return expect(pg, PG_CLOSE);
    case 'n':
        return no_data(pg);
    case 't':
        return parameters(pg, &fields);
    case 'T':
        return described(pg, body, length);
    case 'D':
        return row(pg, &fields);
    case 'C':
    case 's': /* the portal is suspended: there are more rows */
    case 'I':
        return complete(pg, &fields, end);
    case 'G':
        return copy_in(pg);
    case 'E':
        return error(pg, &fields, end);
    case 'Z':
        return ready(pg, body, length, end);
    case 'K':
        framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_KEY,
                                                      .side = FRAMER_SERVER,
                                                      .number = hash_bytes(body, length)});
        return;
    case 'W':
        framer_go_blind(&pg->base, FRAMER_SERVER, end, "the connection copies both ways");
        return;
    default:
        if (!type || !strchr("NASHdcVRv", type))
            out_of_order(pg);
    }
}
