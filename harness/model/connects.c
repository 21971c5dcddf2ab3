#include "model/connects.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/units.h"

const struct load_connects *connects_of(const struct run *run)
{
    for (unsigned i = 0; run->scenario && i < run->scenario->load_count; i++)
        if (i < RUN_LOAD_PHASES_MAX && run->load[i].connects.made)
            return &run->load[i].connects;
    return NULL;
}

/* Text that grows in a fixed room. */
struct sentence {
    char *text;
    size_t size, used;
};

static void __attribute__((format(printf, 2, 3)))
add(struct sentence *sentence, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(sentence->text + sentence->used, sentence->size - sentence->used, format,
                           arguments);
    va_end(arguments);
    size_t left = sentence->size - 1 - sentence->used;
    sentence->used += wanted < 0 ? 0 : (size_t)wanted < left ? (size_t)wanted : left;
}

static void add_span(struct sentence *sentence, const char *before, ns_t span)
{
    char text[32];
    add(sentence, "%s%s", before, units_format_duration(span, text, sizeof text));
}

static void add_count(struct sentence *sentence, int64_t count, const char *what)
{
    if (count)
        add(sentence, ", %" PRId64 " %s", count, what);
}

char *connects_describe(const struct load_connects *connects, char *ret_text, size_t size)
{
    struct sentence sentence = {ret_text, size, 0};
    ret_text[0] = '\0';
    if (!connects)
        return ret_text;
    add(&sentence, connects->opened == connects->made ? "all %" PRId64 " open" : "%" PRId64 " open",
        connects->opened);
    add_count(&sentence, connects->refused, "refused");
    add_count(&sentence, connects->unanswered, "never opened");
    add_count(&sentence, connects->resets, "reset");
    add_span(&sentence, ", p99 ", connects->open_p99);
    add_span(&sentence, ", max ", connects->open_max);
    if (connects->tls_max) {
        add_span(&sentence, "; TLS p99 ", connects->tls_p99);
        add_span(&sentence, ", max ", connects->tls_max);
    }
    if (connects->queue_room != COUNT_UNKNOWN)
        add(&sentence, "; accept queue up to %" PRId64 " of %" PRId64 ", somaxconn %" PRId64,
            connects->queue_peak, connects->queue_room, connects->somaxconn);
    add(&sentence, "; %" PRId64 " SYNs sent again", connects->syns_again);
    return ret_text;
}

/* A connection that stands for us but not yet for a target whose queue is full has its request
 * dropped until there is room; the kernel's own count tells that from a lossy path. */
static bool lost_requests(const struct load_connects *connects)
{
    return connects->sent_again && connects->drops > 0;
}

/* Was it the target, and not the path? */
static bool proven(const struct load_connects *connects)
{
    return connects->drops > 0 ||
           (connects->queue_room != COUNT_UNKNOWN && connects->queue_peak > connects->queue_room);
}

static void say_remedy(const struct load_connects *connects, struct sentence *sentence)
{
    int64_t room = connects->queue_room, most = connects->somaxconn;
    if (room == COUNT_UNKNOWN) {
        add(sentence,
            "; its listen backlog is likely too short: on its machine `ss -ltn` shows it as Send-Q "
            "and what waits as Recv-Q, `nstat -az TcpExtListenDrops` what was dropped");
        return;
    }
    add(sentence,
        "; up to %" PRId64 " waited to be accepted, its listener has room for %" PRId64
        " (net.core.somaxconn %" PRId64 ")",
        connects->queue_peak, room, most);
    if (connects->drops > 0)
        add(sentence, ", the kernel counted %" PRId64 " listen drops", connects->drops);
    if (!proven(connects))
        add(sentence, ": the queue was not seen full, look for a firewall or a full table of it");
    else if (room < most)
        add(sentence, ": give its listen() a longer backlog");
    else
        add(sentence,
            ": `sysctl -w net.core.somaxconn=%" PRId64 "`, and start it again with "
            "at least as long a backlog",
            most * 4 > 4096 ? most * 4 : 4096);
}

char *connects_warn(const struct load_connects *connects, char *ret_text, size_t size)
{
    struct sentence sentence = {ret_text, size, 0};
    ret_text[0] = '\0';
    if (!connects || (!connects->syns_again && !lost_requests(connects)))
        return ret_text;
    add(&sentence,
        proven(connects) ? "%s lost what reached it: " : "what was sent to %s was lost: ",
        connects->target);
    if (connects->syns_again)
        add(&sentence,
            "%" PRId64 " of %" PRId64 " connections stood only after their SYN had been sent again "
            "(%" PRId64 " times in all",
            connects->delayed, connects->made, connects->syns_again);
    else
        add(&sentence, "%" PRId64 " segments of requests had to be sent again (",
            connects->sent_again);
    add_span(&sentence, connects->syns_again ? ", the last after " : "connections stood after ",
             connects->open_max);
    add(&sentence, ")");
    if (connects->syns_again && lost_requests(connects))
        add_count(&sentence, connects->sent_again, "segments after that were sent again too");
    add_count(&sentence, connects->unanswered, "never stood");
    say_remedy(connects, &sentence);
    return ret_text;
}
