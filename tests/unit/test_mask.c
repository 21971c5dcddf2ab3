/* links: base */
/* Masking of secrets: by value in every spelling, by place whatever the value. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/mask_stream.h"
#include "base/rng.h"
#include "often.h"

static char shown[4096];

static const char *apply(const char *text)
{
    struct buf masked;
    buf_init(&masked, 1 << 20);
    cr_assert_eq(mask_apply(text, &masked), 0);
    snprintf(shown, sizeof shown, "%s", buf_text(&masked));
    buf_free(&masked);
    return shown;
}

/* secret: must not be in what is shown; NULL: nothing may change. */
static const struct {
    const char *text, *secret;
} places[] = {
    {"postgresql://app:s3cr3t!x@127.0.0.1/db", "s3cr3t!x"},
    {"postgresql://app:pa/ss#wo@rd?x@127.0.0.1:5432/db", "wo"},
    {"postgresql://app:pa/ss#wo@rd?x@127.0.0.1:5432/db", "pa/"},
    {"redis://:p%40ss@[::1]:6379/1", "p%40ss"},
    {"redis://:p@ss/w@h:99999999/x", "w@h"},
    {"http://[broken:s3cret:x@host", "s3cret"},
    {"not a url at all ://u:s3cret@", "s3cret"},
    {"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ns3cr3t w\r\n--b--\r\n",
     "s3cr3t w"},
    {"name=\"api_key\"\nContent-Type: text/plain\n\ns3cr3t-w\n--b", "s3cr3t-w"},
    {"body: \"--b\\r\\nA: b; name=\\\"token\\\"\\r\\n\\r\\ns3cr3tw\\r\\n--b", "s3cr3tw"},
    {"form-data; name=\"note\"\r\n\r\ntext of a note\r\n--b", NULL},
    {"http://127.0.0.1:8080/users/a@b.example", NULL},
    {"http://127.0.0.1:8080/apply?mail=a@b.example", NULL},
    {"http://host/apply?userId={{user}}", NULL},
    {"https://ghp_abcdefgh1234567890ABCD@github.com/x", "ghp_"},
    {"host=/tmp user=app password = 'it''s s3cret' dbname=x", "s3cret"},
    {"host=/tmp user=app password=s3cret dbname=x", "s3cret"},
    {"host=/tmp user=app password='it\\'s s3cret' dbname=x", "s3cret"},
    {"app --password s3cret --port 1", "s3cret"},
    {"app --password=s3cret --port 1", "s3cret"},
    {"app --db-password 's3cret word' --port 1", "3cret w"},
    {"mysql -ps3cret -u root", "s3cret"},
    {"redis-cli -a s3cret ping", "s3cret"},
    {"curl -u bob:s3cret http://127.0.0.1/", "s3cret"},
    {"sshpass -p s3cret ssh x", "s3cret"},
    {"{\"user\":1,\"password\":\"s3cret\",\"x\":2}", "s3cret"},
    {"{\"password\": \"a\\\"s3cret\"}", "s3cret"},
    {"\"{\\\"secret\\\":\\\"s3cret\\\"}\"", "s3cret"},
    {"{\"apiKey\": \"s3cret\", 'token': 's3cret'}", "s3cret"},
    {"GET /apply?u=1&token=s3cret&x=1", "s3cret"},
    {"/blob?sv=1&sig=s3cret%2Fabc%3D", "s3cret"},
    {"/x?access_key=s3cret;b", "s3cret"},
    {"Authorization: Bearer s3cret.abc-def", "s3cret"},
    {"authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"},
    {"Cookie: SESSION=s3cret; other=t3cret", "t3cret"},
    {"X-Api-Token: s3cret", "s3cret"},
    {"the token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def was sent", "eyJ"},
    {"got Bearer abcdefgh12345", "abcdefgh12345"},
    {"DB_PASS=s3cret run", "s3cret"},
    {"MYSQL_PWD=s3cret REDISCLI_AUTH=t3cret", "t3cret"},
    {"CONFIG SET requirepass s3cret", "s3cret"},
    {"AUTH default s3cret", "s3cret"},
    {"ALTER USER app PASSWORD 's3cret'", "s3cret"},
    {"CREATE USER a IDENTIFIED BY 's3cret'", "s3cret"},
    {"password=a,s3cret rest", "s3cret"},
    {"{password => 's3cret'}", "s3cret"},
    {"password authentication failed for user \"coupon\"", NULL},
    {"kafka: pass: 100 coupons of 100", NULL},
    {"stack: {mysql: none}\nrun: [consumer, \"--pause-after=24\"]", NULL},
    {"mysql: none, url: mysql://h/db, run: [node, -p, x, -print]", NULL},
    {"mysql_fsync=1 mkdir -pv x", NULL},
    {"12 tokens of users: 100", NULL},
    {"password=${postgres.password} token={{token}}", NULL},
    {"accepted 'status=200,json:/isSuccess=false'", NULL},
    {"drain: drained; counter=100", NULL},
    {"PGPASSFILE=/home/bob/.pgpass TOKEN_URL=http://h/", NULL},
    {"--rejected 'status=200,json:/token=false'", NULL},
    {"password=-s3cret token=null-s3cret", "s3cret"},
    {"requests need credentials: --header 'Authorization: …'", NULL},
    {"{\"token\": null, \"credentials\": {\"user\": \"bob\"}}", NULL},
    {"{\"credentials\": {\"user\": \"bob\", \"pass\": \"s3cret\"}}", "s3cret"},
};

