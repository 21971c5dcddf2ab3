/* links: load Threads::Threads */
/* Tickets and polls: what is asked, how often, and what becomes of it. */
#include <criterion/criterion.h>

#include "load_server.h"

/* A target that gives a ticket to everybody, and tells by user what became of it: users that 10
 * divides never hear, those that 3 divides lose, the others win; after so many polls. */
struct desk {
    int port, polls_wanted;
    bool speaks;        /* else polls are answered 503 */
    bool room;          /* a poll lets through, and /then decides */
    const char *header; /* of pending answers */
    atomic_int polls, thens;
    int asked[10000];
    ns_t first_poll[10000], ticket_at[10000];
    pthread_mutex_t lock;
    struct server server;
};

static void put(int fd, int status, const char *header, const char *body)
{
    char text[512];
    snprintf(text, sizeof text, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n%s", status, header,
             strlen(body), body);
    rig_say(fd, text);
}

static bool answer(void *context, int fd, const char *head)
{
    struct desk *desk = context;
    char body[64];
    const char *ticket = strstr(head, "/tickets/t%2F"), *then = strstr(head, "/then?pass=p%20");
    pthread_mutex_lock(&desk->lock);
    if (ticket) {
        int user = atoi(ticket + 13), polls = ++desk->asked[user];
        atomic_fetch_add(&desk->polls, 1);
        if (!desk->first_poll[user])
            desk->first_poll[user] = clock_now();
        snprintf(body, sizeof body, "{\"status\":\"%s\",\"pass\":\"p %d\"}",
                 polls < desk->polls_wanted || user % 10 == 0 ? "WAITING"
                 : desk->room                                 ? "IN"
                 : user % 3 == 0                              ? "LOST"
                                                              : "WON",
                 user);
        put(fd, desk->speaks ? 200 : 503, desk->header, desk->speaks ? body : "busy");
    } else if (then) {
        atomic_fetch_add(&desk->thens, 1);
        put(fd, 200, "", atoi(then + 15) % 3 ? "{\"status\":\"WON\"}" : "{\"status\":\"LOST\"}");
    } else {
        int user = atoi(strstr(head, "userId=") + 7);
        desk->ticket_at[user] = clock_now();
        snprintf(body, sizeof body, "{\"ticket\":\"t/%d\"}", user);
        put(fd, 202, "", body);
    }
    pthread_mutex_unlock(&desk->lock);
    return true;
}

struct late {
    struct desk *desk;
    struct rig *rig;
    char url[128], then_url[128];
    char *urls[1], *then_urls[1];
    struct spec_poll poll;
    struct spec_request then;
    struct spec_decide decide;
    struct spec_pair capture[2];
    struct spec_pair status[4];
    struct spec_rule accepted, rejected, pending, through, ticket;
    int32_t accepted_status[1];
};

static void begin(struct late *late, int polls_wanted)
{
    struct desk *desk = late->desk = calloc(1, sizeof *desk);
    *desk = (struct desk){.polls_wanted = polls_wanted, .speaks = true, .header = ""};
    desk->server = (struct server){answer, desk, .listener = rig_listen(512, &desk->port)};
    pthread_mutex_init(&desk->lock, NULL);
    server_start(&desk->server);
    struct rig *rig = late->rig = rig_new(desk->port);
    static const char *const words[] = {"WON", "LOST", "WAITING", "IN"};
    struct spec_rule *const rules[] = {&late->accepted, &late->rejected, &late->pending,
                                       &late->through};
    for (int i = 0; i < 4; i++) {
        late->status[i] = (struct spec_pair){(char *)"/status", (char *)(uintptr_t)words[i]};
        *rules[i] = (struct spec_rule){.json = &late->status[i], .json_count = 1};
    }
    late->accepted_status[0] = 202;
    late->ticket = (struct spec_rule){.status = late->accepted_status, .status_count = 1};
    rig->scenario.responses =
        (struct spec_responses){.undecided = &late->ticket, .undecided_count = 1};
    late->capture[0] = (struct spec_pair){(char *)"ticket", (char *)"json:/ticket"};
    late->capture[1] = (struct spec_pair){(char *)"pass", (char *)"json:/pass"};
    snprintf(late->url, sizeof late->url, "http://127.0.0.1:%d/tickets/{{ticket}}", desk->port);
    snprintf(late->then_url, sizeof late->then_url, "http://127.0.0.1:%d/then?pass={{pass}}",
             desk->port);
    late->urls[0] = late->url;
    late->then_urls[0] = late->then_url;
    late->poll = (struct spec_poll){.request = {.method = (char *)"GET",
                                                .url = late->url,
                                                .urls = late->urls,
                                                .urls_count = 1,
                                                .timeout = 5 * NS_PER_S,
                                                .captured = late->capture,
                                                .captured_count = 2},
                                    .every = 5 * NS_PER_MS,
                                    .timeout = 30 * NS_PER_S,
                                    .max_rate = 100000};
    late->then = late->poll.request;
    late->then.method = (char *)"POST";
    late->then.urls = late->then_urls;
    late->then.url = late->then_url;
    late->decide = (struct spec_decide){.poll = &late->poll,
                                        .capture = late->capture,
                                        .capture_count = 2,
                                        .accepted = &late->accepted,
                                        .accepted_count = 1,
                                        .rejected = &late->rejected,
                                        .rejected_count = 1,
                                        .pending = &late->pending,
                                        .pending_count = 1};
    rig->scenario.decide = &late->decide;
    rig->phases[0].burst.requests = 60;
}

