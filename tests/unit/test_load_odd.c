/* links: load */
/* Odd answers: whatever a target says, the gates of a burst, libcurl on kept connections and the
 * wire see the same in it: class, cause and status. */
#include <criterion/criterion.h>
#include <signal.h>

#include "load_rig.h"

#define BODY       "{\"rank\": 7}"
#define OK         "HTTP/1.1 202 Accepted\r\n"
#define SAYS(text) text, sizeof text - 1

enum { KEEP = 0, CLOSE = 1 };

static const struct odd {
    const char *says;
    size_t length;
    bool closes;
    enum request_class cls;
    enum request_cause cause;
    int status;
} odds[] = {
    {SAYS(OK "Content-Length: 11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: 11\r\n\r\n" BODY), CLOSE, CLASS_ACCEPTED, CAUSE_NONE, 202},
    /* cut anywhere */
    {SAYS(""), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS("HTTP/1.1 20"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS("HTTP/1.1 202 Accepted"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Content-Le"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Content-Length: 11\r\n"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Content-Length: 11\r\n\r"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Content-Length: 11\r\n\r\n{\"ra"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Content-Length: 100\r\n\r\n" BODY), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    /* more than one answer */
    {SAYS(OK "Content-Length: 2\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: 0\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"), KEEP,
     CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n" OK "Content-Length: 0\r\n\r\n"), KEEP,
     CLASS_REJECTED, CAUSE_NONE, 410},
    /* interim ones */
    {SAYS("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 0\r\n\r\n"), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK "Content-Length: 0\r\n\r\n"), KEEP,
     CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 100 Continue\r\n\r\n"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), CLOSE,
     CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    /* up to the end of the connection */
    {SAYS("HTTP/1.0 202 OK\r\n\r\n" BODY), CLOSE, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "\r\n" BODY), CLOSE, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    /* chunks */
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n" BODY "\r\n0\r\n\r\n"), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nb;x=1\r\n" BODY "\r\n0\r\nA: b\r\n\r\n"), KEEP,
     CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nb"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n{\"ra"), CLOSE, CLASS_UNKNOWN, CAUSE_CLOSED,
     0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n" BODY "\r\n"), CLOSE, CLASS_UNKNOWN,
     CAUSE_CLOSED, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n" BODY "\r\n0\r\n"), CLOSE, CLASS_UNKNOWN,
     CAUSE_CLOSED, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nzzz\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n2\r\n" BODY "\r\n0\r\n\r\n"), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    /* lengths that are none */
    {SAYS(OK "Content-Length: 11\r\nContent-Length: 12\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 11\r\nContent-Length: 11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: abc\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: -1\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 99999999999999999999\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    /* heads */
    {SAYS(OK "X-Folded: a\r\n b: c\r\n\td\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 202 OK\nContent-Length: 11\n\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "no colon here\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "X: a\0b\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("HTTP/1.1 2020 OK\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("ICY 202 OK\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("http/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("HTTP/1.1 204 No Content\r\n\r\n"), KEEP, CLASS_FAILED, CAUSE_UNCLASSIFIED, 204},
};

struct way {
    const char *name;
    enum gate gate; /* of a burst; GATE_AUTO: a closed phase */
    bool libcurl;
};

static const struct way ways[] = {
    {"burst, held whole", GATE_CORKED, true}, {"burst, last byte", GATE_LAST_BYTE, true},
    {"burst, no gate", GATE_NONE, true},      {"closed, libcurl", GATE_AUTO, true},
    {"closed, wire", GATE_AUTO, false},
};

static struct rig *make_rig(const struct way *way, int port)
{
    /* A header of this name is left to libcurl. */
    static struct spec_pair header = {(char *)"Connection", (char *)"keep-alive"};
    struct rig *rig = rig_new(port);
    rig->scenario.request.timeout = 2 * NS_PER_S;
    if (way->gate == GATE_AUTO) {
        rig->closed = (struct spec_closed){.connections = 1, .requests = 3};
        rig->phases[0] = (struct spec_phase){.closed = &rig->closed};
    } else {
        rig->burst.gate = way->gate;
        rig->burst.requests = 3;
    }
    if (way->gate == GATE_AUTO && way->libcurl) {
        rig->scenario.request.headers = &header;
        rig->scenario.request.headers_count = 1;
    }
    return rig;
}

static void expect_same(const struct odd *odd, const struct way *way)
{
    struct rig_target *target = rig_target_start(RIG_SAYS, 0);
    target->says = odd->says;
    target->says_length = odd->length;
    target->says_closes = odd->closes;
    struct rig *rig = make_rig(way, target->port);
    cr_assert_eq(rig_run(rig), 0, "%s: %s", way->name, rig->err.message);
    cr_expect_eq(rig->history.count, 3);
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        cr_expect(r->cls == odd->cls && r->cause == odd->cause && r->status == odd->status,
                  "%s, request %zu of '%s': %s, %s, %u", way->name, i, odd->says,
                  request_class_name(r->cls), request_cause_name(r->cause), r->status);
    }
    rig_free(rig);
    rig_target_end(target);
}

Test(load_odd, every_way_sees_the_same)
{
    for (size_t i = 0; i < sizeof odds / sizeof *odds; i++)
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
            expect_same(&odds[i], &ways[k]);
}

/* Odd users are told yes, even ones no, and everybody gets a yes too many a moment later. */
Test(load_odd, an_answer_too_many_is_nobodys)
{
    for (size_t k = 3; k < sizeof ways / sizeof *ways; k++) {
        struct rig_target *target = rig_target_start(RIG_SAYS_MORE, 0);
        struct rig *rig = make_rig(&ways[k], target->port);
        /* One after the other with a pause, so that the second answer comes while nobody waits. */
        rig->phases[0] = (struct spec_phase){.waves = &rig->waves};
        if (!ways[k].libcurl)
            rig->phases[0] = (struct spec_phase){.closed = &rig->closed};
        rig->waves = (struct spec_waves){.waves = 10, .size = 1, .every = 20 * NS_PER_MS};
        rig->closed = (struct spec_closed){.connections = 1, .requests = 10};
        cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
        struct answers answers;
        load_answers(rig->load, &answers);
        for (size_t i = 0; ways[k].libcurl && i < rig->history.count; i++) {
            const struct request *r = &rig->history.v[i];
            cr_expect_eq(r->cls, r->user % 2 ? CLASS_ACCEPTED : CLASS_REJECTED,
                         "%s: user %lld: %s, %s", ways[k].name, (long long)r->user,
                         request_class_name(r->cls), request_cause_name(r->cause));
        }
        if (ways[k].libcurl)
            cr_expect_geq(answers.unasked, 5, "%lld", (long long)answers.unasked);
        rig_free(rig);
        rig_target_end(target);
    }
}
