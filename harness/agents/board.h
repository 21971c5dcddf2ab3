/* The board: the Redis over which coordinator and agents meet. Everything of a run is under one
 * prefix, and expires. A board is a connection that comes back by itself; where the server behind
 * it is another one than before (it was restarted, and has forgotten) it stays away.
 *
 * Any thread; a board belongs to one. */
#ifndef AGENTS_BOARD_H
#define AGENTS_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

struct redisReply;

#define BOARD_SESSION_MAX 64
#define BOARD_KEY_MAX     128
#define BOARD_RUN_ID      48

/* Everything that is there goes by itself after so many seconds without a coordinator. */
#define BOARD_TTL 30

struct board_place {
    const char *url;
    char session[BOARD_SESSION_MAX + 1];
    char run_id[BOARD_RUN_ID]; /* of the server; "": any */
};

/* Letters, digits, '-', '_' and '.'; at most BOARD_SESSION_MAX. Errors: ERR_USAGE. */
int board_check_session(const char *session, struct err *err) __attribute__((warn_unused_result));

struct board {
    struct board_place place;
    struct redis_link *link; /* NULL: away */
    ns_t next;               /* when it may be tried again */
    bool another;            /* what answers is another server: for good */
    char why[256];           /* of the last time that it was away */
};

/* Connects, and finds out which server it is: ret_run_id. What is not fit for it is refused: one
 * that evicts. Errors: ERR_USAGE, ERR_ENVIRONMENT. */
int board_meet(struct board_place *place, struct err *err) __attribute__((warn_unused_result));

void board_init(struct board *board, const struct board_place *place);
void board_close(struct board *board);

/* Asks; sizes: of the words, or NULL for texts. NULL: away. An error of the server is one, told in
 * why. The caller frees the reply. */
struct redisReply *board_ask(struct board *board, int count, const char **words,
                             const size_t *sizes);
/* The same, without the answer. */
bool board_tell(struct board *board, int count, const char **words);

/* "rushproof:{SESSION}:NAME". Returns ret_key. */
char *board_key(const struct board_place *place, char ret_key[static BOARD_KEY_MAX],
                const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The run_id of a Redis by its address, or "" when it does not tell. */
void board_identify(const char *url, char ret_run_id[static BOARD_RUN_ID]);

#endif
