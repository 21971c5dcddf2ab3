/* The kinds of pipelines: PIPELINE(name, queue, lane, skip), the members of struct
 * pipeline_kind; what carries one out is pipeline_NAME_ops (pipeline/pipeline.h). Included by
 * whoever makes a table of them. */

PIPELINE(kafka, "topic", "partition",
         "move the group to the end of its topics (kafka-consumer-groups --reset-offsets "
         "--to-latest)")
