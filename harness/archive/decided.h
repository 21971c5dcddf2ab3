/* Late decisions, which stand beside the records of base->history: columns of history.csv. Main
 * thread. */
#ifndef ARCHIVE_DECIDED_H
#define ARCHIVE_DECIDED_H

#include "archive/lines.h"

#define DECIDED_COLUMNS                                                                            \
    {.name = "decided_ns", .type = COLUMN_OTHER, .put = decided_put_at, .get = decided_get_at},    \
        {.name = "polls",                                                                          \
         .type = COLUMN_OTHER,                                                                     \
         .put = decided_put_polls,                                                                 \
         .get = decided_get_polls},                                                                \
    {                                                                                              \
        .name = "still_pending", .type = COLUMN_OTHER, .put = decided_put_still,                   \
        .get = decided_get_still                                                                   \
    }

PUT(decided_put_at);
PUT(decided_put_polls);
PUT(decided_put_still);
GET(decided_get_at);
GET(decided_get_polls);
GET(decided_get_still);

#endif
