/* links: broker */
#include <criterion/criterion.h>

#include "broker/groups.h"

/* Lines as librdkafka 2.0.2 writes them with debug=mock. */
#define JOIN(id) "[thrd:mock]: Broker 1: Received JoinGroupRequestV5 from 127.0.0.1:4", MARK(id)
#define MARK(id) "[thrd:mock]: Marking mock consumer group member " id " as active"
#define HEARTBEAT(id)                                                                              \
    "[thrd:mock]: Broker 1: Received HeartbeatRequestV3 from 127.0.0.1:4", MARK(id)
#define STATE(group, members, from, to)                                                            \
    "[thrd:mock]: Mock consumer group " group " with " #members " member(s) changing state " from  \
    " -> " to ": why"
#define ELECTED(group, members)                                                                    \
    "[thrd:mock]: Consumer group " group " with " #members                                         \
    " member(s) is rebalancing: elected leader is 0x1, generation id 2"
#define UP(group, members)                                                                         \
    ELECTED(group, members), STATE(group, members, "Joining", "Syncing"),                          \
        STATE(group, members, "Syncing", "Up")
#define FIRST_JOIN(group, id)                                                                      \
    "[thrd:mock]: Broker 1: Received JoinGroupRequestV5 from 127.0.0.1:4",                         \
        STATE(group, 1, "Empty", "Joining"), MARK(id)

static struct groups groups;

#define READ(...) read_all((const char *const[]){__VA_ARGS__, NULL})

static void read_all(const char *const *lines)
{
    for (; *lines; lines++)
        groups_read(&groups, *lines);
}

static void setup(void)
{
    groups_init(&groups);
}

TestSuite(groups, .init = setup);

Test(groups, nothing_is_waited_for_at_first)
{
    cr_expect_not(groups_idle(&groups));
}

Test(groups, the_first_member_waits_for_nobody)
{
    READ(FIRST_JOIN("g", "0x1"));
    cr_expect(groups_idle(&groups));
    READ(UP("g", 1));
    cr_expect_not(groups_idle(&groups));
}

Test(groups, a_lost_member_is_waited_for)
{
    char name[64] = "";
    READ(FIRST_JOIN("g", "0x1"), UP("g", 1));
    cr_expect_not(groups_waiting(&groups, name, sizeof name));
    READ("[thrd:mock]: Broker 1: Received JoinGroupRequestV5 from 127.0.0.1:4",
         STATE("g", 2, "Up", "Joining"), MARK("0x2"));
    cr_expect(groups_waiting(&groups, name, sizeof name));
    cr_expect_str_eq(name, "g");
    READ("[thrd:mock]: Member 0x1 session timed out for group g");
    cr_expect_not(groups_waiting(&groups, name, sizeof name));
}

Test(groups, a_second_member_waits_until_the_first_rejoins)
{
    READ(FIRST_JOIN("g", "0x1"), UP("g", 1));
    READ("[thrd:mock]: Broker 1: Received JoinGroupRequestV5 from 127.0.0.1:4",
         STATE("g", 2, "Up", "Joining"), MARK("0x2"));
    cr_expect_not(groups_idle(&groups));
    READ(HEARTBEAT("0x1"));
    cr_expect_not(groups_idle(&groups), "a heartbeat is no join");
    READ(JOIN("0x1"));
    cr_expect(groups_idle(&groups));
}

Test(groups, an_empty_group_waits_for_nobody)
{
    READ(FIRST_JOIN("g", "0x1"), UP("g", 1), "[thrd:mock]: Member 0x1 is leaving group g",
         STATE("g", 0, "Up", "Joining"));
    cr_expect(groups_idle(&groups));
    READ(STATE("g", 0, "Joining", "Empty"));
    cr_expect_not(groups_idle(&groups));
}

Test(groups, a_silent_member_is_waited_for_until_its_session_ends)
{
    READ(FIRST_JOIN("g", "0x1"), UP("g", 1));
    READ("[thrd:mock]: Broker 1: Received JoinGroupRequestV5 from 127.0.0.1:4",
         STATE("g", 2, "Up", "Joining"), MARK("0x2"));
    cr_expect_not(groups_idle(&groups));
    READ("[thrd:mock]: Member 0x1 session timed out for group g");
    cr_expect(groups_idle(&groups));
}

Test(groups, another_group_with_members_is_not_hurried)
{
    READ(FIRST_JOIN("g", "0x1"), UP("g", 1), FIRST_JOIN("h", "0x9"));
    cr_expect_not(groups_idle(&groups));
    READ("[thrd:mock]: Member 0x1 is leaving group g", STATE("g", 0, "Up", "Joining"),
         STATE("g", 0, "Joining", "Empty"));
    cr_expect(groups_idle(&groups));
}

Test(groups, gives_up_when_the_counts_do_not_agree)
{
    READ(FIRST_JOIN("g", "0x1"), ELECTED("g", 2));
    cr_expect(groups.lost);
    cr_expect_not(groups_idle(&groups));
}

Test(groups, gives_up_when_a_new_member_could_be_of_two_groups)
{
    READ(FIRST_JOIN("g", "0x1"), FIRST_JOIN("h", "0x2"), JOIN("0x3"));
    cr_expect(groups.lost);
}

Test(groups, other_lines_are_ignored)
{
    cr_expect_not(groups_read(&groups, "[thrd:mock]: Broker 1: New connection from 127.0.0.1:1"));
    cr_expect_not(groups_read(&groups, ""));
    cr_expect_not(groups.lost);
}
