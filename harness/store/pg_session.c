#include "store/pg_session.h"

#include <string.h>

static struct pg_link *link_of(struct store *store)
{
    return &((struct pg_session *)store)->link;
}

int pg_session_make(struct pg_session *session, char *ret_error, size_t size)
{
    if (session->link.conn)
        return 0;
    return pg_link_connect(&session->link, session->store.url, clock_now() + STORE_CONNECT_SPAN,
                           ret_error, size);
}

int pg_session_open(struct store *store, struct err *err)
{
    if (pg_link_init(link_of(store)))
        return err_set(err, ERR_ENVIRONMENT, "no descriptor left for a session with Postgres");
    return 0;
}

int pg_session_connect(struct store *store, struct err *err)
{
    char error[256] = "";
    if (!pg_session_make((struct pg_session *)store, error, sizeof error))
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "Postgres: %.*s", (int)strcspn(error, "\n"), error);
}

int pg_session_execute(struct store *store, const char *command, struct err *err)
{
    return pg_link_execute(link_of(store), command, false, err);
}

int pg_session_try_out(struct store *store, const char *command, struct err *err)
{
    return pg_link_execute(link_of(store), command, true, err);
}

int pg_session_socket(struct store *store)
{
    return PQsocket(link_of(store)->conn);
}

void pg_session_wake(struct store *store)
{
    pg_link_wake(link_of(store));
}

void pg_session_close(struct store *store)
{
    pg_link_free(link_of(store));
}
