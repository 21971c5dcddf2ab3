#include <string.h>
#include <strings.h>

#include "proxy/resp.h"

/* Lengths that Redis itself refuses, whatever it is told to allow. */
#define WORDS_MAX (INT64_C(1) << 31)
#define BULK_MAX  (INT64_C(1) << 40)

static struct shape_word *word_of(struct resp_request *request)
{
    return request->count && request->count <= SHAPE_WORDS_MAX ? &request->words[request->count - 1]
                                                               : NULL;
}

static bool is_named(const struct shape_word *word, const char *name)
{
    return word->length == strlen(name) && !strncasecmp(word->bytes, name, word->length);
}

/* Clients send a script once and its SHA-1 from then on, so that is what the script goes by. */
static void script_begin(struct resp_request *request)
{
    request->hashing = request->count == 2 && (is_named(&request->words[0], "EVAL") ||
                                               is_named(&request->words[0], "EVAL_RO"));
    if (!request->hashing)
        return;
    if (!request->script)
        request->script = EVP_MD_CTX_new();
    request->hashing = request->script && EVP_DigestInit(request->script, EVP_sha1());
}

static void script_end(struct resp_request *request)
{
    struct shape_word *word = &request->words[1];
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (!EVP_DigestFinal(request->script, sum, &length))
        return;
    word->length = word->kept = 2 * length;
    for (unsigned i = 0; i < 2 * length; i++)
        word->bytes[i] = "0123456789abcdef"[(i % 2 ? sum[i / 2] : sum[i / 2] >> 4) & 15];
}

static void word_begin(struct resp_request *request, uint64_t length)
{
    request->count++;
    struct shape_word *word = word_of(request);
    if (!word)
        return;
    word->kept = 0;
    word->length = length;
    if (request->count == 2)
        script_begin(request);
}

static void word_add(struct resp_request *request, const uint8_t *bytes, size_t length)
{
    struct shape_word *word = word_of(request);
    if (!word)
        return;
    size_t take = SHAPE_WORD_MAX - word->kept;
    if (take > length)
        take = length;
    if (request->hashing && request->count == 2)
        EVP_DigestUpdate(request->script, bytes, length);
    memcpy(word->bytes + word->kept, bytes, take);
    word->kept += (uint32_t)take;
}

/* A request is whole; the next one begins with the next byte. */
static void complete(struct resp *resp, uint64_t end)
{
    resp->request.state = RESP_START;
    if (resp->request.count >= 2 && resp->request.hashing)
        script_end(&resp->request);
    resp->request.hashing = false;
    if (resp->request.count)
        resp_command(resp, end);
}

static void lost(struct resp *resp, uint64_t at)
{
    framer_go_blind(&resp->base, FRAMER_CLIENT, at, "a request is no RESP");
}

/* No command begins with it; a handshake of TLS does. */
#define CLIENT_HELLO 0x16

static void refuse_tls(struct resp *resp)
{
    resp->base.refused = true;
    framer_tell(
        &resp->base,
        &(struct framer_event){.kind = FRAMER_REFUSE,
                               .side = FRAMER_CLIENT,
                               .text = "",
                               .reason = "a client of Redis speaks TLS, which the proxy speaks to "
                                         "the store alone: give it redis:// (ssl off)"});
}

static void start(struct resp_request *request, uint8_t byte, uint64_t at)
{
    request->begin = at;
    request->count = 0;
    request->in_word = request->escaped = request->hashing = false;
    request->quote = 0;
    request->number = (struct resp_number){0};
    request->state = byte == '*' ? RESP_COUNT : RESP_INLINE;
}

static void count_take(struct resp *resp, uint8_t byte, uint64_t at)
{
    struct resp_request *request = &resp->request;
    enum resp_number_state state = resp_number_take(&request->number, byte);
    if (state == RESP_NUMBER_BAD || request->number.value > WORDS_MAX)
        return lost(resp, at);
    if (state == RESP_NUMBER_MORE)
        return;
    bool none = request->number.negative || request->number.value == 0;
    request->words_left = none ? 0 : (uint64_t)request->number.value;
    request->state = none ? RESP_START : RESP_DOLLAR;
}

static void length_take(struct resp *resp, uint8_t byte, uint64_t at)
{
    struct resp_request *request = &resp->request;
    enum resp_number_state state = resp_number_take(&request->number, byte);
    if (state == RESP_NUMBER_BAD || request->number.negative || request->number.value > BULK_MAX)
        return lost(resp, at);
    if (state == RESP_NUMBER_MORE)
        return;
    word_begin(request, (uint64_t)request->number.value);
    request->body_left = (uint64_t)request->number.value + 2;
    request->state = RESP_BODY;
}

