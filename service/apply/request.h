/* Reads the user id out of a request. Pure; any thread. */
#ifndef APPLY_REQUEST_H
#define APPLY_REQUEST_H

#include <stddef.h>
#include <stdint.h>

/* The id may stand in the query (userId=N), in a form body (the same text) or in a JSON body
 * ({"userId": N}); in more than one place only when they agree. query may be NULL, body need not
 * end with a NUL. Returns NULL and sets *ret_user, or the reason of the refusal, a static text. */
const char *request_user(const char *query, const char *body, size_t length, int64_t *ret_user);

/* The item and how many units of it, from the same places: item=seat-7&quantity=2, or members of a
 * JSON body. Without a quantity it is 1. An item holds letters, digits and . _ - only. */
const char *request_order(const char *query, const char *body, size_t length, char *ret_item,
                          size_t size, int64_t *ret_units);

/* The order that an act is about: order=17 of the query. */
const char *request_about(const char *query, int64_t *ret_order);

#endif
