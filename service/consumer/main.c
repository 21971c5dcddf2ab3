#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "consumer/run.h"
#include "consumer/settings.h"
#include "consumer/stop.h"

enum { EXIT_OK = 0, EXIT_USAGE = 3, EXIT_ENVIRONMENT = 4 };

static int fail(const struct err *err)
{
    fprintf(stderr, "coupon-consumer: %s\n", err->message);
    return err->code == ERR_USAGE ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

static void set_log_level(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "off"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            log_to_stderr((enum log_level)i);
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
    struct err err;
    if (stop_listen(&err) || run_until_stopped(settings, print_assigned, &counts, &err))
        return fail(&err);
    log_info("stop", "%llu rows inserted, %llu repeated, %llu parked, %llu malformed",
             (unsigned long long)counter_get(&counts.save.rows),
             (unsigned long long)counter_get(&counts.save.repeated),
             (unsigned long long)counter_get(&counts.save.parked),
             (unsigned long long)counter_get(&counts.save.malformed));
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct err err;
    if (settings_parse(argc, argv, &settings, &err))
        return fail(&err);
    if (settings.help) {
        opts_print_help(&settings_opts, stdout);
        return EXIT_OK;
    }
    if (settings.man) {
        opts_print_man(&settings_opts, "coupon-consumer", RUSHPROOF_VERSION, stdout);
        return EXIT_OK;
    }
    if (settings.version) {
        printf("coupon-consumer %s\n", RUSHPROOF_VERSION);
        return EXIT_OK;
    }
    set_log_level(settings.log_level);
    return consume(&settings);
}
