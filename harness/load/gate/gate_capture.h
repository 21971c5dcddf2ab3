/* What the gates have in common that catch a request's bytes and let them go by a send. */
#ifndef LOAD_GATE_CAPTURE_H
#define LOAD_GATE_CAPTURE_H

#include "load/gate/gate.h"

int gate_capture_catch(struct transfer *transfer);
/* Keeps all of it. */
int gate_capture_keep(struct transfer *transfer, struct held *held);
void gate_capture_open(struct held *held);

#endif
