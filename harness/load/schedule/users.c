#include "load/schedule/users.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void users_init(struct users *users, const struct spec_users *spec, const struct roster *roster,
                const struct share *share)
{
    *users = (struct users){
        .roster = roster,
        .share = *share,
        .repeat = spec->repeat > 0 ? (size_t)spec->repeat : 1,
    };
}

void users_free(struct users *users)
{
    free(users->attempts);
    *users = (struct users){0};
}

void users_plan(const struct users *users, bool again, uint8_t phase, struct users_plan *ret_plan)
{
    bool known = again && users->known;
    *ret_plan = (struct users_plan){
        .users = users,
        .begin = known ? 0 : users->known,
        .span = known ? users->known : 0,
        .phase = phase,
    };
}

static struct share_phase phase_of(const struct users_plan *plan)
{
    return (struct share_phase){plan->begin, plan->span, plan->users->repeat};
}

size_t users_part(const struct users_plan *plan, size_t requests)
{
    const struct share_phase phase = phase_of(plan);
    return share_requests(&plan->users->share, &phase, requests);
}

size_t users_index(const struct users_plan *plan, size_t k)
{
    const struct share_phase phase = phase_of(plan);
    return share_index(&plan->users->share, &phase, k);
}

void users_fill(const struct users_plan *plan, size_t index, struct request *record)
{
    const struct users *users = plan->users;
    index = users_index(plan, index);
    size_t step = index / users->repeat, lap = 0;
    if (plan->span) {
        lap = step / plan->span;
        step %= plan->span;
    }
    size_t place = plan->begin + step;
    size_t before = place < users->known ? users->attempts[place] : 0;
    size_t attempt = before + lap * users->repeat + index % users->repeat + 1;
    record->user = roster_user(users->roster, place);
    record->attempt = (uint8_t)(attempt < UINT8_MAX ? attempt : UINT8_MAX);
    record->phase = plan->phase;
}

static int make_room(struct users *users, size_t places, struct err *err)
{
    if (places <= users->room)
        return 0;
    size_t room = places + places / 2;
    uint8_t *attempts = realloc(users->attempts, room);
    if (!attempts)
        return err_set(err, ERR_MEMORY, "no room to count the requests of %zu users", places);
    memset(attempts + users->room, 0, room - users->room);
    users->attempts = attempts;
    users->room = room;
    return 0;
}

int users_pass(struct users *users, const struct users_plan *plan, size_t requests, struct err *err)
{
    size_t end = plan->begin + (requests + users->repeat - 1) / users->repeat;
    if (!share_is_part(&users->share) || plan->span || end <= users->known)
        return 0;
    int rc = make_room(users, end, err);
    if (!rc)
        users->known = end;
    return rc;
}

int users_note(struct users *users, const struct request *records, size_t count, struct err *err)
{
    size_t known = users->known;
    for (size_t i = 0; i < count; i++) {
        size_t place = roster_place(users->roster, records[i].user);
        if (place >= known)
            known = place + 1;
    }
    int rc = make_room(users, known, err);
    if (rc)
        return rc;
    users->known = known;
    for (size_t i = 0; i < count; i++) {
        uint8_t *attempts = &users->attempts[roster_place(users->roster, records[i].user)];
        if (records[i].attempt > *attempts)
            *attempts = records[i].attempt;
    }
    return 0;
}

int users_undecided(const struct users *users, const struct history *history, size_t **ret_places,
                    size_t *ret_count, struct err *err)
{
    _cleanup_free_ bool *decided = calloc(users->known + 1, sizeof *decided);
    size_t *places = calloc(users->known + 1, sizeof *places);
    if (!decided || !places) {
        free(places);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < history->count; i++) {
        const struct request *record = &history->v[i];
        if (record->cls == CLASS_ACCEPTED || record->cls == CLASS_REJECTED)
            decided[roster_place(users->roster, record->user)] = true;
    }
    size_t count = 0;
    for (size_t place = 0; place < users->known; place++)
        if (!decided[place] && share_has(&users->share, place))
            places[count++] = place;
    *ret_places = places;
    *ret_count = count;
    return 0;
}
