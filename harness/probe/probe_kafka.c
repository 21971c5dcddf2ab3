#include "probe/probe_kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/kafka_link.h"
#include "probe/kafka_reader.h"

/* An answer later than this is none. */
#define PATIENCE     (5 * NS_PER_S)
#define MEMBERS_WAIT (NS_PER_S)
#define RETRY_AFTER  (50 * NS_PER_MS)

struct kafka {
    struct kafka_link *link;
    struct kafka_records records;
};

static void fail(struct kafka_job *job, const char *what, const char *why)
{
    snprintf(job->error, sizeof job->error, "%s: %s", what, why);
    job->rc = -(int)ERR_ENVIRONMENT;
}

/* The run's records begin at the ends of now. A second baseline forgets what came before it. */
static const char *set_bases(struct kafka *kafka)
{
    struct kafka_link *link = kafka->link;
    const char *failure = kafka_link_committed(link, PATIENCE);
    if (!failure)
        failure = kafka_link_begins(link, PATIENCE);
    if (!failure)
        failure = kafka_link_ends(link, PATIENCE);
    for (size_t i = 0; !failure && i < link->places_count; i++)
        link->places[i].base = link->places[i].end;
    kafka_reader_forget(&kafka->records);
    return failure;
}

static bool find_and_start(struct kafka *kafka, struct kafka_job *job)
{
    const char *failure = kafka_link_find(kafka->link, PATIENCE);
    if (!failure && job->baseline)
        failure = set_bases(kafka);
    if (!failure)
        failure = kafka_reader_start(kafka->link);
    if (failure)
        fail(job, "topics", failure);
    return !failure;
}

/* The order is the protocol's: committed first, then ends; lag can then only be overestimated. */
static bool read_offsets(struct kafka *kafka, struct kafka_job *job)
{
    const char *failure = kafka_link_committed(kafka->link, PATIENCE);
    job->committed_at = clock_now();
    if (failure) {
        fail(job, "committed offsets", failure);
        return false;
    }
    failure = kafka_link_ends(kafka->link, PATIENCE);
    job->ends_at = clock_now();
    if (failure)
        fail(job, "end offsets", failure);
    return !failure;
}

static bool copy_readings(const struct kafka_link *link, struct kafka_job *job)
{
    job->partitions = calloc(link->places_count + 1, sizeof *job->partitions);
    if (!job->partitions)
        return false;
    for (size_t i = 0; i < link->places_count; i++) {
        const struct place *place = &link->places[i];
        if (!place_is_dead_letter(link, place))
            job->partitions[job->partitions_count++] = (struct partition_reading){
                place->topic, place->partition, place->committed, place_end(place)};
    }
    return true;
}

/* What the group has still to consume of the records before the run's. */
static void count_waiting(const struct kafka_link *link, struct kafka_job *job)
{
    for (size_t i = 0; i < link->places_count; i++) {
        const struct place *place = &link->places[i];
        int64_t from = place->committed >= 0 ? place->committed : place->begin;
        int64_t waiting = (place->committed >= 0 ? place_end(place) : place->end) - from;
        if (place_is_dead_letter(link, place) || waiting <= 0)
            continue;
        job->waiting += waiting;
        job->uncommitted |= place->committed < 0;
    }
}

static bool copy_records(const struct produced *from, size_t have, struct produced *to)
{
    size_t count = from->count > have ? from->count - have : 0;
    to->v = calloc(count + 1, sizeof *to->v);
    if (!to->v)
        return false;
    if (count)
        memcpy(to->v, from->v + have, count * sizeof *to->v);
    to->count = count;
    to->known = true;
    memcpy(to->undecoded, from->undecoded, sizeof to->undecoded);
    return true;
}

/* What has come is taken in every round; only where records are asked for are the last ones waited
 * for. */
static void read_records(struct kafka *kafka, struct kafka_job *job)
{
    struct kafka_link *link = kafka->link;
    ns_t deadline = clock_now() + (job->records ? job->records_wait : 0);
    bool caught_up = kafka_reader_catch_up(link, &kafka->records, deadline);
    job->complete = caught_up && job->records &&
                    copy_records(&kafka->records.produced, job->have, &job->produced) &&
                    copy_records(&kafka->records.dead, job->have_dead, &job->dead);
    if (!caught_up)
        kafka_reader_explain(link, &kafka->records, job->unread, sizeof job->unread);
    else
        kafka->records.why[0] = '\0';
    kafka_link_missing(link, job->missing, sizeof job->missing, &job->none);
}

static bool look(struct kafka *kafka, struct kafka_job *job)
{
    return find_and_start(kafka, job) && read_offsets(kafka, job);
}

/* Topics that have just been made have no leader for a moment, a group's first coordinator has to
 * be loaded: while sampling that costs a round, at the baseline it is waited for. */
static bool look_patiently(struct kafka *kafka, struct kafka_job *job)
{
    ns_t deadline = clock_now() + PATIENCE;
    while (!look(kafka, job)) {
        if (!job->baseline || clock_now() >= deadline)
            return false;
        clock_sleep_until(clock_now() + RETRY_AFTER);
        job->rc = 0;
    }
    return true;
}

static void kafka_run(void *state, struct job *base)
{
    struct kafka *kafka = state;
    struct kafka_job *job = (struct kafka_job *)base;
    if (!look_patiently(kafka, job))
        return;
    read_records(kafka, job);
    if (job->baseline)
        count_waiting(kafka->link, job);
    if (!copy_readings(kafka->link, job)) {
        fail(job, "offsets", "no memory");
        return;
    }
    if (job->members)
        job->members_count =
            kafka_link_members(kafka->link, MEMBERS_WAIT, job->who, sizeof job->who);
}

static void kafka_job_drop(struct job *base)
{
    struct kafka_job *job = (struct kafka_job *)base;
    free(job->partitions);
    produced_free(&job->produced);
    produced_free(&job->dead);
    free(job);
}

struct kafka_job *kafka_job_new(void)
{
    struct kafka_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->job.run = kafka_run;
    job->job.drop = kafka_job_drop;
    job->members_count = COUNT_UNKNOWN;
    return job;
}

static void kafka_close(void *state)
{
    struct kafka *kafka = state;
    kafka_link_free(kafka->link);
    kafka_records_free(&kafka->records);
    free(kafka);
}

void kafka_source_said(const struct source *source, char *ret_text, size_t size)
{
    const struct kafka *kafka = source_state(source);
    kafka_link_said(kafka->link, ret_text, size);
}

struct source *kafka_source(const char *brokers, const struct spec_pipeline *pipeline,
                            struct roster *roster, struct err *err)
{
    static const struct source_ops ops = {kafka_close, NULL};
    struct kafka *kafka = calloc(1, sizeof *kafka);
    if (!kafka) {
        err_set(err, ERR_MEMORY, "no room for the probe of kafka");
        return NULL;
    }
    kafka->link = kafka_link_new(brokers, pipeline, roster, err);
    if (!kafka->link) {
        free(kafka);
        return NULL;
    }
    return source_new("kafka", kafka, &ops, err);
}
