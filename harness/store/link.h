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

/* The link whose relations are next or have it among them, of one header Link (RFC 8288). False:
 * there is none. */
bool link_find_next(const char *header, char *ret_link, size_t size);

/* The address of that of an answer; nothing is written without. */
void link_next(CURL *curl, const char *asked, char *ret_url, size_t size);

/* Scheme, host and port are the same (RFC 6454). */
bool link_same_origin(const char *a, const char *b);

/* The lists that pages had, by a digest each (FNV-1a of 64 bits: Fowler, Noll, Vo). Zeroes are an
 * empty one; v is owned. */
struct link_lists {
    struct link_list {
        size_t page;
        uint64_t digest;
    } * v;
    size_t count;
};

/* The page that had this list before; 0: none. */
size_t link_lists_find(const struct link_lists *lists, const char *bytes, size_t length);
bool link_lists_add(struct link_lists *lists, size_t page, const char *bytes, size_t length);

#endif
