#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

ns_t clock_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (ns_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void clock_sleep_until(ns_t instant)
{
    if (instant <= 0)
        return;
    struct timespec ts = {.tv_sec = instant / NS_PER_S, .tv_nsec = instant % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
        ;
}

int64_t clock_wall_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static char *format(int64_t wall_ns, const char *layout, char *ret_text, size_t size)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t used = strftime(ret_text, size, layout, &tm);
    snprintf(ret_text + used, size - used, ".%03dZ", (int)(wall_ns % NS_PER_S / NS_PER_MS));
    return ret_text;
}

char *clock_format_utc(int64_t wall_ns, char *ret_text, size_t size)
{
    return format(wall_ns, "%Y-%m-%dT%H:%M:%S", ret_text, size);
}

char *clock_format_stamp(int64_t wall_ns, char *ret_text, size_t size)
{
    return format(wall_ns, "%Y%m%dT%H%M%S", ret_text, size);
}
