/* What commands and their answers do to a Redis connection: transactions,
 * CLIENT REPLY, subscriptions, and what leads elsewhere. */
#include <string.h>
#include <strings.h>

#include "proxy/resp.h"

static bool word_is(const struct resp_request *request, uint64_t place, const char *text)
{
    if (place >= request->count || place >= SHAPE_WORDS_MAX)
        return false;
    const struct shape_word *word = &request->words[place];
    return word->length == strlen(text) && strncasecmp(word->bytes, text, word->length) == 0;
}

static bool waits(const struct resp_request *request)
{
    for (uint64_t i = 1; i < SHAPE_WORDS_MAX; i++) {
        if (word_is(request, i, "BLOCK"))
            return true;
    }
    return false;
}

bool resp_is_subscribe(uint8_t special)
{
    return special >= REDIS_SUBSCRIBE && special <= REDIS_SUNSUBSCRIBE;
}

static void multi_add(struct resp_request *request, const char *text)
{
    size_t room = sizeof request->multi_text - request->multi_used, length = strlen(text);
    size_t lead = request->multi_used ? 2 : 0;
    if (length + lead >= room)
        return;
    memcpy(request->multi_text + request->multi_used, "; ", lead);
    memcpy(request->multi_text + request->multi_used + lead, text, length);
    request->multi_used += lead + length;
}

/* MULTI to EXEC is one statement, told where it is answered: commands that are
 * queued are parts of the transaction. */
static void multi_take(struct resp *resp, const struct redis_command *command, struct asked *asked)
{
    struct resp_request *request = &resp->request;
    const char *text = shapes_get(resp->base.config.shapes, asked->shape)->text;
    if (command->special == REDIS_MULTI && !request->multi) {
        request->multi = true;
        request->multi_writes = false;
        request->multi_used = 0;
        multi_add(request, text);
    } else if (command->special == REDIS_DISCARD || command->special == REDIS_RESET) {
        request->multi = false;
    } else if (request->multi && command->special == REDIS_EXEC) {
        request->multi = false;
        multi_add(request, text);
        asked->kind = request->multi_writes ? SHAPE_WRITE : SHAPE_READ;
        asked->shape = (uint16_t)shapes_intern(resp->base.config.shapes, request->multi_text,
                                               request->multi_used, asked->kind);
    } else if (request->multi) {
        multi_add(request, text);
        request->multi_writes = request->multi_writes || asked->kind == SHAPE_WRITE;
        asked->kind = SHAPE_TXN;
        asked->flags = RESP_QUEUED;
    }
    if (request->multi)
        asked->flags |= RESP_OPEN;
}

/* Whether this command is answered, and those after it. */
static bool is_answered(struct resp_request *request, const struct redis_command *command)
{
    bool answered = request->mode == RESP_REPLY_ON;
    if (request->mode == RESP_REPLY_SKIP)
        request->mode = RESP_REPLY_ON;
    if (command->special == REDIS_RESET)
        request->mode = RESP_REPLY_ON;
    if (command->special != REDIS_CLIENT || !word_is(request, 1, "REPLY"))
        return answered || command->special == REDIS_RESET;
    if (word_is(request, 2, "ON")) {
        request->mode = RESP_REPLY_ON;
        return true;
    }
    if (word_is(request, 2, "OFF")) {
        request->mode = RESP_REPLY_OFF;
        return false;
    }
    if (word_is(request, 2, "SKIP")) {
        if (request->mode == RESP_REPLY_ON)
            request->mode = RESP_REPLY_SKIP;
        return false;
    }
    return answered; /* by an error */
}

/* What cannot be followed from here on; NULL: it can. */
static const char *leaves(const struct resp_request *request, const struct redis_command *command)
{
    if (command->special == REDIS_SYNC)
        return "the client is a replica";
    if (command->special == REDIS_MONITOR)
        return "MONITOR: its lines cannot be told from answers";
    if (request->multi && resp_is_subscribe(command->special))
        return "a subscription inside of MULTI";
    if (request->multi && command->special == REDIS_CLIENT && word_is(request, 1, "REPLY"))
        return "CLIENT REPLY inside of MULTI";
    return NULL;
}

