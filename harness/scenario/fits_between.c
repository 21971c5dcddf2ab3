/* Who stands between the service and its stores. */
#include <stdio.h>

#include "model/observed.h"
#include "model/way.h"
#include "scenario/fits.h"

static const struct {
    const char *store;
    int port;
} stores[] = {{"redis", 6379}, {"postgres", 5432}, {"mysql", 3306}};

/* What the harness reads itself it reads straight, or its own questions would be told as the
 * service's. */
static bool is_read_there(const struct scenario *scenario, const char *store, const struct way *way,
                          int port)
{
    const struct spec_evidence *evidence = &scenario->evidence;
    const char *const urls[] = {
        spec_server(&scenario->stack, store),
        evidence->coupons ? evidence->coupons->url : NULL,
        evidence->parked ? evidence->parked->url : NULL,
        evidence->counter ? evidence->counter->url : NULL,
        evidence->pipeline ? evidence->pipeline->url : NULL,
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (urls[i] && way_is_at(way, urls[i], port))
            return true;
    return false;
}

static int fits_way(const struct fits *fits, const char *store, int port)
{
    const char *text = spec_between_way(&fits->scenario->between, store);
    struct way way;
    struct err err = {0};
    char path[32];
    snprintf(path, sizeof path, "between.%s", store);
    if (!text)
        return 0;
    if (way_read(text, &way, &err))
        return fits_refuse(fits, path, "%s", err.message);
    if (is_read_there(fits->scenario, store, &way, port))
        return fits_refuse(fits, path,
                           "%s is for the service alone, and the run's own evidence is read there; "
                           "allowed: read it at %s",
                           way.listen, way.upstream);
    return 0;
}

int fits_between(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    bool listens = spec_between_listens(&scenario->between);
    int rc = 0;
    if (listens && scenario->processes_count)
        return fits_refuse(fits, "between",
                           "LISTEN=UPSTREAM is for a service that runs already, and here the run "
                           "starts it; allowed: `between: observe`, which leads each process by "
                           "the addresses that it is given");
    if (scenario->between.what != BETWEEN_OFF && !scenario->processes_count && !listens)
        return fits_refuse(fits, scenario->hold ? "hold" : "between",
                           "the run starts no process that it could lead to its stores by way of "
                           "the proxy; allowed: off, `processes`, or for a service that runs "
                           "already redis, postgres or mysql: LISTEN=UPSTREAM (on one line "
                           "--between-redis 16379=6379)");
    for (size_t i = 0; !rc && i < sizeof stores / sizeof *stores; i++)
        rc = fits_way(fits, stores[i].store, stores[i].port);
    return rc;
}
