/* The query of a list over HTTP: where in an answer the list is, and what leads to the next page.
 * Pure. */
#ifndef STORE_HTTP_QUERY_H
#define STORE_HTTP_QUERY_H

#include <stdbool.h>

#include "base/json_pointer.h"

/* Where things are in an answer: "/items next=/paging/next". */
struct http_query {
    char list[JSON_POINTER_MAX]; /* "" is the whole answer */
    char next[JSON_POINTER_MAX]; /* "": pages are not linked in the answer */
};

bool http_query_read(const char *text, struct http_query *ret_query);

#endif
