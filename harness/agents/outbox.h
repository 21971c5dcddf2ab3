/* The outbox: what an agent tells the coordinator, in this order and each once, also when the board
 * is away for a while. A thread of its own sends; nobody waits for it, unless he has put more than
 * may be on its way. */
#ifndef AGENTS_OUTBOX_H
#define AGENTS_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/board.h"

/* Of all agents together, unacknowledged. */
#define OUTBOX_BYTES_MAX ((size_t)64 << 20)

struct outbox;

struct outbox_settings {
    const struct board_place *place;
    unsigned rank;
    const char *incarnation, *run; /* the agent's, and the coordinator's once anything is put */
    size_t most;                   /* bytes that may be unacknowledged */
};

/* Errors: ERR_ENVIRONMENT, ERR_MEMORY. */
int outbox_start(const struct outbox_settings *settings, struct outbox **ret_outbox,
                 struct err *err) __attribute__((warn_unused_result));
void outbox_stop(struct outbox *outbox); /* what was not sent is thrown away; NULL is fine */

/* All of these: any thread. The bytes are copied. Errors: ERR_MEMORY. */
int outbox_put(struct outbox *outbox, const char *kind, const void *bytes, size_t size,
               struct err *err) __attribute__((warn_unused_result));

/* The coordinator has taken all messages before this one. */
void outbox_acknowledge(struct outbox *outbox, uint64_t next);

/* So many bytes may be unacknowledged from now on. */
void outbox_limit(struct outbox *outbox, size_t most);
bool outbox_has_room(struct outbox *outbox);
bool outbox_is_empty(struct outbox *outbox);  /* all was acknowledged */
bool outbox_is_orphan(struct outbox *outbox); /* there is no coordinator that could read it */

#endif
