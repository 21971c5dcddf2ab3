/* What request.grpc means for the request that carries it: a POST of its message to the path of its
 * method. Whoever reads the scenario printed in full reads the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "scenario/derive.h"

/* "http://host:50051" becomes "http://host:50051/shop.Coupons/Apply", once. */
static int lead(char **url, const char *path)
{
    size_t length = strlen(*url), own = strlen(path);
    if (length >= own && !strcmp(*url + length - own, path))
        return 0;
    while (length && (*url)[length - 1] == '/')
        length--;
    char *whole = NULL;
    if (asprintf(&whole, "%.*s%s", (int)length, *url, path) < 0)
        return -(int)ERR_MEMORY;
    free(*url);
    *url = whole;
    return 0;
}

static int add_header(struct spec_request *request, const char *name, const char *value)
{
    for (unsigned i = 0; i < request->headers_count; i++)
        if (!strcasecmp(request->headers[i].name, name))
            return 0;
    struct spec_pair *longer =
        reallocarray(request->headers, request->headers_count + 1U, sizeof *longer);
    if (!longer)
        return -(int)ERR_MEMORY;
    request->headers = longer;
    longer[request->headers_count] = (struct spec_pair){strdup(name), strdup(value)};
    const struct spec_pair *added = &longer[request->headers_count++];
    return added->name && added->value ? 0 : -(int)ERR_MEMORY;
}

/* Where no rule says what a yes is, OK is one. */
static int add_rule(struct spec_responses *responses)
{
    if (responses->accepted_count || responses->undecided_count ||
        responses->otherwise == OTHERWISE_UNDECIDED)
        return 0;
    struct spec_rule *rule = calloc(1, sizeof *rule);
    if (!rule)
        return -(int)ERR_MEMORY;
    responses->accepted = rule;
    responses->accepted_count = 1;
    rule->grpc = calloc(1, sizeof *rule->grpc); /* 0 is OK */
    rule->grpc_count = rule->grpc != NULL;
    return rule->grpc ? 0 : -(int)ERR_MEMORY;
}

static int derive_call(struct spec_request *request, const struct node *given)
{
    const struct spec_grpc *grpc = request->grpc;
    _cleanup_free_ char *path = NULL;
    if (!grpc)
        return 0;
    if (asprintf(&path, "/%s/%s", grpc->service, grpc->method) < 0) {
        path = NULL;
        return -(int)ERR_MEMORY;
    }
    int rc = 0;
    for (unsigned i = 0; i < request->urls_count && !rc; i++)
        rc = lead(&request->urls[i], path);
    if (!node_find(given, "http2"))
        request->http2 = strncmp(request->urls[0], "https:", 6) != 0 ? HTTP2_KNOWN : HTTP2_OFFERED;
    if (!request->body && !(request->body = strdup(grpc->message)))
        rc = -(int)ERR_MEMORY;
    if (!rc)
        rc = add_header(request, "Content-Type", "application/grpc");
    return rc ? rc : add_header(request, "TE", "trailers");
}

int derive_grpc(struct scenario *scenario, const struct tree *tree)
{
    const struct node *prepare = node_find(tree->root, "prepare");
    int rc = derive_call(&scenario->request, node_find(tree->root, "request"));
    for (unsigned i = 0; i < scenario->prepare_count && !rc; i++)
        rc = derive_call(&scenario->prepare[i].request,
                         node_find(prepare->entries[i].value, "request"));
    return rc || !scenario->request.grpc ? rc : add_rule(&scenario->responses);
}
