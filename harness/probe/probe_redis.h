/* Redis: any command that reads, answered by its value. One that may write is refused. */
#ifndef PROBE_PROBE_REDIS_H
#define PROBE_PROBE_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/maybe.h"
#include "probe/source.h"

struct redis_job {
    struct job job;
    char *command; /* owned; a key alone means GET key; NULL: only connect */

    /* results, valid while rc is 0 */
    int rc;
    char error[256];
    char *value;         /* owned; NULL: nil */
    struct maybe number; /* the value as a number, when it is one; nil is 0 */
    char version[64];
};

struct redis_job *redis_job_new(const char *command);

/* For addresses see client/redis_client.h. url is copied. */
struct source *redis_source(const char *url, struct err *err);

#endif
