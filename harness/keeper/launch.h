/* Starting one program on the harness's behalf. Keeper's only thread. */
#ifndef KEEPER_LAUNCH_H
#define KEEPER_LAUNCH_H

#include <sys/types.h>

#include "keeper/wire.h"

/* The private directory, whose name every program gets in its environment (remains.h). */
void launch_mark(const char *dir);

/* Starts the program of a request that wire_unpack took apart; stdio is the descriptor that came
 * along or -1. The program gets a session of its own, so a Ctrl-C at the terminal does not reach
 * it, default signals, every descriptor it may have, and dies with the keeper. Fills pid, or errnum
 * when it could not start. */
struct wire_reply launch_program(const struct wire_spawn *spawn, char *const *texts, int stdio);

#endif
