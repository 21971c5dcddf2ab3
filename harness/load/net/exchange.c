#include "load/net/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_value.h"
#include "base/printable.h"
#include "load/http/kinds.h"

enum { BODY_ROOM = 512 /* a decision is short; grows when one is not */ };

int exchange_init(struct exchange *exchange, struct carrier *carrier, uint32_t place,
                  struct err *err)
{
    *exchange = (struct exchange){.carrier = carrier, .place = place, .body = malloc(BODY_ROOM)};
    if (!exchange->body)
        return err_set(err, ERR_MEMORY, "no memory for exchange %u", place);
    exchange->body_room = BODY_ROOM;
    size_t kept = 0;
    while (carrier->setup->kept && carrier->setup->kept[kept])
        kept++;
    exchange->kept = kept ? calloc(kept, sizeof *exchange->kept) : NULL;
    return kept && !exchange->kept ? err_set(err, ERR_MEMORY, "no memory for exchange %u", place)
                                   : 0;
}

void exchange_free(struct exchange *exchange)
{
    free(exchange->body);
    free(exchange->kept);
    *exchange = (struct exchange){0};
}

static void make_values(const struct exchange *exchange, struct template_values *ret_values)
{
    struct carrier *carrier = exchange->carrier;
    const struct request *record = exchange->record;
    const struct share *share = &carrier->setup->share;
    size_t place = roster_place(carrier->setup->roster, record->user);
    *ret_values = (struct template_values){
        .user = record->user,
        .seq = share_is_part(share) ? record->seq * share->size + share->rank : record->seq,
        .order = setup_order(carrier->setup, record),
        .more = setup_more(carrier->setup, record),
        .to = setup_to(carrier->setup, record),
        .order_text = setup_text(carrier->setup, record),
        .row = place,
        .key = setup_key(carrier->setup, place),
    };
    if (carrier->setup->message->uses_uuid)
        template_make_uuid(&carrier->rng, ret_values->uuid);
}

void exchange_begin(struct exchange *exchange, struct request *record,
                    struct template_values *ret_values)
{
    exchange->record = record;
    exchange->state = EXCHANGE_STARTED;
    exchange->headers_hit = 0;
    exchange->type[0] = '\0';
    exchange->coding = CODING_NONE;
    exchange->retry_after = 0;
    exchange->grpc = (struct grpc_said){.code = GRPC_NOTHING};
    exchange->body_used = 0;
    exchange->body_whole = true;
    exchange->head_whole = false;
    exchange->sent = 0;
    exchange->instance = 0;
    for (size_t i = 0; exchange->kept && exchange->carrier->setup->kept[i]; i++)
        exchange->kept[i][0] = '\0';
    record->worker = (uint16_t)exchange->carrier->number;
    record->ranked = false;
    make_values(exchange, ret_values);
}

void exchange_send(struct exchange *exchange)
{
    exchange->state = EXCHANGE_SENT;
    exchange->sent = clock_now();
    if (!exchange->carrier->crowd) /* else the stamp is the connect's */
        exchange->record->released = exchange->sent;
}

void exchange_first_byte(struct exchange *exchange)
{
    if (!exchange->record->first_byte)
        exchange->record->first_byte = clock_now();
}

/* What follows "name:" in a header line, without blanks; NULL: it is another header. */
static const char *value_of(const char *name, const char *line, size_t length, size_t *ret_length)
{
    size_t name_length = strlen(name);
    if (length <= name_length || strncasecmp(line, name, name_length) || line[name_length] != ':')
        return NULL;
    const char *value = line + name_length + 1, *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && strchr("\r\n \t", end[-1]))
        end--;
    *ret_length = (size_t)(end - value);
    return value;
}

/* "Content-Type: text/html; charset=utf-8" leaves "text/html". */
static void take_type(struct exchange *exchange, const char *line, size_t length)
{
    const char *value = value_of("content-type", line, length, &length);
    const char *semicolon = value ? memchr(value, ';', length) : NULL;
    if (value)
        printable(value, semicolon ? (size_t)(semicolon - value) : length, exchange->type,
                  sizeof exchange->type);
}

static void keep_header(struct exchange *exchange, const char *line, size_t length)
{
    const char *const *names = exchange->carrier->setup->kept;
    for (size_t i = 0; names[i]; i++) {
        size_t value_length;
        const char *value = value_of(names[i], line, length, &value_length);
        if (value && value_length < sizeof exchange->kept[i]) {
            memcpy(exchange->kept[i], value, value_length);
            exchange->kept[i][value_length] = '\0';
        }
    }
}

