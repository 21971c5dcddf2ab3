/* links: model */
/* Texts at the edges, numbers inside: what equals what, who keeps which spelling, and what a
 * million users cost. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "model/roster.h"
#include "often.h"

#define NOBODY INT64_C(-4711)

static int64_t read_text(struct roster *roster, const char *text)
{
    int64_t user = NOBODY;
    return roster_read(roster, text, strlen(text), &user) ? user : NOBODY;
}

static const char *text_of(const struct roster *roster, int64_t user)
{
    static char text[ROSTER_TEXT];
    size_t length = roster_text(roster, user, text);
    cr_expect_eq(length, strlen(text));
    return text;
}

/* ---- numbers ---- */

Test(roster, a_number_is_its_own_user)
{
    static const struct {
        const char *text;
        int64_t user;
    } rows[] = {
        {"0", 0},
        {"7", 7},
        {"-7", -7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9223372036854775808", NOBODY},
        {"007", NOBODY},
        {"7.0", NOBODY},
        {"1e3", NOBODY},
        {"+7", NOBODY},
        {" 7", NOBODY},
        {"7 ", NOBODY},
        {"", NOBODY},
        {"-", NOBODY},
        {"bob", NOBODY},
        {"0x7", NOBODY},
    };
    struct roster *own = roster_numbers(1);
    struct roster *const rosters[] = {own, NULL};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            cr_expect_eq(read_text(rosters[k], rows[i].text), rows[i].user, "'%s'", rows[i].text);
            if (rows[i].user != NOBODY)
                cr_expect_str_eq(text_of(rosters[k], rows[i].user), rows[i].text);
        }
    cr_expect_eq(roster_bytes(own), 0);
    cr_expect_eq(roster_bytes(NULL), 0);
    roster_free(own);
}

Test(roster, numbers_have_places_from_the_first_on)
{
    static const int64_t firsts[] = {1, 0, -5, INT64_MIN, INT64_C(1) << 62};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        struct roster *roster = roster_numbers(firsts[i]);
        for (size_t place = 0; place < 10; place++) {
            cr_expect_eq(roster_user(roster, place), firsts[i] + (int64_t)place);
            cr_expect_eq(roster_place(roster, firsts[i] + (int64_t)place), place);
        }
        if (firsts[i] > INT64_MIN)
            cr_expect_eq(roster_place(roster, firsts[i] - 1), ROSTER_NOWHERE);
        roster_free(roster);
    }
    cr_expect_eq(roster_user(NULL, 0), 1);
    cr_expect_eq(roster_place(NULL, 3), 2);
}

/* ---- UUIDs from a seed ---- */

Test(roster, uuids_of_a_seed_lead_back_to_their_users)
{
    static const int64_t firsts[] = {1, 0, -1000, 1000000007, INT64_MAX - 100, INT64_MIN};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        struct roster *roster = roster_uuids(7 + i, firsts[i]);
        for (size_t place = 0; place < 100; place++) {
            int64_t user = roster_user(roster, place);
            const char *text = text_of(roster, user);
            cr_assert_eq(strlen(text), UUID_LENGTH);
            cr_expect(text[14] == '4' && strchr("89ab", text[19]), "version 4: %s", text);
            cr_expect_eq(read_text(roster, text), user, "%s", text);
            cr_expect_eq(roster_place(roster, user), place);
        }
        cr_expect_eq(roster_bytes(roster), 0, "no memory");
        roster_free(roster);
    }
}

Test(roster, another_seed_or_another_first_makes_other_uuids)
{
    struct roster *one = roster_uuids(1, 1), *seed = roster_uuids(2, 1),
                  *first = roster_uuids(1, 100);
    struct roster *same = roster_uuids(1, 1);
    char text[ROSTER_TEXT];
    snprintf(text, sizeof text, "%s", text_of(one, 1));
    cr_expect_str_eq(text, text_of(same, 1));
    cr_expect_str_neq(text, text_of(seed, 1));
    cr_expect_eq(roster_place(seed, read_text(seed, text)), ROSTER_NOWHERE, "a stranger");
    cr_expect_eq(roster_place(first, read_text(first, text)), ROSTER_NOWHERE, "not of this run");
    roster_free(one);
    roster_free(seed);
    roster_free(first);
    roster_free(same);
}

