#include "proxy/resp.h"

#include <stdlib.h>

static struct framer *open_resp(void)
{
    struct resp *resp = calloc(1, sizeof *resp);
    if (!resp)
        return NULL;
    resp->base.passable[FRAMER_CLIENT] = resp->base.passable[FRAMER_SERVER] = UINT64_MAX;
    return &resp->base;
}

static void release(struct framer *framer)
{
    EVP_MD_CTX_free(((struct resp *)framer)->request.script);
}

static void feed(struct framer *framer, enum framer_side side, uint8_t *bytes, size_t length)
{
    struct resp *resp = (struct resp *)framer;
    if (side == FRAMER_CLIENT)
        resp_take_requests(resp, bytes, length);
    else
        resp_take_answers(resp, bytes, length);
}

const struct framer_ops framer_resp = {"resp", FRAMER_TLS_FIRST, NULL, 0, open_resp, feed, release};
