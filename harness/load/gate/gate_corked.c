#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "load/gate/gate.h"

/* Linux sends what a cork holds when the retransmission timer of the idle connection fires: never
 * before TCP_RTO_MIN, 200 ms (net/ipv4/tcp_output.c, tcp_check_probe_timer). A part of that is kept
 * in hand for the release itself. */
#define ESCAPES (200 * NS_PER_MS)
#define HOLDS   (140 * NS_PER_MS)

static int cork(struct held *held, const struct encoded *encoded)
{
    if (setsockopt(encoded->fd, IPPROTO_TCP, TCP_CORK, &(int){1}, sizeof(int)))
        return errno;
    return gate_send_ahead(held, encoded, encoded->length);
}

static void uncork(struct held *held)
{
    const int off = 0;
    if (setsockopt(held->fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off))
        held->error = errno;
}

static bool unsent(const struct held *held)
{
    int bytes = 0;
    return ioctl(held->fd, SIOCOUTQNSD, &bytes) == 0 && bytes > 0;
}

const struct gate_ops gate_corked = {
    .gate = GATE_CORKED,
    .holds = true,
    .limit = HOLDS,
    .escapes = ESCAPES,
    .keep = cork,
    .open = uncork,
    .still_held = unsent,
};
