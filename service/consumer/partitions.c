#include "consumer/partitions.h"

#include "base/log.h"

enum { SEEK_MS = 5000, LOOK_UP_MS = 1000 };

void partitions_find_start(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code = rd_kafka_committed(client, list, LOOK_UP_MS);
    for (int i = 0; !code && i < list->cnt; i++) {
        rd_kafka_topic_partition_t *place = &list->elems[i];
        int64_t end;
        if (!place->err && place->offset == RD_KAFKA_OFFSET_INVALID)
            code = rd_kafka_query_watermark_offsets(client, place->topic, place->partition,
                                                    &place->offset, &end, LOOK_UP_MS);
    }
}

void partitions_pause(rd_kafka_t *client, bool pause)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    if (rd_kafka_assignment(client, &list))
        return;
    if (pause)
        rd_kafka_pause_partitions(client, list);
    else
        rd_kafka_resume_partitions(client, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void partitions_rewind(rd_kafka_t *client, const rd_kafka_message_t *message)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, rd_kafka_topic_name(message->rkt), message->partition)
        ->offset = message->offset;
    rd_kafka_error_t *error = rd_kafka_seek_partitions(client, list, SEEK_MS);
    if (error) {
        log_error("kafka", "cannot go back to offset %lld: %s", (long long)message->offset,
                  rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
    }
    rd_kafka_topic_partition_list_destroy(list);
}
