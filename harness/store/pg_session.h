/* What of a session with Postgres is no visit: members of store_ops (store.h). */
#ifndef STORE_PG_SESSION_H
#define STORE_PG_SESSION_H

#include "store/pg_link.h"
#include "store/store.h"

struct pg_session {
    struct store store;
    struct pg_link link;
};

/* Connects unless it is; 0, or -1 with a text in ret_error. */
int pg_session_make(struct pg_session *session, char *ret_error, size_t size);

int pg_session_open(struct store *store, struct err *err);
int pg_session_connect(struct store *store, struct err *err);
int pg_session_execute(struct store *store, const char *command, struct err *err);
int pg_session_try_out(struct store *store, const char *command, struct err *err);
int pg_session_socket(struct store *store);
void pg_session_wake(struct store *store);
void pg_session_close(struct store *store);

#endif
