/* What the files of a member share; nobody else includes this. */
#ifndef AGENTS_MEMBER_INSIDE_H
#define AGENTS_MEMBER_INSIDE_H

#include <jansson.h>
#include <pthread.h>

#include "agents/commit.h"
#include "agents/member.h"
#include "agents/outbox.h"
#include "agents/pulse.h"
#include "agents/series.h"
#include "engine/engine.h"

/* A lease lives for so many seconds, and is renewed every second. */
#define LEASE_TTL "8"

enum { INCARNATION = 17 };

/* The round before, of a series; all zero: there was none. */
struct member_past {
    int64_t rank; /* -1: it had none that counts */
    char run[INCARNATION];
    char series[SERIES_NAME];
};

struct member {
    const struct member_settings *settings;
    struct member_past past;
    struct board_place place;
    struct share share;
    char incarnation[INCARNATION];
    char host[64];
    struct pulse *pulse;
    struct outbox *outbox;

    pthread_mutex_t lock; /* guards the members below, which the pulse writes */
    struct commit_look look;
    unsigned phase;        /* whose go is looked for */
    char run[INCARNATION]; /* the coordinator's incarnation; "": not known yet */
    ns_t leased;

    char series[SERIES_NAME]; /* that this round is one of; "": none */
    bool over;                /* there is no other round */
    struct scenario *scenario;
    char **hosts; /* owned; that may be loaded */
    size_t hosts_count;
    struct stack *bare;
    struct run result;
    struct engine *engine;
    ns_t told; /* when progress was told last */
    uint64_t chunks;
};

/* member_board.c: what the pulse does for it. */
void member_turn(void *context, struct board *board, ns_t now);
struct commit_look member_look(struct member *member);
/* Nobody is there any more who could take what it tells: the coordinator has gone, or the Redis is
 * another one, or away for longer than anything stays in it. */
bool member_abandoned(struct member *member);
/* Takes a rank; waits where it is taken. Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_INTERRUPTED. */
int member_claim(struct member *member, struct err *err);
void member_give_up_rank(struct member *member);

/* member_scenario.c: waits for the scenario, and loads it. */
int member_learn(struct member *member, struct err *err);

/* member_phase.c: one phase of the load, from staging to the last chunk. */
int member_phase(struct member *member, unsigned index, struct err *err);

/* member.c */
int member_tell(struct member *member, const char *kind, json_t *body, struct err *err);
int member_tell_text(struct member *member, const char *kind, char *text, struct err *err);
bool member_stopping(const struct member *member);
void member_say(const struct member *member, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Told ten times a second what the load does. */
void member_progress(struct member *member);

#endif
