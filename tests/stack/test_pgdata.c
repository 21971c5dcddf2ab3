/* The data directory of Postgres that is kept in the user's cache. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

TestSuite(pgdata, .timeout = 120);

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)

/* A cache of its own, below the fixture's directory. */
static void own_cache(const struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "%s/cache", fixture->dir);
    setenv("XDG_CACHE_HOME", path, 1);
}

static bool ran_initdb(const struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "%s/logs/postgres-initdb.log", fixture->dir);
    bool there = fixture_exists(path);
    remove(path);
    return there;
}

/* The only file of the cache; "" when there is none. */
static const char *kept(const struct fixture *fixture)
{
    static char path[512];
    glob_t list = {0};
    char pattern[128];
    snprintf(pattern, sizeof pattern, "%s/cache/rushproof/postgres/*", fixture->dir);
    path[0] = '\0';
    if (glob(pattern, 0, NULL, &list) == 0 && list.gl_pathc == 1)
        snprintf(path, sizeof path, "%s", list.gl_pathv[0]);
    globfree(&list);
    return path;
}

static void start_anew(struct fixture *fixture)
{
    stack_stop(fixture->stack);
    fixture->stack = NULL;
    START(fixture);
}

Test(pgdata, postgres_is_copied_from_the_second_run_on)
{
    struct fixture *fixture = fixture_only("postgres");
    own_cache(fixture);
    START(fixture);
    cr_expect(ran_initdb(fixture));
    cr_expect_str_neq(kept(fixture), "");
    cr_assert(look_postgres(fixture, "CREATE TABLE coupon (id int)"));
    start_anew(fixture);
    cr_expect_not(ran_initdb(fixture));
    cr_expect_str_eq(
        look_postgres(fixture, "SELECT count(*) FROM pg_class WHERE relname = 'coupon'"), "0",
        "a run gets nothing of another's");
    cr_expect_str_eq(look_postgres(fixture, "SELECT current_database()"), "rushproof");
    cr_expect_str_eq(look_postgres(fixture, "SHOW lc_collate"), "C");
    cr_expect_str_eq(look_postgres(fixture, "SHOW track_commit_timestamp"), "on");
    fixture_free(fixture);
}

static int count(const char *text, const char *line)
{
    int found = 0;
    while ((text = strstr(text, line))) {
        found++;
        text += strlen(line);
    }
    return found;
}

/* Who has seen one run's password, or reads the cache, does not come into another run. */
Test(pgdata, no_password_is_kept)
{
    struct fixture *fixture = fixture_only("postgres");
    own_cache(fixture);
    const char *argv[] = {"/bin/sh", "-c",
                          "echo $PGPASSWORD > word-$ROUND; psql -At -c 'SELECT 42';"
                          " PGPASSWORD=$(cat word-1) psql -At -c 'SELECT 43';"
                          " PGPASSWORD= psql -w -At -c 'SELECT 44'; echo ready; exec sleep 1000",
                          NULL};
    struct spec_process *process = fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    struct spec_pair round = {(char *)"ROUND", (char *)"1"};
    process->env = &round;
    process->env_count = 1;
    START(fixture);
    round.value = (char *)"2";
    start_anew(fixture);
    char *log = fixture_read(fixture, "logs/worker.log");
    cr_expect_eq(count(log, "42\n"), 2, "each with its own: %s", log);
    cr_expect_eq(count(log, "43\n"), 1, "the first one's is none in the second: %s", log);
    cr_expect_eq(count(log, "44\n"), 0, "nobody without: %s", log);
    free(log);
    char *word = fixture_read(fixture, "word-1"), command[1024];
    word[strcspn(word, "\n")] = '\0';
    snprintf(command, sizeof command, "grep -qaF '%s' '%s'", word, kept(fixture));
    cr_expect(strlen(word) == 32 && system(command) != 0, "the cache holds the password");
    free(word);
    fixture_free(fixture);
}

Test(pgdata, a_damaged_data_directory_is_made_anew)
{
    struct fixture *fixture = fixture_only("postgres");
    own_cache(fixture);
    START(fixture);
    cr_assert(ran_initdb(fixture));
    cr_assert_eq(truncate(kept(fixture), 1 << 20), 0);
    start_anew(fixture);
    cr_expect(ran_initdb(fixture), "a truncated one");
    int fd = open(kept(fixture), O_RDWR);
    cr_assert_eq(pwrite(fd, "damage", 6, 10 << 20), 6);
    close(fd);
    start_anew(fixture);
    cr_expect(ran_initdb(fixture), "an altered one");
    start_anew(fixture);
    cr_expect_not(ran_initdb(fixture), "and then it is whole again");
    fixture_free(fixture);
}

Test(pgdata, without_a_cache_postgres_is_made_for_the_run)
{
    struct fixture *fixture = fixture_only("postgres");
    char path[128];
    snprintf(path, sizeof path, "%s/file", fixture->dir);
    fclose(fopen(path, "w"));
    setenv("XDG_CACHE_HOME", path, 1);
    START(fixture);
    cr_expect(ran_initdb(fixture));
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    start_anew(fixture);
    cr_expect(ran_initdb(fixture));
    fixture_free(fixture);
}

Test(pgdata, two_runs_make_the_first_data_directory_at_once)
{
    struct fixture *fixture = fixture_only("postgres");
    own_cache(fixture);
    pid_t other = fork();
    if (other == 0) {
        struct fixture *second = fixture_only("postgres");
        bool good = fixture_start(second) == 0 && look_postgres(second, "SELECT 1");
        fixture_free(second);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    START(fixture);
    cr_expect(ran_initdb(fixture));
    cr_expect(look_postgres(fixture, "SELECT 1"));
    cr_assert_eq(waitpid(other, &status, 0), other);
    cr_expect_eq(status, 0);
    cr_expect_str_neq(kept(fixture), "", "one file, and nothing unfinished");
    start_anew(fixture);
    cr_expect_not(ran_initdb(fixture));
    fixture_free(fixture);
}

/* What somebody else may have put there would be run as the server's user. */
Test(pgdata, root_takes_no_data_directory_of_a_users)
{
    if (geteuid() != 0)
        cr_skip_test("not root");
    struct fixture *fixture = fixture_only("postgres");
    own_cache(fixture);
    START(fixture);
    cr_assert(ran_initdb(fixture));
    cr_assert_eq(chown(kept(fixture), 1, 1), 0);
    start_anew(fixture);
    cr_expect(ran_initdb(fixture));
    char path[128];
    snprintf(path, sizeof path, "%s/cache/rushproof/postgres", fixture->dir);
    cr_assert_eq(chown(path, 1, 1), 0);
    start_anew(fixture);
    cr_expect(ran_initdb(fixture));
    fixture_free(fixture);
}
