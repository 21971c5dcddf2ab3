/* A server behind the service: a store or Kafka, of the run's own or somebody else's. One
 * row of model/server_rows.h for each. start and reset run on a thread of their own, everything
 * else on the main thread.
 */
#ifndef STACK_SERVER_H
#define STACK_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "model/run.h"
#include "model/spec.h"
#include "stack/child.h"
#include "stack/halt.h"
#include "stack/login.h"
#include "stack/port.h"
#include "stack/texts.h"

/* What all servers of a stack share. Read-only once the servers start. */
struct place {
    struct launcher *launcher;
    const struct scenario *scenario;
    const char *logs;        /* directory */
    const char *program_dir; /* of rushproof's own programs */
    struct halt *halt;
    bool allow_reset;
    bool new;          /* before the first round: a table that is not there yet needs no emptying */
    uint64_t *missed;  /* bits by place in stack.reset: commands whose table was not there */
    bool redis_tcp;    /* something in the scenario refers to Redis by TCP */
    bool redis_locked; /* and to its password */
    bool keep;
};

#define SERVER_PORTS_MAX 9

struct server {
    const struct server_kind *kind;
    const struct place *place;
    struct child child;
    struct child aide; /* a second program that it cannot do without; ends with the run */
    struct port ports[SERVER_PORTS_MAX];
    struct port door;    /* where the proxy stands in its place; 0: nobody knows its port */
    char dir[160];       /* in the private directory; "" for external ones */
    char own_url[1024];  /* for the harness's probes; "" when there is none */
    char user_url[1024]; /* for the service and its consumers */
    struct login login;  /* theirs, of a private one that has such; else all "" */
    struct server_info info;
};

struct server_kind {
    const char *name; /* in struct server_info: "private", "embedded" … */
    /* Prepares, starts, and waits until it answers. */
    int (*start)(struct server *server, struct err *err);
    /* After a restart by a fault: waits until it answers. NULL: nothing to wait for. */
    int (*ready)(struct server *server, struct err *err);
    /* Empties one of the run's own between rounds. NULL: nothing to do. */
    int (*reset)(struct server *server, struct err *err);
    /* A fault that only this kind knows; number: the broker, from 1 (0: the first), or how many
     * errors. NULL: none. */
    int (*fault)(struct server *server, enum fault_action action, int64_t number, struct err *err);
    /* Of a Kafka: does this group wait for a member that was lost? Says so in words. NULL: nobody
     * can tell. */
    bool (*group_waits)(struct server *server, const char *group, char *ret_text, size_t size);
    int stop_signal; /* orderly end, for data that is to be kept */
};

extern const struct server_kind server_none, store_external;
extern const struct server_kind kafka_embedded, kafka_apache, kafka_external;

/* What stack/name.c says about the server of that name: role_name. */
struct server_role {
    struct server_choice {
        const char *word; /* what the scenario says; NULL, the last one: any other text */
        const struct server_kind *kind;
    } choices[4]; /* the first one's where it says nothing */
    /* Variables for the scenario's processes. */
    void (*environment)(const struct server *server, struct texts *env);
};

enum {
#define SERVER(name, ...) SERVER_##name,
#include "model/server_rows.h"
#undef SERVER
    SERVER_COUNT
};

/* By place in the stack's servers. */
extern const struct server_role *const server_roles[SERVER_COUNT];

/* Prepares an empty server, and frees one. */
void server_init(struct server *server, const char *name, const struct place *place);
void server_free(struct server *server);

/* Makes the server's directory below the private one, owned by uid and gid. */
int server_make_dir(struct server *server, uint32_t uid, uint32_t gid, struct err *err);

/* For databases, which refuse to run as root: then its own user, or nobody. */
int server_drop_root(struct server *server, const char *user, struct err *err);

/* The port at that place: the scenario's own and those behind it, or a free one. */
int server_reserve(struct server *server, unsigned place, struct err *err)
    __attribute__((warn_unused_result));

/* All that a database needs before it starts: not root, or else that user; its directory, filled by
 * make with the help of program; a port; a login. */
int server_settle(struct server *server, const char *user,
                  int (*make)(struct server *server, const char *program, struct err *err),
                  const char *program, struct err *err) __attribute__((warn_unused_result));

/* The topics to create: the scenario's, and those of its pipeline with 3 partitions. Calls make for
 * each until it fails. */
int server_topics(const struct scenario *scenario,
                  int (*make)(void *context, const char *name, int32_t partitions,
                              int32_t replication, struct err *err),
                  void *context, struct err *err);

/* Waits until bootstrap servers answer a metadata request; fills the broker's version when it can
 * be told. */
int kafka_wait(struct server *server, ns_t timeout, struct err *err);

/* group_waits of a real broker. */
bool kafka_group_waits(struct server *server, const char *group, char *ret_text, size_t size);

/* For ready_wait, of a store: true when it takes a connection and a query; fills its version. */
bool server_answers(void *server, char *ret_why, size_t size);

#endif
