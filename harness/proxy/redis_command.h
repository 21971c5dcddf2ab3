/* What is known of Redis commands: which words are keys, what a command is to
 * somebody who looks for races, and which ones change how the connection has to
 * be read. Pure. */
#ifndef PROXY_REDIS_COMMAND_H
#define PROXY_REDIS_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "proxy/shape.h"

enum redis_special {
    REDIS_PLAIN,
    REDIS_SECRET,    /* nothing of it is kept but its name */
    REDIS_SCRIPT,    /* the word after its name is a script or the hash of one */
    REDIS_MULTI,     /* what follows is queued … */
    REDIS_EXEC,      /* … and answered here */
    REDIS_DISCARD,   /* … or never */
    REDIS_RESET,     /* the connection is as it was when it was opened */
    REDIS_CLIENT,    /* CLIENT REPLY decides whether there are answers */
    REDIS_SUBSCRIBE, /* one confirmation for each channel, in place of an answer …
                      */
    REDIS_PSUBSCRIBE,
    REDIS_SSUBSCRIBE,
    REDIS_UNSUBSCRIBE, /* … and so here, and for each one that there is when none
                          is named */
    REDIS_PUNSUBSCRIBE,
    REDIS_SUNSUBSCRIBE,
    REDIS_MONITOR, /* after its answer lines come that cannot be told from answers
                    */
    REDIS_SYNC,    /* replication: another protocol from here on */
    REDIS_AROUND,  /* may answer with addresses of other servers */
    REDIS_ROLE,    /* does when there are some */
    REDIS_XREAD,   /* waits when BLOCK is among its words */
};

struct redis_command {
    const char *name; /* upper case */
    uint8_t kind;     /* enum shape_kind */
    uint8_t special;  /* enum redis_special */
    uint8_t key;      /* the word that is its first key, 0: it has none */
    uint8_t words;    /* how many words name it: 2 for CONFIG GET */
};

/* Any case. A command that is not known may write, and has a key as its first
 * word. Never NULL. */
const struct redis_command *redis_command_find(const char *name, size_t length);

#endif
