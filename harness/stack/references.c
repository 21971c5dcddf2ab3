/* What ${...} stands for in this stack. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/uri.h"
#include "base/words.h"
#include "stack/inside.h"

struct part {
    const char *name;
    const char *value; /* "": it has none */
};

/* Sets those of them that the server's kind knows. */
static int set_parts(struct refs *refs, const char *server, const struct part *parts, size_t count,
                     struct err *err)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        char whole[64];
        snprintf(whole, sizeof whole, "%s.%s", server, parts[i].name);
        if (words_find(spec_server_own(server), whole) >= 0)
            result = refs_set(refs, err, whole, "%s", parts[i].value);
    }
    return result;
}

/* Of Kafka's brokers the first one. */
static int set_broker(struct refs *refs, const struct server *server, struct err *err)
{
    char host[256];
    const char *url = server->user_url, *colon = strchr(url, ':');
    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - url) : 0, url);
    char port[16];
    snprintf(port, sizeof port, "%.*s", (int)strspn(colon ? colon + 1 : "", "0123456789"),
             colon ? colon + 1 : "");
    const struct part parts[] = {{"host", host}, {"port", port}};
    return set_parts(refs, server->child.name, parts, 2, err);
}

/* "jdbc:postgresql://127.0.0.1:5432/coupon?user=…&password=…" */
static void spell_jdbc(const char *scheme, const struct uri *uri, const char *place, char *ret_text,
                       size_t size)
{
    const char *kind = !strncmp(scheme, "postgres", 8) ? "postgresql" : scheme;
    char user[3 * sizeof uri->user], password[3 * sizeof uri->password];
    snprintf(ret_text, size, "jdbc:%s://%s%s%s%s%s%s", kind, place, uri->path,
             uri->has_user ? "?user=" : "", uri_escape(uri->user, user, sizeof user),
             uri->has_password ? "&password=" : "",
             uri_escape(uri->password, password, sizeof password));
}

/* What stands in the address, one by one, for clients that are not configured by a URL. */
static int set_address(struct refs *refs, const struct server *server, struct err *err)
{
    _cleanup_free_ struct uri *uri = calloc(1, sizeof *uri);
    struct err broken;
    if (!uri)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (uri_parse(server->user_url, uri, &broken) || !uri->hosts[0].name[0])
        return 0; /* a unix socket has no parts */
    int number = uri_port(uri);
    char port[16], place[300], jdbc[4096];
    snprintf(port, sizeof port, "%d", number);
    uri_place(uri->hosts[0].name, number, place, sizeof place);
    spell_jdbc(uri->scheme, uri, place, jdbc, sizeof jdbc);
    const struct part parts[] = {{"tcp", server->user_url},
                                 {"jdbc", jdbc},
                                 {"host", uri->hosts[0].name},
                                 {"port", port},
                                 {"user", uri->user},
                                 {"password", uri->password},
                                 {"database", uri->path[0] ? uri->path + 1 : ""}};
    return set_parts(refs, server->child.name, parts, sizeof parts / sizeof *parts, err);
}

static int set_servers(struct refs *refs, const struct server *servers, struct err *err)
{
    int result = 0;
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++) {
        const struct server *server = &servers[i];
        char name[64];
        if (!server->user_url[0])
            continue;
        snprintf(name, sizeof name, "%s.%s", server->child.name,
                 spec_server_reference(server->child.name));
        result = refs_set(refs, err, name, "%s", server->user_url);
        if (result == 0)
            result = (i == SERVER_kafka ? set_broker : set_address)(refs, server, err);
    }
    return result;
}

static int set_place(struct refs *refs, const char *name, const struct process *process,
                     struct err *err)
{
    char port[64];
    snprintf(port, sizeof port, "%s.port", name);
    int result = refs_set(refs, err, port, "%u", process->port.number);
    return result ? result : refs_set(refs, err, name, "http://127.0.0.1:%u", process->port.number);
}

int stack_point_at(struct refs *refs, const struct process *process, struct err *err)
{
    int result = set_place(refs, process->spec->name, process, err);
    return result ? result : refs_set(refs, err, "instance", "%d", process->instance);
}

/* ${name} is the first of several, ${name.2} the second. */
static int set_processes(const struct stack *stack, struct refs *refs, struct err *err)
{
    int result = refs_set(refs, err, "instance", "1");
    for (unsigned i = 0; result == 0 && i < stack->processes_count; i++) {
        const struct process *process = &stack->processes[i];
        result = set_place(refs, process->child.name, process, err);
        if (result == 0 && process->instance == 1)
            result = set_place(refs, process->spec->name, process, err);
    }
    return result;
}

int stack_point_at_limit(const struct stack *stack, struct refs *refs, struct err *err)
{
    return refs_set(refs, err, "limit", "%" PRId64, stack->scenario->limit);
}

int stack_make_refs(const struct stack *stack, const struct server *servers, struct refs *refs,
                    struct err *err)
{
    int result = set_servers(refs, servers, err);
    if (result == 0)
        result = set_processes(stack, refs, err);
    if (result == 0)
        result = stack_point_at_limit(stack, refs, err);
    if (result == 0)
        result = refs_set(refs, err, "dir", "%s", stack->dir);
    if (result == 0)
        result = refs_set(refs, err, "scenario.dir", "%s", stack->scenario_dir);
    return result;
}

int stack_expand(const struct stack *stack, const char *text, char **ret_text, struct err *err)
{
    return refs_expand(&stack->refs, text, ret_text, err);
}

/* The first instance of the process that a text names without a number; NULL: none has several. */
static struct process *named_by(const struct stack *stack, const char *text)
{
    for (unsigned i = 0; i < stack->processes_count; i++)
        if (stack->processes[i].spec->count > 1 && refs_names(text, stack->processes[i].spec->name))
            return &stack->processes[i];
    return NULL;
}

int stack_expand_each(struct stack *stack, const char *text, char **ret_texts, unsigned room,
                      unsigned *ret_count, struct err *err)
{
    const struct process *first = named_by(stack, text);
    unsigned count = first ? (unsigned)first->spec->count : 1;
    int result = 0;
    for (unsigned i = 0; result == 0 && i < count; i++) {
        if (*ret_count == room)
            return err_set(err, ERR_USAGE, "there are more than %u instances", room);
        if (first)
            result = stack_point_at(&stack->refs, first + i, err);
        if (result == 0)
            result = stack_expand(stack, text, &ret_texts[*ret_count], err);
        *ret_count += result == 0;
    }
    return result || !first ? result : stack_point_at(&stack->refs, first, err);
}

const char *stack_process_at(const struct stack *stack, unsigned port)
{
    for (unsigned i = 0; i < stack->processes_count; i++)
        if (stack->processes[i].port.number == port)
            return stack->processes[i].child.name;
    return NULL;
}
