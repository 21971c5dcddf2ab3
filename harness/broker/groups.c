#include "broker/groups.h"

#include <stdio.h>
#include <string.h>

void groups_init(struct groups *groups)
{
    memset(groups, 0, sizeof *groups);
}

static struct group *group_get(struct groups *groups, const char *name)
{
    for (size_t i = 0; i < groups->count; i++) {
        if (strcmp(groups->v[i].name, name) == 0)
            return &groups->v[i];
    }
    if (groups->count == GROUPS_MAX) {
        groups->lost = true;
        return NULL;
    }
    struct group *group = &groups->v[groups->count++];
    memset(group, 0, sizeof *group);
    snprintf(group->name, sizeof group->name, "%s", name);
    return group;
}

static struct group_member *member_find(struct group *group, const char *id)
{
    for (size_t i = 0; i < group->members_count; i++) {
        if (strcmp(group->members[i].id, id) == 0)
            return &group->members[i];
    }
    return NULL;
}

static void member_add(struct groups *groups, struct group *group, const char *id)
{
    if (group->members_count == GROUP_MEMBERS_MAX) {
        groups->lost = true;
        return;
    }
    struct group_member *member = &group->members[group->members_count++];
    snprintf(member->id, sizeof member->id, "%s", id);
    member->rejoined = true;
}

static void read_state(struct groups *groups, const char *text)
{
    char name[256], from[16], to[16];
    unsigned members;
    if (sscanf(text, "%255s with %u member(s) changing state %15s -> %15[A-Za-z]", name, &members,
               from, to) != 4) {
        groups->lost = true;
        return;
    }
    struct group *group = group_get(groups, name);
    if (!group)
        return;
    group->joining = strcmp(to, "Joining") == 0;
    for (size_t i = 0; group->joining && i < group->members_count; i++)
        group->members[i].rejoined = false;
    if (strcmp(to, "Empty") == 0)
        group->members_count = 0;
}

/* The log names the member that asked to join, not its group: a known member says which, and a new
 * one can only have gone to a group that is joining. Two such groups at once cannot be told apart.
 */
static void read_active(struct groups *groups, const char *text)
{
    char id[128];
    if (!groups->join_served || sscanf(text, "%127s", id) != 1)
        return;
    struct group *joining = NULL;
    for (size_t i = 0; i < groups->count; i++) {
        struct group_member *member = member_find(&groups->v[i], id);
        if (member) {
            member->rejoined = true;
            return;
        }
        if (groups->v[i].joining) {
            groups->lost |= joining != NULL;
            joining = &groups->v[i];
        }
    }
    if (joining)
        member_add(groups, joining, id);
    else
        groups->lost = true;
}

static void member_gone(struct groups *groups, const char *id, const char *name)
{
    struct group *group = group_get(groups, name);
    struct group_member *member = group ? member_find(group, id) : NULL;
    if (member)
        *member = group->members[--group->members_count];
    else
        groups->lost = true;
}

static void read_leaving(struct groups *groups, const char *text)
{
    char id[128], name[256];
    if (sscanf(text, "%127s is leaving group %255s", id, name) == 2 ||
        sscanf(text, "%127s session timed out for group %255s", id, name) == 2)
        member_gone(groups, id, name);
}

static void read_elected(struct groups *groups, const char *text)
{
    char name[256];
    size_t members;
    if (sscanf(text, "%255s with %zu member(s) is rebalancing", name, &members) != 2)
        return;
    struct group *group = group_get(groups, name);
    if (group && group->members_count != members)
        groups->lost = true;
}

static void read_request(struct groups *groups, const char *text)
{
    groups->join_served = strncmp(text, "JoinGroup", 9) == 0;
}

bool groups_read(struct groups *groups, const char *line)
{
    static const struct {
        const char *start, *within;
        void (*read)(struct groups *groups, const char *text);
        bool about_group;
    } kinds[] = {
        {": Received ", "", read_request, false},
        {"Mock consumer group ", " changing state ", read_state, true},
        {"Marking mock consumer group member ", "", read_active, true},
        {"Consumer group ", " is rebalancing", read_elected, true},
        {"Member ", " group ", read_leaving, true},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *found = strstr(line, kinds[i].start);
        if (!found || !strstr(found, kinds[i].within))
            continue;
        kinds[i].read(groups, found + strlen(kinds[i].start));
        return kinds[i].about_group;
    }
    return false;
}

bool groups_waiting(const struct groups *groups, char *ret_name, size_t size)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->v[i];
        for (size_t j = 0; group->joining && j < group->members_count; j++) {
            if (group->members[j].rejoined)
                continue;
            snprintf(ret_name, size, "%s", group->name);
            return true;
        }
    }
    return false;
}

bool groups_idle(const struct groups *groups)
{
    const struct group *waiting = NULL;
    if (groups->lost)
        return false;
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->v[i];
        if (group->joining && !waiting)
            waiting = group;
        else if (group->members_count > 0)
            return false;
    }
    if (!waiting)
        return false;
    for (size_t i = 0; i < waiting->members_count; i++) {
        if (!waiting->members[i].rejoined)
            return false;
    }
    return true;
}
