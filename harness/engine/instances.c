/* The instances of the service that requests go to: whose they are, what they are called, and
 * whether somebody still listens there. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/uri.h"
#include "engine/inside.h"
#include "engine/target.h"
#include "load/http/target.h"

/* For somebody to start a service by hand. */
#define AWAIT_MAX   (60 * NS_PER_S)
#define AWAIT_EVERY (50 * NS_PER_MS)

/* Where a URL has a port that stands in the service's code no process is named. */
static void meet_listeners(struct engine *engine)
{
    struct target target;
    struct err err;
    pthread_mutex_lock(&engine->stack_lock);
    for (unsigned i = 0; !engine->request.socket && i < engine->request.urls_count; i++)
        if (!target_parse(engine->request.urls[i], &target, &err) &&
            target_is_loopback(target.host))
            stack_meet(engine->stack, target.port);
    pthread_mutex_unlock(&engine->stack_lock);
}

static bool owns_target(struct engine *engine)
{
    struct target target;
    struct err err;
    bool own = !engine->request.socket; /* a path says not whose it is */
    for (unsigned i = 0; own && i < engine->request.urls_count; i++)
        own = !target_parse(engine->request.urls[i], &target, &err) &&
              engine_owns(engine, target.port);
    return own;
}

/* Who the requests take turns with; a single one needs no name. */
void instances_name(struct engine *engine)
{
    struct run *run = engine->run;
    const struct spec_request *request = &engine->request;
    struct target target;
    struct err err;
    meet_listeners(engine);
    engine->own_target = owns_target(engine);
    run->instances_count = 0;
    for (unsigned i = 0; request->urls_count > 1 && i < request->urls_count; i++) {
        struct instance_info *info = &run->instances[run->instances_count++];
        *info = (struct instance_info){0};
        if (target_parse(request->urls[i], &target, &err))
            continue;
        const char *name = stack_process_at(engine->stack, target.port);
        if (name)
            snprintf(info->name, sizeof info->name, "%s", name);
        else
            uri_place(target.host, target.port, info->name, sizeof info->name);
    }
}

/* Does somebody listen there, or is it in vain to wait? */
static bool is_there(struct engine *engine, const char *url, ns_t give_up)
{
    struct target_info info;
    char text[sizeof info.place + 64];
    target_look(url, engine->request.socket, &info);
    snprintf(text, sizeof text, "waiting for the service at %s", info.place);
    if (*info.refusal)
        engine_tick(engine, text);
    return !*info.refusal || clock_now() >= give_up || engine_stopping(engine) ||
           stack_refusal(engine->stack, false);
}

void instances_await(struct engine *engine)
{
    ns_t give_up = clock_now() + AWAIT_MAX;
    if (!spec_between_listens(&engine->scenario->between))
        return;
    for (unsigned i = 0; i < engine->request.urls_count; i++)
        while (!is_there(engine, engine->request.urls[i], give_up))
            clock_sleep_until(clock_now() + AWAIT_EVERY);
}

/* Does a ${name} stand where the URL says where it leads? It is filled in before anything is sent,
 * and looked at then. */
static bool has_reference(const char *url)
{
    const char *host = strstr(url, "://"), *reference = strstr(url, "${");
    host = host ? host + 3 : url;
    return reference && reference < host + strcspn(host, "/?#");
}

int instances_check(const struct engine_settings *settings, const struct spec_request *request,
                    struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; !rc && i < request->urls_count; i++)
        if (!has_reference(request->urls[i]) && !request->socket)
            rc = target_check(request->urls[i], settings->allow_hosts, settings->allow_hosts_count,
                              err);
    return rc;
}

/* And of a service that the run did not start: after the late window, does anybody listen? Its
 * clients have gone by then, so that they are in nobody's way. A fault that ended something for
 * good may have ended the service with it. */
void instances_look(struct engine *engine)
{
    if (engine->own_target || atomic_load(&engine->saboteur.consumer_gone))
        return;
    if (engine->load)
        load_close(engine->load);
    struct target_info *info = &engine->run->target;
    for (unsigned i = 0; !*info->refusal && i < engine->request.urls_count; i++)
        target_look(engine->request.urls[i], engine->request.socket, info);
    log_info("target", "%s",
             *engine->run->target.refusal ? engine->run->target.refusal : "listens");
}
