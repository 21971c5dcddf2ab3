/* faulty-service --fault=NAME [--limit=N] [--window=US] [--delay=MS] [--threads=N]
 * faulty-service --list
 * The stack gives PORT, REDIS_URL, DATABASE_URL and KAFKA_BROKERS by the environment. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faulty/kafka.h"
#include "faulty/redis.h"
#include "faulty/sql.h"
#include "service.h"

static const struct fault none = {"none", "no fault: must pass every check", .apply = serve};

static const struct fault *const *all_faults(void)
{
    static const struct fault *(*const tables[])(size_t *) = {
        faults_stock, faults_pipeline, faults_answer, faults_process, faults_rows, faults_late};
    static const struct fault *all[64] = {&none};
    size_t filled = 1;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        size_t count;
        const struct fault *table = tables[t](&count);
        for (size_t i = 0; i < count; i++)
            all[filled++] = &table[i];
    }
    return all;
}

static const struct fault *find_fault(const char *name)
{
    for (const struct fault *const *fault = all_faults(); *fault; fault++)
        if (!strcmp((*fault)->name, name))
            return *fault;
    fprintf(stderr, "faulty-service: no fault '%s'; --list shows them\n", name);
    exit(3);
}

static void list_faults(void)
{
    for (const struct fault *const *fault = all_faults(); *fault; fault++)
        printf("%-24s %s\n", (*fault)->name, (*fault)->help);
    exit(0);
}

static void parse(struct service *service, int argc, char **argv)
{
    static const struct option options[] = {
        {"fault", required_argument, NULL, 'f'},
        {"limit", required_argument, NULL, 'l'},
        {"window", required_argument, NULL, 'w'},
        {"delay", required_argument, NULL, 'd'},
        {"threads", required_argument, NULL, 't'},
        {"list", no_argument, NULL, 'L'},
        {NULL, 0, NULL, 0},
    };
    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (letter) {
        case 'f':
            service->fault = find_fault(optarg);
            break;
        case 'l':
            service->limit = atoll(optarg);
            break;
        case 'w':
            service->window_us = atoll(optarg);
            break;
        case 'd':
            service->delay_ms = atoll(optarg);
            break;
        case 't':
            service->threads = atoi(optarg);
            break;
        case 'L':
            list_faults();
            break;
        default:
            exit(3);
        }
    }
    const char *port = getenv("PORT");
    service->port = port ? atoi(port) : 8080;
    service->redis_url = getenv("REDIS_URL");
    service->postgres_url = getenv("DATABASE_URL");
}

static struct worker *new_worker(struct service *service, int listener)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        exit(1);
    worker->service = service;
    worker->listener = listener;
    if (service->redis_url)
        worker->redis = redis_open(service->redis_url);
    if (service->postgres_url)
        worker->sql = sql_open(service->postgres_url);
    return worker;
}

static void *work(void *worker)
{
    http_run(worker);
    return NULL;
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument))
        exit(1);
}

int main(int argc, char **argv)
{
    static struct service service = {
        .fault = &none, .limit = 100, .window_us = 500, .delay_ms = 400, .threads = 8};
    signal(SIGPIPE, SIG_IGN);
    parse(&service, argc, argv);
    const char *brokers = getenv("KAFKA_BROKERS");
    if (brokers)
        service.producer = kafka_producer(brokers);
    if (service.fault->alone)
        service.threads = 1;
    struct worker *aside = new_worker(&service, -1);
    if (service.fault->before)
        service.fault->before(aside);
    int listener = http_listen(service.port);
    if (service.fault->aside)
        start(service.fault->aside, aside);
    for (int i = 0; i < service.threads; i++)
        start(work, new_worker(&service, dup(listener)));
    for (;;) {
        if (service.producer)
            kafka_serve(service.producer);
        else
            pause();
    }
}
