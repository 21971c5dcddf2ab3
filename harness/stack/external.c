/* A store of somebody else's: that it answers, and where it is. */
#include <stdio.h>

#include "stack/server.h"
#include "store/store.h"

static int start(struct server *server, struct err *err)
{
    char why[256] = "";
    const char *name = server->child.name;
    const char *url = spec_server(&server->place->scenario->stack, name);
    const struct store_ops *ops = store_named(name);
    snprintf(server->own_url, sizeof server->own_url, "%s", url);
    snprintf(server->user_url, sizeof server->user_url, "%s", url);
    if (server_answers(server, why, sizeof why))
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "the %s of the scenario does not answer: %s",
                   ops ? ops->title : name, why);
}

const struct server_kind store_external = {.name = "external", .start = start};
