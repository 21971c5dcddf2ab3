/* The clients' connections of one loop: counts them, and cuts off those whose request takes too
 * long to arrive. evhttp's own timeout is about silence, and a client that sends a byte now and
 * then is never silent. @thread the loop's */
#ifndef APPLY_GUESTS_H
#define APPLY_GUESTS_H

#include <event2/http.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

struct guests;

/* Hooks into http, which must be freed before the guests. timeout: from the first byte of a request
 * to the first byte of its answer; 0: none. */
int guests_new(struct evhttp *http, ns_t timeout, struct guests **ret_guests, struct err *err)
    __attribute__((warn_unused_result));
void guests_free(struct guests *guests);

/* To be called a few times a second: it is also what keeps the time. *ret_cut is how many were cut
 * off; returns how many connections are open. */
size_t guests_sweep(struct guests *guests, ns_t now, size_t *ret_cut);

#endif
