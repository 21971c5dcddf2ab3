/* Which kind of each server a scenario wants, and starting them all at once. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "stack/inside.h"
#include "stack/team.h"

#define SERVER(name, ...) extern const struct server_role role_##name;
#include "model/server_rows.h"
#undef SERVER

const struct server_role *const server_roles[SERVER_COUNT] = {
#define SERVER(name, ...) &role_##name,
#include "model/server_rows.h"
#undef SERVER
};

static const struct server_kind *choose(const struct server_choice *choices, const char *text)
{
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
    int result = 0;
    for (int i = 0; i < SERVER_COUNT; i++) {
        struct server *server = &stack->servers[i];
        server_init(server, spec_servers[i], &stack->place);
        server->kind =
            choose(server_roles[i]->choices, spec_server(&stack->scenario->stack, spec_servers[i]));
        snprintf(server->info.name, sizeof server->info.name, "%s", spec_servers[i]);
        snprintf(server->info.kind, sizeof server->info.kind, "%s", server->kind->name);
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
