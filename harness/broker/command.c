#include "broker/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"

#define ARGUMENTS_MAX 4

/* Kafka protocol: ApiKey of Produce and Fetch (kafka.apache.org/protocol, "Api Keys"). */
enum { API_PRODUCE = 0, API_FETCH = 1 };

typedef const char *(*command_fn)(rd_kafka_mock_cluster_t *cluster, char **arguments);

static const char *number(const char *text, int64_t low, int64_t high, int64_t *ret_value)
{
    return units_parse_int(text, low, high, ret_value, NULL) ? "not a number in range" : NULL;
}

static const char *outcome(rd_kafka_resp_err_t err)
{
    return err ? rd_kafka_err2str(err) : NULL;
}

static const char *run_down(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    int64_t id;
    const char *wrong = number(arguments[0], 1, 9, &id);
    return wrong ? wrong : outcome(rd_kafka_mock_broker_set_down(cluster, (int32_t)id));
}

static const char *run_up(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    int64_t id;
    const char *wrong = number(arguments[0], 1, 9, &id);
    return wrong ? wrong : outcome(rd_kafka_mock_broker_set_up(cluster, (int32_t)id));
}

static const char *run_rtt(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    int64_t id, ms;
    const char *wrong = number(arguments[0], 1, 9, &id);
    wrong = wrong ? wrong : number(arguments[1], 0, 60000, &ms);
    return wrong ? wrong : outcome(rd_kafka_mock_broker_set_rtt(cluster, (int32_t)id, (int)ms));
}

static const char *run_errors(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    int64_t count;
    const char *wrong = number(arguments[1], 1, 1000000, &count);
    if (wrong)
        return wrong;
    bool fetch = strcmp(arguments[0], "fetch") == 0;
    if (!fetch && strcmp(arguments[0], "produce") != 0)
        return "errors are for produce or fetch";
    _cleanup_free_ rd_kafka_resp_err_t *errors = calloc((size_t)count, sizeof *errors);
    if (!errors)
        return "out of memory";
    /* A broker that has no in-sync replicas refuses records and stores none of them. */
    for (int64_t i = 0; i < count; i++)
        errors[i] = fetch ? RD_KAFKA_RESP_ERR_UNKNOWN : RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    rd_kafka_mock_push_request_errors_array(cluster, fetch ? API_FETCH : API_PRODUCE, (size_t)count,
                                            errors);
    return NULL;
}

static const char *run_clear(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    (void)arguments;
    rd_kafka_mock_clear_request_errors(cluster, API_PRODUCE);
    rd_kafka_mock_clear_request_errors(cluster, API_FETCH);
    return NULL;
}

static const char *run_topic(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    int64_t partitions, replication;
    const char *wrong = number(arguments[1], 1, 1000, &partitions);
    wrong = wrong ? wrong : number(arguments[2] ? arguments[2] : "1", 1, 9, &replication);
    return wrong ? wrong
                 : outcome(rd_kafka_mock_topic_create(cluster, arguments[0], (int)partitions,
                                                      (int)replication));
}

bool (*command_waits)(char *ret_group, size_t size);

static const char *run_waiting(rd_kafka_mock_cluster_t *cluster, char **arguments)
{
    static char group[256];
    (void)cluster, (void)arguments;
    return command_waits && command_waits(group, sizeof group) ? group : NULL;
}

static const struct {
    const char *name, *arguments, *help;
    int least, most;
    command_fn run; /* NULL: quit */
} commands[] = {
    {"down", "ID", "break its connections, refuse new ones", 1, 1, run_down},
    {"up", "ID", "let it answer again, on the same port", 1, 1, run_up},
    {"rtt", "ID MS", "delay a broker's answers", 2, 2, run_rtt},
    {"errors", "produce|fetch N", "let the next N such requests fail", 2, 2, run_errors},
    {"clear", "", "forget the errors that are left", 0, 0, run_clear},
    {"topic", "NAME PARTITIONS [REPLICATION]", "create a topic", 2, 3, run_topic},
    {"waiting", "", "an error names a group that waits", 0, 0, run_waiting},
    {"quit", "", "end", 0, 0, NULL},
};

static int split(char *line, char *words[ARGUMENTS_MAX + 2])
{
    char *rest = line;
    int count = 0;
    for (char *word; count < ARGUMENTS_MAX + 1 && (word = strtok_r(rest, " \t\r\n", &rest));)
        words[count++] = word;
    words[count] = NULL;
    return count;
}

bool command_run(rd_kafka_mock_cluster_t *cluster, char *line, FILE *out)
{
    char *words[ARGUMENTS_MAX + 2] = {0};
    int count = split(line, words);
    if (count == 0)
        return true;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(words[0], commands[i].name) != 0)
            continue;
        bool fits = count - 1 >= commands[i].least && count - 1 <= commands[i].most;
        const char *wrong = !fits             ? "wrong number of arguments"
                            : commands[i].run ? commands[i].run(cluster, words + 1)
                                              : NULL;
        if (wrong)
            fprintf(out, "error: %s %s: %s\n", commands[i].name, commands[i].arguments, wrong);
        else
            fprintf(out, "ok\n");
        return !fits || commands[i].run;
    }
    fprintf(out, "error: no such command: %s\n", words[0]);
    return true;
}

const char *command_topic(rd_kafka_mock_cluster_t *cluster, char *text, int replication)
{
    char *colon = strrchr(text, ':'), level[16];
    if (!colon)
        return "expected NAME:PARTITIONS";
    *colon = '\0';
    snprintf(level, sizeof level, "%d", replication);
    return run_topic(cluster, (char *[]){text, colon + 1, level, NULL});
}

void command_help(FILE *out)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-7s%-32s%s\n", commands[i].name, commands[i].arguments, commands[i].help);
}
