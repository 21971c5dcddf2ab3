#include <string.h>

#include "proxy/resp.h"

static void lost(struct resp *resp, uint64_t at, const char *reason)
{
    framer_go_blind(&resp->base, FRAMER_SERVER, at, reason);
}

static bool is_aggregate(uint8_t type)
{
    return type == '*' || type == '%' || type == '~' || type == '>' || type == '|';
}

static bool is_bulk(uint8_t type)
{
    return type == '$' || type == '!' || type == '=';
}

/* Whose answer begins here; false: nobody's, and it is no push. */
static bool top_begin(struct resp *resp, uint8_t type, uint64_t at)
{
    struct resp_answer *answer = &resp->answer;
    const struct asked *front = queue_front(&resp->base.queue);
    bool maybe = type == '*' && (resp->subscribed[0] || resp->subscribed[1] ||
                                 resp->subscribed[2] || (front && resp_is_subscribe(front->what)));
    if (!answer->inside) {
        answer->begin = at;
        answer->inside = true;
        answer->leaf = 0;
        answer->failed = false;
        answer->code_length = 0;
        answer->confirms = -1;
    }
    resp->base.values = (struct values){0}; /* those of an attribute are none of the answer */
    answer->role = type == '>' ? RESP_PUSH : maybe ? RESP_UNDECIDED : RESP_ANSWER;
    if (answer->role != RESP_ANSWER)
        return true;
    if (front)
        framer_answer_begun(&resp->base, front, answer->begin);
    return front || type == '-'; /* "-ERR max number of clients reached" */
}

/* Is it an answer's value that a reader of the answer would act upon? */
static bool leaf_counts(const struct resp *resp, bool null)
{
    const struct resp_answer *answer = &resp->answer;
    return answer->role == RESP_ANSWER && queue_front(&resp->base.queue) &&
           queue_front(&resp->base.queue)->what != REDIS_SECRET && !strchr("+-!", answer->type) &&
           (null || !is_aggregate(answer->type));
}

/* An element without elements is whole. */
static void leaf_end(struct resp *resp, bool null, uint64_t end)
{
    struct resp_answer *answer = &resp->answer;
    if (answer->role == RESP_UNDECIDED || (answer->role == RESP_PUSH && answer->leaf == 0)) {
        resp_push_decide(resp);
        if (answer->role == RESP_ANSWER && queue_front(&resp->base.queue))
            framer_answer_begun(&resp->base, queue_front(&resp->base.queue), answer->begin);
    }
    if (answer->role == RESP_PUSH && answer->leaf == 2 && answer->type == ':')
        resp_push_count(resp, answer->number.negative ? -1 : answer->number.value, end);
    answer->leaf++;
    if (!leaf_counts(resp, null))
        return;
    struct value value = {VALUE_NULL, 0};
    if (!null)
        value = value_of_text(resp->base.config.rules, answer->word, answer->kept);
    values_add(&resp->base.values, value);
}

/* The top-level reply is whole. */
static void top_end(struct resp *resp, uint64_t end)
{
    struct resp_answer *answer = &resp->answer;
    struct asked *front = queue_front(&resp->base.queue);
    answer->inside = false;
    if (answer->role == RESP_PUSH || !front)
        return;
    struct asked done = *front;
    queue_pop(&resp->base.queue);
    resp_answered(resp, &done, answer->failed);
    framer_answer_ended(&resp->base, &done, end, done.flags & RESP_OPEN, answer->failed,
                        answer->code, answer->code_length);
}

/* An element is whole, and with it each one that it was the last of. */
static void element_end(struct resp *resp, uint64_t end)
{
    struct resp_answer *answer = &resp->answer;
    answer->state = RESP_TYPE;
    while (answer->depth > 0) {
        struct resp_level *level = &answer->levels[answer->depth - 1];
        if (--level->left > 0)
            return;
        answer->depth--;
        if (level->attribute)
            return;
    }
    top_end(resp, end);
}

static void aggregate_begin(struct resp *resp, uint64_t end)
{
    struct resp_answer *answer = &resp->answer;
    uint64_t count = (uint64_t)answer->number.value;
    bool attribute = answer->type == '|', pairs = attribute || answer->type == '%';
    if (answer->number.negative || (count == 0 && !attribute)) {
        leaf_end(resp, answer->number.negative, end);
        return element_end(resp, end);
    }
    answer->state = RESP_TYPE;
    if (count == 0)
        return;
    if (answer->depth == RESP_DEPTH_MAX)
        return lost(resp, end, "an answer is nested more than 32 deep");
    answer->levels[answer->depth++] = (struct resp_level){pairs ? 2 * count : count, attribute};
}

