#include "model/roster.h"

#include <stdlib.h>
#include <string.h>

#include "model/roster_kind.h"

static const struct roster plain = {.kind = &roster_kind_numbers, .first = 1};

static const struct roster *or_plain(const struct roster *roster)
{
    return roster ? roster : &plain;
}

const char *roster_nobody(const char *text)
{
    static const char *const names[] = {ROSTER_NOBODY_CHECK, ROSTER_NOBODY_INIT};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(text, names[i]))
            return names[i];
    return NULL;
}

/* ---- making ---- */

static struct roster *make(const struct roster_kind *kind, int64_t first)
{
    struct roster *roster = calloc(1, sizeof *roster);
    if (!roster)
        return NULL;
    roster->kind = kind;
    roster->first = first;
    roster->members.uuids = roster->strangers.uuids = kind->uuids;
    atomic_init(&roster->owners, 1);
    pthread_mutex_init(&roster->lock, NULL);
    return roster;
}

struct roster *roster_numbers(int64_t first)
{
    return make(&roster_kind_numbers, first);
}

struct roster *roster_uuids(uint64_t seed, int64_t first)
{
    struct roster *roster = make(&roster_kind_seeded, first);
    if (roster)
        roster->key = uuid_key_of(seed);
    return roster;
}

struct roster *roster_nameless(int64_t first)
{
    return make(&roster_kind_nobody, first);
}

struct roster *roster_pattern(const char *pattern, int64_t first)
{
    const char *open = strstr(pattern, "{{"), *close = open ? strstr(open, "}}") : NULL;
    struct roster *roster = make(&roster_kind_patterned, first);
    if (!roster)
        return NULL;
    roster->before = strndup(pattern, open ? (size_t)(open - pattern) : strlen(pattern));
    roster->after = strdup(close ? close + strlen("}}") : "");
    if (roster->before && roster->after) {
        roster_note(roster, roster->before, strlen(roster->before));
        roster_note(roster, roster->after, strlen(roster->after));
        return roster;
    }
    roster_free(roster);
    return NULL;
}

struct roster *roster_texts(bool uuids)
{
    return make(uuids ? &roster_kind_spellings : &roster_kind_texts, 0);
}

void roster_seal(struct roster *roster)
{
    roster->sealed = true;
    interned_trim(&roster->members);
}

struct roster *roster_of(const struct scenario *scenario)
{
    const struct spec_ids *ids = &scenario->users.ids;
    int64_t first = scenario->users.first;
    switch (spec_ids_kind(ids)) {
    case USER_IDS_UUID:
        return roster_uuids((uint64_t)scenario->seed, first);
    case USER_IDS_PATTERN:
        return roster_pattern(ids->form, first);
    case USER_IDS_LISTED:
        return roster_texts(ids->form && !strcmp(ids->form, "uuid"));
    case USER_IDS_NONE:
        return roster_nameless(first);
    case USER_IDS_NUMBER:
        break;
    }
    return roster_numbers(first);
}

struct roster *roster_share(struct roster *roster)
{
    if (roster)
        atomic_fetch_add(&roster->owners, 1);
    return roster;
}

void roster_free(struct roster *roster)
{
    if (!roster || atomic_fetch_sub(&roster->owners, 1) > 1)
        return;
    interned_free(&roster->members);
    interned_free(&roster->strangers);
    free(roster->before);
    free(roster->after);
    pthread_mutex_destroy(&roster->lock);
    free(roster);
}

/* ---- asking ---- */

bool roster_read(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    return or_plain(roster)->kind->read(roster, text, size, ret_user);
}

bool roster_read_number(struct roster *roster, int64_t number, int64_t *ret_user)
{
    char text[ROSTER_DIGITS_MAX + 1];
    if (!roster_is_numbers(roster))
        return roster_read(roster, text, roster_put_number(number, text), ret_user);
    *ret_user = number;
    return true;
}

bool roster_read_bytes(struct roster *roster, const void *bytes, size_t size, enum uuid_order order,
                       int64_t *ret_user)
{
    char text[UUID_LENGTH];
    if (size != UUID_BYTES || !roster_is_uuids(roster))
        return roster_read(roster, bytes, size, ret_user);
    uuid_format(uuid_from_bytes(bytes, order), text);
    return roster_read(roster, text, sizeof text, ret_user);
}

const char *roster_wants(const struct roster *roster)
{
    return or_plain(roster)->kind->wants;
}

size_t roster_text(const struct roster *roster, int64_t user, char ret_text[static ROSTER_TEXT])
{
    return or_plain(roster)->kind->text(roster, user, ret_text);
}

const char *roster_name(const struct roster *roster, int64_t user, struct roster_name *ret_name)
{
    static const char dots[] = "…";
    size_t size = roster_text(roster, user, ret_name->text);
    if (size <= ROSTER_NAME_MAX)
        return ret_name->text;
    size = ROSTER_NAME_MAX - strlen(dots);
    while (size && ((unsigned char)ret_name->text[size] & 0xc0) == 0x80)
        size--;
    memcpy(ret_name->text + size, dots, sizeof dots);
    return ret_name->text;
}

size_t roster_longest(const struct roster *roster)
{
    const struct roster_kind *kind = or_plain(roster)->kind;
    size_t around = roster && roster->before ? strlen(roster->before) + strlen(roster->after) : 0;
    return kind->listed ? roster->longest : kind->uuids ? UUID_LENGTH : around + ROSTER_DIGITS_MAX;
}

bool roster_uses(const struct roster *roster, unsigned char byte)
{
    return or_plain(roster)->bytes[byte < 0x80 ? byte : 0x80];
}

bool roster_is_numbers(const struct roster *roster)
{
    return or_plain(roster)->kind->numbers;
}

bool roster_is_uuids(const struct roster *roster)
{
    return or_plain(roster)->kind->uuids;
}

bool roster_is_nameless(const struct roster *roster)
{
    return or_plain(roster)->kind->nameless;
}

int64_t roster_user(const struct roster *roster, size_t place)
{
    return (int64_t)((uint64_t)or_plain(roster)->first + place);
}

size_t roster_place(const struct roster *roster, int64_t user)
{
    roster = or_plain(roster);
    uint64_t place = (uint64_t)user - (uint64_t)roster->first;
    bool member = roster->kind->numbers ? user >= roster->first : place < roster_members(roster);
    return member ? place : ROSTER_NOWHERE;
}

size_t roster_members(const struct roster *roster)
{
    const struct roster_kind *kind = or_plain(roster)->kind;
    return kind->listed ? roster->members.count : kind->numbers ? SIZE_MAX : ROOM_FOR_MEMBERS;
}

size_t roster_bytes(const struct roster *roster)
{
    roster = or_plain(roster);
    return interned_bytes(&roster->members) + interned_bytes(&roster->strangers);
}
