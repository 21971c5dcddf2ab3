/* Who is in the consumer's group. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/kafka_link.h"

#define MS(span) ((int)((span) / NS_PER_MS))

/* Does the group keep offsets of what is read here? Then it exists, whatever a broker lists. */
static bool has_commits(const struct kafka_link *link)
{
    for (size_t i = 0; i < link->places_count; i++)
        if (link->places[i].committed >= 0)
            return true;
    return false;
}

/* Only "Empty" says that nobody is there. A broker describes a group of the newer protocol
 * (KIP-848) as dead or without members, because it has none of the old kind. */
static int64_t count_members(const struct rd_kafka_group_info *group)
{
    if (group->err)
        return COUNT_UNKNOWN;
    bool empty = group->state && !strcmp(group->state, "Empty");
    return group->member_cnt > 0 || empty ? group->member_cnt : COUNT_UNKNOWN;
}

/* "kcat at 10.0.0.7, app at 127.0.0.1" */
static void name_members(const struct rd_kafka_group_info *group, char *ret_who, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < group->member_cnt && used < size; i++) {
        const struct rd_kafka_group_member_info *member = &group->members[i];
        const char *host = member->client_host + (member->client_host[0] == '/');
        used += (size_t)snprintf(ret_who + used, size - used, "%s%.48s at %.48s", i ? ", " : "",
                                 member->client_id, host);
    }
}

/* By ListGroups and DescribeGroups. Not by the newer DescribeConsumerGroups: with a broker that
 * does not know it, such as the mock cluster, librdkafka 2.0.2 frees its request twice and the
 * handle hangs. */
int64_t kafka_link_members(struct kafka_link *link, ns_t wait, char *ret_who, size_t size)
{
    if (link->members_unsupported)
        return COUNT_UNKNOWN;
    const struct rd_kafka_group_list *groups = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_list_groups(link->asker, link->pipeline->spec.group, &groups, MS(wait));
    if (code) {
        link->members_unsupported = code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
        return COUNT_UNKNOWN;
    }
    /* A group that no broker lists has nobody in it, or may not be seen by us. */
    int64_t members = has_commits(link) ? COUNT_UNKNOWN : 0;
    for (int i = 0; i < groups->group_cnt; i++) {
        members = count_members(&groups->groups[i]);
        name_members(&groups->groups[i], ret_who, size);
    }
    rd_kafka_group_list_destroy(groups);
    return members;
}

/* ---- share groups ---- */

#define SHARE_EVERY NS_PER_S

/* Is the group listed as one whose members are described? A group of a newer protocol is described
 * as dead, because it has no members of the old kind. */
static bool is_of_another_kind(struct kafka_link *link, ns_t wait)
{
    const struct rd_kafka_group_list *groups = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_list_groups(link->asker, link->pipeline->spec.group, &groups, MS(wait));
    link->members_unsupported |= code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
    if (code)
        return false;
    bool other = false;
    for (int i = 0; i < groups->group_cnt; i++)
        other |= count_members(&groups->groups[i]) == COUNT_UNKNOWN;
    rd_kafka_group_list_destroy(groups);
    return other;
}

static bool is_named(const rd_kafka_ListConsumerGroups_result_t *result, const char *group)
{
    size_t count = 0;
    const rd_kafka_ConsumerGroupListing_t **groups =
        rd_kafka_ListConsumerGroups_result_valid(result, &count);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(rd_kafka_ConsumerGroupListing_group_id(groups[i]), group))
            return true;
    return false;
}

/* The groups of consumers, of the old protocol and the new (KIP-848), are listed apart. */
static bool is_consumers(struct kafka_link *link, ns_t wait)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(link->asker);
    rd_kafka_ListConsumerGroups(link->asker, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, MS(wait));
    const rd_kafka_ListConsumerGroups_result_t *result =
        event ? rd_kafka_event_ListConsumerGroups_result(event) : NULL;
    bool consumers =
        !result || rd_kafka_event_error(event) || is_named(result, link->pipeline->spec.group);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return consumers;
}

/* A share group (KIP-932) commits no offsets, and only its own requests, which librdkafka does not
 * know, tell how far it is. */
void kafka_link_find_share(struct kafka_link *link, ns_t wait)
{
    ns_t now = clock_now();
    if (link->share || link->members_unsupported || has_commits(link) ||
        (link->share_asked && now - link->share_asked < SHARE_EVERY))
        return;
    link->share_asked = now;
    link->share = is_of_another_kind(link, wait) && !is_consumers(link, wait);
    if (link->share)
        log_info("probe", "kafka: %s is a share group: the rows and the records decide",
                 link->pipeline->spec.group);
    link->pipeline->forgets = link->share;
}
