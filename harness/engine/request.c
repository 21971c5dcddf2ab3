/* The scenario's request with its references resolved by the stack. */
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"

static int expand(struct engine *engine, char **text, struct err *err)
{
    return *text ? stack_expand(engine->stack, *text, text, err) : 0;
}

int request_expand(struct engine *engine, struct err *err)
{
    struct spec_request *request = &engine->request;
    *request = engine->scenario->request;
    unsigned count = request->headers_count;
    /* From here on every text of ours is either owned or NULL, so that release can always run. */
    char *url = request->url, *body = request->body;
    const struct spec_pair *headers = request->headers;
    request->url = request->body = NULL;
    request->headers = calloc(count + 1, sizeof *request->headers);
    if (!request->headers)
        return err_set(err, ERR_MEMORY, "no room for the request's headers");

    int rc = expand(engine, &url, err);
    if (rc)
        return err_prefix(err, "request.url");
    request->url = url;
    rc = expand(engine, &body, err);
    if (rc)
        return err_prefix(err, "request.body");
    request->body = body;
    for (unsigned i = 0; i < count; i++) {
        char *value = headers[i].value;
        rc = expand(engine, &value, err);
        if (rc)
            return err_prefix(err, "request.headers.%s", headers[i].name);
        request->headers[i] = (struct spec_pair){headers[i].name, value};
    }
    return 0;
}

void request_release(struct engine *engine)
{
    struct spec_request *request = &engine->request;
    for (unsigned i = 0; request->headers && i < request->headers_count; i++)
        free(request->headers[i].value);
    free(request->headers);
    free(request->url);
    free(request->body);
    *request = (struct spec_request){0};
}

int request_address(void *context, const char *text, char **ret_text, struct err *err)
{
    return stack_expand(((struct engine *)context)->stack, text, ret_text, err);
}
