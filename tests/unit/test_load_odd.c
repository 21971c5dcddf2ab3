/* links: load */
/* Odd answers: whatever a target says, every transport sees the same in it, in every kind of phase
 * and behind every gate: class, cause and status. What they are follows from RFC 9110 and 9112. */
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <signal.h>

#include "load/phases/phase.h"
#include "load_rig.h"

#define BODY       "{\"rank\": 7}"
#define OK         "HTTP/1.1 202 Accepted\r\n"
#define SAYS(text) text, sizeof text - 1

/* What the target does after it has said that. HEAD: it keeps the connection, and was asked so. */
enum how { KEEP, CLOSE, HEAD };

static const struct odd {
    const char *says;
    size_t length;
    enum how how;
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
    {SAYS("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
          "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
     KEEP, CLASS_REJECTED, CAUSE_NONE, 410},
    {SAYS("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), CLOSE,
     CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    /* up to the end of the connection */
    {SAYS("HTTP/1.0 202 OK\r\n\r\n" BODY), CLOSE, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "\r\n" BODY), CLOSE, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Connection: close\r\n\r\n" BODY), CLOSE, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.0 202 OK\r\nContent-Length: 11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE,
     202},
    {SAYS("HTTP/1.0 202 OK\r\nConnection: Keep-Alive\r\nContent-Length: 11\r\n\r\n" BODY), KEEP,
     CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Connection: close\r\nContent-Length: 11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
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
    {SAYS(OK "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n00B ; a=\"b;c\"\r\n" BODY "\r\n000\r\n\r\n"), KEEP,
     CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\n\nb\n" BODY "\n0\n\n"), KEEP, CLASS_ACCEPTED, CAUSE_NONE,
     202},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"ran\r\n6\r\nk\": 7}\r\n0\r\n"
             "A: b\r\nC:\r\n\r\n"),
     KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" BODY "\r\n0\r\n\r\n"),
     KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nb\r\n" BODY "\r\n0\r\n\r\n"),
     KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n"), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n00000000000000000b\r\n" BODY "\r\n0\r\n\r\n"), KEEP,
     CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" BODY), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n;x\r\n" BODY), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE,
     0},
    /* lengths that are none */
    {SAYS(OK "Content-Length: 11\r\nContent-Length: 12\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 11\r\nContent-Length: 11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: abc\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: -1\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 9223372036854775808\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 99999999999999999999\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN,
     CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 11, 11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: 11,\t11 ,11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: 11, 12\r\n\r\n" BODY), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "Content-Length: 011\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    /* no body by definition, whatever the head says */
    {SAYS("HTTP/1.1 204 No Content\r\nContent-Length: 11\r\n\r\n"), KEEP, CLASS_FAILED,
     CAUSE_UNCLASSIFIED, 204},
    {SAYS("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"), KEEP, CLASS_FAILED,
     CAUSE_UNCLASSIFIED, 204},
    {SAYS("HTTP/1.1 304 Not Modified\r\nContent-Length: 11\r\n\r\n"), KEEP, CLASS_FAILED,
     CAUSE_NO_DECISION, 304},
    {SAYS(OK "Content-Length: 11\r\n\r\n"), HEAD, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: 11\r\n\r\n" BODY), HEAD, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n"), HEAD, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "\r\n"), HEAD, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_FAILED,
     CAUSE_UNCLASSIFIED, 205},
    /* heads */
    {SAYS(OK "X-Folded: a\r\n b: c\r\n\td\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 202 OK\nContent-Length: 11\n\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "no colon here\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS(OK "X: a\0b\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("HTTP/1.1 2020 OK\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("ICY 202 OK\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("http/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("\r\n" OK "Content-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("HTTP/1.1 202 Angenommen \xe2\x9c\x93\r\nX-Empty:\r\nX-\xc3\xa4: \xff\r\nContent-Length: "
          "0\r\n"
          "\r\n"),
     KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "CONTENT-LENGTH:11\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS(OK "Content-Length: \t 11 \t\r\n\r\n" BODY), KEEP, CLASS_ACCEPTED, CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 202 OK\r\nX: a\nContent-Length: 11\r\n\n" BODY), KEEP, CLASS_ACCEPTED,
     CAUSE_NONE, 202},
    {SAYS("HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"), KEEP, CLASS_UNKNOWN, CAUSE_GARBAGE, 0},
    {SAYS("HTTP/1.1 204 No Content\r\n\r\n"), KEEP, CLASS_FAILED, CAUSE_UNCLASSIFIED, 204},
};

/* A new transport is one row here. */
static const struct transport_ops *const transports[] = {&transport_curl, &transport_http1};

enum { TRANSPORTS = sizeof transports / sizeof *transports };

static const struct way {
    const char *name;
    enum gate gate; /* of a burst; GATE_AUTO: none */
    bool closed;    /* or a closed phase, or waves */
} ways[] = {
    {"burst, corked", GATE_CORKED, false},
    {"burst, last byte", GATE_LAST_BYTE, false},
    {"burst, connected", GATE_CONNECTED, false},
    {"burst, no gate", GATE_NONE, false},
    {"burst, cold", GATE_COLD, false},
    {"closed", GATE_AUTO, true},
    {"waves", GATE_AUTO, false},
};

enum { WAYS = sizeof ways / sizeof *ways, REQUESTS = 3 };

/* So many requests by that transport, in that way. */
static struct rig *run(const struct transport_ops *transport, const struct way *way, int port,
                       const char *method, int requests)
{
    struct rig *rig = rig_new(port);
    if (method)
        rig->scenario.request.method = (char *)method;
    rig->closed = (struct spec_closed){.connections = 1, .requests = requests};
    rig->waves = (struct spec_waves){.waves = 1, .size = requests};
    rig->phases[0].burst.requests = requests;
    rig->phases[0].burst.gate = way->gate;
    if (way->gate == GATE_AUTO && way->closed)
        rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    else if (way->gate == GATE_AUTO)
        rig->phases[0] = (struct spec_phase){LOAD_WAVES, .waves = rig->waves};
    cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
    ((struct local *)rig->load)->transport = transport;
    cr_assert_eq(rig_run(rig), 0, "%s, %s: %s", transport->name, way->name, rig->err.message);
    cr_expect_eq(rig->history.count, (size_t)requests);
    return rig;
}

static void expect_same(const struct odd *odd, struct rig_target *target,
                        const struct transport_ops *transport, const struct way *way)
{
    struct rig *rig = run(transport, way, target->port, odd->how == HEAD ? "HEAD" : NULL, REQUESTS);
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        cr_expect(r->cls == odd->cls && r->cause == odd->cause && r->status == odd->status,
                  "%s, %s, request %zu of '%s': %s, %s, %u", transport->name, way->name, i,
                  odd->says, request_class_name(r->cls), request_cause_name(r->cause), r->status);
    }
    rig_free(rig);
}

