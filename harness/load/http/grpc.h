/* A call of gRPC (https://github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md): one message out, one back,
 * each with five bytes before it; what became of it stands in headers behind the answer, or in its
 * head when there is nothing else. Rules and reports see messages as JSON. A compiled call is
 * read-only: any thread may use it. */
#ifndef LOAD_GRPC_H
#define LOAD_GRPC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/grpc_status.h"
#include "model/spec.h"

struct grpc;

/* dir: where relative file names are looked up. Errors: ERR_USAGE, ERR_ENVIRONMENT (no protoc),
 * ERR_MEMORY. */
int grpc_open(const struct spec_grpc *spec, const char *dir, struct grpc **ret_grpc,
              struct err *err) __attribute__((warn_unused_result));
void grpc_free(struct grpc *grpc); /* NULL is fine */

/* Room for what a text of that length becomes on the wire. */
size_t grpc_room(size_t length);

/* The message of a rendered text, as it is sent. Errors: ERR_USAGE: a value is none of its field's
 * kind. */
int grpc_encode(const struct grpc *grpc, const char *text, size_t length, char *ret_bytes,
                size_t *ret_length, struct err *err) __attribute__((warn_unused_result));

/* What the headers of an answer say. All-zero but for the code. */
struct grpc_said {
    int code;          /* enum grpc_code; GRPC_NOTHING: not yet */
    bool torn;         /* it says two things */
    bool ended;        /* its block of headers has; what comes behind that says it anew */
    char message[256]; /* why, as the service says it; without line breaks */
};
#define GRPC_NOTHING (-1)

/* Only the last block of headers says what became of a call: that of the head when nothing follows
 * it. A block ends with an empty line. */
void grpc_take_header(struct grpc_said *said, const char *line, size_t length);
void grpc_take_body(struct grpc_said *said); /* some of it has come */

/* An answer is whole. ret_text: what it says as JSON; of a status other than OK {"code": …,
 * "message": …}. Its status of HTTP becomes that which stands for the code, when it is 200. False:
 * it is no answer of gRPC, or not one message of the method. */
struct grpc_answer {
    int status; /* in: of HTTP; out: the same, or what stands for the code */
    const char *body;
    size_t length;
    bool whole; /* out: false: the message is longer than there is room for */
};
bool grpc_decode(const struct grpc *grpc, struct grpc_said *said, struct grpc_answer *answer,
                 char *ret_text, size_t size, size_t *ret_length);

#endif
