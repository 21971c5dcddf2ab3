/* Text templates: {{user}} {{seq}} {{uuid}} and {{column}} of the feeder, filled per request.
 *
 * Compiled once, before the load starts; rendering copies bytes and digits into the caller's room
 * and neither allocates nor formats. Values are escaped for the place where the text is used:
 * percent encoding in URLs and forms, JSON string escapes in JSON bodies, control bytes refused in
 * headers. A compiled template is read-only: any thread may render. */
#ifndef LOAD_TEMPLATE_H
#define LOAD_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "load/http/escape.h"
#include "load/http/feeder.h"
#include "model/history.h"
#include "model/uuid.h"

#define TEMPLATE_UUID_SIZE     37
#define TEMPLATE_CAPTURED_SIZE 512 /* of one captured text, with its NUL */

struct template_values {
    int64_t user;
    uint64_t seq;
    const struct order *order;           /* NULL: nothing is asked for */
    const struct order *more;            /* what it asks for beside that; NULL: nothing */
    int32_t to;                          /* whose its units become */
    const struct order_text *order_text; /* what it is called; NULL: nobody says */
    size_t row;                          /* of the feeder, from 0 */
    size_t key;                          /* the place of the user whose key it is */
    char *const *captured;               /* by place in the feeder's captured; NULL: "" */
    char uuid[TEMPLATE_UUID_SIZE];       /* template_make_uuid, when a template asks for one */
};

struct template;

/* Its {{user}} is the text of the feeder's roster. feeder may be NULL. Errors: ERR_USAGE names the
 * unknown {{name}} and the ones that are known. */
int template_compile(const char *text, enum escape escape, const struct feeder *feeder,
                     struct template **ret_template, struct err *err)
    __attribute__((warn_unused_result));
void template_free(struct template *template); /* NULL is fine */

bool template_is_constant(const struct template *template);
bool template_uses_uuid(const struct template *template);
bool template_uses_user(const struct template *template);

/* Room that every rendering fits into, the final NUL counted. */
size_t template_room(const struct template *template);

/* Writes the text and a NUL; returns its length. */
size_t template_render(const struct template *template, const struct template_values *values,
                       char *ret_text);

/* A random UUID (version 4). */
void template_make_uuid(struct rng *rng, char ret_text[static TEMPLATE_UUID_SIZE]);

/* Keys of orders, by which a service knows that requests are one: a UUID for each user's place, the
 * same for the same seed. UUID_LENGTH characters, no NUL. */
struct uuid_key template_keys(uint64_t seed);
void template_key(const struct uuid_key *key, size_t place, char *ret_text);

#endif