Test(mask, by_place)
{
    mask_forget();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *masked = apply(places[i].text);
        if (places[i].secret)
            cr_expect(!strstr(masked, places[i].secret) && strstr(masked, MASK_STARS), "%s\n-> %s",
                      places[i].text, masked);
        else
            cr_expect_str_eq(masked, places[i].text);
        char *once = strdup(masked);
        cr_expect_str_eq(apply(once), once, "masked again: %s", shown);
        free(once);
    }
}

Test(mask, templates_keep_their_placeholders)
{
    mask_forget();
    cr_expect_str_eq(apply("X-Api-Token: TOK-{{user}}"), "X-Api-Token: ****{{user}}");
    cr_expect_str_eq(apply("{\"token\":\"{{user}}-abc\"}"), "{\"token\":\"{{user}}****\"}");
    cr_expect_str_eq(apply("Authorization: Bearer {{token}}"), "Authorization: Bearer {{token}}");
}

/* ---- by value ---- */

static const char *const spellings[] = {
    "p@ss/w#rd\"x&y",       "p%40ss%2Fw%23rd%22x%26y", "p%40ss%2fw%23rd%22x%26y",
    "p%2540ss/w#rd%22x&y",  "p@ss\\/w#rd\\\"x&y",      "p@ss/w#rd\\u0022x\\u0026y",
    "p@ss/w#rd\\\\\\\"x&y", "p@ss/w#rd&quot;x&amp;y",  "p@ss/w#rd&#34;x&#x26;y",
    "p\\x40ss/w#rd\\\"x&y", "cEBzcy93I3JkIngmeQ==", /* base64 of it, at the three places of a group
                                                     */
    "AHBAc3MvdyNyZCJ4Jnk=", "AABwQHNzL3cjcmQieCZ5",
};

Test(mask, every_spelling_of_a_value)
{
    mask_forget();
    mask_add("p@ss/w#rd\"x&y");
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char text[256];
        snprintf(text, sizeof text, "line\\n%sZ and the rest", spellings[i]);
        cr_expect(strstr(apply(text), MASK_STARS), "%s", text);
    }
}

Test(mask, learned_from_its_place)
{
    mask_forget();
    mask_learn("url: \"postgresql://app:pa%2Fss-w0rd@127.0.0.1/db\"");
    cr_expect_str_eq(apply("he said pa/ss-w0rd."), "he said ****.");
    cr_expect_str_eq(apply("he said pa%2Fss-w0rd."), "he said ****.");
    mask_learn("Authorization: Basic Ym9iOnMzY3IzdC1iYXNpYw==");
    cr_expect_str_eq(apply("login s3cr3t-basic failed"), "login **** failed");
    mask_learn("X-Api-Token: TOK-{{user}}-x");
    cr_expect_str_eq(apply("got TOK-17-x and TOK-1234-x"), "got **** and ****");
}

