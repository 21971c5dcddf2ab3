/* links: load Threads::Threads */
/* Source addresses: who comes from where, whatever the gate and the phase; and addresses that are
 * none. */
#include <criterion/criterion.h>

#include "load/http/source_pool.h"
#include "load_server.h"

enum { REQUESTS = 60, SOURCES = 4 };

static char range[] = "127.0.0.2-127.0.0.4", one[] = "127.0.0.9";
static char *const sources[] = {range, one};

struct hall {
    struct server server;
    int port;
    atomic_int by[256]; /* requests by the last byte of who sent them */
};

static bool answer(void *context, int fd, const char *head)
{
    struct hall *hall = context;
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    (void)head;
    if (!getpeername(fd, (struct sockaddr *)&peer, &size))
        atomic_fetch_add(&hall->by[ntohl(peer.sin_addr.s_addr) & 0xff], 1);
    rig_say(fd, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    return true;
}

static struct hall *open_hall(void)
{
    struct hall *hall = calloc(1, sizeof *hall);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    hall->server = (struct server){.answer = answer, .context = hall};
    int listener = hall->server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listener, 256), 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    hall->port = ntohs(address.sin_port);
    server_start(&hall->server);
    return hall;
}

static void expect_spread(const struct hall *hall, bool evenly, size_t row)
{
    static const unsigned bytes[SOURCES] = {2, 3, 4, 9};
    int all = 0;
    for (int i = 0; i < SOURCES; i++) {
        int here = atomic_load(&hall->by[bytes[i]]);
        all += here;
        cr_assert(!evenly || here == REQUESTS / SOURCES, "phase %zu: %d from 127.0.0.%u", row, here,
                  bytes[i]);
    }
    cr_assert_eq(all, REQUESTS, "phase %zu: %d from those four", row, all);
}

Test(load_sources, every_gate_and_phase_takes_turns)
{
    static const struct spec_phase phases[] = {
        {LOAD_BURST, .burst = {REQUESTS, GATE_CORKED, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {REQUESTS, GATE_LAST_BYTE, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {REQUESTS, GATE_CONNECTED, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {REQUESTS, GATE_NONE, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {REQUESTS, GATE_COLD, 5 * NS_PER_S, NULL}},
        {LOAD_CLOSED, .closed = {.connections = 8, .requests = REQUESTS}},
        {LOAD_WAVES, .waves = {.waves = 3, .size = 20, .every = 5 * NS_PER_MS}},
        {LOAD_RATE, .rate = {.rate = 2000, .requests = REQUESTS, .connections = 10}},
    };
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        struct hall *hall = open_hall();
        struct rig *rig = rig_new(hall->port);
        rig->scenario.request.source_addresses = (char **)sources;
        rig->scenario.request.source_addresses_count = 2;
        rig->phases[0] = phases[i];
        cr_assert_eq(rig_run(rig), 0, "phase %zu: %s", i, rig->err.message);
        cr_assert_eq(rig->tally.accepted, REQUESTS, "phase %zu", i);
        cr_assert_str_eq(rig->info.source_addresses, "127.0.0.2-127.0.0.4, 127.0.0.9");
        expect_spread(hall, phases[i].kind == LOAD_BURST, i);
        rig_free(rig);
        server_stop(&hall->server);
        free(hall);
    }
}

Test(load_sources, what_is_no_address_is_told)
{
    static const struct {
        const char *text;
        enum err_code code; /* 0: it is fine */
        unsigned count;
        const char *word;
    } rows[] = {
        {"127.0.0.1", 0, 1, ""},
        {"127.0.0.254-127.0.1.2", 0, 5, ""},
        {"127.255.255.255-127.255.255.255", 0, 1, ""},
        {"127.0.0.9-127.0.0.2", ERR_USAGE, 0, "from low to high"},
        {"127.0.0.1-127.0.0.65", ERR_USAGE, 0, "allowed: up to 64"},
        {"127.0.0.0-127.255.255.255", ERR_USAGE, 0, "allowed: up to 64"},
        {"192.0.2.77", ERR_ENVIRONMENT, 0, "no address of this machine"},
        {"2001:db8::77", ERR_ENVIRONMENT, 0, "2001:db8::77"},
        {"localhost", ERR_USAGE, 0, "no address"},
        {"127.0.0.1-", ERR_USAGE, 0, "no address"},
        {"127.0.0.1-::1", ERR_USAGE, 0, "no address"},
        {"", ERR_USAGE, 0, "no address"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source_pool *pool = NULL;
        struct err err = {0};
        char *text = (char *)rows[i].text;
        int rc = source_pool_new("request.source_addresses", &text, 1, &pool, &err);
        cr_assert_eq(rc != 0, rows[i].code != 0, "%s: %s", text, err.message);
        cr_assert(!rc || err.code == rows[i].code, "%s: %s", text, err.message);
        cr_assert(!rc || strstr(err.message, rows[i].word), "%s: %s", text, err.message);
        cr_assert(rc || source_pool_count(pool) == rows[i].count, "%s", text);
        source_pool_free(pool);
    }
}

/* From an address of one family nobody reaches the other. */
Test(load_sources, the_services_family_is_asked_for)
{
    static char mixed[] = "::1";
    static char *const six[] = {mixed};
    struct hall *hall = open_hall();
    struct rig *rig = rig_new(hall->port);
    rig->scenario.request.source_addresses = (char **)six;
    rig->scenario.request.source_addresses_count = 1;
    cr_assert_neq(rig_run(rig), 0);
    cr_assert(strstr(rig->err.message, "IPv6") || strstr(rig->err.message, "::1"), "%s",
              rig->err.message);
    rig_free(rig);
    server_stop(&hall->server);
    free(hall);
}
