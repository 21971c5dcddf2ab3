/* Captures: texts that are taken out of an answer or an event and filled in later, as {{name}}:
 * json:/ticket of its body, header:Location of its head, regex:… Read-only once compiled; any
 * thread. */
#ifndef LOAD_CAPTURES_H
#define LOAD_CAPTURES_H

#include "load/net/exchange.h"
#include "load/prepare/extract.h"

#define CAPTURES_MAX 8

struct captures {
    struct extract v[CAPTURES_MAX]; /* owned */
    unsigned count;
    const char *headers[CAPTURES_MAX + 2]; /* that have to be kept of an answer, ended by NULL */
    unsigned headers_count;
    bool reads_body;
};

/* header: one more to keep, as the first; NULL: none. Errors: ERR_USAGE, ERR_MEMORY; captures_free
 * takes what it left, and a zeroed one. */
int captures_compile(const struct spec_pair *v, unsigned count, const char *header,
                     struct captures *ret_captures, struct err *err)
    __attribute__((warn_unused_result));
void captures_free(struct captures *captures);

/* Puts the texts of an answer that are there into texts, by place; the caller's to free. What is
 * not there stays as it was. exchange: of whom headers were kept; NULL: it is an event. */
void captures_take(const struct captures *captures, const struct exchange *exchange,
                   const struct response *response, char *texts[CAPTURES_MAX]);

#endif
