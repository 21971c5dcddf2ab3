#include "load/prepare/step_grpc.h"

#include <stdlib.h>

#include "base/cleanup.h"

int step_encode(const struct step *step, struct session *session, struct err *err)
{
    _cleanup_free_ char *bytes = malloc(grpc_room(session->body.used));
    size_t length = 0;
    if (!bytes)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc =
        grpc_encode(step->grpc, buf_text(&session->body), session->body.used, bytes, &length, err);
    buf_clear(&session->body);
    return !rc && buf_add(&session->body, bytes, length) ? err_set(err, ERR_MEMORY, "out of memory")
                                                         : rc;
}

int step_decode(const struct step *step, struct session *session, struct err *err)
{
    size_t length = 0;
    struct grpc_answer answer = {.status = (int)session->status,
                                 .body = buf_text(&session->answer),
                                 .length = session->answer.used};
    _cleanup_free_ char *text = malloc(STEP_ANSWER_MAX);
    if (!text)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (!grpc_decode(step->grpc, &session->grpc, &answer, text, STEP_ANSWER_MAX, &length))
        return err_set(err, ERR_ENVIRONMENT, "the answer is not one message of %s/%s",
                       step->request->grpc->service, step->request->grpc->method);
    session->status = answer.status;
    buf_clear(&session->answer);
    return buf_add(&session->answer, text, length) ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}
