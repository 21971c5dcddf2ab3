#include "apply/app.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "apply/listen.h"
#include "apply/loop.h"
#include "apply/producer.h"
#include "apply/relay.h"
#include "base/log.h"

static int make_producer(struct app *app, struct err *err)
{
    const struct producer_settings settings = {
        .brokers = app->settings->kafka_brokers,
        .topic = app->settings->topic,
        .client_id = "apply-service",
        .delivery_timeout = app->settings->delivery_timeout,
    };
    int rc = producer_new(&settings, &app->producer, err);
    return rc ? rc : producer_start(app->producer, err);
}

static int make_relay(struct app *app, struct err *err)
{
    const struct settings *settings = app->settings;
    const struct relay_settings relay = {
        .redis = app->redis,
        .redis_timeout = settings->redis_timeout,
        .brokers = settings->kafka_brokers,
        .topic = settings->topic,
        .grace = settings->grace,
    };
    return relay_start(&relay, &app->relay, err);
}

static int make_loops(struct app *app, struct hostport *ret_at, struct err *err)
{
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%d", (int)app->settings->port);
    struct hostport at;
    int rc = hostport_parse(app->settings->listen ? app->settings->listen : text, &at, err);
    if (rc)
        return err_prefix(err, "--listen");
    size_t count = (size_t)app->settings->threads;
    int fds[APP_LOOPS_MAX];
    rc = listen_open(&at, (int)app->settings->backlog, count, fds, ret_at, err);
    for (size_t i = 0; i < count && !rc; i++) {
        rc = loop_new(app, fds[i], &app->loops[i], err);
        app->loop_count += !rc;
        for (size_t k = i + 1; k < count && rc; k++)
            close(fds[k]);
    }
    for (size_t i = 0; i < count && !rc; i++)
        rc = loop_start(app->loops[i], err);
    return rc;
}

int app_start(struct app *app, const struct settings *settings, struct hostport *ret_at,
              struct err *err)
{
    *app = (struct app){.settings = settings, .strategy = strategy_find(settings->strategy)};
    uint64_t boot = 0;
    if (getrandom(&boot, sizeof boot, 0) != (ssize_t)sizeof boot)
        return err_set(err, ERR_ENVIRONMENT, "no random numbers");
    snprintf(app->boot, sizeof app->boot, "%016llx", (unsigned long long)boot);
    int rc = 0;
    if (app->strategy->needs & NEEDS_REDIS)
        rc = redis_address_parse(settings->redis_url, &app->redis, err);
    if (!rc && (app->strategy->needs & NEEDS_KAFKA))
        rc = make_producer(app, err);
    if (!rc && (app->strategy->needs & NEEDS_RELAY) && !settings->no_relay)
        rc = make_relay(app, err);
    if (!rc)
        rc = make_loops(app, ret_at, err);
    return rc;
}

void app_stop(struct app *app)
{
    for (size_t i = 0; i < app->loop_count; i++)
        loop_stop(app->loops[i]);
    for (size_t i = 0; i < app->loop_count; i++)
        loop_join(app->loops[i]);
    for (size_t i = 0; i < app->loop_count; i++)
        loop_free(app->loops[i]);
    app->loop_count = 0;
    relay_stop(app->relay);
    app->relay = NULL;
    if (!app->producer)
        return;
    int left = producer_flush(app->producer, app->settings->grace);
    struct producer_counts counts = producer_counts(app->producer);
    log_info("stop", "%llu records delivered, %llu failed, %d given up",
             (unsigned long long)counts.delivered, (unsigned long long)counts.failed, left);
    producer_free(app->producer);
    app->producer = NULL;
}
