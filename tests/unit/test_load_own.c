/* links: load */
/* An answer speaks of a user by the whole id; a part of somebody else's is nobody's. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "load/http/pattern.h"
#include "load/http/rules_own.h"

static struct roster *roster;

static struct rules_user user_of(const char *kind, const char *id)
{
    static const char *const mails[] = {"ann@x.de", "b+ann@x.de", "jo", "j\xc3\xb6", "a-b"};
    static const char *const plain[] = {"ann", "joann", "ann2"};
    bool listed = !strcmp(kind, "mails");
    int64_t user = 0;
    if (listed || !strcmp(kind, "plain")) {
        const char *const *texts = listed ? mails : plain;
        roster = roster_texts(false);
        for (size_t i = 0; i < (listed ? 5U : 3U); i++)
            cr_assert(roster_read(roster, texts[i], strlen(texts[i]), &user));
        roster_seal(roster);
    } else {
        roster = *kind ? roster_pattern(kind, 1) : roster_numbers(1);
    }
    cr_assert(roster_read(roster, id, strlen(id), &user));
    return (struct rules_user){roster, user};
}

static const struct {
    const char *kind, *id, *wanted, *body;
    bool holds;
} texts[] = {
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 1", true},
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 10", false},
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 10, SUCCESS for 1.", true},
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 1.5", false},
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 1a", false},
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 1%30", false},
    {"", "1", "SUCCESS for {{user}}", "SUCCESS for 1\xeb\x8b\x98", true},
    {"", "1", "SUCCESS for {{user}}!", "SUCCESS for 1!", true},
    {"", "1", "{{user}} won", "1 won", true},
    {"", "1", "{{user}} won", "21 won", false},
    {"", "1", "{{user}} won", "-1 won", false},
    {"", "1", "{{user}} won", "0.1 won", false},
    {"", "1", "{{user}} won", "user-1 won", true},
    {"", "1", "{{user}} won", "user1 won", true},
    {"", "1", "{{user}} won", "7f1 won", false},
    {"", "1", "{{user}}", "{\"n\":\"a\\n1\"}", true},
    {"", "1", "{{user}}", "u=2&v=3%31", false},
    {"", "1", "{{user}}", "", false},
    {"k-{{n}}", "k-1", "for {{user}}", "for k-1", true},
    {"k-{{n}}", "k-1", "for {{user}}", "for k-12", false},
    {"k-{{n}}", "k-1", "for {{user}}", "for k-1-b", false},
    {"k-{{n}}", "k-1", "for {{user}}", "for k-1- ok", true},
    {"k-{{n}}", "k-1", "{{user}}", "won: bk-1", false},
    {"k-{{n}}", "k-1", "{{user}}", "won\\tk-1\\n", true},
    {"plain", "ann", "{{user}}", "joann", false},
    {"plain", "ann", "{{user}}", "ann2", false},
    {"plain", "ann", "{{user}}", "ann_2", false},
    {"plain", "ann", "{{user}}", "ann@x.de", true}, /* none of these ids has an @ */
    {"plain", "ann", "{{user}}", "ann\xec\x9d\xb4", true},
    {"mails", "ann@x.de", "{{user}}", "b+ann@x.de", false},
    {"mails", "ann@x.de", "{{user}}", "to ann@x.de.", true},
    {"mails", "ann@x.de", "{{user}}", "to ann@x.de.com", false},
    {"mails", "jo", "{{user}}", "jo\xc3\xab", false},
};

static bool matches(const char *wanted, const char *body, const struct rules_user *who)
{
    struct pattern *pattern;
    char *filled = own_pattern(wanted, who);
    cr_assert_not_null(filled);
    cr_assert_eq(pattern_compile(filled, &pattern, NULL), 0, "%s", filled);
    bool found = pattern_find(pattern, body, strlen(body), NULL, NULL);
    pattern_free(pattern);
    free(filled);
    return found;
}

Test(load_own, is_whole_in_a_text)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct rules_user who = user_of(texts[i].kind, texts[i].id);
        bool holds = own_holds(texts[i].body, strlen(texts[i].body), texts[i].wanted, &who);
        cr_expect_eq(holds, texts[i].holds, "row %zu: %s", i, texts[i].body);
        roster_free(roster);
    }
}

Test(load_own, is_whole_in_a_regular_expression)
{
    static const struct {
        const char *kind, *id, *wanted, *body;
        bool matches;
    } rows[] = {
        {"", "1", "^OK {{user}}", "OK 1", true},
        {"", "1", "^OK {{user}}", "OK 10", false},
        {"", "1", "^OK {{user}}.", "OK 10", false},
        {"", "1", "{{user}} (won|lost)", "21 won", false},
        {"", "1", "u{{user}} (won|lost)", "u1 lost", true},
        {"k.{{n}}", "k.1", "for {{user}}$", "for k.1", true},
        {"k.{{n}}", "k.1", "for {{user}}$", "for kx1", false}, /* quoted */
        {"k.{{n}}", "k.1", "for {{user}}", "for k.1.5", false},
        {"mails", "b+ann@x.de", "({{user}}|all)", "b+ann@x.de", true},
        {"mails", "ann@x.de", "({{user}}|all)", "b+ann@x.de", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct rules_user who = user_of(rows[i].kind, rows[i].id);
        cr_expect_eq(matches(rows[i].wanted, rows[i].body, &who), rows[i].matches, "row %zu", i);
        roster_free(roster);
    }
}

Test(load_own, may_be_percent_encoded_in_a_header)
{
    static const struct {
        const char *value;
        bool equals;
    } rows[] = {
        {"/won?u=b+ann@x.de&n=1", true},
        {"/won?u=b%2Bann%40x.de&n=1", true},
        {"/won?u=b%2bann%40x%2ede&n=1", true},
        {"/won?u=b%2Bann%40x.de&n=%31", false}, /* what the rule itself says is as it says */
        {"/won?u=ann%40x.de&n=1", false},
        {"/won?u=b%2Bann%40x.de&n=12", false},
        {"/won?u=b%2Bann%4", false},
    };
    const struct rules_user who = user_of("mails", "b+ann@x.de");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(own_equals(rows[i].value, strlen(rows[i].value), "/won?u={{user}}&n=1", &who),
                     rows[i].equals, "row %zu", i);
    roster_free(roster);
}
