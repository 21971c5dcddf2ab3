/* links: proxy */
/* A store that is spoken to by TLS, and clients that see none of it; and clients that want TLS
 * where there is none. */
#include <criterion/criterion.h>

#include "../proxy/through.h"

static void feed(struct through *t, enum framer_side side, const void *bytes, size_t length,
                 bool cut)
{
    for (size_t i = 0; cut && i < length; i++)
        through_feed(t, side, (const uint8_t *)bytes + i, 1);
    if (!cut)
        through_feed(t, side, bytes, length);
}

#define FEED(t, side, text, cut) feed(t, side, text, sizeof text - 1, cut)

static bool says(struct through *t, const char *words)
{
    return strstr(buf_text(&t->told), words) != NULL;
}

/* A greeting of MySQL that offers TLS (bit 11) and protocol 4.1 (bit 9), 47 bytes. */
#define GREETING                                                                                   \
    "\x2f\0\0\0"                                                                                   \
    "\x0a"                                                                                         \
    "8\0\1\0\0\0saltsalt\0\x02\x0a\x21\2\0\0\0\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0"
/* 34 bytes: capabilities, largest packet, charset, filler, an empty name, an empty password. */
#define RESPONSE                                                                                   \
    "\x22\0\0\1\x02\2\0\0\0\0\0\1\x21"                                                             \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                               \
    "\0\0"

static void log_in(struct through *t, bool cut)
{
    through_open(t, &framer_mysql, true);
    FEED(t, FRAMER_SERVER, GREETING, cut);
    cr_assert_eq(t->out[FRAMER_SERVER].used, sizeof GREETING - 1);
    FEED(t, FRAMER_CLIENT, RESPONSE, cut);
    cr_assert(says(t, "TLS behind 36 bytes\n"), "%s", buf_text(&t->told));
}

Test(framer_tls, of_mysql_a_login_is_one_packet_further)
{
    for (int cut = 0; cut < 2; cut++) {
        struct through t;
        log_in(&t, cut);
        cr_expect_eq(t.out[FRAMER_CLIENT].data[3], 2, "behind the SSLRequest");
        FEED(&t, FRAMER_SERVER, "\x01\0\0\3\xfe", cut); /* once more, by the old way */
        cr_expect(says(&t, "TLS behind 36 bytes\n"));
        through_close(&t);
        log_in(&t, cut);
        FEED(&t, FRAMER_SERVER, "\x07\0\0\3\0\0\0\2\0\0\0", cut);
        cr_expect(says(&t, "ready"), "%s", buf_text(&t.told));
        const uint8_t *answer = (const uint8_t *)t.out[FRAMER_SERVER].data + sizeof GREETING - 1;
        cr_expect_eq(answer[3], 2, "as the client counts");
        FEED(&t, FRAMER_CLIENT, "\x09\0\0\0\3SELECT 1", cut);
        const uint8_t *asked = (const uint8_t *)t.out[FRAMER_CLIENT].data + sizeof RESPONSE - 1;
        cr_expect_eq(asked[3], 0, "a command is numbered as ever");
        through_close(&t);
    }
}

Test(framer_tls, of_mysql_nothing_goes_before_and_no_password_in_plain)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool refused;
    } rows[] = {
        {"\2\0\0\3\1\4", 6, true},  /* the whole way of caching_sha2_password */
        {"\2\0\0\3\1\3", 6, false}, /* what it remembers was enough */
        {"\x16\0\0\3\xfe"
         "mysql_clear_password\0",
         26, true},
        {"\x17\0\0\3\xfe"
         "mysql_native_password\0",
         27, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct through t;
        through_open(&t, &framer_mysql, true);
        FEED(&t, FRAMER_SERVER, GREETING, false);
        feed(&t, FRAMER_CLIENT, RESPONSE, 20, true);
        cr_expect_eq(t.out[FRAMER_CLIENT].used, 0, "in plain");
        through_close(&t);
        log_in(&t, false);
        feed(&t, FRAMER_SERVER, rows[i].bytes, rows[i].length, false);
        cr_expect_eq(says(&t, "mysql_native_password, or leave TLS out"), rows[i].refused,
                     "row %zu: %s", i, buf_text(&t.told));
        through_close(&t);
    }
}

Test(framer_tls, clients_that_insist_are_told_what_to_set)
{
    struct through t;
    through_open(&t, &framer_postgres, false);
    FEED(&t, FRAMER_CLIENT, "\0\0\0\x08\x04\xd2\x16\x2f", false);
    framer_left(t.framer);
    cr_expect(says(&t, "sslmode=disable"), "%s", buf_text(&t.told));
    through_close(&t);

    through_open(&t, &framer_postgres, false); /* one that does with N */
    FEED(&t, FRAMER_CLIENT, "\0\0\0\x08\x04\xd2\x16\x2f", false);
    FEED(&t, FRAMER_CLIENT, "\0\0\0\x09\0\3\0\0\0", false);
    framer_left(t.framer);
    cr_expect_not(says(&t, "sslmode=disable"), "%s", buf_text(&t.told));
    through_close(&t);

    through_open(&t, &framer_resp, false);
    FEED(&t, FRAMER_CLIENT, "\x16\3\1\2\0\1\0\1\xfc\3\3", true);
    cr_expect(says(&t, "redis://"), "%s", buf_text(&t.told));
    through_close(&t);
}
