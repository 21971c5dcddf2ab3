/* What the files of the RabbitMQ pipeline share: rabbitmq.c and those named below. Nobody else
 * includes this. Thread of the source. */
#ifndef PIPELINE_RABBIT_H
#define PIPELINE_RABBIT_H

#include "base/dialogue.h"
#include "pipeline/pipeline.h"
#include "pipeline/rabbit_link.h"
#include "pipeline/rabbit_tap.h"

struct rabbit_management;

struct rabbit_queue {
    bool found;
    int64_t ready, unacked; /* unacked: COUNT_UNKNOWN when nobody can say */
    int64_t consumers;
    bool auto_acked;   /* a consumer that acknowledges nothing was seen in this run */
    bool acknowledged; /* one that does, or something that it had not acknowledged */
    int64_t published; /* in this run, as was heard */
    int64_t base;      /* how many waited at the baseline */
    bool tapped;       /* what is published to it is heard */
    bool outdated;     /* unacked is of before its last change, and is 0: there may be more */
    ns_t moved;        /* when it was last seen to change */
    int64_t heard;     /* published, then */
};

struct rabbit {
    struct pipeline *pipeline;
    struct rabbit_link *link;
    struct rabbit_queue *queues; /* by name */
    struct rabbit_taps taps;
    bool listening;        /* the taps are there */
    bool gap;              /* they were lost in this run, and with them what was published then */
    char watch_path[128];  /* of a private broker; "": it is somebody else's */
    struct dialogue watch; /* there */
    struct rabbit_management *management; /* of somebody else's broker; NULL: not asked */
    int64_t dead_before, dead_seen; /* dead letters: at the baseline, when they were read last */
    char why[READ_REASON_MAX];      /* of the last failure */
};

static inline bool rabbit_is_private(const struct rabbit *rabbit)
{
    return rabbit->watch_path[0] != '\0';
}

/* rabbit_depth.c: how much waits in the queue of that name, and who takes it. NULL, or why not. */
const char *rabbit_look(struct rabbit *rabbit, unsigned name);

/* rabbit_hear.c: makes the taps. What cannot be heard leaves a queue untapped and is no failure. */
const char *rabbit_listen(struct rabbit *rabbit);

/* rabbit_dead.c: the letters in the dead-letter queue, which stay there. */
const char *rabbit_read_dead(struct rabbit *rabbit);

#endif
