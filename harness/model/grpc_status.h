/* What a gRPC answer says, in its trailers: a status with a number and a name, and the status of
 * HTTP that stands for it elsewhere (google/rpc/code.proto). Pure; any thread. */
#ifndef MODEL_GRPC_STATUS_H
#define MODEL_GRPC_STATUS_H

enum grpc_code {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_UNAVAILABLE = 14,
    GRPC_CODES = 17,
};

extern const char *const grpc_status_words[]; /* by number, ended by NULL */

/* 200 for OK, 429 for RESOURCE_EXHAUSTED; of a number that nobody knows that of UNKNOWN. */
int grpc_status_http(int code);
const char *grpc_status_name(int code); /* "UNKNOWN" for one that nobody knows */

/* What an answer that came from something before the service means, by its status of HTTP. */
int grpc_status_of_http(int status);

#endif