Test(load_odd, every_transport_sees_the_same)
{
    for (size_t i = 0; i < sizeof odds / sizeof *odds; i++) {
        struct rig_target *target = rig_target_start(RIG_SAYS, 0);
        target->says = odds[i].says;
        target->says_length = odds[i].length;
        target->says_closes = odds[i].how == CLOSE;
        for (size_t k = 0; k < TRANSPORTS * WAYS; k++)
            expect_same(&odds[i], target, transports[k % TRANSPORTS], &ways[k / TRANSPORTS]);
        rig_target_end(target);
    }
}

static bool libcurl_8(const struct transport_ops *transport)
{
    return transport == &transport_curl &&
           curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
}

/* An answer that is cut off after 0, 1, 2 … bytes is no answer, and never another one. */
Test(load_odd, cut_at_every_byte)
{
    static const struct {
        const char *says;
        size_t length;
        size_t spare; /* so many bytes at its end need not come */
        bool asked;   /* though libcurl 8 asks for them as well */
    } rows[] = {
        {SAYS(OK "Content-Length: 11\r\n\r\n" BODY), 0, false},
        {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n4;x\r\n{\"ra\r\n7\r\nnk\": 7}\r\n0\r\nA: "
                 "b\r\n\r\n"),
         1, true},
        {SAYS(OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 1, true},
        {SAYS(
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 OK\nX: a\n b\nContent-Length: 11\n\n" BODY),
         0, false},
        {SAYS("HTTP/1.0 202 OK\r\n\r\n" BODY), sizeof BODY - 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < TRANSPORTS * WAYS; k++) {
            const struct transport_ops *transport = transports[k % TRANSPORTS];
            struct rig_target *target = rig_target_start(RIG_CUTS, 0);
            target->says = rows[i].says;
            size_t whole = rows[i].length - rows[i].spare;
            struct rig *rig =
                run(transport, &ways[k / TRANSPORTS], target->port, NULL, (int)rows[i].length + 1);
            for (size_t n = 0; n < rig->history.count; n++) {
                const struct request *r = &rig->history.v[n];
                size_t came = (size_t)(r->user - 1);
                if (rows[i].asked && came >= whole && came < rows[i].length && libcurl_8(transport))
                    continue;
                bool is_whole = came >= whole;
                cr_expect(r->cls == (is_whole ? CLASS_ACCEPTED : CLASS_UNKNOWN) &&
                              r->cause == (is_whole ? CAUSE_NONE : CAUSE_CLOSED),
                          "%s, %s, row %zu cut at %lld: %s, %s", transport->name,
                          ways[k / TRANSPORTS].name, i, (long long)r->user - 1,
                          request_class_name(r->cls), request_cause_name(r->cause));
            }
            rig_free(rig);
            rig_target_end(target);
        }
}

/* Odd users are told yes, even ones no, and everybody gets a yes too many a moment later, while
 * nobody waits. */
Test(load_odd, an_answer_too_many_is_nobodys)
{
    for (size_t k = 0; k < TRANSPORTS; k++) {
        struct rig_target *target = rig_target_start(RIG_SAYS_MORE, 0);
        struct rig *rig = rig_new(target->port);
        rig->waves = (struct spec_waves){.waves = 10, .size = 1, .every = 200 * NS_PER_MS};
        rig->phases[0] = (struct spec_phase){LOAD_WAVES, .waves = rig->waves};
        cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
        ((struct local *)rig->load)->transport = transports[k];
        cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
        struct answers answers;
        load_answers(rig->load, &answers);
        for (size_t i = 0; i < rig->history.count; i++) {
            const struct request *r = &rig->history.v[i];
            cr_expect_eq(r->cls, r->user % 2 ? CLASS_ACCEPTED : CLASS_REJECTED,
                         "%s: user %lld: %s, %s", transports[k]->name, (long long)r->user,
                         request_class_name(r->cls), request_cause_name(r->cause));
        }
        /* libcurl 8 gives such a connection up by itself, and does not tell. */
        cr_expect(answers.unasked >= 5 || libcurl_8(transports[k]), "%s: %lld", transports[k]->name,
                  (long long)answers.unasked);
        rig_free(rig);
        rig_target_end(target);
    }
}
