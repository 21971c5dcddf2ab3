/* links: load Threads::Threads */
/* Tickets that server-sent events decide: opened before the burst, broken off, silent, refused. */
#include <criterion/criterion.h>

#include "load_server.h"

enum { USERS = 40 };

/* Everybody gets a ticket; users that 3 divides lose, the others win, once they have asked. */
struct shop {
    int port;
    bool mute;      /* nobody is told */
    bool cuts;      /* each first stream is cut when its user has asked */
    bool late_head; /* the head comes with the first event */
    bool early;     /* the decision is told at once, and never again */
    bool mixes;     /* the decision of user 1 is told in the name of user 2 */
    int status;     /* of streams, 0: 200; of `cuts`, of every other one but the first */
    atomic_int streams, standing, standing_at_first, with_id;
    atomic_bool asked[USERS + 1];
    atomic_int tries[USERS + 1];
    struct server server;
};

static void nap(const struct shop *shop, const atomic_bool *until)
{
    while (!atomic_load(&shop->server.quit) && !(until && atomic_load(until)))
        usleep(1000);
}

static void decide(struct shop *shop, int fd, int user)
{
    char text[256];
    snprintf(text, sizeof text,
             "event: decision\nid: %d-1\ndata: {\"state\":\"%s\",\ndata: \"userId\":%d}\n\n", user,
             user % 3 ? "WON" : "LOST", shop->mixes && user == 1 ? 2 : user);
    if (!shop->mute)
        rig_say(fd, text);
}

static void tell(struct shop *shop, int fd, int user, const char *head)
{
    static const char begin[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    char text[256];
    int tried = atomic_fetch_add(&shop->tries[user], 1);
    bool refused = shop->status && (tried || !shop->cuts);
    atomic_fetch_add(&shop->streams, 1);
    if (strstr(head, "Last-Event-ID: "))
        atomic_fetch_add(&shop->with_id, 1);
    if (refused) {
        snprintf(text, sizeof text, "HTTP/1.1 %d X\r\nContent-Length: 4\r\n\r\nbusy", shop->status);
        rig_say(fd, text);
        return;
    }
    snprintf(text, sizeof text, "%sretry: 20\n\nid: %d-0\ndata: {\"state\":\"QUEUED\"}\n\n", begin,
             user);
    if (!shop->late_head)
        rig_say(fd, text);
    atomic_fetch_add(&shop->standing, 1);
    if (shop->early)
        decide(shop, fd, user);
    nap(shop, &shop->asked[user]);
    if (shop->cuts && !tried)
        return;
    if (shop->late_head)
        rig_say(fd, begin);
    if (!shop->early)
        decide(shop, fd, user);
    nap(shop, NULL);
}

static void take_order(struct shop *shop, int fd, int user)
{
    char text[128];
    int none = -1;
    atomic_compare_exchange_strong(&shop->standing_at_first, &none, atomic_load(&shop->standing));
    snprintf(text, sizeof text, "HTTP/1.1 202 X\r\nContent-Length: %d\r\n\r\n{\"t\":\"%03d\"}", 11,
             user);
    rig_say(fd, text);
    atomic_store(&shop->asked[user], true);
}

static bool answer(void *context, int fd, const char *head)
{
    struct shop *shop = context;
    const char *order = strstr(head, "userId="), *events = strstr(head, "/events/");
    if (order)
        take_order(shop, fd, atoi(order + 7));
    if (events)
        tell(shop, fd, atoi(events + 8), head);
    return !events;
}

struct late {
    struct shop *shop;
    struct rig *rig;
    char url[128], *urls[1], *names[1];
    struct spec_stream stream;
    struct spec_decide decide;
    struct spec_pair capture[1], state[2], own[2];
    struct spec_rule accepted, rejected, ticket;
    int32_t status[1];
};

static void begin(struct late *late, const char *path)
{
    struct shop *shop = late->shop = calloc(1, sizeof *shop);
    shop->standing_at_first = -1;
    shop->server = (struct server){answer, shop, .listener = rig_listen(512, &shop->port)};
    server_start(&shop->server);
    struct rig *rig = late->rig = rig_new(shop->port);
    late->status[0] = 202;
    late->ticket = (struct spec_rule){.status = late->status, .status_count = 1};
    rig->scenario.responses =
        (struct spec_responses){.undecided = &late->ticket, .undecided_count = 1};
    late->state[0] = (struct spec_pair){(char *)"/state", (char *)"WON"};
    late->state[1] = (struct spec_pair){(char *)"/state", (char *)"LOST"};
    late->names[0] = (char *)"decision";
    late->accepted = (struct spec_rule){
        .json = &late->state[0], .json_count = 1, .event = late->names, .event_count = 1};
    late->rejected = (struct spec_rule){.json = &late->state[1], .json_count = 1};
    late->capture[0] = (struct spec_pair){(char *)"t", (char *)"json:/t"};
    snprintf(late->url, sizeof late->url, "http://127.0.0.1:%d/events/%s", shop->port, path);
    late->urls[0] = late->url;
    late->stream = (struct spec_stream){.request = {.method = (char *)"GET",
                                                    .url = late->url,
                                                    .urls = late->urls,
                                                    .urls_count = 1,
                                                    .captured = late->capture,
                                                    .captured_count = 1},
                                        .timeout = 30 * NS_PER_S};
    late->decide = (struct spec_decide){.stream = &late->stream,
                                        .capture = late->capture,
                                        .capture_count = 1,
                                        .accepted = &late->accepted,
                                        .accepted_count = 1,
                                        .rejected = &late->rejected,
                                        .rejected_count = 1};
    rig->scenario.decide = &late->decide;
    rig->phases[0].burst.requests = USERS;
}

static int run(struct late *late)
{
    return server_run(late->rig, &late->stream.request, NULL);
}

static struct load_decisions sum_of(const struct late *late)
{
    struct load_decisions sum;
    struct answers told;
    load_decisions(late->rig->load, &sum, &told);
    return sum;
}

static void end(struct late *late)
{
    rig_free(late->rig);
    server_stop(&late->shop->server);
    free(late->shop);
}

static void expect_decided(const struct late *late)
{
    const struct history *history = &late->rig->history;
    cr_assert_eq(history->count, USERS);
    for (size_t i = 0; i < history->count; i++) {
        const struct request *r = &history->v[i];
        cr_assert_eq(r->cls, r->user % 3 ? CLASS_ACCEPTED : CLASS_REJECTED, "user %d: %s",
                     (int)r->user, request_class_name((enum request_class)r->cls));
        cr_assert_geq(history->decided[i].at, r->released);
    }
    cr_assert_eq(sum_of(late).decided, USERS);
    cr_assert_eq(late->rig->tally.sent, USERS, "streams are no requests of the run");
}

static void expect_undecided(const struct late *late, bool pending)
{
    for (size_t i = 0; i < late->rig->history.count; i++) {
        cr_assert_eq(late->rig->history.v[i].cause, CAUSE_PENDING);
        cr_assert_eq(late->rig->history.decided[i].pending, pending, "user %d",
                     (int)late->rig->history.v[i].user);
    }
    cr_assert_eq(sum_of(late).decided, 0);
}

Test(load_events, all_listen_before_anybody_asks)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_decided(&late);
    cr_assert_eq(late.shop->standing_at_first, USERS);
    cr_assert_eq(sum_of(&late).streams, USERS);
    cr_assert_eq(sum_of(&late).events, 2 * USERS);
    end(&late);
}