#define RFC "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"

Test(roster, the_spelling_of_a_uuid_is_no_other_user)
{
    static const char *const same[] = {
        "6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B",
        "6ec0bd7f11c043da975e2a8ad9ebae0b",
        "{6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b}",
        "urn:uuid:6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b",
        "URN:UUID:6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B",
        "6ec0-bd7f-11c0-43da-975e-2a8a-d9eb-ae0b",
    };
    static const char *const none[] = {
        "",
        "7",
        "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0",
        "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b0",
        " 6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b",
        "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0g",
        "-6ec0bd7f11c043da975e2a8ad9ebae0b",
        "6ec0bd7f11c043da975e2a8ad9ebae0b-",
        "6ec0bd7f--11c043da975e2a8ad9ebae0b",
        "{6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b",
        "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b}",
        "urn:uuid:",
    };
    struct roster *seeded = roster_uuids(1, 1), *column = roster_texts(true);
    int64_t member = read_text(column, RFC);
    roster_seal(column);
    struct roster *const rosters[] = {seeded, column};
    for (size_t k = 0; k < 2; k++) {
        int64_t user = read_text(rosters[k], RFC);
        cr_assert_neq(user, NOBODY);
        for (size_t i = 0; i < sizeof same / sizeof *same; i++)
            cr_expect_eq(read_text(rosters[k], same[i]), user, "'%s'", same[i]);
        for (size_t i = 0; i < sizeof none / sizeof *none; i++)
            cr_expect_eq(read_text(rosters[k], none[i]), NOBODY, "'%s'", none[i]);
        cr_expect_str_eq(text_of(rosters[k], user), RFC, "as it was shown first");
    }
    cr_expect_eq(roster_place(column, member), 0);
    cr_expect_eq(roster_place(seeded, read_text(seeded, RFC)), ROSTER_NOWHERE);
    int64_t user;
    cr_expect_not(roster_read_number(seeded, 7, &user), "a number is no UUID");
    roster_free(seeded);
    roster_free(column);
}

Test(roster, raw_bytes_are_a_uuid_in_the_order_that_was_asked_for)
{
    /* What MySQL's UUID_TO_BIN(…, 1) and .NET's Guid.ToByteArray make of the same UUID. */
    static const unsigned char rfc[] = {0x6e, 0xc0, 0xbd, 0x7f, 0x11, 0xc0, 0x43, 0xda,
                                        0x97, 0x5e, 0x2a, 0x8a, 0xd9, 0xeb, 0xae, 0x0b};
    static const unsigned char swapped[] = {0x43, 0xda, 0x11, 0xc0, 0x6e, 0xc0, 0xbd, 0x7f,
                                            0x97, 0x5e, 0x2a, 0x8a, 0xd9, 0xeb, 0xae, 0x0b};
    static const unsigned char dotnet[] = {0x7f, 0xbd, 0xc0, 0x6e, 0xc0, 0x11, 0xda, 0x43,
                                           0x97, 0x5e, 0x2a, 0x8a, 0xd9, 0xeb, 0xae, 0x0b};
    struct roster *roster = roster_uuids(1, 1);
    int64_t wanted = read_text(roster, RFC), user = NOBODY;
    cr_expect(roster_read_bytes(roster, rfc, 16, UUID_RFC, &user) && user == wanted);
    cr_expect(roster_read_bytes(roster, swapped, 16, UUID_SWAPPED, &user) && user == wanted);
    cr_expect(roster_read_bytes(roster, dotnet, 16, UUID_DOTNET, &user) && user == wanted);
    cr_expect(roster_read_bytes(roster, swapped, 16, UUID_RFC, &user) && user != wanted,
              "never guessed");
    cr_expect(roster_read_bytes(roster, RFC, strlen(RFC), UUID_RFC, &user) && user == wanted,
              "bytes that spell it");
    cr_expect_not(roster_read_bytes(roster, rfc, 15, UUID_RFC, &user));
    cr_expect(roster_read_bytes(NULL, "17", 2, UUID_RFC, &user) && user == 17);
    roster_free(roster);
}

/* ---- texts ---- */

