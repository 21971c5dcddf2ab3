/* What both programs' main.c do alike. Main thread. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opts.h"

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 3, EXIT_ENVIRONMENT = 4 };

/* Prints "program: message" to stderr; returns the exit code. */
int program_fail(const char *program, const struct err *err);

/* Sends log lines of that level ("debug" … "off") to stderr. */
void program_log(const char *level);

/* What the program may be asked about itself; prints it, and returns true if it was. */
bool program_told(const struct opts *opts, const char *program, bool help, bool man, bool version);

/* Rows that both programs' tables have. */
#define PROGRAM_KAFKA(place)                                                                       \
    {                                                                                              \
        .name = "kafka", .type = OPT_TEXT, .value = "HOST:PORT,…", .env = "KAFKA_BROKERS",         \
        .help = "bootstrap servers", .offset = (place)                                             \
    }
#define PROGRAM_DATABASE(place)                                                                    \
    {                                                                                              \
        .name = "database", .type = OPT_TEXT, .value = "URL", .env = "DATABASE_URL",               \
        .help = "postgresql://… or a libpq connection string", .offset = (place)                   \
    }
#define PROGRAM_TOPIC(variable, place)                                                             \
    {                                                                                              \
        .name = "topic", .type = OPT_TEXT, .value = "NAME", .def = "coupon_create",                \
        .env = (variable), .help = "topic of accepted users", .offset = (place)                    \
    }

#define PROGRAM_LOG_LEVEL(variable, place)                                                         \
    {                                                                                              \
        .name = "log-level", .type = OPT_CHOICE, .value = "LEVEL", .def = "info",                  \
        .env = (variable), .choices = PROGRAM_LOG_LEVELS, .help = "lines on stderr",               \
        .offset = (place)                                                                          \
    }

#define PROGRAM_LOG_LEVELS "debug|info|warn|error|off"

#endif
