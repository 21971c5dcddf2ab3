/* Writes answers. @thread the loop's */
#ifndef APPLY_ANSWER_H
#define APPLY_ANSWER_H

#include "apply/ask.h"
#include "apply/loop.h"

/* A refusal that never became an ask; counts it. detail is a static text without characters that
 * JSON would have to escape. */
void answer_refusal(struct loop *loop, struct evhttp_request *request, enum outcome outcome,
                    const char *detail, ns_t started);

/* An answer that is no decision, and is not counted as one. */
void answer_text(struct loop *loop, struct evhttp_request *request, int status, const char *phrase,
                 const char *type, const char *text);

#endif