static void header_end(struct resp *resp, uint64_t end)
{
    struct resp_answer *answer = &resp->answer;
    if (is_aggregate(answer->type))
        return aggregate_begin(resp, end);
    if (answer->number.negative) {
        leaf_end(resp, true, end);
        return element_end(resp, end);
    }
    answer->body_left = (uint64_t)answer->number.value + 2;
    answer->state = RESP_BULK;
}

static void keep(struct resp_answer *answer, const uint8_t *bytes, size_t length)
{
    size_t take = sizeof answer->word - answer->kept;
    if (take > length)
        take = length;
    memcpy(answer->word + answer->kept, bytes, take);
    answer->kept += take;
}

/* "OK", "ERR", "MOVED": the first word of a line at the top. */
static void keep_code(struct resp_answer *answer)
{
    const char *blank = memchr(answer->word, ' ', answer->kept);
    size_t length = blank ? (size_t)(blank - answer->word) : answer->kept;
    if (length > sizeof answer->code)
        length = sizeof answer->code;
    memcpy(answer->code, answer->word, length);
    answer->code_length = length;
}

/* A line is whole: +OK, -ERR …, :1, #t, ,1.5, (123, _ */
static void text_end(struct resp *resp, uint64_t end)
{
    struct resp_answer *answer = &resp->answer;
    if (answer->kept && answer->word[answer->kept - 1] == '\r')
        answer->kept--;
    if (answer->depth == 0 && strchr("+-", answer->type))
        keep_code(answer);
    answer->failed = answer->failed || (answer->depth == 0 && answer->type == '-');
    leaf_end(resp, answer->type == '_', end);
    element_end(resp, end);
}

static void line_byte(struct resp *resp, uint8_t byte, uint64_t at)
{
    struct resp_answer *answer = &resp->answer;
    bool counts = is_aggregate(answer->type) || is_bulk(answer->type);
    if (counts || answer->type == ':') {
        enum resp_number_state state = resp_number_take(&answer->number, byte);
        if (state == RESP_NUMBER_DONE && counts)
            return header_end(resp, at + 1);
        if (counts && state == RESP_NUMBER_BAD)
            return lost(resp, at, "an answer is no RESP that is known");
        if (counts)
            return;
    }
    if (byte == '\n')
        return text_end(resp, at + 1);
    keep(answer, &byte, 1);
}

static void type_take(struct resp *resp, uint8_t byte, uint64_t at)
{
    struct resp_answer *answer = &resp->answer;
    if (!byte || !strchr("+-:$*_,#!=(%~>|", byte))
        return lost(resp, at, "an answer is no RESP that is known");
    answer->type = byte;
    answer->number = (struct resp_number){0};
    answer->kept = 0;
    answer->state = RESP_LINE;
    if (answer->depth == 0 && !top_begin(resp, byte, at))
        lost(resp, at, "an answer came that nobody had asked for");
}

static size_t bulk_take(struct resp *resp, const uint8_t *bytes, size_t length, uint64_t at)
{
    struct resp_answer *answer = &resp->answer;
    size_t take = length < answer->body_left ? length : (size_t)answer->body_left;
    if (answer->body_left > 2) {
        uint64_t content = answer->body_left - 2;
        keep(answer, bytes, take < content ? take : (size_t)content);
    }
    answer->body_left -= take;
    if (answer->body_left > 0)
        return take;
    if (answer->type == '!' && answer->depth == 0) {
        answer->failed = true;
        keep_code(answer);
    }
    leaf_end(resp, false, at + take);
    element_end(resp, at + take);
    return take;
}

void resp_take_answers(struct resp *resp, const uint8_t *bytes, size_t length)
{
    struct resp_answer *answer = &resp->answer;
    uint64_t base = resp->base.seen[FRAMER_SERVER];
    for (size_t i = 0; i < length && !resp->base.blind;) {
        if (answer->state == RESP_BULK) {
            i += bulk_take(resp, bytes + i, length - i, base + i);
            continue;
        }
        if (answer->state == RESP_TYPE)
            type_take(resp, bytes[i], base + i);
        else
            line_byte(resp, bytes[i], base + i);
        i++;
    }
}
