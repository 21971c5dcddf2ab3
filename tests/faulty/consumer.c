/* faulty-consumer --fault=NAME | --list
 * A parent that starts the consumer again after its one crash, as an orchestrator would. */
#include "consumer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faulty/bytes.h"
#include "faulty/kafka.h"
#include "faulty/sql.h"

void consumer_insert(struct consumer *consumer, int64_t user)
{
    sql_ask(consumer->sql, "INSERT INTO coupon (user_id) VALUES (%lld)", (long long)user);
}

void consumer_park(struct consumer *consumer, int64_t user)
{
    sql_ask(consumer->sql, "INSERT INTO failed_event (user_id) VALUES (%lld)", (long long)user);
}

/* The offsets after the messages of the batch, partition by partition: later ones replace earlier.
 */
void consumer_commit(struct consumer *consumer, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        bool last = true;
        for (size_t j = i + 1; j < batch->count; j++)
            last &= batch->messages[j]->partition != batch->messages[i]->partition;
        if (last)
            rd_kafka_commit_message(consumer->kafka, batch->messages[i], 0);
    }
}

void consumer_crash(struct consumer *consumer)
{
    if (consumer->life == 1)
        raise(SIGKILL);
}

static void fill(struct consumer *consumer, struct batch *batch)
{
    batch->count = 0;
    while (batch->count < BATCH_MAX) {
        rd_kafka_message_t *message =
            rd_kafka_consumer_poll(consumer->kafka, batch->count ? 5 : 100);
        if (!message)
            return;
        if (message->err ||
            !bytes_to_user(message->payload, message->len, &batch->users[batch->count]))
            rd_kafka_message_destroy(message);
        else
            batch->messages[batch->count++] = message;
    }
}

static void consume(const struct consumer_fault *fault, int life)
{
    struct consumer consumer = {.sql = sql_open(getenv("DATABASE_URL")),
                                .kafka = kafka_consumer(getenv("KAFKA_BROKERS")),
                                .life = life};
    for (struct batch batch;;) {
        fill(&consumer, &batch);
        if (batch.count)
            fault->save(&consumer, &batch);
        for (size_t i = 0; i < batch.count; i++)
            rd_kafka_message_destroy(batch.messages[i]);
    }
}

static pid_t start(const struct consumer_fault *fault, int life)
{
    pid_t child = fork();
    if (child)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    consume(fault, life);
    _exit(0);
}

static const struct consumer_fault *choose(const char *name)
{
    size_t count;
    const struct consumer_fault *table = consumer_faults(&count);
    for (size_t i = 0; i < count; i++) {
        if (name && !strcmp(table[i].name, name))
            return &table[i];
        if (!name)
            printf("%-24s %s\n", table[i].name, table[i].help);
    }
    if (!name)
        exit(0);
    fprintf(stderr, "faulty-consumer: no fault '%s'; --list shows them\n", name);
    exit(3);
}

int main(int argc, char **argv)
{
    static const char option[] = "--fault=";
    const char *word = argc > 1 ? argv[1] : "--fault=none";
    bool list = !strcmp(word, "--list");
    if (argc > 2 || (!list && strncmp(word, option, sizeof option - 1) != 0)) {
        fputs("usage: faulty-consumer --fault=NAME | --list\n", stderr);
        return 3;
    }
    const struct consumer_fault *fault = choose(list ? NULL : word + sizeof option - 1);
    for (int life = 1;; life++) {
        int status;
        if (waitpid(start(fault, life), &status, 0) < 0 || WIFEXITED(status))
            return 1;
    }
}
