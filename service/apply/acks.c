#include "apply/acks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/exact_script.h"
#include "base/buf.h"
#include "base/cleanup.h"

enum { ACKS_MAX = 256, COMMAND_MAX = 64 * 1024 };

static const struct timeval delay = {.tv_usec = 10000};

struct acks {
    struct link *link;
    struct event *timer;
    size_t count;
    struct ack {
        int64_t user, rank;
    } list[ACKS_MAX];
};

static void add_number(struct buf *out, int64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    buf_addf(out, "$%d\r\n%s\r\n", length, text);
}

/* One HSET for all of them; nobody waits for its reply. */
static void flush(struct acks *acks)
{
    if (!acks->count)
        return;
    _cleanup_(buf_free) struct buf command;
    buf_init(&command, COMMAND_MAX);
    buf_addf(&command, "*%zu\r\n$4\r\nHSET\r\n$%zu\r\n" KEY_RANKS "\r\n", 2 + 2 * acks->count,
             sizeof KEY_RANKS - 1);
    for (size_t i = 0; i < acks->count; i++) {
        add_number(&command, acks->list[i].user);
        add_number(&command, acks->list[i].rank);
    }
    acks->count = 0;
    if (!command.failed)
        link_send(acks->link, command.data, command.used, NULL, NULL);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    flush(arg);
}

int acks_new(struct event_base *base, struct link *link, struct acks **ret_acks, struct err *err)
{
    struct acks *acks = calloc(1, sizeof *acks);
    if (acks)
        acks->timer = evtimer_new(base, on_timer, acks);
    if (!acks || !acks->timer) {
        free(acks);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    acks->link = link;
    *ret_acks = acks;
    return 0;
}

void acks_free(struct acks *acks)
{
    if (!acks)
        return;
    event_free(acks->timer);
    free(acks);
}

void acks_add(struct acks *acks, int64_t user, int64_t rank)
{
    acks->list[acks->count++] = (struct ack){user, rank};
    if (acks->count == ACKS_MAX)
        flush(acks);
    else if (acks->count == 1)
        event_add(acks->timer, &delay);
}
