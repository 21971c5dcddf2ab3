/* From the topic to the table until somebody asks for the stop. Main thread. */
#ifndef CONSUMER_RUN_H
#define CONSUMER_RUN_H

#include "base/err.h"
#include "consumer/feed.h"
#include "consumer/save.h"
#include "consumer/settings.h"

/* What the metrics tell. */
struct run_counts {
    struct feed_counts feed;
    struct save_counts save;
    struct counter retries; /* of a batch that Postgres did not take */
    struct counter waiting; /* 1 while Postgres is away */
    struct counter held;    /* 1 during a hold */
};

/* Returns 0 after a stop. Errors: ERR_ENVIRONMENT when the database contradicts the settings. */
int run_until_stopped(const struct settings *settings,
                      void (*assigned)(void *arg, const char *text), struct run_counts *counts,
                      struct err *err) __attribute__((warn_unused_result));

#endif