static void take_instance(struct exchange *exchange, const char *line, size_t length)
{
    const struct carrier *carrier = exchange->carrier;
    const char *value = value_of(carrier->setup->instance_header, line, length, &length);
    if (value)
        exchange->instance = served_number(&carrier->answers->served, value, length);
}

static void take_entered(const struct exchange *exchange, const char *line, size_t length)
{
    const struct setup *setup = exchange->carrier->setup;
    const char *value = value_of(setup->entered_header, line, length, &length);
    int64_t at;
    if (value && json_whole(value, length, &at) && at > 0)
        setup->entered[exchange->record - setup->history->v] = at;
}

/* How the body is to be read, and when to come again. A date instead of seconds is not looked at.
 */
static void take_handling(struct exchange *exchange, const char *line, size_t length)
{
    static const char coding[] = "content-encoding:", after[] = "retry-after:";
    if (length > strlen(coding) && !strncasecmp(line, coding, strlen(coding))) {
        exchange->coding = coding_of(line + strlen(coding), length - strlen(coding));
    } else if (length > strlen(after) && !strncasecmp(line, after, strlen(after))) {
        int seconds = 0;
        const char *at = line + strlen(after), *end = line + length;
        while (at < end && *at == ' ')
            at++;
        for (; at < end && *at >= '0' && *at <= '9' && seconds < 100000; at++)
            seconds = seconds * 10 + (*at - '0');
        exchange->retry_after = seconds;
    }
}

void exchange_take_header(void *context, const char *line, size_t length)
{
    struct exchange *exchange = context;
    const struct rules *rules = exchange->carrier->setup->rules;
    if (length > 5 && !memcmp(line, "HTTP/", 5)) {
        exchange->grpc = (struct grpc_said){.code = GRPC_NOTHING};
        exchange->headers_hit = 0; /* a final answer after an interim one */
        exchange->type[0] = '\0';
        exchange->coding = CODING_NONE;
        exchange->retry_after = 0;
        exchange->head_whole = false;
        return;
    }
    exchange->head_whole = exchange->head_whole || length == 0;
    bool grpc = exchange->carrier->setup->message->grpc;
    if (exchange->head_whole && !grpc)
        return; /* what follows a body in chunks is no header */
    if (grpc)
        grpc_take_header(&exchange->grpc, line, length);
    take_type(exchange, line, length);
    if (exchange->kept)
        keep_header(exchange, line, length);
    if (exchange->carrier->setup->instance_header)
        take_instance(exchange, line, length);
    if (exchange->carrier->setup->entered)
        take_entered(exchange, line, length);
    take_handling(exchange, line, length);
    const struct rules_user who = {exchange->carrier->setup->roster, exchange->record->user};
    if (rules_read_headers(rules))
        exchange->headers_hit |= rules_header(rules, line, length, &who);
}

/* Whether rules look into it or not, the begin of a body is kept as a sample. */
static void make_body_room(struct exchange *exchange, size_t wanted)
{
    const struct setup *setup = exchange->carrier->setup;
    bool read = setup->reads_body || setup->message->grpc || rules_read_body(setup->rules);
    if (wanted <= exchange->body_room || !read)
        return;
    size_t room = wanted * 2 < EXCHANGE_BODY_MAX ? wanted * 2 : EXCHANGE_BODY_MAX;
    char *body = room > exchange->body_room ? realloc(exchange->body, room) : NULL;
    if (!body)
        return;
    exchange->body = body;
    exchange->body_room = (uint32_t)room;
}

void exchange_take_body(void *context, const char *bytes, size_t length)
{
    struct exchange *exchange = context;
    grpc_take_body(&exchange->grpc);
    make_body_room(exchange, exchange->body_used + length);
    size_t left = exchange->body_room - exchange->body_used;
    exchange->body_whole = exchange->body_whole && length <= left;
    length = length < left ? length : left;
    memcpy(exchange->body + exchange->body_used, bytes, length);
    exchange->body_used += (uint32_t)length;
}

/* What a record that never left says of when it was tried. */
static void close_record(struct exchange *exchange, enum request_class cls,
                         enum request_cause cause, const struct response *response)
{
    const struct setup *setup = exchange->carrier->setup;
    struct request *record = exchange->record;
    record->cls = (uint8_t)cls;
    record->cause = (uint8_t)cause;
    record->done = clock_now();
    if (setup->instance_header)
        record->instance = exchange->instance;
    if (cls == CLASS_SKIPPED)
        record->released = record->first_byte = record->done = 0;
    else if (!record->released)
        record->released = exchange->began;
    if (cls != CLASS_SKIPPED)
        kinds_note(exchange->carrier->answers, setup->rules, record, response);
    if (response && cause == CAUSE_UNDECIDED && setup->ticket)
        setup->ticket(setup->ticket_context, exchange, response);
    exchange->carrier->ended(exchange->carrier->context, exchange);
}

