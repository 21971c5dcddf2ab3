/* GET /metrics and /healthz of the consumer, on a thread of its own. */
#ifndef CONSUMER_MONITOR_H
#define CONSUMER_MONITOR_H

#include "base/err.h"
#include "common/hostport.h"
#include "consumer/run.h"

struct monitor;

/* Listens at HOST:PORT; port 0 takes a free one, and *ret_at tells it. counts must outlive the
 * monitor. Errors: ERR_USAGE, ERR_ENVIRONMENT. */
int monitor_start(const char *where, const struct run_counts *counts, struct monitor **ret_monitor,
                  struct hostport *ret_at, struct err *err) __attribute__((warn_unused_result));
void monitor_stop(struct monitor *monitor); /* NULL is fine */

#endif
