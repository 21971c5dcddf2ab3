/* What the files of roster share; nobody else includes this. */
#ifndef MODEL_ROSTER_KIND_H
#define MODEL_ROSTER_KIND_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/interned.h"
#include "model/roster.h"

#define ROSTER_DIGITS_MAX 20 /* of an int64 with its sign */

/* The numbers of strangers begin so far behind the first member, where members have no end. */
#define ROOM_FOR_MEMBERS (UINT64_C(1) << 62)

/* What the kinds differ in. */
struct roster_kind {
    bool (*read)(struct roster *roster, const char *text, size_t size, int64_t *ret_user);
    size_t (*text)(const struct roster *roster, int64_t user, char *ret_text);
    const char *wants;
    bool numbers, uuids, listed, nameless;
};

struct roster {
    const struct roster_kind *kind;
    atomic_uint owners;
    int64_t first; /* the member at place 0 */
    struct uuid_key key;
    char *before, *after; /* owned; of a pattern, around the number */
    bool sealed;
    struct interned members; /* of a kind that lists them */
    size_t longest;          /* of their texts */
    bool bytes[129];         /* that stand in texts, where the kind has any of its own */
    pthread_mutex_t lock;    /* guards the strangers */
    struct interned strangers;
};

extern const struct roster_kind roster_kind_numbers, roster_kind_seeded, roster_kind_nobody,
    roster_kind_texts, roster_kind_patterned, roster_kind_spellings;

/* The decimal of a number, NUL-terminated; returns its length. */
size_t roster_put_number(int64_t number, char *ret_text);

/* What texts of members are made of, and how long they are. */
void roster_note(struct roster *roster, const char *text, size_t size);

#endif
