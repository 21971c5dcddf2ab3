/* embedded-broker: librdkafka's mock cluster as a process of its own, for as long as its standard
 * input is open. Prints "bootstrap HOST:PORT,…" when it is ready, and obeys the commands of
 * command.c. */
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/opts.h"
#include "broker/command.h"
#include "broker/fasttime.h"
#include "broker/groups.h"
#include "broker/ports.h"
#include "broker/sockets.h"

#define REPLICATION_MAX 3
#define TICK            (250 * NS_PER_MS) /* of the broker's time */
/* Versions that the cluster offers, where its own choice keeps Java clients away (API keys:
 * kafka.apache.org/protocol). Its Metadata handler writes versions 3 and 4 as well, and Java speaks
 * none below 4 since 4.0 (KIP-896). Its ListOffsets leaves the leader epoch of version 4 out. */
static const struct {
    int16_t api, most;
} offered[] = {{3, 4}, {2, 3}};

#define SETTLE_MS 20 /* others may be about to join as well */

struct settings {
    int64_t brokers;
    const char *ports;
    struct opt_list topics;
    bool slow_joins, verbose, help, man, version;
};

static const struct opt table[] = {
    {"brokers", 'b', OPT_INT, "N", "1", NULL, NULL, 1, PORTS_MAX, "How many brokers.",
     offsetof(struct settings, brokers)},
    {"ports", 'p', OPT_TEXT, "P,…", NULL, NULL, NULL, 0, 0,
     "The brokers' ports; default: what the kernel gives.", offsetof(struct settings, ports)},
    {"topic", 't', OPT_LIST, "NAME:PARTITIONS", NULL, NULL, NULL, 0, 0,
     "Creates a topic; may be given again.", offsetof(struct settings, topics)},
    {"slow-joins", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "Keep the waits of a group rebalance even when everybody has joined.",
     offsetof(struct settings, slow_joins)},
    {"verbose", 'v', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "Log every request to stderr.",
     offsetof(struct settings, verbose)},
    OPTS_PROGRAM_ROWS(struct settings),
};

static const struct opts opts = {
    .program = "embedded-broker",
    .usage = "[OPTION…]",
    .brief = "A Kafka broker in memory, for tests: librdkafka's mock cluster.",
    .details =
        "It ends when its standard input does. Each partition keeps its last 5 MB, or "
        "100,000 batches of records. Transactions are refused: it has no control records, so "
        "consumers\nwould read what was aborted.",
    .table = table,
    .count = sizeof table / sizeof table[0],
};

/* Written by the cluster's thread, read by the main thread. */
static struct {
    pthread_mutex_t lock;
    struct groups groups;
    int wake; /* eventfd */
    bool verbose;
    bool warned; /* that records were dropped */
} watched = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The cluster drops a partition's oldest batches when it holds too much, and says so only by the
 * start of the log in "Broker 1: Log append coupon_create [2] … (log now 17..99, original start
 * 16)". */
static void warn_of_loss(const char *text)
{
    const char *append = strstr(text, ": Log append "), *span = strstr(text, "(log now ");
    long long start;
    char topic[256];
    int partition;
    if (watched.warned || !append || !span || sscanf(span, "(log now %lld..", &start) != 1 ||
        start == 0 || sscanf(append, ": Log append %255s [%d]", topic, &partition) != 2)
        return;
    watched.warned = true;
    fprintf(stderr,
            "%s [%d] has lost its oldest records: a partition keeps 5 MB, or 100,000 batches\n",
            topic, partition);
}

static void log_read(const rd_kafka_t *rk, int level, const char *area, const char *text)
{
    (void)rk;
    /* The client that carries the cluster connects to nobody, and complains that it is told of
     * nobody. */
    if (strcmp(area, "CONFWARN") != 0 && (watched.verbose || level < 7))
        fprintf(stderr, "%d %s %s\n", level, area, text);
    warn_of_loss(text);
    pthread_mutex_lock(&watched.lock);
    if (groups_read(&watched.groups, text)) {
        uint64_t one = 1;
        ssize_t ignored = write(watched.wake, &one, sizeof one);
        (void)ignored;
    }
    pthread_mutex_unlock(&watched.lock);
}

/* Only the cluster's thread calls: the error is the answer to the request that it serves next. */
static rd_kafka_mock_cluster_t *refusing;

static void refuse(const struct transaction *found)
{
    rd_kafka_mock_push_request_errors(refusing, found->api, 1, TRANSACTION_ERROR);
    fprintf(stderr,
            "refused a transaction: %s of transactional.id \"%s\". This broker keeps no control "
            "records, so consumers would read what was aborted; use stack.kafka: apache\n",
            found->request, found->id);
}

static bool idle(void)
{
    pthread_mutex_lock(&watched.lock);
    bool result = groups_idle(&watched.groups);
    pthread_mutex_unlock(&watched.lock);
    return result;
}

static bool waits(char *ret_group, size_t size)
{
    pthread_mutex_lock(&watched.lock);
    bool result = groups_waiting(&watched.groups, ret_group, size);
    pthread_mutex_unlock(&watched.lock);
    return result;
}

