#include "stack/server.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/observed.h"
#include "stack/detour.h"
#include "store/store.h"

#define DEFAULT_PARTITIONS 3

static int none_start(struct server *server, struct err *err)
{
    (void)server;
    (void)err;
    return 0;
}

const struct server_kind server_none = {.name = "none", .start = none_start};

void server_init(struct server *server, const char *name, const struct place *place)
{
    *server = (struct server){.kind = &server_none, .place = place};
    child_init(&server->child, place->launcher, name);
    child_init(&server->aide, place->launcher, "");
    for (int i = 0; i < SERVER_PORTS_MAX; i++)
        server->ports[i].reservation = -1;
    server->door.reservation = -1;
}

void server_free(struct server *server)
{
    for (int i = 0; i < SERVER_PORTS_MAX; i++)
        port_release(&server->ports[i]);
    port_release(&server->door);
    child_free(&server->child);
    child_free(&server->aide);
}

int server_make_dir(struct server *server, uint32_t uid, uint32_t gid, struct err *err)
{
    snprintf(server->dir, sizeof server->dir, "%s/%s", launcher_dir(server->place->launcher),
             server->child.name);
    if (mkdir(server->dir, 0700) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make %s", server->dir);
    if (uid != LAUNCH_SAME && chown(server->dir, uid, gid) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno,
                         "cannot give a directory to user %u: this root may not; be an ordinary "
                         "user (docker run --user 1000), or keep the capabilities CHOWN, FOWNER, "
                         "DAC_OVERRIDE, SETUID, SETGID, KILL",
                         uid);
    return 0;
}

int server_drop_root(struct server *server, const char *name, struct err *err)
{
    if (geteuid() != 0)
        return 0;
    char texts[4096];
    struct passwd entry, *user = NULL;
    if (getpwnam_r(name, &entry, texts, sizeof texts, &user) || !user)
        (void)getpwnam_r("nobody", &entry, texts, sizeof texts, &user);
    if (!user)
        return err_set(err, ERR_ENVIRONMENT,
                       "%s does not run as root, and there is neither a user %s nor nobody",
                       server->child.name, name);
    server->child.uid = user->pw_uid;
    server->child.gid = user->pw_gid;
    return 0;
}

int server_reserve(struct server *server, unsigned place, struct err *err)
{
    const struct scenario *scenario = server->place->scenario;
    int64_t fixed = spec_server_port(&scenario->stack, server->child.name);
    if (!fixed)
        return port_reserve(&server->ports[place], err);
    bool behind = scenario->between.what != BETWEEN_OFF && detour_knows(server->child.name);
    struct port *port = behind ? &server->door : &server->ports[place];
    int result = port_take((unsigned)fixed + place, port, err);
    if (result)
        return err_prefix(err, "stack.%s_%s", server->child.name,
                          spec_server_as(&scenario->stack, server->child.name) ? "as" : "port");
    return behind ? port_reserve(&server->ports[place], err) : 0;
}

int server_settle(struct server *server, const char *user,
                  int (*make)(struct server *server, const char *program, struct err *err),
                  const char *program, struct err *err)
{
    int result = server_drop_root(server, user, err);
    if (result == 0)
        result = server_make_dir(server, server->child.uid, server->child.gid, err);
    if (result == 0)
        result = make(server, program, err);
    if (result == 0)
        result = server_reserve(server, 0, err);
    if (result)
        return result;
    texts_environment(&server->child.env);
    server->child.dir = strdup(server->dir);
    return login_make(&server->place->scenario->stack, server->child.name, &server->login, err);
}

static bool topic_listed(const struct scenario *scenario, const char *name)
{
    for (unsigned i = 0; i < scenario->stack.topics_count; i++) {
        if (strcmp(scenario->stack.topics[i].name, name) == 0)
            return true;
    }
    return false;
}

int server_topics(const struct scenario *scenario,
                  int (*make)(void *context, const char *name, int32_t partitions,
                              int32_t replication, struct err *err),
                  void *context, struct err *err)
{
    const struct spec_pipeline *pipeline = scenario->evidence.pipeline;
    int result = 0;
    for (unsigned i = 0; result == 0 && i < scenario->stack.topics_count; i++) {
        const struct spec_topic *topic = &scenario->stack.topics[i];
        result = make(context, topic->name, topic->partitions, topic->replication, err);
    }
    if (pipeline && pipeline->kind != PIPELINE_kafka)
        return result;
    for (unsigned i = 0; result == 0 && pipeline && i < pipeline->queues_count; i++) {
        if (!topic_listed(scenario, pipeline->queues[i]))
            result = make(context, pipeline->queues[i], DEFAULT_PARTITIONS, 1, err);
    }
    if (result == 0 && pipeline && pipeline->dead_letter &&
        !topic_listed(scenario, pipeline->dead_letter))
        result = make(context, pipeline->dead_letter, 1, 1, err);
    return result;
}

bool server_answers(void *context, char *ret_why, size_t size)
{
    struct server *server = context;
    return store_answers(server->own_url, server->info.version, sizeof server->info.version,
                         ret_why, size);
}
