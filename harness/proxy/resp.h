/* RESP2 and RESP3, as the framer reads them: requests in resp_request.c,
 * answers in resp_answer.c.
 */
#ifndef PROXY_RESP_H
#define PROXY_RESP_H

#include <openssl/evp.h>

#include "proxy/framer_inside.h"
#include "proxy/redis_command.h"

#define RESP_DEPTH_MAX 32

/* Of struct asked. */
#define RESP_QUEUED 1 /* sent while another transaction was open */
#define RESP_OPEN   2 /* leaves one open */

/* Digits up to CR LF. */
struct resp_number {
    int64_t value;
    uint8_t digits;
    bool negative, cr;
};

enum resp_number_state { RESP_NUMBER_MORE, RESP_NUMBER_DONE, RESP_NUMBER_BAD };

static inline enum resp_number_state resp_number_take(struct resp_number *number, uint8_t byte)
{
    if (number->cr)
        return byte == '\n' && number->digits ? RESP_NUMBER_DONE : RESP_NUMBER_BAD;
    if (byte == '\r') {
        number->cr = true;
    } else if (byte == '-' && !number->digits && !number->negative) {
        number->negative = true;
    } else if (byte >= '0' && byte <= '9' && number->digits < 18) {
        number->value = number->value * 10 + (byte - '0');
        number->digits++;
    } else {
        return RESP_NUMBER_BAD;
    }
    return RESP_NUMBER_MORE;
}

enum resp_reply_mode { RESP_REPLY_ON, RESP_REPLY_SKIP, RESP_REPLY_OFF };

struct resp_request {
    enum {
        RESP_START,
        RESP_COUNT,  /* *N */
        RESP_DOLLAR, /* the '$' in front of a length */
        RESP_LENGTH, /* $N */
        RESP_BODY,   /* bytes of a word, then CR LF */
        RESP_INLINE, /* a line of words */
    } state;
    uint64_t begin; /* in the client's stream */
    struct resp_number number;
    uint64_t words_left, body_left; /* body_left counts the CR LF as well */
    struct shape_word words[SHAPE_WORDS_MAX];
    uint64_t count;                     /* words begun */
    const struct redis_command *latest; /* what its first word meant last; NULL: nothing yet */
    struct shape_word latest_word;
    EVP_MD_CTX *script; /* of EVAL's script; owned; NULL: there was none yet */
    bool hashing;       /* the second word is one */
    char quote;         /* inline: the one that is open, or 0 */
    bool in_word, escaped;
    enum resp_reply_mode mode;
    bool multi;            /* commands are being queued */
    bool multi_writes;     /* one of them may write */
    size_t multi_used;     /* of the shape that EXEC will have */
    char multi_text[1024]; /* "MULTI; GET stock; DECR stock" */
};

struct resp_level {
    uint64_t left;
    bool attribute; /* comes before an element and is none itself */
};

struct resp_answer {
    enum { RESP_TYPE, RESP_LINE, RESP_BULK } state;
    uint8_t type;
    struct resp_number number;
    uint64_t body_left;
    struct resp_level levels[RESP_DEPTH_MAX];
    unsigned depth;
    uint64_t begin; /* of what is being read at depth 0 */
    enum {
        RESP_UNDECIDED, /* an array that may be a message of a subscription */
        RESP_ANSWER,
        RESP_PUSH,
    } role;
    bool inside;   /* of an answer or push */
    unsigned leaf; /* elements without elements read so far */
    char word[64]; /* of the leaf being read */
    size_t kept;   /* of it */
    bool failed;   /* it is an error */
    char code[24]; /* tag or error code */
    size_t code_length;
    int confirms; /* which enum redis_special a push confirms; -1: none */
};

struct resp {
    struct framer base;
    struct resp_request request;
    struct resp_answer answer;
    uint32_t subscribed[3]; /* channels, patterns, shard channels */
};

void resp_take_requests(struct resp *resp, const uint8_t *bytes, size_t length);
void resp_take_answers(struct resp *resp, const uint8_t *bytes, size_t length);

/* resp_session.c: what a whole command does to the connection, and what an
 * answer does. */
void resp_command(struct resp *resp, uint64_t end);
void resp_answered(struct resp *resp, const struct asked *asked, bool failed);

/* resp_push.c: what comes without being asked for. Decides what an array is, by
 * its first word. */
void resp_push_decide(struct resp *resp);
void resp_push_count(struct resp *resp, int64_t channels, uint64_t end);
bool resp_is_subscribe(uint8_t special);

#endif