Test(load_events, a_broken_stream_is_opened_again_with_the_last_id)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->cuts = true;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_decided(&late);
    cr_assert_eq(sum_of(&late).streams, 2 * USERS);
    cr_assert_eq(late.shop->with_id, USERS);
    end(&late);
}

Test(load_events, silence_to_the_end_is_no_decision)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->mute = true;
    late.stream.timeout = 200 * NS_PER_MS;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_undecided(&late, true);
    end(&late);
}

Test(load_events, a_stream_that_is_not_there_proves_nothing)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->cuts = true;
    late.shop->status = 503;
    late.stream.timeout = 2 * NS_PER_S;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_undecided(&late, false);
    cr_assert_geq(sum_of(&late).streams_failed, USERS, "%d", (int)sum_of(&late).streams_failed);
    end(&late);
}

Test(load_events, told_that_there_is_no_more)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->cuts = true;
    late.shop->status = 204;
    late.stream.timeout = NS_PER_S;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_undecided(&late, true);
    for (int user = 1; user <= USERS; user++)
        cr_assert_eq(late.shop->tries[user], 2, "204 ends it");
    end(&late);
}

Test(load_events, what_cannot_be_opened_is_said_before_the_burst)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->status = 404;
    cr_assert_neq(run(&late), 0);
    cr_assert_eq(late.rig->err.code, ERR_ENVIRONMENT);
    cr_assert(strstr(late.rig->err.message, "status 404: busy"), "%s", late.rig->err.message);
    cr_assert_eq(late.shop->standing_at_first, -1, "nobody has asked");
    end(&late);
}

Test(load_events, a_head_that_comes_with_the_first_event)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->late_head = true;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_decided(&late);
    cr_assert_eq(late.shop->standing_at_first, USERS);
    end(&late);
}

Test(load_events, what_was_told_before_the_request_is_of_something_else)
{
    struct late late = {0};
    begin(&late, "{{user}}");
    late.shop->early = true;
    late.stream.timeout = 200 * NS_PER_MS;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_undecided(&late, true);
    end(&late);
}

/* Told to user 1 alone on a stream of its own it is a fault; on one that all have it is not. */
Test(load_events, a_decision_in_the_name_of_another_user_is_none)
{
    for (int shared = 0; shared < 2; shared++) {
        struct late late = {0};
        begin(&late, shared ? "1" : "{{user}}");
        late.shop->mixes = true;
        late.own[0] = late.state[0];
        late.own[1] = (struct spec_pair){(char *)"/userId", (char *)"{{user}}"};
        late.accepted.json = late.own;
        late.accepted.json_count = 2;
        late.stream.timeout = 300 * NS_PER_MS;
        cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
        for (size_t i = 0; i < late.rig->history.count; i++) {
            const struct request *r = &late.rig->history.v[i];
            if (r->user != 1)
                continue;
            cr_assert_eq(r->cls, shared ? CLASS_UNKNOWN : CLASS_FAILED);
            cr_assert_eq(r->cause, shared ? CAUSE_PENDING : CAUSE_ANOTHER_YES);
        }
        end(&late);
    }
}

Test(load_events, a_stream_a_ticket_where_its_url_needs_one)
{
    struct late late = {0};
    begin(&late, "{{t}}");
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_decided(&late);
    cr_assert_leq(late.shop->standing_at_first, 0);
    cr_assert_eq(sum_of(&late).streams, USERS);
    end(&late);
}
