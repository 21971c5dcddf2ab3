/* A wire: keep-alive HTTP/1.1 connections without TLS, one a transfer, on one epoll.
 *
 * For closed phases over plain HTTP. libcurl 7.88 spends some 70,000 instructions on a request over
 * a connection that is open already (it formats the head byte by byte, parses the URL anew, polls
 * twice): half a core of a two-core machine, taken from the target. Bursts, other phases, TLS and
 * HTTP/2 are libcurl's. It sends once, never again, and follows nothing.
 * @thread the worker that owns it. */
#ifndef LOAD_WIRE_H
#define LOAD_WIRE_H

#include "base/clock.h"
#include "base/err.h"
#include "load/net/transfer.h"

struct wire;

/* count connections, opened when they are first needed. */
int wire_new(const struct message *message, size_t count, struct wire **ret_wire, struct err *err)
    __attribute__((warn_unused_result));
void wire_free(struct wire *wire); /* closes all; NULL is fine */

/* Sends the transfer's request, at once if its connection is open. */
void wire_start(struct wire *wire, struct transfer *transfer, const struct template_values *values);
/* Closes the transfer's connection; its request is nobody's any more. */
void wire_drop(struct wire *wire, const struct transfer *transfer);

/* Idle connections that it gave up because something came, or they ended, before they were used. */
int64_t wire_unasked(const struct wire *wire);

/* Waits at most span for events and handles them; transfer_end is called for each request that
 * ended. */
void wire_wait(struct wire *wire, ns_t span);

#endif
