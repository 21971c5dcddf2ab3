/* links: load */
/* Row n of the feeder is user n's, in every phase; fewer rows than users are refused before
 * anything is sent. */
#include <criterion/criterion.h>

#include "load_rig.h"

static char path[] = "/tmp/feeder-rows-XXXXXX";

/* Rows whose cell is the user's own number: what a request says twice must agree. */
static void write_rows(int64_t first, int64_t rows)
{
    int fd = mkstemp(strcpy(path, "/tmp/feeder-rows-XXXXXX"));
    FILE *file = fdopen(fd, "w");
    fputs("number\n", file);
    for (int64_t i = 0; i < rows; i++)
        fprintf(file, "%lld\n", (long long)(first + i));
    fclose(file);
}

static struct rig *make_rig(int port, int64_t first, int64_t rows)
{
    write_rows(first, rows);
    struct rig *rig = rig_new(port);
    /* The target says no to users that 3 divides, and reads the first userId: the feeder's. */
    snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%d/apply?userId={{number}}&u={{user}}",
             port);
    rig->scenario.request.feeder = path;
    rig->scenario.users.first = first;
    return rig;
}

static void expect_own_rows(struct rig *rig)
{
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        cr_expect_eq(r->cls, r->user % 3 == 0 ? CLASS_REJECTED : CLASS_ACCEPTED, "user %lld",
                     (long long)r->user);
    }
}

Test(load_feeder, each_user_has_their_own_row)
{
    static const int64_t firsts[] = {1, 1000};
    for (size_t i = 0; i < 2; i++) {
        struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
        struct rig *rig = make_rig(target->port, firsts[i], 90);
        rig->closed = (struct spec_closed){.connections = 4, .requests = 40};
        rig->phases[1] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
        rig->phases[2] =
            (struct spec_phase){LOAD_BURST, .burst = rig->phases[0].burst, .again = true};
        rig->scenario.load_count = 3;
        cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
        cr_assert_eq(rig->history.count, 140);
        expect_own_rows(rig);
        rig_free(rig);
        rig_target_end(target);
        unlink(path);
    }
}

Test(load_feeder, fewer_rows_than_users)
{
    struct rig *rig = make_rig(1, 1, 49);
    cr_assert_eq(rig_run(rig), -ERR_USAGE);
    cr_expect(strstr(rig->err.message, "has 49 rows for 50 users"), "%s", rig->err.message);
    rig_free(rig);
    unlink(path);

    rig = make_rig(1, 1, 49);
    rig->closed = (struct spec_closed){.connections = 1, .duration = NS_PER_S};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), -ERR_USAGE);
    cr_expect(strstr(rig->err.message, "give it requests"), "%s", rig->err.message);
    rig_free(rig);
    unlink(path);
}