Test(roster, texts_are_their_bytes)
{
    static const char *const members[] = {"bob",  "Bob",   "bob ", " bob",        "007",
                                          "7",    "-7",    "=1+1", "caf\xc3\xa9", "cafe\xcc\x81",
                                          "\xff", "a,b\"c"};
    static const char *const none[] = {"", "a\nb", "tab\t", "\x7f", "\x1b[31m"};
    enum { COUNT = sizeof members / sizeof *members };
    struct roster *roster = roster_texts(false);
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(read_text(roster, members[i]), (int64_t)i, "'%s'", members[i]);
    cr_expect_eq(read_text(roster, "Bob"), 1, "twice is once");
    roster_seal(roster);
    cr_expect_eq(roster_members(roster), COUNT);
    cr_expect_eq(roster_longest(roster), 6);
    for (size_t i = 0; i < COUNT; i++) {
        cr_expect_eq(roster_user(roster, i), (int64_t)i);
        cr_expect_eq(roster_place(roster, (int64_t)i), i);
        cr_expect_str_eq(text_of(roster, (int64_t)i), members[i]);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_eq(read_text(roster, none[i]), NOBODY, "row %zu", i);
    char longest[ROSTER_TEXT + 1];
    memset(longest, 'x', sizeof longest);
    longest[ROSTER_TEXT_MAX] = '\0';
    cr_expect_eq(read_text(roster, longest), COUNT, "the first stranger");
    cr_expect_str_eq(text_of(roster, COUNT), longest);
    longest[ROSTER_TEXT_MAX] = 'x', longest[ROSTER_TEXT] = '\0';
    cr_expect_eq(read_text(roster, longest), NOBODY);
    int64_t user = NOBODY;
    cr_expect(roster_read_number(roster, 7, &user) && user == 5, "a number is its decimal");
    roster_free(roster);
}

/* ---- a text with the number in it ---- */

Test(roster, a_pattern_holds_the_number_as_it_is_spelled)
{
    static const struct {
        const char *pattern, *text;
        int64_t user; /* INT64_MAX: a stranger */
    } rows[] = {
        {"user-{{n}}@shop.example", "user-1@shop.example", 1},
        {"user-{{n}}@shop.example", "user-40000000000@shop.example", INT64_C(40000000000)},
        {"user-{{n}}@shop.example", "user-01@shop.example", INT64_MAX},
        {"user-{{n}}@shop.example", "User-1@shop.example", INT64_MAX},
        {"user-{{n}}@shop.example", "user-1@shop.example ", INT64_MAX},
        {"user-{{n}}@shop.example", "user-@shop.example", INT64_MAX},
        {"user-{{n}}@shop.example", "user-0@shop.example", INT64_MAX}, /* before the first */
        {"user-{{n}}@shop.example", "1", INT64_MAX},
        {"user-{{n}}@shop.example", "a\nb", NOBODY},
        {"user-{{n}}@shop.example", "", NOBODY},
        {"{{ n }}", "7", 7},
        {"7{{n}}7", "777", 7},
        {"7{{n}}7", "77", INT64_MAX},
        {"m\xc3\xbcller {{n}}/\"x\"", "m\xc3\xbcller 3/\"x\"", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct roster *roster = roster_pattern(rows[i].pattern, 1);
        int64_t user = read_text(roster, rows[i].text);
        if (rows[i].user == INT64_MAX)
            cr_expect(user != NOBODY && roster_place(roster, user) == ROSTER_NOWHERE, "row %zu", i);
        else
            cr_expect_eq(user, rows[i].user, "row %zu", i);
        if (user != NOBODY)
            cr_expect_str_eq(text_of(roster, user), rows[i].text, "row %zu", i);
        if (rows[i].user != INT64_MAX && user != NOBODY)
            cr_expect_eq(roster_bytes(roster), 0, "no memory");
        roster_free(roster);
    }
    struct roster *roster = roster_pattern("u{{n}}@x", 100);
    cr_expect_str_eq(text_of(roster, roster_user(roster, 5)), "u105@x");
    cr_expect_geq(roster_longest(roster), strlen("u-9223372036854775808@x"));
    cr_expect_not(roster_is_numbers(roster));
    int64_t user = NOBODY;
    cr_expect(roster_read_number(roster, 105, &user) && user != 105, "a number is another user");
    roster_free(roster);
}

Test(roster, whom_nothing_names_is_not_told_apart)
{
    struct roster *roster = roster_nameless(1);
    cr_expect_eq(read_text(roster, "bob"), 0);
    cr_expect_eq(read_text(roster, ""), 0);
    cr_expect_eq(read_text(roster, "7"), 7);
    cr_expect_str_eq(text_of(roster, 7), "7");
    cr_expect(roster_is_nameless(roster));
    cr_expect_not(roster_is_nameless(NULL));
    roster_free(roster);
}

Test(roster, strangers_come_behind_the_members_and_keep_their_spelling)
{
    struct roster *texts = roster_texts(false), *uuids = roster_uuids(3, 10);
    read_text(texts, "ann");
    roster_seal(texts);
    cr_expect_eq(read_text(texts, "zoe"), 1);
    cr_expect_eq(read_text(texts, "ANN"), 2);
    cr_expect_eq(read_text(texts, "zoe"), 1);
    cr_expect_str_eq(text_of(texts, 2), "ANN");
    cr_expect_str_eq(text_of(texts, 3), "", "nobody");
    cr_expect_eq(roster_place(texts, 1), ROSTER_NOWHERE);
    int64_t stranger = read_text(uuids, "{6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B}");
    cr_expect_gt(stranger, roster_user(uuids, 100000000));
    cr_expect_eq(read_text(uuids, RFC), stranger);
    cr_expect_str_eq(text_of(uuids, stranger), "{6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B}");
    roster_free(texts);
    roster_free(uuids);
}

Test(roster, a_long_text_is_cut_in_a_sentence)
{
    struct roster *roster = roster_texts(false);
    struct roster_name name;
    char text[101] = "";
    for (size_t i = 0; i < 50; i++)
        strcat(text, "é");
    int64_t user = read_text(roster, text);
    cr_expect_leq(strlen(roster_name(roster, user, &name)), ROSTER_NAME_MAX);
    cr_expect_str_eq(name.text + strlen(name.text) - 5, "é…");
    cr_expect_str_eq(roster_name(roster, read_text(roster, "short"), &name), "short");
    roster_free(roster);
}

/* ---- threads, owners ---- */

static void *read_many(void *context)
{
    struct roster *roster = context;
    for (int i = 0; i < 5000; i++) {
        char text[32];
        snprintf(text, sizeof text, "stranger %d", i);
        int64_t user = read_text(roster, text);
        char shown[ROSTER_TEXT];
        roster_text(roster, user, shown);
        if (strcmp(shown, text) != 0)
            return roster;
    }
    roster_free(roster);
    return NULL;
}

Test(roster, any_thread_may_meet_strangers_and_the_last_owner_frees)
{
    struct roster *roster = roster_texts(false);
    roster_seal(roster);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, read_many, roster_share(roster));
    for (size_t i = 0; i < 4; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        cr_expect_null(wrong);
    }
    cr_expect_eq(read_text(roster, "one more"), 5000, "each once");
    roster_free(roster);
    roster_free(NULL);
    cr_expect_null(roster_share(NULL));
}

/* ---- what it costs ---- */

static double bytes_each(struct roster *roster, const struct roster *from)
{
    const size_t users = (size_t)often(1000000);
    char text[ROSTER_TEXT];
    for (size_t i = 0; i < users; i++) {
        int64_t user = NOBODY;
        size_t size = roster_text(from, roster_user(from, i), text);
        cr_assert(roster_read(roster, text, size, &user) && user == (int64_t)i);
    }
    roster_seal(roster);
    cr_expect_eq(roster_members(roster), users);
    return (double)roster_bytes(roster) / (double)users;
}

Test(roster, a_million_users_fit)
{
    struct roster *seeded = roster_uuids(1, 1);
    struct roster *texts = roster_texts(false), *uuids = roster_texts(true);
    double text = bytes_each(texts, seeded), uuid = bytes_each(uuids, seeded);
    printf(
        "# bytes a user of 10^6: %.1f as texts of 36 characters, %.1f as UUIDs of a column, %.1f "
        "as UUIDs of a seed\n",
        text, uuid, (double)roster_bytes(seeded));
    cr_expect_leq(text, 64);
    cr_expect_leq(uuid, 64);
    cr_expect_eq(roster_bytes(seeded), 0);
    roster_free(seeded);
    roster_free(texts);
    roster_free(uuids);
}