Test(mask, common_and_short_values_do_not_blot_the_report)
{
    static const char *const texts[] = {
        "postgres 15.3 (private)",
        "100 coupons, 1000 users",
        "12345 us to the answer",
        "{\"rows\":12345}",
        "ab of abc",
        "relation coupon of my_app",
    };
    mask_forget();
    mask_add("postgres");
    mask_add("coupons");
    mask_add("12345");
    mask_add("ab");
    mask_add("my_app");
    mask_public("postgresql://my_app@localhost/my_app");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_str_eq(apply(texts[i]), texts[i]);
    cr_expect_str_eq(apply("password=ab"), "password=****");
    cr_expect_str_eq(apply("\"12345\""), "\"****\"");
    mask_add("swordfish");
    cr_expect_str_eq(apply("the word is swordfish\\n"), "the word is ****\\n");
    cr_expect_str_eq(apply("the swordfishes"), "the swordfishes");
}

Test(mask, a_text_that_was_cut_ends_in_stars)
{
    char text[256];
    mask_forget();
    mask_add("s3cr3t-value-of-a-service");
    snprintf(text, sizeof text, "%0120d and s3cr3t-value", 0);
    cr_expect(strstr(apply(text), "and ****"), "%s", shown);
    snprintf(text, sizeof text, "%0120d and s3cr3t", 0);
    cr_expect_str_eq(apply(text), text);
    cr_expect_str_eq(apply("s3cr3t-value"), "s3cr3t-value", "a short text was not cut");
}

Test(mask, columns_of_a_feeder)
{
    mask_forget();
    cr_expect(mask_is_secret_column("session_token"));
    cr_expect_not(mask_is_secret_column("ticket"));
    mask_learn("Authorization: Bearer {{ticket}}-{{user}}");
    cr_expect(mask_is_secret_column("ticket"));
    cr_expect_not(mask_is_secret_column("user"));
}

Test(mask, long_values_are_found_in_pieces)
{
    char key[1200], text[1400];
    mask_forget();
    for (size_t i = 0; i < sizeof key - 1; i++)
        key[i] = "abcdefghij0123456789+/"[i * 7 % 22];
    key[sizeof key - 1] = '\0';
    mask_add(key);
    snprintf(text, sizeof text, "key %s end", key);
    cr_expect_not(strstr(apply(text), "abc"));
}

Test(mask, keys_of_several_lines)
{
    mask_forget();
    mask_add("-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkq1\nhkiG9w0BAQEFAASCB\n-----END PRIVATE "
             "KEY-----");
    cr_expect_str_eq(apply("line: hkiG9w0BAQEFAASCB"), "line: ****");
    cr_expect_str_eq(apply("\"MIIEvgIBADANBgkq1\\nhkiG9w0BAQEFAASCB\""), "\"****\\n****\"");
}

/* Nothing is read past an end, whatever stands there. */
Test(mask, random_texts)
{
    static const char *const words[] = {
        "://",   "@",      ":",        "=",      "\"",    "\\",       "'",
        "{{",    "}}",     "password", "token",  "-p",    "--secret", " ",
        "%",     "%25",    "40",       "\\u00",  "&amp;", "&#x",      "Bearer ",
        "AUTH ", "mysql ", "s3cr3t",   "p@ss/w", "eyJ",   ".",        "\n",
        "?",     "/",      ";",        ",",      "[",     "Cookie: ", "\xe2\x82"};
    struct rng rng;
    rng_seed(&rng, 7);
    mask_forget();
    mask_add("s3cr3t-p@ss/w\"'%x");
    mask_add("TOK-{{user}}-{{seq}}x");
    for (int i = 0; i < often(30000); i++) {
        char text[256] = "";
        size_t used = 0;
        for (uint64_t count = rng_below(&rng, 14); count; count--)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s",
                                     words[rng_below(&rng, sizeof words / sizeof *words)]);
        char *exact = strdup(text); /* its end is the allocation's */
        apply(exact);
        mask_learn(i % 50 ? "" : exact);
        free(exact);
    }
}

