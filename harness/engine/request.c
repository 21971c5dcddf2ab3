/* The scenario's requests with their references resolved by the stack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/inside.h"

static int expand(struct engine *engine, char **text, struct err *err)
{
    return *text ? stack_expand(engine->stack, *text, text, err) : 0;
}

/* One URL an instance. */
static int expand_urls(struct engine *engine, const struct spec_request *given,
                       struct spec_request *request, struct err *err)
{
    request->urls = calloc(INSTANCES_MAX, sizeof *request->urls);
    if (!request->urls)
        return err_set(err, ERR_MEMORY, "no room for the request's URLs");
    int rc = 0;
    for (unsigned i = 0; !rc && i < given->urls_count; i++)
        rc = stack_expand_each(engine->stack, given->urls[i], request->urls, INSTANCES_MAX,
                               &request->urls_count, err);
    request->url = request->urls[0];
    return rc ? err_prefix(err, "url") : 0;
}

static int expand_headers(struct engine *engine, const struct spec_request *given,
                          struct spec_request *request, struct err *err)
{
    request->headers = calloc(given->headers_count + 1, sizeof *request->headers);
    if (!request->headers)
        return err_set(err, ERR_MEMORY, "no room for the request's headers");
    for (unsigned i = 0; i < given->headers_count; i++) {
        char *value = given->headers[i].value;
        int rc = expand(engine, &value, err);
        if (rc)
            return err_prefix(err, "headers.%s", given->headers[i].name);
        request->headers[i] = (struct spec_pair){given->headers[i].name, value};
        request->headers_count++;
    }
    return 0;
}

/* ---- {{ticket}} where a path begins ---- */

/* Where the path of a URL begins, or its first placeholder if there is none before it. */
static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *end = host + strcspn(host, "/?#"), *open = strstr(host, "{{");
    return open && open < end ? open : end;
}

/* "{{ticket}}" alone goes to the instance that was asked, whatever the ticket says, so that
 * nobody's credentials go elsewhere; a placeholder right behind the host is the path. */
static int lead_path(char **url, const char *asked, struct err *err)
{
    _cleanup_free_ char *given = *url;
    const char *path = path_of(given);
    if (strncmp(path, "{{", 2) != 0) {
        given = NULL;
        return 0;
    }
    bool whole = path == given;
    int length = (int)(whole ? path_of(asked) - asked : path - given);
    if (asprintf(url, "%.*s/%s", length, whole ? asked : given, path) >= 0)
        return 0;
    *url = NULL;
    return err_set(err, ERR_MEMORY, "out of memory");
}

/* As many as there are instances, when the ticket alone says where it is. */
static int lead_paths(struct spec_request *request, const struct spec_request *asked,
                      struct err *err)
{
    bool whole = request->urls_count == 1 && !strncmp(request->urls[0], "{{", 2);
    int rc = 0;
    for (unsigned i = 1; whole && i < asked->urls_count; i++, request->urls_count++)
        if (!(request->urls[i] = strdup(request->urls[0])))
            return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < request->urls_count && !rc; i++)
        rc = lead_path(&request->urls[i], asked->urls[i < asked->urls_count ? i : 0], err);
    request->url = request->urls[0];
    return rc;
}

/* Every text of ours is either owned or NULL at any time, so that release can always run. */
static int expand_request(struct engine *engine, const struct spec_request *given,
                          struct spec_request *request, struct err *err)
{
    char *body = given->body;
    const struct spec_request *rush = &engine->scenario->request;
    *request = *given;
    request->source_addresses = rush->source_addresses;
    request->source_addresses_count = rush->source_addresses_count;
    char *socket = given->socket;
    request->url = request->body = request->socket = NULL;
    request->urls = NULL;
    request->headers = NULL;
    request->urls_count = request->headers_count = 0;
    int rc = expand_urls(engine, given, request, err);
    if (!rc && expand(engine, &socket, err))
        rc = err_prefix(err, "unix");
    if (rc)
        return rc;
    request->socket = socket;
    rc = expand(engine, &body, err);
    if (rc)
        return rc;
    request->body = body;
    return expand_headers(engine, given, request, err);
}

static int expand_steps(struct engine *engine, struct err *err)
{
    const struct scenario *scenario = engine->scenario;
    int rc = 0;
    engine->steps = calloc(scenario->prepare_count + 1U, sizeof *engine->steps);
    if (!engine->steps)
        return err_set(err, ERR_MEMORY, "no room for the requests of prepare");
    for (unsigned i = 0; i < scenario->prepare_count && !rc; i++)
        if (expand_request(engine, &scenario->prepare[i].request, &engine->steps[i], err))
            rc = err_prefix(err, "prepare.%u.request", i);
    return rc;
}

static int expand_acts(struct engine *engine, struct err *err)
{
    const struct scenario *scenario = engine->scenario;
    int rc = 0;
    for (unsigned i = 0; i < scenario->actions_count && !rc; i++)
        if (expand_request(engine, &scenario->actions[i].request, &engine->acts[i], err))
            rc = err_prefix(err, "actions.%u", i);
    return rc;
}

int request_expand(struct engine *engine, struct err *err)
{
    const struct spec_decide *decide = engine->scenario->decide;
    int rc = expand_request(engine, &engine->scenario->request, &engine->request, err);
    if (rc)
        return err_prefix(err, "request");
    rc = expand_steps(engine, err);
    if (!rc)
        rc = expand_acts(engine, err);
    if (rc || !decide)
        return rc;
    rc = expand_request(engine, spec_decide_asks(decide), &engine->poll, err);
    if (!rc)
        rc = lead_paths(&engine->poll, &engine->request, err);
    if (rc)
        return err_prefix(err, "%s", spec_decide_key(decide));
    rc = decide->then ? expand_request(engine, decide->then, &engine->then, err) : 0;
    if (!rc && decide->then)
        rc = lead_paths(&engine->then, &engine->request, err);
    return rc ? err_prefix(err, "decide.then") : 0;
}

static void release(struct spec_request *request)
{
    for (unsigned i = 0; i < request->headers_count; i++)
        free(request->headers[i].value);
    free(request->headers);
    for (unsigned i = 0; i < request->urls_count; i++)
        free(request->urls[i]);
    free(request->urls);
    free(request->socket);
    free(request->body);
    *request = (struct spec_request){0};
}

void request_release(struct engine *engine)
{
    release(&engine->request);
    release(&engine->poll);
    release(&engine->then);
    for (unsigned i = 0; i < ACTIONS_MAX; i++)
        release(&engine->acts[i]);
    for (unsigned i = 0; engine->steps && i < engine->scenario->prepare_count; i++)
        release(&engine->steps[i]);
    free(engine->steps);
    engine->steps = NULL;
}

int request_address(void *context, const char *text, char **ret_text, struct err *err)
{
    return stack_expand(((struct engine *)context)->stack, text, ret_text, err);
}
