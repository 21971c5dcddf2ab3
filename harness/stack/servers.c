/* Which kind of each server a scenario wants, and starting them all at once. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "stack/inside.h"
#include "stack/team.h"

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

static int start_one(void *context, struct err *err)
{
    struct server *server = context;
    ns_t begun = clock_now();
    int result = server->kind->start(server, err);
    if (result == 0 && server->kind != &server_none)
        log_info("stack", "%s: %s %s ready after %.1f ms", server->child.name, server->kind->name,
                 server->info.version, (double)(clock_now() - begun) / NS_PER_MS);
    return result;
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
        snprintf(server->info.name, sizeof server->info.name, "%s", names[i]);
        snprintf(server->info.kind, sizeof server->info.kind, "%s", kinds[i]->name);
        if (result == 0)
            result = child_log(&server->child, stack->logs, err);
    }
    return result;
}

int stack_start_servers(struct stack *stack, struct err *err)
{
    struct team_member members[SERVER_COUNT] = {0};
    for (int i = 0; i < SERVER_COUNT; i++)
        members[i] = (struct team_member){.start = start_one, .what = &stack->servers[i]};
    int result = prepare(stack, err);
    return result ? result : team_run(members, SERVER_COUNT, &stack->halt, err);
}
