/* Meeting: what the target says of itself before anything is sent to it. @thread driver. */
#ifndef LOAD_H2_MEET_H
#define LOAD_H2_MEET_H

#include "load/http/message.h"

/* Opens a connection to each instance, says hello and closes it. A target that does not choose
 * HTTP/2 over TLS gets HTTP/1.1: message->http2 is false then. Who is not there, or not yet to be
 * trusted, is left to those who send requests. Errors: ERR_USAGE, ERR_ENVIRONMENT (prior knowledge
 * that is wrong), ERR_MEMORY. */
int h2_meet(struct message *message, struct err *err) __attribute__((warn_unused_result));

#endif