static void keep_body(struct exchange *exchange, const char *text, size_t used, bool whole)
{
    char *body = used > exchange->body_room ? realloc(exchange->body, used) : NULL;
    if (body) {
        exchange->body = body;
        exchange->body_room = (uint32_t)used;
    }
    whole = whole && used <= exchange->body_room;
    exchange->body_used = used < exchange->body_room ? (uint32_t)used : exchange->body_room;
    memcpy(exchange->body, text, exchange->body_used);
    exchange->body_whole = exchange->body_whole && whole;
}

/* Of a body that came only in part the begin is decoded, for the sample. */
static __attribute__((noinline)) void decode_body(struct exchange *exchange)
{
    char decoded[EXCHANGE_BODY_MAX];
    size_t used;
    bool whole = coding_decode(exchange->coding, exchange->body, exchange->body_used, decoded,
                               sizeof decoded, &used);
    keep_body(exchange, decoded, used, whole);
}

/* False: nobody can tell what it says. */
static __attribute__((noinline)) bool decode_grpc(struct exchange *exchange)
{
    char text[EXCHANGE_BODY_MAX];
    size_t used = 0;
    struct grpc_answer answer = {
        .status = exchange->record->status, .body = exchange->body, .length = exchange->body_used};
    if (!exchange->body_whole && exchange->grpc.code == GRPC_OK)
        return true; /* longer than is kept */
    if (!grpc_decode(exchange->carrier->setup->message->grpc, &exchange->grpc, &answer, text,
                     sizeof text, &used))
        return false;
    exchange->record->status = (uint16_t)answer.status;
    keep_body(exchange, text, used, answer.whole);
    if (exchange->grpc.code != GRPC_OK)
        snprintf(exchange->type, sizeof exchange->type, "gRPC %s",
                 grpc_status_name(exchange->grpc.code));
    return true;
}

void exchange_end(struct exchange *exchange, const struct outcome *outcome)
{
    const struct carrier *carrier = exchange->carrier;
    struct request *record = exchange->record;
    if (carrier->holder) {
        exchange->record = NULL;
        exchange->state = EXCHANGE_FREE;
        carrier->holder->fail(carrier->holder->context, outcome);
        return;
    }
    if (outcome->cause != CAUSE_NONE) {
        /* A request that was never written cannot have applied. */
        bool sent = exchange->state == EXCHANGE_SENT;
        record->first_byte = 0;
        close_record(exchange, sent ? CLASS_UNKNOWN : CLASS_FAILED, outcome->cause, NULL);
        return;
    }
    record->status = (uint16_t)outcome->status;
    if (exchange->coding != CODING_NONE)
        decode_body(exchange);
    if (carrier->setup->message->grpc && !decode_grpc(exchange)) {
        close_record(exchange, CLASS_UNKNOWN, CAUSE_GARBAGE, NULL);
        return;
    }
    const struct response response = {.status = record->status,
                                      .type = exchange->type,
                                      .headers_hit = exchange->headers_hit,
                                      .body = exchange->body,
                                      .body_length = exchange->body_used,
                                      .body_whole = exchange->body_whole,
                                      .grpc = carrier->setup->message->grpc ? exchange->grpc.code
                                                                            : GRPC_OK,
                                      .who = {carrier->setup->roster, record->user}};
    enum request_cause cause;
    struct maybe rank;
    enum request_class cls = rules_classify(carrier->setup->rules, &response, &cause, &rank);
    request_set_rank(record, rank);
    struct order *order = cls == CLASS_ACCEPTED ? setup_order(carrier->setup, record) : NULL;
    if (order)
        rules_read_order(carrier->setup->rules, &response, carrier->setup->items, order,
                         setup_more(carrier->setup, record), setup_text(carrier->setup, record));
    if (cls == CLASS_LIMITED)
        progress_retry_after(carrier->setup->progress, exchange->retry_after);
    close_record(exchange, cls, cause, &response);
}

void exchange_abort(struct exchange *exchange, enum request_cause cause)
{
    /* Of a cold burst the connect has left: who waits for that in vain has failed. */
    bool tried = exchange->counted && cause == CAUSE_TIMEOUT;
    enum request_class unsent = tried ? CLASS_FAILED : CLASS_SKIPPED;
    close_record(exchange, exchange->state == EXCHANGE_SENT ? CLASS_UNKNOWN : unsent, cause, NULL);
}

void exchange_lose(struct exchange *exchange, int os_error)
{
    bool partly = os_error != EPIPE && os_error != ECONNRESET && os_error != EAGAIN;
    close_record(exchange, partly ? CLASS_UNKNOWN : CLASS_FAILED, CAUSE_RESET, NULL);
}
