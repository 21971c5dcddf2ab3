#include "fixture.h"

#include <ftw.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE (20 * NS_PER_S)

static char text[8192];

struct fixture *fixture_new(void)
{
    static char *topics[] = {(char *)"coupon_create"};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        abort();
    snprintf(fixture->dir, sizeof fixture->dir, "/tmp/test-stack-XXXXXX");
    if (!mkdtemp(fixture->dir))
        abort();
    fixture->pipeline =
        (struct spec_pipeline){.queues = topics, .queues_count = 1, .group = (char *)"group_1"};
    static char *urls[] = {(char *)"${web}/"};
    fixture->scenario = (struct scenario){.name = (char *)"test",
                                          .limit = 100,
                                          .request.url = urls[0],
                                          .request.urls = urls,
                                          .request.urls_count = 1,
                                          .processes = fixture->processes,
                                          .evidence.pipeline = &fixture->pipeline};
    return fixture;
}

struct fixture *fixture_only(const char *server)
{
    struct fixture *fixture = fixture_new();
    struct spec_stack *stack = &fixture->scenario.stack;
    const struct {
        const char *name;
        char **kind;
    } servers[] = {
        {"redis", &stack->redis}, {"postgres", &stack->postgres}, {"kafka", &stack->kafka}};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        if (!server || strcmp(server, servers[i].name) != 0)
            *servers[i].kind = (char *)"none";
    }
    return fixture;
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void fixture_remove(const char *dir)
{
    if (nftw(dir, entry_remove, 32, FTW_DEPTH | FTW_PHYS) < 0)
        perror(dir);
}

void fixture_free(struct fixture *fixture)
{
    stack_stop(fixture->stack);
    fixture_remove(fixture->dir);
    free(fixture);
}

struct spec_process *fixture_process(struct fixture *fixture, const char *name, const char **argv,
                                     const char *http, const char *tcp, const char *log)
{
    unsigned index = fixture->scenario.processes_count++;
    struct spec_process *process = &fixture->processes[index];
    struct spec_ready *ready = &fixture->ready[index];
    *ready = (struct spec_ready){
        .http = (char *)http, .tcp = (char *)tcp, .log = (char *)log, .timeout = 5 * NS_PER_S};
    *process = (struct spec_process){.name = (char *)name, .run = (char **)argv, .ready = ready};
    while (argv[process->run_count])
        process->run_count++;
    return process;
}

int fixture_start(struct fixture *fixture)
{
    const struct stack_settings settings = {.dir = fixture->dir, .scenario_dir = fixture->dir};
    return stack_start(&fixture->scenario, &settings, &fixture->interrupted, &fixture->run,
                       &fixture->stack, &fixture->err);
}

int fixture_fault(struct fixture *fixture, const char *target, enum fault_action action)
{
    const struct spec_fault fault = {
        .target = (char *)target, .action = action, .errors = 1, .signal = (char *)"USR1"};
    bool hit;
    return stack_fault(fixture->stack, &fault, action, &hit, &fixture->err);
}

static bool has_ended(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->processes_count; i++)
        if (strcmp(run->processes[i].name, name) == 0)
            return run->processes[i].ended > 0;
    return false;
}

bool fixture_watch_end(struct fixture *fixture, const char *name)
{
    bool alarm = false;
    const ns_t until = clock_now() + PATIENCE;
    do
        alarm = stack_watch(fixture->stack, &fixture->run);
    while (!has_ended(&fixture->run, name) && clock_now() < until && usleep(1000) == 0);
    return alarm;
}

bool fixture_says(const struct fixture *fixture, const char *name, const char *text_wanted)
{
    bool said = false;
    const ns_t until = clock_now() + PATIENCE;
    do {
        char *content = fixture_read(fixture, name);
        said = strstr(content, text_wanted);
        free(content);
    } while (!said && clock_now() < until && usleep(1000) == 0);
    return said;
}

char *fixture_read(const struct fixture *fixture, const char *name)
{
    char path[256];
    char *content = calloc(1, 65536);
    snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
    FILE *file = fopen(path, "r");
    if (file) {
        size_t got = fread(content, 1, 65535, file);
        content[got] = '\0';
        fclose(file);
    }
    return content;
}

const char *look_redis(const struct fixture *fixture, const char *command)
{
    const struct timeval limit = {.tv_usec = 500000};
    const char *answer = NULL;
    redisContext *link =
        redisConnectUnixWithTimeout(stack_address(fixture->stack, "redis") + 7, limit);
    if (link && !link->err) {
        redisSetTimeout(link, limit);
        redisReply *reply = redisCommand(link, command);
        if (reply && reply->type == REDIS_REPLY_INTEGER)
            snprintf(text, sizeof text, "%lld", reply->integer);
        else if (reply)
            snprintf(text, sizeof text, "%s", reply->str ? reply->str : "(nil)");
        answer = reply ? text : NULL;
        if (reply)
            freeReplyObject(reply);
    }
    if (link)
        redisFree(link);
    return answer;
}

const char *look_postgres(const struct fixture *fixture, const char *query)
{
    const char *answer = NULL;
    PGconn *connection = PQconnectdb(stack_address(fixture->stack, "postgres"));
    PGresult *result = PQexec(connection, query);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0)
        answer = text, snprintf(text, sizeof text, "%s", PQgetvalue(result, 0, 0));
    else if (PQresultStatus(result) == PGRES_COMMAND_OK)
        answer = "";
    PQclear(result);
    PQfinish(connection);
    return answer;
}

static rd_kafka_t *client(const struct fixture *fixture)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", stack_address(fixture->stack, "kafka"), why,
                      sizeof why);
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_conf_set(conf, "message.send.max.retries", "0", why, sizeof why);
    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "100", why, sizeof why);
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *context)
{
    (void)rk;
    if (!message->err)
        *(bool *)context = true;
}

bool look_produce(const struct fixture *fixture, const char *topic, int timeout_ms)
{
    bool done = false;
    char why[256], limit[16];
    snprintf(limit, sizeof limit, "%d", timeout_ms);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", stack_address(fixture->stack, "kafka"), why,
                      sizeof why);
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_conf_set(conf, "message.send.max.retries", "0", why, sizeof why);
    rd_kafka_conf_set(conf, "message.timeout.ms", limit, why, sizeof why);
    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "100", why, sizeof why);
    rd_kafka_conf_set_opaque(conf, &done);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
                      RD_KAFKA_V_VALUE((void *)(uintptr_t) "12345678", 8),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    rd_kafka_flush(rk, timeout_ms + 1000);
    rd_kafka_destroy(rk);
    return done;
}

long look_ends(const struct fixture *fixture, const char *topic, int partitions)
{
    rd_kafka_t *rk = client(fixture);
    long sum = 0;
    for (int i = 0; i < partitions && sum >= 0; i++) {
        int64_t low, high;
        if (rd_kafka_query_watermark_offsets(rk, topic, i, &low, &high, 5000))
            sum = -1;
        else
            sum += (long)high;
    }
    rd_kafka_destroy(rk);
    return sum;
}

bool fixture_exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}
