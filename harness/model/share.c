#include "model/share.h"

size_t share_count(const struct share *share, size_t places)
{
    if (!share_is_part(share))
        return places;
    return places > share->rank ? (places - share->rank + share->size - 1) / share->size : 0;
}

size_t share_part(const struct share *share, size_t whole)
{
    size_t part = share_count(share, whole);
    return part ? part : 1;
}

/* Of the first so many users of the phase, those that come again included. */
static size_t count_steps(const struct share *share, const struct share_phase *phase, size_t steps)
{
    if (!phase->span)
        return share_count(share, phase->begin + steps) - share_count(share, phase->begin);
    return steps / phase->span * share_count(share, phase->span) +
           share_count(share, steps % phase->span);
}

static size_t place_of(const struct share_phase *phase, size_t step)
{
    return phase->span ? step % phase->span : phase->begin + step;
}

size_t share_requests(const struct share *share, const struct share_phase *phase, size_t requests)
{
    if (!share_is_part(share) || !requests)
        return requests;
    size_t steps = (requests + phase->repeat - 1) / phase->repeat;
    size_t missing = steps * phase->repeat - requests; /* of the last one */
    bool last = share_has(share, place_of(phase, steps - 1));
    return count_steps(share, phase, steps) * phase->repeat - (last ? missing : 0);
}

size_t share_index(const struct share *share, const struct share_phase *phase, size_t k)
{
    if (!share_is_part(share))
        return k;
    size_t turn = k / phase->repeat, copy = k % phase->repeat, own, step;
    if (phase->span) {
        own = share_count(share, phase->span);
        own = own ? own : 1;
        step = turn / own * phase->span + share->rank + turn % own * share->size;
    } else {
        size_t first = (share->rank + share->size - phase->begin % share->size) % share->size;
        step = first + turn * share->size;
    }
    return step * phase->repeat + copy;
}
