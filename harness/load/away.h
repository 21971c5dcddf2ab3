/* What a driver of the load needs that is elsewhere: beside load_settings, and from the engine. */
#ifndef LOAD_AWAY_H
#define LOAD_AWAY_H

#include <stdbool.h>

#include "base/err.h"
#include "model/agents.h"

struct load_away {
    void *driver;          /* the driver's own settings */
    struct agents *agents; /* who took part: it fills this */
    const char *redis;     /* the service's; NULL: none */
    /* A text with its references filled in. */
    int (*expand)(void *context, const char *text, char **ret_text, struct err *err);
    /* Tells what goes on; false: stop. While it is opened. */
    bool (*tick)(void *context, const char *text);
    void *context;
};

#endif
