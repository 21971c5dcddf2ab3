/* The kinds of rosters: what each reads and writes. */
#include "model/roster_kind.h"

#include <string.h>

#include "base/json_value.h"

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

size_t roster_put_number(int64_t number, char *ret_text)
{
    char digits[ROSTER_DIGITS_MAX], *at = ret_text;
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
    return roster_put_number(user, ret_text);
}

const struct roster_kind roster_kind_numbers = {
    .read = read_whole, .text = text_of_number, .wants = "a whole number", .numbers = true};
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

const struct roster_kind roster_kind_seeded = {
    .read = read_uuid, .text = text_of_uuid, .wants = "a UUID", .uuids = true};

/* ---- nobody ---- */

static bool read_nobody(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    (void)roster;
    if (!json_whole(text, size, ret_user))
        *ret_user = 0;
    return true;
}

const struct roster_kind roster_kind_nobody = {.read = read_nobody,
                                               .text = text_of_number,
                                               .wants = "anything",
                                               .numbers = true,
                                               .nameless = true};

/* ---- texts ---- */

static bool is_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return size > 0 && size <= ROSTER_TEXT_MAX;
}

void roster_note(struct roster *roster, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        roster->bytes[(unsigned char)text[i] < 0x80 ? (unsigned char)text[i] : 0x80] = true;
    if (size > roster->longest)
        roster->longest = size;
}

static bool read_listed(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    size_t number;
    bool found = roster->sealed ? interned_find(&roster->members, text, size, &number)
                                : interned_add(&roster->members, text, size, &number);
    if (!found)
        return roster->sealed && read_stranger(roster, text, size, ret_user);
    if (!roster->sealed)
        roster_note(roster, text, size);
    *ret_user = (int64_t)number;
    return true;
}

static bool read_text(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    return is_text(text, size) && read_listed(roster, text, size, ret_user);
}

/* The number between what stands before it and after it. */
static bool read_middle(const struct roster *roster, const char *text, size_t size,
                        int64_t *ret_number)
{
    size_t before = strlen(roster->before), after = strlen(roster->after);
    return size > before + after && !memcmp(text, roster->before, before) &&
           !memcmp(text + size - after, roster->after, after) &&
           json_whole(text + before, size - before - after, ret_number);
}

static bool read_patterned(struct roster *roster, const char *text, size_t size, int64_t *ret_user)
{
    int64_t number;
    if (!is_text(text, size))
        return false;
    if (!read_middle(roster, text, size, &number) ||
        (uint64_t)number - (uint64_t)roster->first >= ROOM_FOR_MEMBERS)
        return read_stranger(roster, text, size, ret_user);
    *ret_user = number;
    return true;
}

static size_t text_of_patterned(const struct roster *roster, int64_t user, char *ret_text)
{
    if (roster_place(roster, user) == ROSTER_NOWHERE)
        return text_of_stranger(roster, user, ret_text);
    char *at = stpcpy(ret_text, roster->before);
    at += roster_put_number(user, at);
    return (size_t)(stpcpy(at, roster->after) - ret_text);
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

const struct roster_kind roster_kind_texts = {
    .read = read_text,
    .text = text_of_listed,
    .wants = "a text of 1 to 255 bytes without control characters",
    .listed = true,
};
_Static_assert(ROSTER_TEXT_MAX == 255, "the words say the same");

const struct roster_kind roster_kind_patterned = {
    .read = read_patterned,
    .text = text_of_patterned,
    .wants = "a text of 1 to 255 bytes without control characters"};

const struct roster_kind roster_kind_spellings = {.read = read_spelling,
                                                  .text = text_of_listed,
                                                  .wants = "a UUID",
                                                  .uuids = true,
                                                  .listed = true};
