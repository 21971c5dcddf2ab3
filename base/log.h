/* A log for people who look for a cause: one line an event, "2026-…Z LEVEL area: text".
 * Libraries log here and never print. Until log_open the lines go nowhere, except that
 * log_to_stderr copies lines of at least that level to stderr. Any thread may log; open and close
 * from the main thread only. Never used in a hot path. Secrets are
 * masked (mask.h). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL_OFF };

int log_open(const char *path, struct err *err); /* appends; replaces an earlier file */
void log_close(void);
int log_check(struct err *err);              /* ERR_ENVIRONMENT when a line could not be written */
void log_to_stderr(enum log_level at_least); /* LOG_LEVEL_OFF (the default): nothing */

void log_write(enum log_level level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(area, ...) log_write(LOG_LEVEL_DEBUG, area, __VA_ARGS__)
#define log_info(area, ...)  log_write(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_warn(area, ...)  log_write(LOG_LEVEL_WARN, area, __VA_ARGS__)
#define log_error(area, ...) log_write(LOG_LEVEL_ERROR, area, __VA_ARGS__)

#endif
