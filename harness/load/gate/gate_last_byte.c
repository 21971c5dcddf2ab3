#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "load/gate/gate_capture.h"
#include "load/net/transfer.h"
#include "load/schedule/worker.h"

enum { TLS_HEADER = 5 }; /* type, version (2), length (2); RFC 8446 section 5.1 */

/* Where the part begins that must not leave before the release. */
static size_t first_held_byte(const struct message *message, const char *bytes, size_t length)
{
    if (message_http2(message))
        return 0;
    if (!message_target(message)->tls) {
        const char *end = memmem(bytes, length, "\r\n\r\n", 4);
        return end ? (size_t)(end - bytes) + 3 : 0;
    }
    if (length < TLS_HEADER)
        return 0;
    const unsigned char *header = (const unsigned char *)bytes;
    size_t record = TLS_HEADER + ((size_t)header[3] << 8 | header[4]);
    return record <= length ? record - 1 : 0;
}

static int send_ahead(struct transfer *transfer, struct held *held)
{
    int error = gate_capture_keep(transfer, held);
    if (error)
        return error;
    size_t ahead = first_held_byte(transfer->worker->setup->message, held->rest, held->length);
    if (ahead == 0)
        return 0;
    ssize_t sent = send(transfer->fd, held->rest, ahead, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != (ssize_t)ahead)
        return sent < 0 ? errno : ENOBUFS;
    held->rest += ahead;
    held->length -= (uint32_t)ahead;
    return 0;
}

const struct gate_ops gate_last_byte = {
    .gate = GATE_LAST_BYTE,
    .holds = true,
    .catch_request = gate_capture_catch,
    .keep = send_ahead,
    .open = gate_capture_open,
};
