/* A step that is a call of gRPC. For step.c. */
#ifndef LOAD_STEP_GRPC_H
#define LOAD_STEP_GRPC_H

#include "load/prepare/step.h"

/* The body, which is JSON, becomes the message that is sent. Errors: ERR_USAGE, ERR_MEMORY. */
int step_encode(const struct step *step, struct session *session, struct err *err)
    __attribute__((warn_unused_result));

/* The answer becomes JSON, and its status that which stands for gRPC's. Errors: ERR_ENVIRONMENT,
 * ERR_MEMORY. */
int step_decode(const struct step *step, struct session *session, struct err *err)
    __attribute__((warn_unused_result));

#endif
