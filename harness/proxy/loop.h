/* The loop: serves sockets and the hold's instants. Events at hand are served first, then what came
 * by them, and what was held and is let go, is sent together, then connections that ended are
 * freed. One thread. */
#ifndef PROXY_LOOP_H
#define PROXY_LOOP_H

#include "proxy/gate.h"

struct gate *loop_open(const uint8_t key[16]); /* gate_open, with connections that can be let go */
void loop_close(struct gate *gate);            /* ends all connections; NULL is fine */
void loop_serve(struct gate *gate, const bool *stop); /* until *stop */

#endif
