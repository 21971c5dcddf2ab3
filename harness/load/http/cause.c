#include "load/http/cause.h"

#include <errno.h>
#include <stddef.h>

#define ANY_ERROR (-1)

/* The first row that fits counts. */
static const struct row {
    CURLcode code;
    int os_error;
    enum request_cause cause;
} rows[] = {
    {CURLE_COULDNT_CONNECT, ECONNREFUSED, CAUSE_REFUSED},
    {CURLE_COULDNT_CONNECT, ANY_ERROR, CAUSE_CONNECT},
    {CURLE_COULDNT_RESOLVE_HOST, ANY_ERROR, CAUSE_CONNECT},
    {CURLE_SSL_CONNECT_ERROR, ANY_ERROR, CAUSE_CONNECT},
    {CURLE_PEER_FAILED_VERIFICATION, ANY_ERROR, CAUSE_CONNECT},
    {CURLE_SSL_CERTPROBLEM, ANY_ERROR, CAUSE_CONNECT},
    {CURLE_SSL_CACERT_BADFILE, ANY_ERROR, CAUSE_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, ANY_ERROR, CAUSE_TIMEOUT},
    {CURLE_GOT_NOTHING, ANY_ERROR, CAUSE_CLOSED},
    {CURLE_PARTIAL_FILE, ANY_ERROR, CAUSE_CLOSED},
    /* Our own refusal to let libcurl send a request again after the target closed the connection.
     */
    {CURLE_ABORTED_BY_CALLBACK, ANY_ERROR, CAUSE_CLOSED},
    {CURLE_UNSUPPORTED_PROTOCOL, ANY_ERROR, CAUSE_GARBAGE}, /* not HTTP/1: libcurl calls it 0.9 */
    {CURLE_WEIRD_SERVER_REPLY, ANY_ERROR, CAUSE_GARBAGE},
    {CURLE_BAD_FUNCTION_ARGUMENT, ANY_ERROR, CAUSE_GARBAGE}, /* a header line without a name */
    {CURLE_BAD_CONTENT_ENCODING, ANY_ERROR, CAUSE_GARBAGE},
    {CURLE_HTTP2, ANY_ERROR, CAUSE_GARBAGE},
    {CURLE_HTTP2_STREAM, ANY_ERROR, CAUSE_RESET},
    {CURLE_SEND_ERROR, ANY_ERROR, CAUSE_RESET},
    {CURLE_RECV_ERROR, 0, CAUSE_GARBAGE}, /* no socket call failed: broken chunks */
    {CURLE_RECV_ERROR, ANY_ERROR, CAUSE_RESET},
};

enum request_class cause_classify(const struct ending *ending, enum request_cause *ret_cause)
{
    *ret_cause = CAUSE_OTHER;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == ending->code &&
            (rows[i].os_error == ANY_ERROR || rows[i].os_error == ending->os_error)) {
            *ret_cause = rows[i].cause;
            break;
        }
    return ending->released ? CLASS_UNKNOWN : CLASS_FAILED;
}