/* How many confirmations stand in place of an answer; 0: as many as there are
 * subscriptions. */
static uint32_t confirmations(const struct resp_request *request,
                              const struct redis_command *command)
{
    uint64_t named = request->count - 1;
    if (!resp_is_subscribe(command->special) ||
        (named == 0 && command->special < REDIS_UNSUBSCRIBE))
        return 1;
    return named < UINT32_MAX ? (uint32_t)named : UINT32_MAX;
}

/* Does its answer hold addresses? Those of CLUSTER and SENTINEL that count or hash do not. */
static bool asks_for_others(const struct resp_request *request)
{
    static const char *const words[] = {"SLOTS",    "NODES",     "SHARDS",
                                        "REPLICAS", "SLAVES",    "MASTER",
                                        "MASTERS",  "SENTINELS", "GET-MASTER-ADDR-BY-NAME"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (word_is(request, 1, words[i]))
            return true;
    return false;
}

/* What the first word means, which is often what it was in the request before. */
static const struct redis_command *command_of(struct resp_request *request)
{
    const struct shape_word *word = &request->words[0];
    struct shape_word *latest = &request->latest_word;
    if (request->latest && word->length == latest->length && word->length <= SHAPE_WORD_MAX &&
        memcmp(word->bytes, latest->bytes, word->kept) == 0)
        return request->latest;
    request->latest = redis_command_find(
        word->bytes, word->length <= SHAPE_WORD_MAX ? (size_t)word->length : SIZE_MAX);
    latest->length = word->length;
    memcpy(latest->bytes, word->bytes, word->kept);
    return request->latest;
}

void resp_command(struct resp *resp, uint64_t end)
{
    struct resp_request *request = &resp->request;
    const struct redis_command *command = command_of(request);
    struct values values = {0};
    struct asked asked = {.what = command->special, .kind = command->kind};
    asked.shape = (uint16_t)shape_redis(resp->base.config.shapes, command, request->words,
                                        request->count, resp->base.config.rules, &values);
    if (command->special == REDIS_XREAD && waits(request))
        asked.kind = SHAPE_BLOCKING;
    if (command->special == REDIS_AROUND && !asks_for_others(request))
        asked.what = REDIS_PLAIN;
    asked.left = confirmations(request, command);
    const char *reason = leaves(request, command);
    bool transaction = request->multi;
    multi_take(resp, command, &asked);
    framer_statement(&resp->base, &asked, request->begin, end, transaction, &values);
    if (reason)
        framer_go_blind(&resp->base, FRAMER_CLIENT, end, reason);
    else if (is_answered(request, command))
        queue_push(&resp->base, &asked);
    else
        framer_unanswered(&resp->base, &asked);
}

void resp_answered(struct resp *resp, const struct asked *asked, bool failed)
{
    const struct resp_answer *answer = &resp->answer;
    bool moved = (answer->code_length == 5 && memcmp(answer->code, "MOVED", 5) == 0) ||
                 (answer->code_length == 3 && memcmp(answer->code, "ASK", 3) == 0);
    if (failed && moved)
        framer_around(&resp->base, "Redis Cluster: an answer sends the client to another server");
    /* A master without replicas answers ROLE by its name, an offset and an empty list. */
    bool role = asked->what == REDIS_ROLE && answer->leaf > 3;
    if (!failed && (role || asked->what == REDIS_AROUND))
        framer_around(&resp->base, "CLUSTER, ROLE or SENTINEL told the client of other servers");
    if (!failed && asked->what == REDIS_RESET)
        memset(resp->subscribed, 0, sizeof resp->subscribed);
    /* Refused (not logged in, no permission): what follows was not queued. A
     * second MULTI is refused too, and changes nothing. */
    if (failed && asked->what == REDIS_MULTI && !(asked->flags & RESP_QUEUED))
        resp->request.multi = false;
}
