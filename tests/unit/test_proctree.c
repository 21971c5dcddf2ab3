/* links: keeper */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "keeper/proctree.h"

/* A child that has a child of its own in another session. */
static pid_t make_tree(void)
{
    pid_t root = fork();
    if (root == 0) {
        if (fork() == 0) {
            setsid();
            pause();
        }
        pause();
    }
    pid_t pids[8];
    for (int i = 0; i < 1000 && proctree_list(root, pids, 8) < 1; i++)
        clock_sleep_until(clock_now() + NS_PER_MS);
    return root;
}

Test(proctree, lists_descendants_in_other_sessions)
{
    pid_t pids[8], root = make_tree();
    cr_assert_eq(proctree_list(root, pids, 8), 1);
    cr_expect(proctree_alive(pids[0]));
    cr_expect_eq(proctree_list(root, pids, 0), 0);
    proctree_signal(root, SIGKILL);
    waitpid(root, NULL, 0);
}

Test(proctree, kills_all_of_them)
{
    pid_t pids[8], root = make_tree();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    cr_assert_eq(proctree_list(root, pids, 8), 1);
    cr_assert_eq(proctree_signal(root, SIGKILL), 0);
    int status;
    cr_assert_eq(waitpid(root, &status, 0), root);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    cr_assert_eq(waitpid(pids[0], &status, 0), pids[0]);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    cr_expect_not(proctree_alive(pids[0]));
}

Test(proctree, kills_one_that_forks_all_the_time)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t root = fork();
    if (root == 0) {
        signal(SIGCHLD, SIG_IGN);
        for (;;) {
            if (fork() == 0) {
                alarm(5);
                pause();
            }
            clock_sleep_until(clock_now() + NS_PER_MS);
        }
    }
    clock_sleep_until(clock_now() + 50 * NS_PER_MS);
    cr_assert_eq(proctree_signal(root, SIGKILL), 0);
    cr_assert_eq(waitpid(root, NULL, 0), root);
    ns_t deadline = clock_now() + 2 * NS_PER_S;
    while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_now() < deadline)
        clock_sleep_until(clock_now() + NS_PER_MS);
    pid_t pids[8];
    cr_expect_eq(proctree_list(getpid(), pids, 8), 0, "nobody was forked away");
}

Test(proctree, says_when_there_is_nobody)
{
    cr_expect_neq(proctree_signal(999999999, SIGTERM), 0);
    cr_expect_not(proctree_alive(999999999));
}