static size_t body_take(struct resp *resp, const uint8_t *bytes, size_t length, uint64_t at)
{
    struct resp_request *request = &resp->request;
    size_t take = length < request->body_left ? length : (size_t)request->body_left;
    if (request->body_left > 2) {
        uint64_t content = request->body_left - 2;
        size_t part = take < content ? take : (size_t)content;
        word_add(request, bytes, part);
    }
    request->body_left -= take;
    if (request->body_left == 0) {
        request->state = RESP_DOLLAR;
        if (--request->words_left == 0)
            complete(resp, at + take);
    }
    return take;
}

static void inline_add(struct resp_request *request, uint8_t byte)
{
    if (!request->in_word)
        word_begin(request, 0);
    request->in_word = true;
    struct shape_word *word = word_of(request);
    if (word)
        word->length++;
    word_add(request, &byte, 1);
}

/* Within quotes: what an escape stands for is not looked into. */
static void quoted_take(struct resp_request *request, uint8_t byte)
{
    if (request->escaped) {
        request->escaped = false;
        inline_add(request, byte);
    } else if (byte == '\\') {
        request->escaped = true;
    } else if (byte == (uint8_t)request->quote) {
        request->quote = 0;
    } else {
        inline_add(request, byte);
    }
}

/* As Redis cuts a line into words. */
static void inline_take(struct resp *resp, uint8_t byte, uint64_t at)
{
    struct resp_request *request = &resp->request;
    if (byte == '\n')
        return complete(resp, at + 1);
    if (request->quote)
        return quoted_take(request, byte);
    if (byte == '"' || byte == '\'') {
        request->quote = (char)byte;
        if (!request->in_word)
            word_begin(request, 0);
        request->in_word = true;
    } else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == 0) {
        request->in_word = false;
    } else {
        inline_add(request, byte);
    }
}

static void byte_take(struct resp *resp, uint8_t byte, uint64_t at)
{
    struct resp_request *request = &resp->request;
    if (request->state == RESP_START) {
        start(request, byte, at);
        if (request->state == RESP_INLINE)
            inline_take(resp, byte, at);
    } else if (request->state == RESP_COUNT) {
        count_take(resp, byte, at);
    } else if (request->state == RESP_LENGTH) {
        length_take(resp, byte, at);
    } else if (request->state == RESP_INLINE) {
        inline_take(resp, byte, at);
    } else if (byte != '$') {
        lost(resp, at);
    } else {
        request->number = (struct resp_number){0};
        request->state = RESP_LENGTH;
    }
}

/* "12\r\n"; false: it is not whole, or no such number. */
static bool count_of(const uint8_t **at, const uint8_t *end, size_t *ret_count)
{
    const uint8_t *digit = *at;
    size_t count = 0;
    for (; digit < end && digit - *at < 9 && *digit >= '0' && *digit <= '9'; digit++)
        count = count * 10 + (size_t)(*digit - '0');
    if (digit == *at || end - digit < 2 || digit[0] != '\r' || digit[1] != '\n')
        return false;
    *at = digit + 2;
    *ret_count = count;
    return true;
}

/* A request that is whole in what has just come, as nearly all are; 0: it is none, and is taken
 * byte by byte. */
static size_t whole_take(struct resp *resp, const uint8_t *bytes, size_t length, uint64_t at)
{
    struct resp_request *request = &resp->request;
    const uint8_t *next = bytes + 1, *end = bytes + length;
    size_t words, size;
    if (*bytes != '*' || !count_of(&next, end, &words) || words == 0)
        return 0;
    start(request, '*', at);
    request->state = RESP_START;
    for (; words > 0; words--) {
        if (next == end || *next++ != '$' || !count_of(&next, end, &size) ||
            (size_t)(end - next) < size + 2)
            return 0;
        word_begin(request, size);
        word_add(request, next, size);
        next += size + 2;
    }
    complete(resp, at + (uint64_t)(next - bytes));
    return (size_t)(next - bytes);
}

void resp_take_requests(struct resp *resp, const uint8_t *bytes, size_t length)
{
    uint64_t base = resp->base.seen[FRAMER_CLIENT];
    if (base == 0 && length && *bytes == CLIENT_HELLO)
        return refuse_tls(resp);
    for (size_t i = 0, whole; i < length && !resp->base.blind;) {
        if (resp->request.state == RESP_BODY)
            i += body_take(resp, bytes + i, length - i, base + i);
        else if (resp->request.state == RESP_START &&
                 (whole = whole_take(resp, bytes + i, length - i, base + i)))
            i += whole;
        else
            byte_take(resp, bytes[i], base + i), i++;
    }
}
