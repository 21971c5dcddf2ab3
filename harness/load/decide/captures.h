/* Captures: texts that are taken out of an answer and filled in later, as {{name}}: json:/ticket of
 * its body, header:Location of its head. Compiled once; read-only afterwards, any thread. */
#ifndef LOAD_CAPTURES_H
#define LOAD_CAPTURES_H

#include "load/net/exchange.h"

#define CAPTURES_MAX 8

struct captures {
    const struct spec_pair *v; /* borrowed: name, and where it is */
    unsigned count;
    const char *headers[CAPTURES_MAX + 2]; /* that have to be kept of an answer, ended by NULL */
    unsigned headers_count;
    bool reads_body;
};

/* header: one more to keep, as the first; NULL: none. */
void captures_compile(const struct spec_pair *v, unsigned count, const char *header,
                      struct captures *ret_captures);

/* Puts the texts of an answer that are there into texts, by place; the caller's to free. What is
 * not there stays as it was. */
void captures_take(const struct captures *captures, const struct exchange *exchange,
                   const struct response *response, char *texts[CAPTURES_MAX]);

#endif
