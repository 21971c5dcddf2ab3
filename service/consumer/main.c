#include <stdio.h>

#include "base/log.h"
#include "common/program.h"
#include "consumer/monitor.h"
#include "consumer/retry.h"
#include "consumer/run.h"
#include "consumer/settings.h"
#include "consumer/stop.h"

static int fail(const struct err *err)
{
    return program_fail("coupon-consumer", err);
}

static void print_assigned(void *arg, const char *partitions)
{
    (void)arg;
    printf("assigned %s\n", partitions);
    fflush(stdout);
}

static int consume(const struct settings *settings)
{
    static struct run_counts counts;
    struct monitor *monitor = NULL;
    struct err err;
    struct hostport at;
    char text[sizeof at + 4];
    if (settings->metrics_listen) {
        if (monitor_start(settings->metrics_listen, &counts, &monitor, &at, &err))
            return fail(&err);
        printf("metrics on http://%s/metrics\n", hostport_format(&at, text, sizeof text));
        fflush(stdout);
    }
    int rc = run_until_stopped(settings, print_assigned, &counts, &err);
    monitor_stop(monitor);
    if (rc)
        return fail(&err);
    log_info("stop", "%llu rows inserted, %llu repeated, %llu parked, %llu malformed",
             (unsigned long long)counter_get(&counts.save.rows),
             (unsigned long long)counter_get(&counts.save.repeated),
             (unsigned long long)counter_get(&counts.save.parked),
             (unsigned long long)counter_get(&counts.save.malformed));
    return EXIT_OK;
}

static int retry(const struct settings *settings)
{
    const struct db_settings db_settings = {
        .url = settings->database_url,
        .setup = save_setup(settings->exactly_once),
        .timeout = settings->statement_timeout,
        .grace = settings->grace,
    };
    struct retry_counts counts;
    struct db *db;
    struct err err;
    if (db_new(&db_settings, &db, &err))
        return fail(&err);
    int rc = retry_failed(db, &counts, &err);
    db_free(db);
    if (rc)
        return fail(&err);
    printf("%llu inserted, %llu had a coupon already, %llu refused again\n",
           (unsigned long long)counts.inserted, (unsigned long long)counts.had_one,
           (unsigned long long)counts.refused);
    return counts.refused ? EXIT_REFUSED : EXIT_OK;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct err err;
    if (settings_parse(argc, argv, &settings, &err))
        return fail(&err);
    if (program_told(&settings_opts, "coupon-consumer", settings.help, settings.man,
                     settings.version))
        return EXIT_OK;
    program_log(settings.log_level);
    if (stop_listen(&err))
        return fail(&err);
    return settings.retry_failed ? retry(&settings) : consume(&settings);
}