Test(mask, long_texts_take_no_minutes, .timeout = 60)
{
    static const char *const parts[] = {
        "{{", "://a@", "-pa ", "a-", "password=", "Bearer ", "''", "\\", "%25", "eyJ."};
    const size_t size = (size_t)often(300000);
    char *text = malloc(size + 16);
    mask_forget();
    mask_add("s3cr3t-p@ss''''\\\\\\\\%25");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t length = strlen(parts[i]);
        for (size_t at = 0; at < size; at += length)
            strcpy(text + at, parts[i]);
        struct buf masked;
        buf_init(&masked, 1 << 24);
        cr_expect_eq(mask_apply(text, &masked), 0);
        buf_free(&masked);
    }
    free(text);
}

Test(mask, quotes_in_quotes_end)
{
    char quotes[3000];
    mask_forget();
    memset(quotes, '\'', sizeof quotes - 1);
    quotes[sizeof quotes - 1] = '\0';
    quotes[200] = '\0';
    mask_add(quotes);
    quotes[200] = '\'';
    apply(quotes);
}

Test(mask, our_own_sentences_are_read)
{
    static const char *const said[] = {
        "request.cookies: no step of prepare brings any",
        "${AUTHORIZATION:-x}: the variable is not set",
        "prepare.0.capture.t: allowed: json:/pointer, header:Name, cookie:NAME, or regex:x",
        "is it in the request (Authorization: Bearer {{token}}, cookies: true)? a no's rule: 401",
    };
    static const char *const secret[] = {
        "cannot reach redis://:pa5sw0rd@h:1", "the URL http://h/?token=pa5sw0rd has no path",
        "came back: {\"password\": \"pa5sw0rd\"}", "mysql --password pa5sw0rd failed"};
    char text[256];
    mask_forget();
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        snprintf(text, sizeof text, "%s", said[i]);
        mask_sentence_here(text, sizeof text);
        cr_expect_str_eq(text, said[i], "%s", text);
    }
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
        snprintf(text, sizeof text, "%s", secret[i]);
        mask_sentence_here(text, sizeof text);
        cr_expect_null(strstr(text, "pa5sw0rd"), "%s", text);
    }
}

/* ---- streams ---- */

Test(mask, a_value_across_two_writes)
{
    char *text = NULL;
    size_t size = 0;
    mask_forget();
    mask_add("s3cr3t-across");
    FILE *under = open_memstream(&text, &size);
    FILE *out = mask_stream_open(under);
    cr_assert(out);
    for (int i = 0; i < 9000; i++)
        fputs(i % 3 ? "s3cr3t-across" : "s3cr3t\\u002dacross ", out);
    cr_expect_eq(fclose(out), 0);
    fclose(under);
    cr_expect_not(strstr(text, "s3cr3t"));
    cr_expect_not(strstr(text, "across"));
    cr_expect_eq(size, (size_t)9000 * 4 + 3000);
    free(text);
}

/* As json_dumps makes them: a whole report of a hundred thousand users in one write. */
Test(mask, a_text_of_many_megabytes_at_once)
{
    enum { LENGTH = 40 << 20 };
    char *text = NULL, *given = malloc(LENGTH + 1);
    size_t size = 0;
    mask_forget();
    mask_add("s3cr3t-across");
    memset(given, 'x', LENGTH);
    memcpy(given + (1 << 20) - 5, "s3cr3t-across", 13); /* where one piece ends */
    given[LENGTH] = '\0';
    FILE *under = open_memstream(&text, &size);
    FILE *out = mask_stream_open(under);
    cr_assert(out && given);
    cr_expect_geq(fputs(given, out), 0);
    cr_expect_eq(fclose(out), 0);
    fclose(under);
    cr_expect_not(strstr(text, "s3cr3t"));
    cr_expect_eq(size, (size_t)LENGTH - 13 + 4);
    free(text);
    free(given);
}
