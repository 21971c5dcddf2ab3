#include "model/roster.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_value.h"
#include "model/interned.h"

#define DIGITS_MAX 20 /* of an int64 with its sign */

/* The numbers of strangers begin so far behind the first member, where members have no end. */
#define ROOM_FOR_MEMBERS (UINT64_C(1) << 62)

/* What the kinds differ in. */
struct kind {
    bool (*read)(struct roster *roster, const char *text, size_t size, int64_t *ret_user);
    size_t (*text)(const struct roster *roster, int64_t user, char *ret_text);
    const char *wants;
    bool numbers, uuids, listed;
};

struct roster {
    const struct kind *kind;
    atomic_uint owners;
    int64_t first; /* the member at place 0 */
    struct uuid_key key;
    bool sealed;
    struct interned members; /* of a kind that lists them */
    size_t longest;          /* of their texts */
    pthread_mutex_t lock;    /* guards the strangers */
    struct interned strangers;
};

/* ---- strangers ---- */

static int64_t first_stranger(const struct roster *roster)
{
    uint64_t members = roster->kind->listed ? roster->members.count : ROOM_FOR_MEMBERS;
    return (int64_t)((uint64_t)roster->first + members);
}

static bool read_stranger(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    size_t number = 0;
    pthread_mutex_lock(&roster->lock);
    bool added = interned_add(&roster->strangers, text, size, &number);
    pthread_mutex_unlock(&roster->lock);
    if (added)
        *ret_user = (int64_t)((uint64_t)first_stranger(roster) + number);
    return added;
}

static size_t copy_text(const struct interned *interned, size_t number, char *ret_text)
{
    size_t size = 0;
    if (number < interned->count) {
        const char *text = interned_text(interned, number, &size);
        memcpy(ret_text, text, size);
    }
    ret_text[size] = '\0';
    return size;
}

static size_t text_of_stranger(const struct roster *roster, int64_t user, char *ret_text)
{
    struct roster *own = (struct roster *)(uintptr_t)roster; /* the lock is no part of what it is */
    uint64_t number = (uint64_t)user - (uint64_t)first_stranger(roster);
    pthread_mutex_lock(&own->lock);
    size_t size = copy_text(&roster->strangers, number, ret_text);
    pthread_mutex_unlock(&own->lock);
    return size;
}

/* ---- numbers ---- */

static bool read_whole(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    (void)roster;
    return json_whole(text, size, ret_user);
}

static size_t put_number(int64_t number, char *ret_text)
{
    char digits[DIGITS_MAX], *at = ret_text;
    size_t count = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        *at++ = '-';
    while (count)
        *at++ = digits[--count];
    *at = '\0';
    return (size_t)(at - ret_text);
}

static size_t text_of_number(const struct roster *roster, int64_t user, char *ret_text)
{
    (void)roster;
    return put_number(user, ret_text);
}

static const struct kind numbers = {
    .read = read_whole, .text = text_of_number, .wants = "a whole number", .numbers = true};
static const struct roster plain = {.kind = &numbers, .first = 1};

static const struct roster *or_plain(const struct roster *roster)
{
    return roster ? roster : &plain;
}

/* ---- UUIDs from a seed ---- */

/* Those made with the same seed for other numbers than the members' are strangers like all others.
 */
static bool read_uuid(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    struct uuid uuid;
    uint64_t number;
    if (!uuid_parse(text, size, &uuid))
        return false;
    if (!uuid_number(&roster->key, uuid, &number) ||
        number - (uint64_t)roster->first >= ROOM_FOR_MEMBERS)
        return read_stranger(roster, text, size, ret_user);
    *ret_user = (int64_t)number;
    return true;
}

static size_t text_of_uuid(const struct roster *roster, int64_t user, char *ret_text)
{
    if (roster_place(roster, user) == ROSTER_NOWHERE)
        return text_of_stranger(roster, user, ret_text);
    uuid_format(uuid_of(&roster->key, (uint64_t)user), ret_text);
    ret_text[UUID_LENGTH] = '\0';
    return UUID_LENGTH;
}

static const struct kind seeded = {
    .read = read_uuid, .text = text_of_uuid, .wants = "a UUID", .uuids = true};

/* ---- texts ---- */

static bool is_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return size > 0 && size <= ROSTER_TEXT_MAX;
}

static bool read_listed(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    size_t number;
    bool found = roster->sealed ? interned_find(&roster->members, text, size, &number)
                                : interned_add(&roster->members, text, size, &number);
    if (!found)
        return roster->sealed && read_stranger(roster, text, size, ret_user);
    if (size > roster->longest && !roster->sealed)
        roster->longest = size;
    *ret_user = (int64_t)number;
    return true;
}

static bool read_text(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    return is_text(text, size) && read_listed(roster, text, size, ret_user);
}

static bool read_spelling(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    struct uuid uuid;
    return uuid_parse(text, size, &uuid) && read_listed(roster, text, size, ret_user);
}

static size_t text_of_listed(const struct roster *roster, int64_t user, char *ret_text)
{
    size_t place = roster_place(roster, user);
    return place == ROSTER_NOWHERE ? text_of_stranger(roster, user, ret_text)
                                   : copy_text(&roster->members, place, ret_text);
}

static const struct kind texts = {
    .read = read_text,
    .text = text_of_listed,
    .wants = "a text of 1 to 255 bytes without control characters",
    .listed = true,
};
_Static_assert(ROSTER_TEXT_MAX == 255, "the words say the same");

static const struct kind spellings = {.read = read_spelling,
                                      .text = text_of_listed,
                                      .wants = "a UUID",
                                      .uuids = true,
                                      .listed = true};

/* ---- making ---- */

static struct roster *make(const struct kind *kind, int64_t first)
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
    return make(&numbers, first);
}

struct roster *roster_uuids(uint64_t seed, int64_t first)
{
    struct roster *roster = make(&seeded, first);
    if (roster)
        roster->key = uuid_key_of(seed);
    return roster;
}

struct roster *roster_texts(bool uuids)
{
    return make(uuids ? &spellings : &texts, 0);
}

void roster_seal(struct roster *roster)
{
    roster->sealed = true;
    interned_trim(&roster->members);
}

struct roster *roster_of(const struct scenario *scenario)
{
    switch (scenario->users.ids) {
    case USER_IDS_UUID:
        return roster_uuids((uint64_t)scenario->seed, scenario->users.first);
    case USER_IDS_NUMBER:
        break;
    }
    return roster_numbers(scenario->users.first);
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
    char text[DIGITS_MAX + 1];
    if (!roster_is_numbers(roster))
        return roster_read(roster, text, put_number(number, text), ret_user);
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
    const struct kind *kind = or_plain(roster)->kind;
    return kind->listed ? roster->longest : kind->uuids ? UUID_LENGTH : DIGITS_MAX;
}

bool roster_is_numbers(const struct roster *roster)
{
    return or_plain(roster)->kind->numbers;
}

bool roster_is_uuids(const struct roster *roster)
{
    return or_plain(roster)->kind->uuids;
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
    const struct kind *kind = or_plain(roster)->kind;
    return kind->listed ? roster->members.count : kind->numbers ? SIZE_MAX : ROOM_FOR_MEMBERS;
}

size_t roster_bytes(const struct roster *roster)
{
    roster = or_plain(roster);
    return interned_bytes(&roster->members) + interned_bytes(&roster->strangers);
}
