/* How one page of a list over HTTP leads to the next, and whether it is of the same server. Any
 * thread. */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_MAX 8192 /* bytes of an address, with its NUL */

/* An address as it stands in an answer, which may be relative to the one that was asked; "" stays
 * as it was when it is none. */
void link_resolve(const char *base, const char *link, char *ret_url, size_t size);

/* The address at rel="next" of the answer's header Link (RFC 8288); nothing is written without. */
void link_next(CURL *curl, const char *asked, char *ret_url, size_t size);

/* Scheme, host and port are the same (RFC 6454). */
bool link_same_origin(const char *a, const char *b);

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
uint64_t link_digest(const char *bytes, size_t length);

#endif
