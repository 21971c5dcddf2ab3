#include "load/gate/gate_capture.h"

#include <errno.h>
#include <sys/socket.h>

#include "load/net/capture.h"
#include "load/net/transfer.h"
#include "load/schedule/worker.h"

int gate_capture_catch(struct transfer *transfer)
{
    struct worker *worker = transfer->worker;
    reactor_pause(worker->reactor, transfer->fd);
    return capture_begin(worker->capture, transfer->fd) ? -1 : 0;
}

int gate_capture_keep(struct transfer *transfer, struct held *held)
{
    struct worker *worker = transfer->worker;
    const char *bytes;
    size_t length;
    /* libcurl speaks HTTP/2 with the target on its own account as well (acknowledging settings),
     * and what it says after the held bytes must not arrive before them: it is shut out until they
     * are gone. */
    bool wall = message_http2(worker->setup->message);
    int error = capture_end(worker->capture, wall, &bytes, &length, &held->real);
    if (!wall)
        reactor_resume(worker->reactor, transfer->fd, transfer->place);
    if (error)
        return error;
    held->rest = bytes;
    held->length = (uint32_t)length;
    return length ? 0 : EPROTO;
}

void gate_capture_open(struct held *held)
{
    ssize_t sent = send(held->fd, held->rest, held->length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != (ssize_t)held->length)
        held->error = sent < 0 ? errno : ENOBUFS;
}
