#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/address.h"

#define STORE(name) extern const struct store_ops store_##name;
#include "store/store_rows.h"
#undef STORE

static const struct store_ops *const stores[] = {
#define STORE(name) &store_##name,
#include "store/store_rows.h"
#undef STORE
};
enum { STORES = sizeof stores / sizeof *stores };

const struct store_ops *store_named(const char *name)
{
    for (size_t i = 0; i < STORES; i++)
        if (!strcmp(stores[i]->name, name))
            return stores[i];
    return NULL;
}

static void refuse(const char *url, struct err *err)
{
    char allowed[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < STORES; i++)
        if (stores[i] != &store_command)
            used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s://",
                                     i ? ", " : "", stores[i]->schemes[0]);
    err_set(err, ERR_USAGE,
            "no store has addresses that begin with '%.*s:'; allowed: %s; rows of "
            "any other store by command: '…'",
            (int)strcspn(url, ":/@ "), url, allowed);
}

const struct store_ops *store_find(const char *url, struct err *err)
{
    size_t length = strcspn(url, ":");
    for (size_t i = 0; i < STORES; i++)
        for (const char *const *scheme = stores[i]->schemes; *scheme; scheme++)
            if (strlen(*scheme) == length && !strncasecmp(*scheme, url, length))
                return stores[i];
    refuse(url, err);
    return NULL;
}

int store_open(const char *url, bool commands, struct store **ret_store, struct err *err)
{
    const struct store_ops *ops = store_find(url, err);
    if (!ops)
        return -(int)ERR_USAGE;
    struct store *store = calloc(1, ops->size);
    if (!store || !(store->url = strdup(url))) {
        free(store);
        return err_set(err, ERR_MEMORY, "no room for a session with %s", ops->title);
    }
    store->ops = ops;
    store->commands = commands;
    int rc = ops->open ? ops->open(store, err) : 0;
    if (rc) {
        store_close(store);
        return rc;
    }
    *ret_store = store;
    return 0;
}

void store_visit(struct store *store, struct visit *visit)
{
    visit->began = clock_now();
    store->ops->visit(store, visit);
}

bool store_answers(const char *url, char *ret_version, size_t version_size, char *ret_why,
                   size_t why_size)
{
    struct store *store = NULL;
    struct err err = {0};
    struct visit visit;
    visit_init(&visit);
    if (store_open(url, false, &store, &err))
        visit_fail(&visit, "%s", err.message);
    else
        store_visit(store, &visit);
    bool answers = visit.rc == 0;
    snprintf(answers ? ret_version : ret_why, answers ? version_size : why_size, "%s",
             answers ? visit.version : visit.error);
    store_close(store);
    visit_free(&visit);
    return answers;
}

int store_execute(struct store *store, const char *command, struct err *err)
{
    int rc = store->ops->connect(store, err);
    return rc ? rc : store->ops->execute(store, command, err);
}

int store_try_out(struct store *store, const char *command, struct err *err)
{
    int rc = store->ops->try_out ? store->ops->connect(store, err) : 0;
    return rc || !store->ops->try_out ? rc : store->ops->try_out(store, command, err);
}

int store_is_local(struct store *store, bool *ret_local, char *ret_text, size_t size,
                   struct err *err)
{
    int rc = store->ops->connect(store, err);
    if (!rc)
        *ret_local =
            !store->ops->socket || address_peer_is_local(store->ops->socket(store), ret_text, size);
    return rc;
}

void store_wake(struct store *store)
{
    if (store->ops->wake)
        store->ops->wake(store);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->ops->close)
        store->ops->close(store);
    free(store->url);
    roster_free(store->people.roster);
    items_free(store->people.items);
    for (int i = 0; i < VISIT_SLOTS; i++) {
        free(store->queries[i]);
        free(store->names[i].user);
        free(store->names[i].id);
        free(store->names[i].item);
        free(store->names[i].units);
        free(store->names[i].order);
    }
    free(store->headers);
    free(store);
}
