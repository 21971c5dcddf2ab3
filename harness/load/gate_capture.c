#include "load/gate_capture.h"

#include <errno.h>
#include <sys/socket.h>

#include "load/capture.h"
#include "load/transfer.h"
#include "load/worker.h"

int gate_capture_catch(struct transfer *transfer)
{
    struct worker *worker = transfer->worker;
    int error = capture_begin(worker->capture, transfer->fd);
    if (error)
        return -1;
    reactor_mute(worker->reactor, transfer->fd);
    return 0;
}

int gate_capture_keep(struct transfer *transfer, struct held *held)
{
    struct worker *worker = transfer->worker;
    const char *bytes;
    size_t length;
    int error = capture_end(worker->capture, &bytes, &length);
    reactor_unmute(worker->reactor);
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
