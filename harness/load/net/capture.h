/* Capture: catches the bytes that libcurl writes for one request, after TLS, without libcurl
 * knowing.
 *
 * While libcurl writes, the connection's descriptor number stands for one end of a socket pair
 * (dup2); what it wrote is then read from the other end, and the number is given back to the
 * connection. So the gates hold whatever libcurl speaks, in clear and over TLS.
 * @thread the worker that owns it. */
#ifndef LOAD_CAPTURE_H
#define LOAD_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct capture;

/* bytes_max: of all requests of the worker together. */
int capture_new(size_t bytes_max, struct capture **ret_capture, struct err *err)
    __attribute__((warn_unused_result));
void capture_free(struct capture *capture);

/* From now on, writes to fd are caught. Returns 0 or an errno. */
int capture_begin(struct capture *capture, int fd);
/* Ends the catching: fd is the connection again. The caught bytes, valid as long as the capture, in
 * ret_bytes. Returns 0 or an errno (ENOBUFS: more than bytes_max). */
int capture_end(struct capture *capture, const char **ret_bytes, size_t *ret_length);

#endif
