/* Which kind of each server a scenario wants, and starting them all at once. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "stack/inside.h"

struct choice {
    const char *word; /* NULL: any other text, an address */
    const struct server_kind *kind;
};

static const struct choice redis_choices[] = {
    {"private", &redis_private}, {"none", &server_none}, {NULL, &redis_external}};
static const struct choice postgres_choices[] = {
    {"private", &postgres_private}, {"none", &server_none}, {NULL, &postgres_external}};
static const struct choice kafka_choices[] = {{"embedded", &kafka_embedded},
                                              {"apache", &kafka_apache},
                                              {"none", &server_none},
                                              {NULL, &kafka_external}};

static const struct server_kind *choose(const struct choice *choices, const char *text)
{
    if (!text)
        return choices[0].kind;
    while (choices->word && strcmp(choices->word, text) != 0)
        choices++;
    return choices->kind;
}

struct starter {
    struct server *server;
    pthread_t thread;
    bool running;
    int result;
    struct err err;
};

static void *start_one(void *context)
{
    struct starter *starter = context;
    struct server *server = starter->server;
    ns_t begun = clock_now();
    starter->result = server->kind->start(server, &starter->err);
    if (starter->result)
        atomic_store(&server->place->halt->abandoned, true);
    else if (server->kind != &server_none)
        log_info("stack", "%s: %s %s ready after %.1f ms", server->child.name, server->kind->name,
                 server->info.version, (double)(clock_now() - begun) / NS_PER_MS);
    return NULL;
}

static int prepare(struct stack *stack, struct err *err)
{
    static const char *const names[] = {"redis", "postgres", "kafka"};
    const struct spec_stack *spec = &stack->scenario->stack;
    const struct server_kind *const kinds[] = {choose(redis_choices, spec->redis),
                                               choose(postgres_choices, spec->postgres),
                                               choose(kafka_choices, spec->kafka)};
    int result = 0;
    for (int i = 0; i < SERVER_COUNT; i++) {
        struct server *server = &stack->servers[i];
        server_init(server, names[i], &stack->place);
        server->kind = kinds[i];
        snprintf(server->info.kind, sizeof server->info.kind, "%s", kinds[i]->name);
        if (result == 0)
            result = child_log(&server->child, stack->logs, err);
    }
    return result;
}

/* The failure that made the others give up, if there is one. */
static int first_cause(const struct starter *starters, struct err *err)
{
    const struct starter *cause = NULL;
    for (int i = 0; i < SERVER_COUNT; i++) {
        if (starters[i].result && (!cause || cause->err.code == ERR_INTERRUPTED))
            cause = &starters[i];
    }
    if (!cause)
        return 0;
    *err = cause->err;
    return cause->result;
}

int stack_start_servers(struct stack *stack, struct err *err)
{
    struct starter starters[SERVER_COUNT] = {0};
    int result = prepare(stack, err);
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++) {
        starters[i].server = &stack->servers[i];
        starters[i].running = !pthread_create(&starters[i].thread, NULL, start_one, &starters[i]);
        if (!starters[i].running) {
            result = err_set(err, ERR_ENVIRONMENT, "cannot start a thread");
            atomic_store(&stack->halt.abandoned, true);
        }
    }
    for (int i = 0; i < SERVER_COUNT; i++) {
        if (starters[i].running)
            pthread_join(starters[i].thread, NULL);
    }
    if (result == 0)
        result = first_cause(starters, err);
    atomic_store(&stack->halt.abandoned, false);
    return result;
}
