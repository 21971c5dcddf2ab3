#include "consumer/stash.h"

void stash_clear(struct stash *stash)
{
    while (stash->first < stash->end)
        rd_kafka_message_destroy(stash->v[stash->first++]);
    stash->first = stash->end = 0;
}

rd_kafka_message_t *stash_take(struct stash *stash)
{
    if (stash->first < stash->end)
        return stash->v[stash->first++];
    stash->first = stash->end = 0;
    return NULL;
}

void stash_return(struct stash *stash, rd_kafka_message_t *message)
{
    stash->first -= stash->first > 0;
    stash->end += stash->first == stash->end;
    stash->v[stash->first] = message;
}

bool stash_keep(struct stash *stash, rd_kafka_message_t *message)
{
    if (stash_full(stash))
        return false;
    stash->v[stash->end++] = message;
    return true;
}

bool stash_full(const struct stash *stash)
{
    return stash->end == STASH_MAX;
}