static int run(struct late *late)
{
    return server_run(late->rig, &late->poll.request, late->decide.then);
}

static void end(struct late *late)
{
    rig_free(late->rig);
    server_stop(&late->desk->server);
    free(late->desk);
}

static enum request_class class_of(int64_t user)
{
    return user % 10 == 0 ? CLASS_UNKNOWN : user % 3 ? CLASS_ACCEPTED : CLASS_REJECTED;
}

static void expect_decisions(const struct late *late)
{
    const struct history *history = &late->rig->history;
    for (size_t i = 0; i < history->count; i++) {
        const struct request *r = &history->v[i];
        const struct decided *d = &history->decided[i];
        cr_assert_eq(r->cls, class_of(r->user), "user %d: %s", (int)r->user,
                     request_class_name((enum request_class)r->cls));
        if (r->cls == CLASS_UNKNOWN) {
            cr_assert_eq(r->cause, CAUSE_PENDING);
            cr_assert(d->pending && !d->at, "user %d", (int)r->user);
        } else {
            cr_assert_gt(d->at, r->done, "decided after the ticket");
            cr_assert_eq(history_decided(history, r), d->at);
        }
        cr_assert_geq(d->polls, (uint32_t)late->desk->polls_wanted);
        cr_assert_eq(r->status, 202, "the ticket's answer stays");
    }
}

Test(load_decide, polls_until_a_decision)
{
    struct late late = {0};
    begin(&late, 3);
    late.poll.timeout = 1500 * NS_PER_MS;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_decisions(&late);
    struct load_decisions sum;
    struct answers polled;
    load_decisions(late.rig->load, &sum, &polled);
    cr_assert_eq(sum.tickets, 60);
    cr_assert_eq(sum.decided, 54);
    cr_assert_eq(sum.polls, atomic_load(&late.desk->polls));
    cr_assert_eq(sum.polls_failed, 0);
    cr_assert(sum.last_decision > sum.last_ticket);
    cr_assert(late.rig->tally.sent == 60 && late.rig->progress.answered == 60,
              "polls are no requests of the run");
    for (int user = 1; user <= 60; user++)
        cr_assert_geq(late.desk->first_poll[user] - late.desk->ticket_at[user], 3 * NS_PER_MS,
                      "the first poll comes after `every`, less a quarter");
    end(&late);
}

Test(load_decide, a_failed_poll_is_asked_again_and_proves_nothing)
{
    struct late late = {0};
    begin(&late, 1);
    late.desk->speaks = false;
    late.poll.timeout = 200 * NS_PER_MS;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    struct load_decisions sum;
    struct answers polled;
    load_decisions(late.rig->load, &sum, &polled);
    cr_assert(sum.polls_failed == sum.polls && sum.polls > 60, "%d polls", (int)sum.polls);
    cr_assert_eq(sum.decided, 0);
    for (size_t i = 0; i < late.rig->history.count; i++) {
        cr_assert_eq(late.rig->history.v[i].cause, CAUSE_PENDING);
        cr_assert_not(late.rig->history.decided[i].pending);
    }
    end(&late);
}

Test(load_decide, no_more_polls_a_second_than_allowed)
{
    struct late late = {0};
    begin(&late, 2);
    late.poll.max_rate = 200;
    late.poll.timeout = 600 * NS_PER_MS;
    ns_t begun = clock_now();
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    double seconds = (double)(clock_now() - begun) / NS_PER_S;
    cr_assert_leq(atomic_load(&late.desk->polls), (int)(seconds * 200) + 2);
    end(&late);
}

Test(load_decide, retry_after_is_kept)
{
    struct late late = {0};
    begin(&late, 2);
    late.desk->header = "Retry-After: 1\r\n";
    late.rig->phases[0].burst.requests = 3;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    for (size_t i = 0; i < 3; i++) {
        const struct decided *d = &late.rig->history.decided[i];
        cr_assert_eq(d->polls, 2);
        cr_assert_geq(d->at - late.rig->history.v[i].done, NS_PER_S);
    }
    end(&late);
}

Test(load_decide, a_waiting_room_lets_through_once)
{
    struct late late = {0};
    begin(&late, 2);
    late.desk->room = true;
    late.poll.timeout = NS_PER_S;
    late.decide.through = &late.through;
    late.decide.through_count = 1;
    late.decide.then = &late.then;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    expect_decisions(&late);
    cr_assert_eq(atomic_load(&late.desk->thens), 54, "once each");
    end(&late);
}

Test(load_decide, a_retry_asks_for_who_has_no_decision)
{
    struct late late = {0};
    begin(&late, 1);
    late.poll.timeout = 100 * NS_PER_MS;
    late.rig->phases[1] = (struct spec_phase){LOAD_RETRY, .retry = {.times = 1, .connections = 5}};
    late.rig->scenario.load_count = 2;
    cr_assert_eq(run(&late), 0, "%s", late.rig->err.message);
    cr_assert_eq(late.rig->history.count, 66);
    for (size_t i = 60; i < 66; i++) {
        cr_assert_eq(late.rig->history.v[i].user % 10, 0);
        cr_assert_eq(late.rig->history.v[i].cause, CAUSE_PENDING);
    }
    end(&late);
}
