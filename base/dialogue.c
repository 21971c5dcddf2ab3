#include "base/dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct dialogue dialogue_at(const char *path, ns_t patience)
{
    return (struct dialogue){.path = path, .patience = patience, .fd = -1};
}

void dialogue_close(struct dialogue *dialogue)
{
    if (dialogue->fd >= 0)
        close(dialogue->fd);
    dialogue->fd = -1;
}

static bool fail(struct dialogue *dialogue, int errnum, char *ret_answer, size_t size)
{
    bool late = errnum == EAGAIN || errnum == EWOULDBLOCK;
    dialogue_close(dialogue);
    snprintf(ret_answer, size, "%s", late ? "no answer in time" : strerror(errnum));
    return false;
}

static int connect_to(struct dialogue *dialogue)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval wait = {.tv_sec = dialogue->patience / NS_PER_S,
                                 .tv_usec = dialogue->patience % NS_PER_S / 1000};
    if (strlen(dialogue->path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    strcpy(address.sun_path, dialogue->path);
    dialogue->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (dialogue->fd < 0 ||
        setsockopt(dialogue->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0 ||
        setsockopt(dialogue->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) < 0 ||
        connect(dialogue->fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return errno;
    return 0;
}

/* 0, or an errno value. */
static int hear(struct dialogue *dialogue, char *ret_answer, size_t size)
{
    for (size_t used = 0; used < size;) {
        ssize_t got = recv(dialogue->fd, ret_answer + used, size - used, 0);
        if (got <= 0)
            return got ? errno : ECONNRESET;
        used += (size_t)got;
        char *end = memchr(ret_answer, '\n', used);
        if (!end)
            continue;
        *end = '\0';
        return 0;
    }
    return EMSGSIZE;
}

bool dialogue_ask(struct dialogue *dialogue, const char *question, char *ret_answer, size_t size)
{
    char line[512];
    int length = snprintf(line, sizeof line, "%s\n", question);
    if (length < 0 || (size_t)length >= sizeof line || strchr(question, '\n'))
        return fail(dialogue, EINVAL, ret_answer, size);
    int errnum = dialogue->fd < 0 ? connect_to(dialogue) : 0;
    if (!errnum && send(dialogue->fd, line, (size_t)length, MSG_NOSIGNAL) != length)
        errnum = errno;
    if (!errnum)
        errnum = hear(dialogue, ret_answer, size);
    return errnum ? fail(dialogue, errnum, ret_answer, size) : true;
}
