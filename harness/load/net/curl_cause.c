#include "load/net/curl_cause.h"

#include <errno.h>
#include <stddef.h>

#define ANY_ERROR (-1)

static const char speaks_tls[] =
    "does the target speak TLS there, and does it want request.cert and request.key?";

/* The first row that fits counts. */
static const struct meaning {
    CURLcode code;
    int os_error;
    enum request_cause cause;
    bool tls;
    const char *hint;
} rows[] = {
    {CURLE_COULDNT_CONNECT, ECONNREFUSED, CAUSE_REFUSED, false, NULL},
    {CURLE_COULDNT_CONNECT, ANY_ERROR, CAUSE_CONNECT, false, NULL},
    {CURLE_COULDNT_RESOLVE_HOST, ANY_ERROR, CAUSE_CONNECT, false, NULL},
    {CURLE_SSL_CONNECT_ERROR, ANY_ERROR, CAUSE_CONNECT, true, speaks_tls},
    {CURLE_PEER_FAILED_VERIFICATION, ANY_ERROR, CAUSE_CONNECT, true,
     "give request.ca, or request.insecure for a test certificate"},
    {CURLE_SSL_CERTPROBLEM, ANY_ERROR, CAUSE_CONNECT, true, speaks_tls},
    {CURLE_SSL_CACERT_BADFILE, ANY_ERROR, CAUSE_CONNECT, true, speaks_tls},
    {CURLE_OPERATION_TIMEDOUT, ANY_ERROR, CAUSE_TIMEOUT, false, NULL},
    {CURLE_GOT_NOTHING, ANY_ERROR, CAUSE_CLOSED, false, OUTCOME_CLOSES},
    {CURLE_PARTIAL_FILE, ANY_ERROR, CAUSE_CLOSED, false, NULL},
    /* Our own refusal to let libcurl send a request again after the target closed the connection.
     */
    {CURLE_ABORTED_BY_CALLBACK, ANY_ERROR, CAUSE_CLOSED, false, NULL},
    /* Not HTTP/1: libcurl calls it 0.9. */
    {CURLE_UNSUPPORTED_PROTOCOL, ANY_ERROR, CAUSE_GARBAGE, false, NULL},
    {CURLE_WEIRD_SERVER_REPLY, ANY_ERROR, CAUSE_GARBAGE, false, NULL},
    {CURLE_BAD_FUNCTION_ARGUMENT, ANY_ERROR, CAUSE_GARBAGE, false,
     NULL}, /* a line without a name */
    {CURLE_BAD_CONTENT_ENCODING, ANY_ERROR, CAUSE_GARBAGE, false, NULL},
    {CURLE_HTTP2, ANY_ERROR, CAUSE_GARBAGE, false, NULL},
    {CURLE_HTTP2_STREAM, ANY_ERROR, CAUSE_RESET, false, NULL},
    {CURLE_SEND_ERROR, ANY_ERROR, CAUSE_RESET, false, OUTCOME_CLOSES},
    {CURLE_RECV_ERROR, 0, CAUSE_GARBAGE, false,
     OUTCOME_CLOSES}, /* no socket call failed: broken chunks */
    {CURLE_RECV_ERROR, ANY_ERROR, CAUSE_RESET, false, OUTCOME_CLOSES},
};

struct outcome curl_cause(CURLcode code, int os_error, int status)
{
    struct outcome outcome = {.cause = code == CURLE_OK ? CAUSE_NONE : CAUSE_OTHER,
                              .status = status,
                              .reason = curl_easy_strerror(code)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct meaning *row = &rows[i];
        if (row->code != code || (row->os_error != ANY_ERROR && row->os_error != os_error))
            continue;
        outcome.cause = row->cause;
        outcome.tls = row->tls;
        outcome.hint = row->hint;
        break;
    }
    return outcome;
}
