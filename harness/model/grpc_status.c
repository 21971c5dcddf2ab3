#include "model/grpc_status.h"

#include <stddef.h>

const char *const grpc_status_words[] = {"OK",
                                         "CANCELLED",
                                         "UNKNOWN",
                                         "INVALID_ARGUMENT",
                                         "DEADLINE_EXCEEDED",
                                         "NOT_FOUND",
                                         "ALREADY_EXISTS",
                                         "PERMISSION_DENIED",
                                         "RESOURCE_EXHAUSTED",
                                         "FAILED_PRECONDITION",
                                         "ABORTED",
                                         "OUT_OF_RANGE",
                                         "UNIMPLEMENTED",
                                         "INTERNAL",
                                         "UNAVAILABLE",
                                         "DATA_LOSS",
                                         "UNAUTHENTICATED",
                                         NULL};

static const short https[GRPC_CODES] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                        400, 409, 400, 501, 500, 503, 500, 401};

static int known(int code)
{
    return code >= 0 && code < GRPC_CODES ? code : GRPC_UNKNOWN;
}

int grpc_status_http(int code)
{
    return https[known(code)];
}

const char *grpc_status_name(int code)
{
    return grpc_status_words[known(code)];
}

int grpc_status_of_http(int status)
{
    static const struct {
        int status, code;
    } meant[] = {{400, 13}, {401, 16}, {403, 7},  {404, 12},
                 {429, 14}, {502, 14}, {503, 14}, {504, 14}};
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (meant[i].status == status)
            return meant[i].code;
    return GRPC_UNKNOWN;
}
