/* Why a request got no answer: libcurl's codes to the history's causes, as a table. Pure; any
 * thread. */
#ifndef LOAD_CAUSE_H
#define LOAD_CAUSE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "model/history.h"

/* How a transfer ended. */
struct ending {
    CURLcode code;
    int os_error;  /* errno of the socket call that failed, 0 when none */
    bool released; /* the request may have left */
};

/* The class and cause of a transfer that libcurl ended with an error. A request that was never
 * written cannot have applied: failed. One that was is unknown. */
enum request_class cause_classify(const struct ending *ending, enum request_cause *ret_cause);

#endif
