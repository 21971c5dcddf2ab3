/* sendmsg for the whole program (a symbol of the executable comes before libc's): every answer of
 * the mock cluster leaves by it, and greeting.h tells which one must be mended. */
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "broker/greeting.h"

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
