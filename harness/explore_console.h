/* What rushproof explore prints. The main thread. */
#ifndef RUSHPROOF_EXPLORE_CONSOLE_H
#define RUSHPROOF_EXPLORE_CONSOLE_H

#include <stdbool.h>

#include "explore/explore.h"

/* A labelled line; what a terminal must not get is left out. */
void explore_console_line(const char *label, const char *text);

/* "pass", "fail", "unknown" */
const char *explore_console_word(int exit_code);

/* The whole result; accept: gaps that were not opened are. */
void explore_console_result(const struct explore_result *result, const char *scenario,
                            int exit_code, bool accept);

#endif
