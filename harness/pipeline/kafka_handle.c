#include "pipeline/kafka_handle.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"

/* What librdkafka said longer ago explains no error of now. */
#define SAID_FRESH (60 * NS_PER_S)

/* "[thrd:127.0.0.1:1/1]: 127.0.0.1:1/1: Connect to … failed: Connection refused": an error code
 * alone says "Local: Timed out" of all of these. */
static void keep(struct kafka_link *link, const char *text)
{
    const char *thread = strncmp(text, "[thrd:", 6) ? NULL : strstr(text, "]: ");
    pthread_mutex_lock(&link->lock);
    snprintf(link->said, sizeof link->said, "%s", thread ? thread + 3 : text);
    link->said_at = clock_now();
    pthread_mutex_unlock(&link->lock);
}

static void log_line(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    struct kafka_link *link = handle ? rd_kafka_opaque(handle) : NULL;
    if (link && !strcmp(facility, "FAIL"))
        keep(link, text);
    log_write(level <= LOG_ERR ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "kafka", "%s: %s", facility,
              text);
}

#define CUT "..." /* the end of what did not fit */

void kafka_link_said(struct kafka_link *link, char *ret_text, size_t size)
{
    pthread_mutex_lock(&link->lock);
    bool fresh = link->said_at && clock_now() - link->said_at < SAID_FRESH;
    snprintf(ret_text, size, "%s", fresh ? link->said : "");
    pthread_mutex_unlock(&link->lock);
}

const char *kafka_link_blame(struct kafka_link *link, const char *where, rd_kafka_resp_err_t code)
{
    char said[sizeof link->said] = "";
    /* Errors of the library's own are negative: those that the broker had no part in. */
    if (code < 0)
        kafka_link_said(link, said, sizeof said);
    int length = snprintf(link->why, sizeof link->why, "%.64s at %.64s: %.64s%s%s%s", where,
                          link->pipeline->at, rd_kafka_err2str(code), *said ? " (" : "", said,
                          *said ? ")" : "");
    if (length >= (int)sizeof link->why)
        memcpy(link->why + sizeof link->why - sizeof CUT, CUT, sizeof CUT);
    return link->why;
}

const char *place_blame(struct kafka_link *link, const struct place *place,
                        rd_kafka_resp_err_t code)
{
    char where[280];
    snprintf(where, sizeof where, "%s[%d]", pipeline_name(link->pipeline, place->topic),
             (int)place->partition);
    return kafka_link_blame(link, where, code);
}

struct setting {
    const char *name, *value;
};

/* Answers count by the millisecond here: no Nagle, short ways back after a broken connection. */
static const struct setting common[] = {
    {"client.id", "rushproof"},
    {"socket.nagle.disable", "true"},
    {"reconnect.backoff.ms", "20"},
    {"reconnect.backoff.max.ms", "250"},
    {"allow.auto.create.topics", "false"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
};

/* librdkafka's mock cluster answers an empty fetch only when its wait is over, even if a record
 * comes meanwhile: the wait is the longest that a new record can hide. */
static const struct setting reading[] = {
    {"enable.partition.eof", "true"},
    {"fetch.wait.max.ms", "10"},
    {"fetch.error.backoff.ms", "10"},
    {"auto.offset.reset", "error"},
};

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, const char *key,
               struct err *err)
{
    char words[256];
    if (rd_kafka_conf_set(conf, name, value, words, sizeof words) == RD_KAFKA_CONF_OK)
        return 0;
    return err_set(err, *key ? ERR_USAGE : ERR_ENVIRONMENT, "%skafka: %s", key, words);
}

static int apply(rd_kafka_conf_t *conf, const struct setting *settings, size_t count,
                 struct err *err)
{
    int rc = 0;
    for (size_t i = 0; i < count && !rc; i++)
        rc = set(conf, settings[i].name, settings[i].value, "", err);
    return rc;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What says who reads, where and how is the scenario's own keys, or nobody's. */
static bool is_taken(const char *name)
{
    static const char *const taken[] = {"bootstrap.servers",  "metadata.broker.list",
                                        "group.id",           "isolation.level",
                                        "enable.auto.commit", "enable.auto.offset.store"};
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        if (!strcmp(taken[i], name))
            return true;
    return false;
}

static int apply_properties(rd_kafka_conf_t *conf, const struct spec_pipeline *spec,
                            struct err *err)
{
    static const char key[] = "evidence.pipeline.properties: ";
    int rc = 0;
    for (unsigned i = 0; i < spec->properties_count && !rc; i++) {
        const struct spec_pair *pair = &spec->properties[i];
        rc = is_taken(pair->name)
                 ? err_set(err, ERR_USAGE, "%s%s is set by url, group and read_committed", key,
                           pair->name)
                 : set(conf, pair->name, pair->value, key, err);
    }
    return rc;
}

rd_kafka_t *kafka_handle_open(struct kafka_link *link, bool reader, struct err *err)
{
    const struct setting own[] = {
        {"bootstrap.servers", link->pipeline->at},
        {"isolation.level",
         link->pipeline->spec.read_committed ? "read_committed" : "read_uncommitted"},
        {"group.id", link->pipeline->spec.group}, /* the last one: not for the reader */
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, log_line);
    rd_kafka_conf_set_opaque(conf, link);
    int rc = apply(conf, common, COUNT_OF(common), err);
    if (!rc)
        rc = apply_properties(conf, &link->pipeline->spec, err);
    if (!rc)
        rc = apply(conf, own, COUNT_OF(own) - (reader ? 1 : 0), err);
    if (!rc && reader)
        rc = apply(conf, reading, COUNT_OF(reading), err);
    char words[256];
    rd_kafka_t *handle = rc ? NULL : rd_kafka_new(RD_KAFKA_CONSUMER, conf, words, sizeof words);
    if (handle)
        return handle;
    if (!rc)
        err_set(err, ERR_ENVIRONMENT, "kafka: %s", words);
    rd_kafka_conf_destroy(conf);
    return NULL;
}
