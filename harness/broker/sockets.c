/* What leaves is looked at by greeting.h, what comes in by transactions.h. */
#include "broker/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "broker/greeting.h"

#define WATCHED_MAX 65536 /* descriptors */

void (*sockets_on_transaction)(const struct transaction *found);

static struct transaction_stream *streams[WATCHED_MAX]; /* of accepted connections */

static size_t gather(const struct msghdr *message, unsigned char *ret_bytes, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        if (part->iov_len > room - used)
            return 0;
        memcpy(ret_bytes + used, part->iov_base, part->iov_len);
        used += part->iov_len;
    }
    return used;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    unsigned char wrong[GREETING_WRONG], right[GREETING_RIGHT];
    size_t length = gather(message, wrong, sizeof wrong);
    if (!greeting_mend(wrong, length, right))
        return syscall(SYS_sendmsg, fd, message, flags);
    struct iovec part = {.iov_base = right, .iov_len = sizeof right};
    struct msghdr mended = {.msg_iov = &part, .msg_iovlen = 1};
    /* A fresh connection's buffer takes 20 bytes whole. The caller counts the bytes that it gave.
     */
    ssize_t sent = syscall(SYS_sendmsg, fd, &mended, flags);
    return sent == (ssize_t)sizeof right ? GREETING_WRONG : sent;
}

int accept(int fd, struct sockaddr *address, socklen_t *length)
{
    int accepted = (int)syscall(SYS_accept, fd, address, length);
    /* Of two answers the second would wait for the client to acknowledge the first: 40 ms. */
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (accepted >= 0 && accepted < WATCHED_MAX) {
        free(streams[accepted]); /* of the connection that had this number before */
        streams[accepted] = calloc(1, sizeof *streams[accepted]);
    }
    return accepted;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t got = syscall(SYS_recvmsg, fd, message, flags);
    struct transaction_stream *stream = fd >= 0 && fd < WATCHED_MAX ? streams[fd] : NULL;
    size_t left = got > 0 && stream ? (size_t)got : 0;
    for (size_t i = 0; left > 0 && i < message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        size_t length = part->iov_len < left ? part->iov_len : left;
        struct transaction found;
        if (transaction_feed(stream, part->iov_base, length, &found) && sockets_on_transaction)
            sockets_on_transaction(&found);
        left -= length;
    }
    return got;
}
