/* What both programs' main.c do alike. Main thread. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include "base/err.h"

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 3, EXIT_ENVIRONMENT = 4 };

/* Prints "program: message" to stderr; returns the exit code. */
int program_fail(const char *program, const struct err *err);

/* Sends log lines of that level ("debug" … "off") to stderr. */
void program_log(const char *level);

#define PROGRAM_LOG_LEVELS "debug|info|warn|error|off"

#endif
