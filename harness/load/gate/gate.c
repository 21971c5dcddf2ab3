#include "load/gate/gate.h"

#include <errno.h>
#include <sys/socket.h>

static const struct gate_ops *const table[] = {
    [GATE_CORKED] = &gate_corked,       [GATE_LAST_BYTE] = &gate_last_byte,
    [GATE_CONNECTED] = &gate_connected, [GATE_NONE] = &gate_none,
    [GATE_FREEZE] = &gate_freeze,       [GATE_COLD] = &gate_cold,
    [GATE_ONE_WRITE] = &gate_one_write, [GATE_LAST_FRAME] = &gate_last_frame,
};

const struct gate_ops *gate_find_ops(enum gate gate)
{
    return table[gate];
}

static int send_whole(int fd, const char *bytes, size_t length)
{
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == (ssize_t)length ? 0 : sent < 0 ? errno : ENOBUFS;
}

/* If this process is killed while it holds, the kernel closes its connections: what it keeps must
 * not be sent then, and the target must not take the end of the connection for that of a request.
 * connection_close takes it back. */
static void reset_if_killed(int fd)
{
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int gate_send_ahead(struct held *held, const struct encoded *encoded, size_t ahead)
{
    held->rest = encoded->bytes + ahead;
    held->length = (uint32_t)(encoded->length - ahead);
    if (!ahead)
        return 0;
    reset_if_killed(encoded->fd);
    return send_whole(encoded->fd, encoded->bytes, ahead);
}

void gate_send_rest(struct held *held)
{
    held->error = send_whole(held->fd, held->rest, held->length);
}
