/* The signals that the process listens to. Signal handlers are global by nature, so is this module.
 * @thread main, but for stop_asked, which any thread may ask */
#ifndef CONSUMER_STOP_H
#define CONSUMER_STOP_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

/* SIGTERM and SIGINT ask for the stop, SIGUSR1 for the end of a hold. Call it before threads begin.
 */
int stop_listen(struct err *err) __attribute__((warn_unused_result));

bool stop_asked(void);
bool stop_go_on(void); /* SIGUSR1 has come since the last call */

/* A descriptor that is readable once the stop was asked for; for poll(). */
int stop_fd(void);

/* Sleeps for span, or until the stop is asked for. */
void stop_sleep(ns_t span);

#endif
