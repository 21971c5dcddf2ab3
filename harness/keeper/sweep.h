/* The end: nobody stays behind. Keeper's only thread. */
#ifndef KEEPER_SWEEP_H
#define KEEPER_SWEEP_H

#include <stddef.h>
#include <sys/types.h>

struct sweep_child {
    pid_t pid;
    int finish_signal; /* 0: none */
};

/* Sends each child its finish signal, gives them a short while, then kills every descendant of the
 * calling process, adopted ones too, and reaps them all. */
void sweep_processes(const struct sweep_child *children, size_t count);

#endif
