/* What the transport of libcurl consists of: for curl_transport.c and curl_hold.c only. */
#ifndef LOAD_CURL_PARTS_H
#define LOAD_CURL_PARTS_H

#include "load/http/http1.h"
#include "load/net/capture.h"
#include "load/net/curl_message.h"
#include "load/net/reactor.h"
#include "load/net/transport.h"

/* One handle, which carries one exchange at a time. */
struct curl_line {
    CURL *easy;
    struct curl_transport *transport;
    struct exchange *exchange;
    struct rendering rendering;
    struct http1 head; /* what was seen of the answer's */
    int opened;        /* the connection that was made for its request; -1: one is used again */
    bool dirty; /* a kept connection had something to say before its next request: not used */
};

struct curl_transport {
    struct transport base;
    struct reactor *reactor;
    struct curl_slist *resolve;
    struct curl_line *lines; /* one an exchange */
    int *fds_by_port; /* of libcurl's connections, by where they lead, and by local address and port
                       */
    struct capture *capture;    /* while requests are held */
    struct curl_line *catching; /* the one whose bytes are being caught */
};

#endif
