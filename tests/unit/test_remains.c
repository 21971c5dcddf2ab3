/* links: keeper */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/remains.h"

static char tmp[64];

static const char *in_tmp(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", tmp, name);
    return path;
}

static void make_tmp(void)
{
    snprintf(tmp, sizeof tmp, "/tmp/remains-XXXXXX");
    cr_assert_not_null(mkdtemp(tmp));
}

static void remove_tmp(void)
{
    remains_remove(tmp);
}

TestSuite(remains, .init = make_tmp, .fini = remove_tmp);

static bool exists(const char *name)
{
    struct stat status;
    return lstat(in_tmp(name), &status) == 0;
}

/* A keeper that makes the directory, with something in it, and ends at once. */
static void dead_keeper(const char *name, bool keep)
{
    pid_t pid = fork();
    if (pid == 0) {
        bool made = remains_make(in_tmp(name), keep) == 0;
        char path[300];
        snprintf(path, sizeof path, "%s/below", in_tmp(name));
        _exit(made && mkdir(path, 0700) == 0 && symlink("/etc", in_tmp("link")) <= 0 ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0);
}

Test(remains, of_a_dead_keeper_are_removed)
{
    dead_keeper("rushproof-aaaaaaaaaa", false);
    cr_expect(exists("rushproof-aaaaaaaaaa"));
    cr_expect_eq(remains_sweep(tmp), 1);
    cr_expect_not(exists("rushproof-aaaaaaaaaa"));
    cr_expect_eq(remains_sweep(tmp), 0);
}

Test(remains, of_a_living_keeper_stay)
{
    cr_assert_eq(remains_make(in_tmp("rushproof-bbbbbbbbbb"), false), 0);
    cr_expect_eq(remains_sweep(tmp), 0);
    cr_expect(exists("rushproof-bbbbbbbbbb"));
}

Test(remains, that_are_to_be_kept_stay)
{
    dead_keeper("rushproof-cccccccccc", true);
    cr_expect_eq(remains_sweep(tmp), 0);
    cr_expect(exists("rushproof-cccccccccc/below"));
}

/* Other programs' directories, links, and those that have no lock, as older versions made them. */
Test(remains, what_is_something_else_stays)
{
    const char *const names[] = {
        "rushproof-",           "rushproof-browser-x",      "rushproof-0123456789",
        "rushproof-dddddddddd", "rushproof-eeeeeeeeee.new", "other"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert_eq(mkdir(in_tmp(names[i]), 0700), 0);
    dead_keeper("elsewhere", false);
    cr_assert_eq(symlink("elsewhere", in_tmp("rushproof-ffffffffff")), 0);
    cr_expect_eq(remains_sweep(tmp), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(exists(names[i]), "%s", names[i]);
    cr_expect(exists("elsewhere/below"));
}

Test(remains, links_are_not_followed)
{
    cr_assert_eq(mkdir(in_tmp("target"), 0700), 0);
    cr_assert_eq(close(open(in_tmp("target/file"), O_CREAT | O_WRONLY, 0600)), 0);
    dead_keeper("rushproof-gggggggggg", false);
    cr_assert_eq(symlink("../../target", in_tmp("rushproof-gggggggggg/below/up")), 0);
    cr_expect_eq(remains_sweep(tmp), 1);
    cr_expect(exists("target/file"));
}

/* A child is known by its environment only when it has become `sleep`. */
static bool has_started(pid_t pid)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    for (int i = 0; i < 20000 && strcmp(name, "sleep\n"); i++) {
        FILE *file = fopen(path, "r");
        if (file && !fgets(name, sizeof name, file))
            name[0] = '\0';
        if (file)
            fclose(file);
        usleep(1000);
    }
    return strcmp(name, "sleep\n") == 0;
}

Test(remains, whoever_carries_the_name_is_killed)
{
    char mark[300];
    snprintf(mark, sizeof mark, REMAINS_MARK "=%s", in_tmp("rushproof-hhhhhhhhhh"));
    pid_t pids[2];
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char *argv[] = {(char *)"sleep", (char *)"100", NULL}, *env[] = {i ? NULL : mark, NULL};
            execve("/bin/sleep", argv, env);
            _exit(1);
        }
    }
    cr_assert(has_started(pids[0]) && has_started(pids[1]));
    remains_kill(in_tmp("rushproof-hhhhhhhhhh"));
    cr_expect_eq(waitpid(pids[0], NULL, 0), pids[0]);
    cr_expect_eq(waitpid(pids[1], NULL, WNOHANG), 0, "somebody else's");
    kill(pids[1], SIGKILL);
    waitpid(pids[1], NULL, 0);
}
