/* Gates: how the requests of a burst are held back until all of them are there. A gate is one file
 * and one row of the table in gate.c. Every gate but `none` and `cold` opens all connections first
 * (TLS done) and has the transport encode every request.
 *
 * - corked: the whole request lies in the kernel, in a socket under TCP_CORK; one setsockopt a
 *   socket lets it go, as one segment. Linux sends on its own after 200 ms (tcp(7)), so the cork
 *   gets them when all are encoded. What takes longer even so is thrown away before the kernel
 *   sends, and staged anew with last-byte.
 *
 * - last-byte: all but the end of the request is sent ahead: of HTTP/1 the last byte of the head
 *   (and the body, if any), over TLS the last byte of the record that holds the head. No server can
 *   begin to handle it. One send a socket lets the rest go. No time limit but the target's own for
 *   slow requests, any number of connections. HTTP/2 is held back whole: see last-frame.
 *
 * - connected: connections are open, nothing of the request is sent; one send a socket lets the
 *   whole go.
 *
 * - one-write: of HTTP/2. All frames of all streams of a connection are held back whole, and leave
 *   in one write. Nothing of a request is with the target before.
 *
 * - last-frame: of HTTP/2. All but the last byte of each body (the end of the stream, when there is
 *   none) is sent ahead; what is left, a frame a stream, leaves in one write a connection. Many
 *   servers begin to handle a request at its head: for a while nothing may come back before it is
 *   released, or the burst is none.
 *
 * - none: nothing is held, connections are opened in the burst itself. For comparison.
 *
 * - cold: nothing is open. The release is the connects themselves, each stamped; a request is sent
 *   when its connection stands, by its worker. What a sale's first second looks like.
 *
 * - freeze: the processes of the target are stopped (SIGSTOP), every request is sent into their
 *   socket buffers whole, and they are continued: all requests are there at one instant. Only for
 *   processes that the run itself started.
 *
 * @thread keep: the worker; still_held, open: release threads and the driver. */
#ifndef LOAD_GATE_H
#define LOAD_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/net/transport.h"
#include "model/spec.h"

/* What one connection holds at the gate. The layout is public because the release loop runs over an
 * array of them. */
struct held {
    struct request *records; /* `count` of them, each `stride` behind the one before */
    uint32_t count, stride;
    const char *rest; /* bytes that are let go by a send; borrowed from the transport. cold: the
                         address to connect to */
    uint32_t length;
    int fd;
    int error;   /* errno of holding it or of letting it go; 0: fine */
    ns_t caught; /* when the hold began */
};

struct gate_ops {
    enum gate gate;
    bool holds;    /* false: none, nothing is staged */
    bool freezes;  /* the target's processes are stopped while requests are let go */
    bool connects; /* cold: the release opens the connections, nothing is encoded before */
    bool splits;   /* what of the requests may go ahead does; HTTP/2's are one write otherwise */
    ns_t quiet;    /* so long nothing may come back before the release; 0: nothing has left */
    ns_t limit;    /* how long it holds from the first catch on; 0: no limit */
    ns_t escapes;  /* with a limit: before this span, from the catch on, nothing can have left */
    /* Sends ahead of the encoded requests what may go ahead. Returns 0, or an errno. */
    int (*keep)(struct held *held, const struct encoded *encoded);
    /* Lets them go. Sets held->error. Nothing else happens in that loop but the stamp. */
    void (*open)(struct held *held);
    /* Are they still here? Asked just before the release; NULL: they cannot get away. */
    bool (*still_held)(const struct held *held);
};

extern const struct gate_ops gate_corked, gate_last_byte, gate_connected, gate_none, gate_freeze,
    gate_cold, gate_one_write, gate_last_frame;

const struct gate_ops *gate_find_ops(enum gate gate); /* never NULL for a gate but GATE_AUTO */

/* For several gates: keeps back all but so many bytes, which are sent ahead; sends what was kept
 * back. */
int gate_send_ahead(struct held *held, const struct encoded *encoded, size_t ahead);
void gate_send_rest(struct held *held);

#endif