/* Lets the waits of a rebalance pass quickly, once nobody else is expected. Setting a broker's
 * delay to what it was is the way to wake the cluster's thread, which sleeps in real time, and it
 * comes back when that thread has done so. What became due is served after that, and so before the
 * second time. */
static void hurry(rd_kafka_mock_cluster_t *cluster)
{
    for (int i = 0; i < 60 && idle(); i++) {
        fasttime_skip(TICK);
        rd_kafka_mock_broker_set_rtt(cluster, 1, 0);
        rd_kafka_mock_broker_set_rtt(cluster, 1, 0);
    }
}

static rd_kafka_t *handle_new(bool follow, char *errstr, size_t size)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if ((follow && rd_kafka_conf_set(conf, "debug", "mock", errstr, size)) ||
        rd_kafka_conf_set(conf, "client.id", "embedded-broker", errstr, size)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_log_cb(conf, log_read);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, errstr, size);
    if (!rk)
        rd_kafka_conf_destroy(conf);
    return rk;
}

static bool topics_create(rd_kafka_mock_cluster_t *cluster, const struct settings *settings)
{
    int replication =
        settings->brokers < REPLICATION_MAX ? (int)settings->brokers : REPLICATION_MAX;
    for (size_t i = 0; i < settings->topics.count; i++) {
        _cleanup_free_ char *text = strdup(settings->topics.items[i]);
        const char *wrong = text ? command_topic(cluster, text, replication) : "out of memory";
        if (wrong) {
            fprintf(stderr, "embedded-broker: --topic %s: %s\n", settings->topics.items[i], wrong);
            return false;
        }
    }
    return true;
}

/* Returns false at the end of the input or after "quit". */
static bool input_serve(rd_kafka_mock_cluster_t *cluster)
{
    static char line[1024];
    static size_t used;
    ssize_t got = read(STDIN_FILENO, line + used, sizeof line - 1 - used);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    used += (size_t)got;
    line[used] = '\0';
    bool going = true;
    for (char *end; going && (end = strchr(line, '\n'));) {
        *end = '\0';
        going = command_run(cluster, line, stdout);
        fflush(stdout);
        used -= (size_t)(end + 1 - line);
        memmove(line, end + 1, used + 1);
    }
    if (used == sizeof line - 1)
        used = 0; /* no command is that long */
    return going;
}

static void serve(rd_kafka_mock_cluster_t *cluster)
{
    struct pollfd ready[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = watched.wake, .events = POLLIN}};
    for (;;) {
        /* The settling time starts again whenever a group's news interrupts it. */
        bool waiting = idle();
        int count = poll(ready, 2, waiting ? SETTLE_MS : -1);
        if (count < 0 && errno != EINTR)
            return;
        if (count == 0 && waiting)
            hurry(cluster);
        uint64_t wakes;
        if (count > 0 && ready[1].revents && read(watched.wake, &wakes, sizeof wakes) < 0)
            return;
        if (count > 0 && ready[0].revents && !input_serve(cluster))
            return;
    }
}

static int serve_until_end(const struct settings *settings)
{
    char errstr[512] = "";
    watched.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watched.verbose = settings->verbose;
    rd_kafka_t *rk = handle_new(!settings->slow_joins || settings->verbose, errstr, sizeof errstr);
    if (!rk || watched.wake < 0) {
        fprintf(stderr, "embedded-broker: cannot start: %s\n", errstr);
        return 4;
    }
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, (int)settings->brokers);
    for (size_t i = 0; cluster && i < sizeof offered / sizeof offered[0]; i++)
        rd_kafka_mock_set_apiversion(cluster, offered[i].api, 0, offered[i].most);
    refusing = cluster;
    sockets_on_transaction = refuse;
    command_waits = waits;
    bool made = cluster && topics_create(cluster, settings);
    if (made) {
        printf("bootstrap %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
        fflush(stdout);
        serve(cluster);
    } else if (!cluster) {
        fprintf(stderr, "embedded-broker: cannot listen\n");
    }
    if (cluster)
        rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
    return made ? 0 : 4;
}

static int print_about(const struct settings *settings)
{
    if (settings->help) {
        opts_print_help(&opts, stdout);
        puts("\nCommands on standard input, each answered by ok or error:");
        command_help(stdout);
    } else if (settings->man) {
        opts_print_man(&opts, "embedded-broker", RUSHPROOF_VERSION, stdout);
        puts(".SH COMMANDS\nOn standard input, each answered by ok or error:\n.nf");
        command_help(stdout);
        puts(".fi");
    } else {
        printf("embedded-broker %s (librdkafka %s)\n", RUSHPROOF_VERSION, rd_kafka_version_str());
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct err err;
    int rest = argc;
    if (opts_parse(&opts, argc, argv, &settings, &rest, &err)) {
        fprintf(stderr, "embedded-broker: %s\n", err.message);
        return 3;
    }
    if (rest < argc || (settings.ports && ports_reserve(settings.ports) < (int)settings.brokers)) {
        fprintf(stderr, "embedded-broker: %s\n",
                rest < argc ? "it takes no operands" : "--ports must name a port for each broker");
        return 3;
    }
    signal(SIGPIPE, SIG_IGN);
    bool about = settings.help || settings.man || settings.version;
    int result = about ? print_about(&settings) : serve_until_end(&settings);
    opts_release(&opts, &settings);
    return result;
}
