/* The kinds of pipelines: PIPELINE(name, queue, lane, skip, at, group, records), the members of
 * struct pipeline_kind; what carries one out is pipeline_NAME_ops (pipeline/pipeline.h). Included
 * by whoever makes a table of them. */

PIPELINE(kafka, "topic", "partition",
         "move the group to the end of its topics (kafka-consumer-groups --reset-offsets "
         "--to-latest)",
         "${kafka.brokers}", true, true)
PIPELINE(redis_stream, "stream", "stream", "move the group to its end (XGROUP SETID key group $)",
         "${redis.url}", true, true)
PIPELINE(redis_list, "list", "list", "empty it (DEL key)", "${redis.url}", false, false)
PIPELINE(rabbitmq, "queue", "queue", "empty it (rabbitmqctl purge_queue NAME)", "${rabbitmq.url}",
         false, true)
PIPELINE(gauge, "gauge", "gauge", "", "", false, false)
