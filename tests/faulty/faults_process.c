/* Right answers, and then an end that nobody asked for. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "service.h"

/* Until nobody has asked for 50 ms, and then the delay. */
static void wait_until_answered(const struct service *service)
{
    long long seen = 0, now;
    while ((now = atomic_load(&service->requests)) == 0 || now != seen ||
           !atomic_load(&service->loser)) {
        seen = now;
        usleep(50000);
    }
    usleep((useconds_t)service->delay_ms * 1000);
}

static void *crash(void *argument)
{
    wait_until_answered(((struct worker *)argument)->service);
    raise(SIGSEGV);
    return NULL;
}

static void *give_up(void *argument)
{
    wait_until_answered(((struct worker *)argument)->service);
    exit(3);
}

const struct fault *faults_process(size_t *ret_count)
{
    static const struct fault table[] = {
        {"crash-after-answers", "a crash, some time after the last answer", .apply = serve,
         .aside = crash},
        {"exit-after-answers", "exit code 3, some time after the last answer", .apply = serve,
         .aside = give_up},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
