#include "keeper/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static size_t put_text(char *bytes, size_t used, size_t room, const char *text)
{
    size_t length = strlen(text) + 1;
    if (used == 0 || used + length > room)
        return 0;
    memcpy(bytes + used, text, length);
    return used + length;
}

size_t wire_pack(const struct wire_spawn *spawn, const char *dir, const char *log,
                 char *const *argv, char *const *env, char *ret_bytes, size_t room)
{
    if (room < sizeof *spawn || spawn->argc + spawn->envc + 4 > WIRE_TEXTS_MAX)
        return 0;
    memcpy(ret_bytes, spawn, sizeof *spawn);
    size_t used = put_text(ret_bytes, sizeof *spawn, room, dir);
    used = put_text(ret_bytes, used, room, log);
    for (uint32_t i = 0; i < spawn->argc; i++)
        used = put_text(ret_bytes, used, room, argv[i]);
    for (uint32_t i = 0; i < spawn->envc; i++)
        used = put_text(ret_bytes, used, room, env[i]);
    return used;
}

bool wire_unpack(char *bytes, size_t length, struct wire_spawn *ret_spawn,
                 char *ret_texts[WIRE_TEXTS_MAX])
{
    struct wire_spawn spawn;
    if (length <= sizeof spawn || bytes[length - 1] != '\0')
        return false;
    memcpy(&spawn, bytes, sizeof spawn);
    if (spawn.argc == 0 || spawn.argc > WIRE_TEXTS_MAX || spawn.envc > WIRE_TEXTS_MAX ||
        spawn.argc + spawn.envc + 4 > WIRE_TEXTS_MAX)
        return false;
    size_t want = 2 + (size_t)spawn.argc + spawn.envc, slot = 0;
    char *at = bytes + sizeof spawn;
    for (size_t i = 0; i < want; i++) {
        if (at >= bytes + length)
            return false;
        if (i == 2 + (size_t)spawn.argc)
            ret_texts[slot++] = NULL;
        ret_texts[slot++] = at;
        at += strlen(at) + 1;
    }
    if (spawn.envc == 0)
        ret_texts[slot++] = NULL;
    ret_texts[slot] = NULL;
    *ret_spawn = spawn;
    return at == bytes + length;
}

ssize_t wire_send(int fd, const void *bytes, size_t length, int passed)
{
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (passed >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t wire_receive(int fd, void *bytes, size_t room, int *ret_passed)
{
    struct iovec part = {.iov_base = bytes, .iov_len = room};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    if (ret_passed) {
        *ret_passed = -1;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_type == SCM_RIGHTS)
            memcpy(ret_passed, CMSG_DATA(header), sizeof *ret_passed);
    }
    return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : got;
}
