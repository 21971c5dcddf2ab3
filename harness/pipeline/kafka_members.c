/* Who is in the consumer's group. */
#include <stdio.h>
#include <string.h>

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
