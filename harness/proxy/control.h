/* What the proxy is told on its standard input, a command a line, each answered
 * on its standard output by lines that end with "ok …" or "error: …". */
#ifndef PROXY_CONTROL_H
#define PROXY_CONTROL_H

#include <stdio.h>

#include "proxy/door.h"

struct control {
    struct watcher watcher;
    struct gate *gate;
    struct door *doors[DOORS_MAX];
    unsigned doors_count;
    FILE *out;
    int in;
    bool stop; /* quit, or the end of the input */
    size_t used;
    char line[4096];
};

/* Watches the descriptor `in`. */
bool control_open(struct control *control, struct gate *gate, int in, FILE *out);
void control_close(struct control *control); /* closes the doors */

/* Carries out one command; cuts line up. */
void control_run(struct control *control, char *line);
void control_help(FILE *out);

#endif
