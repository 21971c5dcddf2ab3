/* links: load */
/* Row n of the feeder is user n's, in every phase; fewer rows than users are refused before
 * anything is sent. */
#include <criterion/criterion.h>

#include "load/http/message.h"
#include "load_rig.h"

static char path[] = "/tmp/feeder-rows-XXXXXX";
static struct spec_feeder feeder = {.file = path};

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
    rig->scenario.request.feeder = &feeder;
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

static int check(const char *csv, const char *url, const char *body, bool anonymous,
                 struct message **ret_message, struct err *err)
{
    struct scenario scenario = {.users = {.first = 1, .repeat = 1, .anonymous = anonymous}};
    struct spec_request request = {
        .method = (char *)"POST", .url = (char *)url, .body = (char *)body, .feeder = &feeder};
    int fd = mkstemp(strcpy(path, "/tmp/feeder-rows-XXXXXX"));
    cr_assert_eq(write(fd, csv, strlen(csv)), (ssize_t)strlen(csv));
    close(fd);
    struct roster *roster = roster_of(&scenario);
    int rc = message_compile(&request, NULL, roster, NULL, NULL, ret_message, err);
    if (!rc)
        rc = message_check_users(*ret_message, &scenario.users, 2, err);
    unlink(path);
    roster_free(roster);
    return rc;
}

/* By a token alone nobody can tell whose answer belongs to whose row. */
Test(load_feeder, it_is_said_whose_row_is_whose)
{
    static const struct {
        const char *csv, *url;
        bool anonymous, refused;
    } rows[] = {
        {"token\nT1\nT2\n", "http://h/?t={{token}}", false, true},
        {"userId\n51\n52\n", "http://h/?userId={{userId}}", false, true},
        {"name\nA\nB\n", "http://h/?userId={{seq}}&n={{name}}", false, true},
        {"token\nT1\nT2\n", "http://h/?t={{token}}&u={{user}}", false, false},
        {"user,token\n1,T1\n2,T2\n", "http://h/?t={{token}}", false, false},
        {"user,token\n2,T2\n1,T1\n", "http://h/?t={{token}}", false, true},
        {"token\nT1\nT2\n", "http://h/?t={{token}}", true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct message *message = NULL;
        struct err err = {0};
        int rc = check(rows[i].csv, rows[i].url, NULL, rows[i].anonymous, &message, &err);
        cr_expect_eq(rc, rows[i].refused ? -ERR_USAGE : 0, "row %zu: %s", i, err.message);
        cr_expect(!rows[i].refused || strstr(err.message, "user"), "%s", err.message);
        message_free(message);
    }
}

/* A body that says nothing of itself and begins as JSON does is JSON; "{{token}}" is not. */
Test(load_feeder, a_value_stays_a_value_in_json)
{
    static const char *const bodies[][2] = {
        {"{\"user\": {{user}}, \"name\": \"{{name}}\"}", "{\"user\": 1, \"name\": \"a\\\"b\"}"},
        {" [\"{{name}}\", {{user}}]", " [\"a\\\"b\", 1]"},
        {"{{name}} {{user}}", "a\"b 1"},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct message *message = NULL;
        struct err err = {0};
        char text[128];
        const struct template_values first = {.user = 1};
        cr_assert_eq(
            check("name\n\"a\"\"b\"\nc\n", "http://h/", bodies[i][0], false, &message, &err), 0,
            "%s", err.message);
        template_render(message->body, &first, text);
        cr_expect_str_eq(text, bodies[i][1]);
        message_free(message);
    }
}

Test(load_feeder, what_is_not_utf_8_is_refused)
{
    struct message *message = NULL;
    struct err err = {0};
    cr_assert_eq(
        check("name\nA\n\xb1\xe8\xc3\xb6\n", "http://h/?u={{user}}", NULL, false, &message, &err),
        -ERR_USAGE);
    cr_expect(strstr(err.message, ":3: is not UTF-8"), "%s", err.message);
}
