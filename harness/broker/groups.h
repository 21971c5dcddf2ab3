/* What the mock cluster's consumer groups are doing, followed by its own debug log (context
 * "mock"), since it has no call that would tell. Pure: no clock, no I/O; one thread at a time.
 *
 * The purpose: librdkafka 2.0.2 elects a group's leader only when a timer ends, 3 s after the first
 * member joined and session.timeout.ms - 1 s after any later change (rdkafka_mock_cgrp.c), although
 * everybody may long have joined. groups_idle() says when such a wait has nothing to wait for. */
#ifndef BROKER_GROUPS_H
#define BROKER_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#define GROUPS_MAX        16
#define GROUP_MEMBERS_MAX 64

struct group_member {
    char id[128];
    bool rejoined; /* in the rebalance that is going on */
};

struct group {
    char name[256];
    bool joining; /* waits for its timer */
    size_t members_count;
    struct group_member members[GROUP_MEMBERS_MAX];
};

struct groups {
    size_t count;
    struct group v[GROUPS_MAX];
    bool join_served; /* the request being served is a JoinGroup */
    bool lost;        /* more than fits, or something not understood: never idle again */
};

void groups_init(struct groups *groups);

/* Takes one line of the log. Returns true when it told something about a group. */
bool groups_read(struct groups *groups, const char *line);

/* The group that waits for a member that has not come back, such as that of a killed process: its
 * wait ends with that member's session. False: there is none. */
bool groups_waiting(const struct groups *groups, char *ret_name, size_t size);

/* True when a group waits, every member that it has takes part already, and no other group has
 * members: time may then pass faster without harm to anybody. */
bool groups_idle(const struct groups *groups);

#endif
