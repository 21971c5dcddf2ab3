/* links: stack keeper */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "keeper/remains.h"
#include "stack/cachedir.h"
#include "stack/snapshot.h"

#define BIG (3 * 256 * 1024 + 17)

static char tmp[64];
static int dir;

static const char *in_tmp(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", tmp, name);
    return path;
}

static void write_file(const char *name, const char *bytes, size_t length)
{
    FILE *file = fopen(in_tmp(name), "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static bool exists(const char *name)
{
    struct stat status;
    return lstat(in_tmp(name), &status) == 0;
}

static char *big(void)
{
    char *bytes = malloc(BIG);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (char)(i * 31 + (i >> 8));
    return bytes;
}

static void make_tree(void)
{
    char *bytes = big();
    snprintf(tmp, sizeof tmp, "/tmp/snapshot-XXXXXX");
    cr_assert_not_null(mkdtemp(tmp));
    mkdir(in_tmp("tree"), 0755);
    mkdir(in_tmp("tree/empty"), 0755);
    mkdir(in_tmp("tree/base"), 0755);
    mkdir(in_tmp("tree/base/1"), 0755);
    write_file("tree/base/1/big", bytes, BIG);
    write_file("tree/base/1/page", bytes, 8192);
    write_file("tree/none", "", 0);
    write_file("tree/small", "small", 5);
    mkdir(in_tmp("cache"), 0700);
    dir = open(in_tmp("cache"), O_RDONLY | O_DIRECTORY);
    free(bytes);
}

static void remove_tree(void)
{
    close(dir);
    remains_remove(tmp);
}

TestSuite(snapshot, .init = make_tree, .fini = remove_tree, .timeout = 60);

static int save(struct err *err)
{
    return snapshot_save(in_tmp("tree"), "key", dir, "it", err);
}

static int restore_to(const char *name, struct err *err)
{
    return snapshot_restore(dir, "it", "key", in_tmp(name), UINT32_MAX, UINT32_MAX, err);
}

static bool same(const char *left, const char *right)
{
    char command[512];
    snprintf(command, sizeof command, "diff -r %s %s", in_tmp(left), in_tmp(right));
    return system(command) == 0; // NOLINT(cert-env33-c)
}

Test(snapshot, gives_back_what_it_was_given)
{
    struct err err = {0};
    struct stat status;
    cr_assert_eq(save(&err), 0, "%s", err.message);
    cr_assert_eq(restore_to("copy", &err), 0, "%s", err.message);
    cr_expect(same("tree", "copy"));
    cr_assert_eq(stat(in_tmp("copy/base/1/big"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600, "closed to others");
    cr_expect_eq(status.st_nlink, 1, "a run's writes must not reach the cache");
    cr_assert_eq(stat(in_tmp("copy/base"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0700, "closed to others");
    cr_assert_eq(stat(in_tmp("cache/it"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_not(exists("cache/it.new"));
}

Test(snapshot, a_copy_does_not_change_what_others_get)
{
    struct err err = {0};
    cr_assert_eq(save(&err), 0, "%s", err.message);
    cr_assert_eq(restore_to("first", &err), 0);
    write_file("first/base/1/big", "changed", 7);
    cr_assert_eq(restore_to("second", &err), 0);
    cr_expect(same("tree", "second"));
}

static void refused(const char *how)
{
    struct err err = {0};
    cr_expect_eq(restore_to("copy", &err), -ERR_INVALID, "%s", how);
    cr_expect(err.message[0], "%s", how);
    cr_expect_not(exists("copy"), "%s: nothing half done is left", how);
    cr_assert_eq(save(&err), 0, "%s: made anew", how);
    cr_assert_eq(restore_to("copy", &err), 0, "%s", how);
    remains_remove(in_tmp("copy"));
}

/* At each of many places: in the head, in the lists, in contents small and large. */
Test(snapshot, a_damaged_one_is_refused_wherever_it_is_damaged)
{
    struct err err = {0};
    struct stat status;
    cr_assert_eq(save(&err), 0);
    cr_assert_eq(stat(in_tmp("cache/it"), &status), 0);
    const off_t places[] = {0, 17, 24, 33, 41, 57, 60, 100, 200, 4096, 8192, status.st_size / 2};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char byte, how[64];
        int fd = open(in_tmp("cache/it"), O_RDWR);
        cr_assert_eq(pread(fd, &byte, 1, places[i]), 1);
        byte = (char)(byte ^ 0x10);
        cr_assert_eq(pwrite(fd, &byte, 1, places[i]), 1);
        close(fd);
        snprintf(how, sizeof how, "byte %ld", (long)places[i]);
        refused(how);
    }
}

Test(snapshot, a_truncated_one_is_refused)
{
    struct err err = {0};
    struct stat status;
    cr_assert_eq(save(&err), 0);
    cr_assert_eq(stat(in_tmp("cache/it"), &status), 0);
    const off_t lengths[] = {
        0, 3, 40, 100, 4096, status.st_size / 2, status.st_size - 1, status.st_size + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char how[64];
        cr_assert_eq(truncate(in_tmp("cache/it"), lengths[i]), 0);
        snprintf(how, sizeof how, "length %ld", (long)lengths[i]);
        refused(how);
    }
}

Test(snapshot, one_of_another_key_or_open_to_others_is_refused)
{
    struct err err = {0};
    cr_assert_eq(snapshot_save(in_tmp("tree"), "kez", dir, "it", &err), 0);
    refused("another key of the same length");
    cr_assert_eq(snapshot_save(in_tmp("tree"), "keys", dir, "it", &err), 0);
    refused("a longer key");
    chmod(in_tmp("cache/it"), 0620);
    refused("others may write");
    if (geteuid() != 0)
        return;
    cr_assert_eq(chown(in_tmp("cache/it"), 1, 1), 0);
    refused("somebody else's");
}

Test(snapshot, a_link_is_not_followed)
{
    struct err err = {0};
    cr_assert_eq(save(&err), 0);
    cr_assert_eq(rename(in_tmp("cache/it"), in_tmp("elsewhere")), 0);
    cr_assert_eq(symlink(in_tmp("elsewhere"), in_tmp("cache/it")), 0);
    cr_expect_eq(restore_to("copy", &err), -ERR_INVALID);
    cr_assert_eq(symlink("nowhere", in_tmp("tree/link")), 0);
    cr_expect_eq(save(&err), -ERR_ENVIRONMENT, "nor kept");
    cr_expect_not(exists("cache/it.new"));
}

Test(snapshot, none_is_no_damage)
{
    struct err err = {0};
    cr_expect_eq(restore_to("copy", &err), -ERR_INVALID);
    cr_expect(err.retriable);
}

Test(snapshot, what_is_there_already_is_left_alone)
{
    struct err err = {0};
    cr_assert_eq(save(&err), 0);
    cr_expect_eq(restore_to("tree", &err), -ERR_ENVIRONMENT);
    cr_expect(exists("tree/base/1/big"));
}

Test(snapshot, who_was_killed_while_writing_is_written_over)
{
    struct err err = {0};
    write_file("cache/it.new", "half of one", 11);
    cr_expect_eq(restore_to("copy", &err), -ERR_INVALID, "an unfinished one is none");
    cr_assert_eq(save(&err), 0, "%s", err.message);
    cr_expect_not(exists("cache/it.new"));
    cr_expect_eq(restore_to("copy", &err), 0);
}

Test(snapshot, who_writes_at_the_same_time_is_left_in_peace)
{
    struct err err = {0};
    write_file("cache/it.new", "half of one", 11);
    int other = open(in_tmp("cache/it.new"), O_RDWR);
    cr_assert_eq(flock(other, LOCK_EX), 0);
    cr_expect_eq(save(&err), -ERR_ENVIRONMENT);
    cr_expect(err.retriable);
    struct stat status;
    cr_assert_eq(fstat(other, &status), 0);
    cr_expect_eq(status.st_size, 11);
    close(other);
}

Test(snapshot, many_at_once_all_get_a_whole_one)
{
    for (int i = 0; i < 8; i++) {
        if (fork() > 0)
            continue;
        char copy[16];
        struct err err = {0};
        snprintf(copy, sizeof copy, "copy%d", i);
        bool good = true;
        for (int round = 0; good && round < 10; round++) {
            good = (save(&err) == 0 || err.retriable) &&
                   (restore_to(copy, &err) == 0 || err.retriable);
            good = good && (!exists(copy) || same("tree", copy));
            remains_remove(in_tmp(copy));
        }
        _exit(good ? 0 : 1);
    }
    for (int i = 0, status; i < 8; i++) {
        cr_assert_gt(wait(&status), 0);
        cr_expect_eq(status, 0);
    }
    struct err err = {0};
    cr_expect_eq(restore_to("copy", &err), 0, "%s", err.message);
    cr_expect_not(exists("cache/it.new"));
}

/* A limit on the size of files stands for a disk that is full. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &limit);
}

Test(snapshot, a_full_disk_leaves_nothing_half_done)
{
    struct err err = {0};
    limit_files(100 * 1024);
    cr_expect_eq(save(&err), -ERR_ENVIRONMENT);
    cr_expect_not(exists("cache/it"));
    cr_expect_not(exists("cache/it.new"));
    limit_files(RLIM_INFINITY);
    cr_assert_eq(save(&err), 0);
    limit_files(100 * 1024);
    cr_expect_eq(restore_to("copy", &err), -ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "base/1/big"), "%s", err.message);
    cr_expect_not(exists("copy"));
    cr_expect(exists("cache/it"), "the kept one is not at fault");
}

/* ---- where it is kept ---- */

static int open_cache(const char *xdg, const char *home, char *ret_why)
{
    xdg ? setenv("XDG_CACHE_HOME", xdg, 1) : unsetenv("XDG_CACHE_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    ret_why[0] = '\0';
    int fd = cachedir_open("postgres", ret_why, 256);
    if (fd >= 0)
        close(fd);
    return fd;
}

Test(snapshot, the_cache_is_where_the_user_keeps_his)
{
    char path[256], why[256];
    cr_expect_geq(open_cache(NULL, in_tmp("home"), why), 0, "%s", why);
    cr_expect(exists("home/.cache/rushproof/postgres"));
    cr_expect_geq(open_cache("relative", in_tmp("home"), why), 0, "relative ones do not count");
    cr_expect_geq(open_cache(in_tmp("xdg"), in_tmp("other"), why), 0, "%s", why);
    cr_expect(exists("xdg/rushproof/postgres"));
    cr_expect_not(exists("other"));
    cr_expect_lt(open_cache(NULL, NULL, why), 0);
    cr_expect(strstr(why, "HOME"), "%s", why);
    cr_expect_not(cachedir_path("postgres", path, sizeof path));
}

Test(snapshot, a_cache_that_is_not_ours_alone_is_none)
{
    char why[256];
    cr_assert_geq(open_cache(in_tmp("xdg"), NULL, why), 0);
    chmod(in_tmp("xdg/rushproof/postgres"), 0770);
    cr_expect_lt(open_cache(in_tmp("xdg"), NULL, why), 0);
    cr_expect(strstr(why, "others may write"), "%s", why);
    write_file("file", "", 0);
    cr_expect_lt(open_cache(in_tmp("file"), NULL, why), 0, "a file where a directory should be");
    if (geteuid() != 0)
        return;
    mkdir(in_tmp("home"), 0755); /* root has kept the HOME of somebody */
    cr_assert_eq(chown(in_tmp("home"), 1, 1), 0);
    cr_expect_lt(open_cache(NULL, in_tmp("home"), why), 0);
    cr_expect_not(exists("home/.cache"), "nothing of root's in it");
    cr_assert_geq(open_cache(in_tmp("mine"), NULL, why), 0);
    cr_assert_eq(chown(in_tmp("mine/rushproof/postgres"), 1, 1), 0);
    cr_expect_lt(open_cache(in_tmp("mine"), NULL, why), 0);
}

Test(snapshot, a_home_that_cannot_be_written_is_no_cache_unless_it_has_one)
{
    char why[256];
    if (geteuid() == 0)
        cr_skip_test("root writes everywhere");
    mkdir(in_tmp("home"), 0555);
    cr_expect_lt(open_cache(NULL, in_tmp("home"), why), 0);
    cr_expect(why[0]);
    chmod(in_tmp("home"), 0755);
    cr_assert_geq(open_cache(NULL, in_tmp("home"), why), 0);
    chmod(in_tmp("home/.cache/rushproof/postgres"), 0555);
    cr_expect_geq(open_cache(NULL, in_tmp("home"), why), 0, "%s", why);
    chmod(in_tmp("home/.cache/rushproof/postgres"), 0700);
}
