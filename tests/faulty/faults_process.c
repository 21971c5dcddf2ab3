/* Right answers, and then an end that nobody asked for. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "faulty/sql.h"
#include "service.h"

/* Until the last of the requests has come and every row is there: what was not delivered yet would
 * be lost with the process, and that is another fault. And then the delay. */
static void wait_until_answered(struct worker *worker)
{
    const struct service *service = worker->service;
    long long seen = 0, now;
    while ((now = atomic_load(&service->requests)) == 0 || now != seen ||
           sql_ask(worker->sql, "SELECT count(*) FROM coupon") < service->limit) {
        seen = now;
        usleep(50000);
    }
    usleep((useconds_t)service->delay_ms * 1000);
}

static void *crash(void *worker)
{
    wait_until_answered(worker);
    raise(SIGSEGV);
    return NULL;
}

static void *give_up(void *worker)
{
    wait_until_answered(worker);
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
