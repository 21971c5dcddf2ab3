/* A server behind the service: Redis, Postgres or Kafka, of the run's own or somebody else's. One
 * table row for each kind. start and reset run on a thread of their own, everything else on the
 * main thread.
 */
#ifndef STACK_SERVER_H
#define STACK_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "model/run.h"
#include "model/spec.h"
#include "stack/child.h"
#include "stack/halt.h"
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
    bool new;         /* before the first round: a table that is not there yet needs no emptying */
    uint64_t *missed; /* bits by place in stack.reset: commands whose table was not there */
    bool redis_tcp;   /* something in the scenario refers to Redis by TCP */
    bool keep;
};

#define SERVER_PORTS_MAX 9

struct server {
    const struct server_kind *kind;
    const struct place *place;
    struct child child;
    struct port ports[SERVER_PORTS_MAX];
    char dir[160];      /* in the private directory; "" for external ones */
    char own_url[512];  /* for the harness's probes; "" when there is none */
    char user_url[512]; /* for the service and its consumers */
    char password[33];  /* of the service's role in Postgres, of Redis on TCP; "" when none */
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
    /* Runs the scenario's commands for it (stack/resets.h). NULL: it takes none. */
    int (*command)(struct server *server, struct err *err);
    /* A fault that only this kind knows; number: the broker, from 1 (0: the first), or how many
     * errors. NULL: none. */
    int (*fault)(struct server *server, enum fault_action action, int64_t number, struct err *err);
    /* Of a Kafka: does this group wait for a member that was lost? Says so in words. NULL: nobody
     * can tell. */
    bool (*group_waits)(struct server *server, const char *group, char *ret_text, size_t size);
    int stop_signal; /* orderly end, for data that is to be kept */
};

extern const struct server_kind server_none;
extern const struct server_kind redis_private, redis_external;
extern const struct server_kind postgres_private, postgres_external;
extern const struct server_kind kafka_embedded, kafka_apache, kafka_external;

/* Prepares an empty server, and frees one. */
void server_init(struct server *server, const char *name, const struct place *place);
void server_free(struct server *server);

/* Makes the server's directory below the private one, owned by uid and gid. */
int server_make_dir(struct server *server, uint32_t uid, uint32_t gid, struct err *err);

/* Fills server->password with random digits. */
int server_make_password(struct server *server, struct err *err);

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

/* May a store be emptied through this open connection: it leads to this machine, or the user has
 * allowed others. It is the connection that is asked, because addresses come by many ways. Errors:
 * ERR_USAGE, with the address. */
int server_may_reset(const struct place *place, const char *store, int fd, struct err *err);

/* Runs the scenario's commands for the MySQL that evidence is read from (mysql.c). */
int mysql_reset(const struct place *place, struct err *err);

/* Are the tables there that these commands did not find? ERR_ENVIRONMENT names the command of the
 * first that is not. */
int postgres_missed(const struct server *server, struct err *err);
int mysql_missed(const struct place *place, struct err *err);

#endif
