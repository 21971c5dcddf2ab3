/* What Redis sends without being asked for, and the confirmations of
 * subscriptions, which look the same. RESP3 marks them; in RESP2 they are
 * arrays that are known by their first word. */
#include <string.h>

#include "proxy/resp.h"

static const struct {
    const char *word;
    int special;
} words[] = {
    {"message", -1},
    {"pmessage", -1},
    {"smessage", -1},
    {"subscribe", REDIS_SUBSCRIBE},
    {"psubscribe", REDIS_PSUBSCRIBE},
    {"ssubscribe", REDIS_SSUBSCRIBE},
    {"unsubscribe", REDIS_UNSUBSCRIBE},
    {"punsubscribe", REDIS_PUNSUBSCRIBE},
    {"sunsubscribe", REDIS_SUNSUBSCRIBE},
};

static bool subscriber(const struct resp *resp)
{
    return resp->subscribed[0] || resp->subscribed[1] || resp->subscribed[2];
}

void resp_push_decide(struct resp *resp)
{
    struct resp_answer *answer = &resp->answer;
    const struct asked *front = queue_front(&resp->base.queue);
    bool push = answer->role == RESP_PUSH;
    answer->confirms = -1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (answer->kept != strlen(words[i].word) ||
            memcmp(answer->word, words[i].word, answer->kept) != 0)
            continue;
        bool confirms = front && front->what == words[i].special;
        if (confirms)
            answer->confirms = words[i].special;
        push = push || confirms || subscriber(resp);
    }
    answer->role = push ? RESP_PUSH : RESP_ANSWER;
}

/* The third element of a confirmation: how many channels and patterns, or shard
 * channels, there are now. */
void resp_push_count(struct resp *resp, int64_t channels, uint64_t end)
{
    struct asked *front = queue_front(&resp->base.queue);
    int special = resp->answer.confirms;
    if (special < 0 || !front || channels < 0)
        return;
    unsigned class = (unsigned)(special - REDIS_SUBSCRIBE) % 3;
    uint32_t before = resp->subscribed[class];
    uint32_t others = class == 2 ? 0 : resp->subscribed[1 - class];
    if (front->left == 0)
        front->left = before ? before : 1;
    resp->subscribed[class] = channels > others ? (uint32_t)channels - others : 0;
    if (--front->left > 0)
        return;
    struct asked done = *front;
    queue_pop(&resp->base.queue);
    framer_answer_begun(&resp->base, &done, resp->answer.begin);
    framer_answer_ended(&resp->base, &done, end, false, false, "", 0);
}
