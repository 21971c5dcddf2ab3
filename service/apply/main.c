#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "apply/app.h"
#include "apply/relay.h"
#include "apply/settings.h"
#include "apply/strategy.h"
#include "base/log.h"
#include "common/program.h"

static int fail(const struct err *err)
{
    return program_fail("apply-service", err);
}

/* Every connection is a descriptor: take what the machine allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        log_warn("start", "cannot raise the limit of open files");
}

/* Before any thread exists, so that every thread inherits it and sigwait gets the signals. */
static void block_signals(sigset_t *ret_stop)
{
    sigemptyset(ret_stop);
    sigaddset(ret_stop, SIGTERM);
    sigaddset(ret_stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, ret_stop, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void await_stop(const sigset_t *stop)
{
    int got;
    sigwait(stop, &got);
    log_info("stop", "%s", strsignal(got));
}

static void print_relaying(void *arg)
{
    const struct settings *settings = arg;
    printf("relaying the outbox to %s\n", settings->topic);
    fflush(stdout);
}

static int relay(struct settings *settings, const sigset_t *stop)
{
    struct relay_settings relay_settings = {
        .redis_timeout = settings->redis_timeout,
        .brokers = settings->kafka_brokers,
        .topic = settings->topic,
        .grace = settings->grace,
        .working = print_relaying,
        .arg = settings,
    };
    struct relay *running;
    struct err err;
    if (redis_address_parse(settings->redis_url, &relay_settings.redis, &err) ||
        relay_start(&relay_settings, &running, &err))
        return fail(&err);
    await_stop(stop);
    relay_stop(running);
    return EXIT_OK;
}

static int serve(const struct settings *settings, const sigset_t *stop)
{
    raise_descriptor_limit();
    struct app app;
    struct err err;
    struct hostport at;
    char text[sizeof at + 4];
    if (app_start(&app, settings, &at, &err)) {
        app_stop(&app);
        return fail(&err);
    }
    printf("listening on http://%s\n", hostport_format(&at, text, sizeof text));
    fflush(stdout);
    await_stop(stop);
    app_stop(&app);
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct err err;
    if (settings_parse(argc, argv, &settings, &err))
        return fail(&err);
    if (program_told(&settings_opts, "apply-service", settings.help, settings.man,
                     settings.version))
        return EXIT_OK;
    if (!strcmp(settings.strategy, "list")) {
        strategy_explain(stdout);
        return EXIT_OK;
    }
    program_log(settings.log_level);
    sigset_t stop;
    block_signals(&stop);
    return settings.relay_only ? relay(&settings, &stop) : serve(&settings, &stop);
}
