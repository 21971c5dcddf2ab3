#include "load/phases/phases.h"

#include "load/phases/phase.h"

const struct phase_ops *phases_find(const struct spec_phase *spec)
{
    static const struct phase_ops *const ops[] = {
        [LOAD_NONE] = &phase_pause,  [LOAD_BURST] = &phase_burst,   [LOAD_WAVES] = &phase_waves,
        [LOAD_RATE] = &phase_rate,   [LOAD_CLOSED] = &phase_closed, [LOAD_RETRY] = &phase_retry,
        [LOAD_PAUSE] = &phase_pause, [LOAD_ACTION] = &phase_action,
    };
    return ops[spec->kind];
}

const char *phases_kind(const struct spec_phase *spec)
{
    return phases_find(spec)->kind;
}

size_t phases_requests(const struct spec_phase *spec)
{
    return phases_find(spec)->room(spec, 0);
}

size_t phases_room(const struct scenario *scenario)
{
    size_t room = 0;
    for (unsigned i = 0; i < scenario->load_count; i++)
        room += phases_find(&scenario->load[i])->room(&scenario->load[i], room);
    return room;
}

size_t phases_actions_room(const struct scenario *scenario)
{
    size_t orders = 0, room = 0;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *spec = &scenario->load[i];
        if (spec->kind == LOAD_ACTION)
            room += orders * spec->action.names_count * (size_t)spec->action.times;
        orders += phases_find(spec)->room(spec, orders);
    }
    return room;
}

size_t phases_users(const struct scenario *scenario)
{
    size_t users = 0, records = 0, repeat = (size_t)scenario->users.repeat;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *spec = &scenario->load[i];
        size_t count = phases_find(spec)->room(spec, records);
        records += count;
        if (spec->again || count == 0 || spec->kind == LOAD_RETRY)
            continue;
        if (spec->kind == LOAD_CLOSED && !spec->closed.requests)
            return SIZE_MAX;
        users += (count + repeat - 1) / repeat;
    }
    return users;
}
