/* links: load Threads::Threads */
/* A load that is killed while it holds: no target may take what it has of a request for one. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>

#include "load_rig.h"

enum { REQUESTS = 8 };

struct door {
    int listener, port;
    pthread_t thread;
    int whole, ended; /* requests that came whole; connections that ended as one that is done */
};

/* Takes each connection to its end, one after the other: the backlog keeps the rest. */
static void *stand(void *context)
{
    struct door *door = context;
    for (int i = 0; i < REQUESTS; i++) {
        char head[4096] = "";
        size_t used = 0;
        ssize_t got;
        int fd = accept(door->listener, NULL, NULL);
        while ((got = recv(fd, head + used, sizeof head - 1 - used, 0)) > 0)
            used += (size_t)got;
        door->whole += strstr(head, "\r\n\r\n") != NULL;
        door->ended += got == 0;
        close(fd);
    }
    return NULL;
}

static void open_door(struct door *door)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *door = (struct door){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    cr_assert_eq(bind(door->listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(door->listener, REQUESTS), 0);
    getsockname(door->listener, (struct sockaddr *)&address, &size);
    door->port = ntohs(address.sin_port);
}

static void stage_and_die(int port, enum gate gate)
{
    struct rig *rig = rig_new(port);
    rig->phases[0].burst = (struct spec_burst){REQUESTS, gate, 5 * NS_PER_S, NULL};
    if (rig_open(rig, NULL) || load_stage(rig->load, 0, &rig->info, &rig->err))
        _exit(1);
    raise(SIGKILL);
}

Test(load_killed, while_it_holds)
{
    static const enum gate gates[] = {GATE_CORKED, GATE_LAST_BYTE};
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        struct door door;
        int status;
        open_door(&door);
        pid_t child = fork();
        if (!child)
            stage_and_die(door.port, gates[i]);
        pthread_create(&door.thread, NULL, stand, &door);
        waitpid(child, &status, 0);
        cr_assert(WIFSIGNALED(status), "gate %zu: it could not stage", i);
        pthread_join(door.thread, NULL);
        cr_assert_eq(door.whole, 0, "gate %zu: %d requests came", i, door.whole);
        cr_assert_eq(door.ended, 0, "gate %zu: %d connections ended as if all was there", i,
                     door.ended);
        close(door.listener);
    }
}
