/* A server of one thread a connection, for tests whose target thinks before it answers. Include
 * from one test file each. */
#ifndef UNIT_LOAD_SERVER_H
#define UNIT_LOAD_SERVER_H

#include "load_rig.h"

struct server {
    /* A whole head came; false: the connection is done with. */
    bool (*answer)(void *context, int fd, const char *head);
    void *context;
    unsigned pause_us; /* between two connections that are taken */
    int listener;
    atomic_bool quit;
    atomic_int visits;
    pthread_t thread;
};

struct server_visit {
    struct server *server;
    int fd;
};

static inline void *server_serve(void *context)
{
    struct server_visit visit = *(struct server_visit *)context;
    char head[4096];
    size_t used = 0;
    free(context);
    for (ssize_t got; (got = recv(visit.fd, head + used, sizeof head - 1 - used, 0)) > 0;) {
        used += (size_t)got;
        head[used] = '\0';
        if (!strstr(head, "\r\n\r\n"))
            continue;
        if (!visit.server->answer(visit.server->context, visit.fd, head))
            break;
        used = 0;
    }
    close(visit.fd);
    atomic_fetch_sub(&visit.server->visits, 1);
    return NULL;
}

static inline void *server_accept(void *context)
{
    struct server *server = context;
    for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0 && !atomic_load(&server->quit);) {
        struct server_visit *visit = malloc(sizeof *visit);
        pthread_t thread;
        *visit = (struct server_visit){server, fd};
        atomic_fetch_add(&server->visits, 1);
        pthread_create(&thread, NULL, server_serve, visit);
        pthread_detach(thread);
        usleep(server->pause_us);
    }
    return NULL;
}

/* listener, answer and context are set. */
static inline void server_start(struct server *server)
{
    pthread_create(&server->thread, NULL, server_accept, server);
}

/* Visits end with their connections, which the caller has closed. */
static inline void server_stop(struct server *server)
{
    atomic_store(&server->quit, true);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    for (int i = 0; atomic_load(&server->visits) && i < 10000; i++)
        usleep(1000);
}

/* Runs the load to the last decision; poll and then are what tickets are asked by. */
static inline int server_run(struct rig *rig, const struct spec_request *poll,
                             const struct spec_request *then)
{
    rig->roster = roster_of(&rig->scenario);
    const struct load_settings settings = {.scenario = &rig->scenario,
                                           .roster = rig->roster,
                                           .request = &rig->scenario.request,
                                           .poll = poll,
                                           .then = then,
                                           .dir = ".",
                                           .history = &rig->history,
                                           .progress = &rig->progress};
    int rc = history_init(&rig->history, phases_room(&rig->scenario), &rig->err);
    if (!rc)
        rc = load_open(&load_local, &settings, &rig->load, &rig->err);
    if (!rc)
        rc = rig_run(rig);
    return rc ? rc : load_decide(rig->load, &rig->err);
}

#endif
