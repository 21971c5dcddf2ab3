/* The paths of the service. @thread the loop's */
#ifndef APPLY_HTTP_H
#define APPLY_HTTP_H

#include "apply/loop.h"

/* Gives loop->http its limits and routes. */
void http_attach(struct loop *loop);

#endif
