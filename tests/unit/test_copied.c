/* links: scenario */
/* Requests as browsers copy them: in every form the same request. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/copied_places.h"

static const char bash[] = "curl 'http://localhost:8080/api/coupons/7/apply?userId=17&v=2' \\\n"
                           "  -X 'POST' \\\n"
                           "  -H 'Accept: application/json' \\\n"
                           "  -H 'Accept-Language: de' \\\n"
                           "  -H 'Authorization: Bearer eyJhbGciOi.x-y_z' \\\n"
                           "  -H 'content-type: application/json' \\\n"
                           "  -b 'SESSION=f00; theme=dark' \\\n"
                           "  -H 'sec-fetch-mode: cors' \\\n"
                           "  --data-raw $'{\"memberId\":\"17\",\"note\":\"it\\'s "
                           "\\u00fc\\u0021\",\"password\":\"s3cr3t\"}' \\\n"
                           "  --compressed --insecure";

static const char cmd[] =
    "curl --request POST ^\"http://localhost:8080/api/coupons/7/apply?userId=17^&v=2^\" ^\r\n"
    "  -H ^\"Accept: application/json^\" ^\r\n"
    "  -H ^\"Authorization: Bearer eyJhbGciOi.x-y_z^\" ^\r\n"
    "  -H ^\"content-type: application/json^\" ^\r\n"
    "  -b ^\"SESSION=f00; theme=dark^\" ^\r\n"
    "  --data-raw ^\"^{^\\^\"memberId^\\^\":^\\^\"17^\\^\",^\\^\"note^\\^\":^\\^\"it's "
    "\xc3\xbc^!^\\^\",^\\^\"password^\\^\":^\\^\"s3cr3t^\\^\"^}^\" -k";

static const char power[] =
    "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n"
    "$session.UserAgent = \"Mozilla/5.0\"\n"
    "$session.Cookies.Add((New-Object System.Net.Cookie(\"SESSION\", \"f00\", \"/\", "
    "\"localhost\")))\n"
    "$session.Cookies.Add((New-Object System.Net.Cookie(\"theme\", \"dark\", \"/\", "
    "\"localhost\")))\n"
    "Invoke-WebRequest -UseBasicParsing -Uri "
    "\"http://localhost:8080/api/coupons/7/apply?userId=17&v=2\" `\n"
    "-Method \"POST\" `\n-WebSession $session `\n"
    "-Headers @{\n\"Accept\"=\"application/json\"\n  \"Authorization\"=\"Bearer "
    "eyJhbGciOi.x-y_z\"\n"
    "  \"Accept-Encoding\"=\"gzip\"\n} `\n"
    "-ContentType \"application/json\" `\n"
    "-Body ([System.Text.Encoding]::UTF8.GetBytes(\"{`\"memberId`\":`\"17`\",`\"note`\":`\"it's "
    "\xc3\xbc!`\",`\"password`\":`\"s3cr3t`\"}\"))";

static const char *header_of(const struct copied *copied, const char *start)
{
    for (unsigned i = 0; i < copied->headers_count; i++)
        if (!strncasecmp(copied->headers[i], start, strlen(start)))
            return copied->headers[i] + strlen(start);
    return NULL;
}

Test(copied, is_the_same_from_every_shell)
{
    const char *const forms[] = {bash, cmd, power};
    for (size_t i = 0; i < 3; i++) {
        struct copied copied = {0};
        struct err err = {0};
        cr_assert_eq(copied_read(forms[i], &copied, &err), 0, "%zu: %s", i, err.message);
        cr_expect_str_eq(copied.url, "http://localhost:8080/api/coupons/7/apply?userId=17&v=2");
        cr_expect_str_eq(copied.method, "POST");
        cr_expect_str_eq(copied.body,
                         "{\"memberId\":\"17\",\"note\":\"it's \xc3\xbc!\",\"password\":"
                         "\"s3cr3t\"}",
                         "%zu", i);
        cr_expect_eq(copied.headers_count, 4, "%zu: %u", i, copied.headers_count);
        cr_expect_str_eq(header_of(&copied, "Authorization: "), "Bearer eyJhbGciOi.x-y_z");
        cr_expect_str_eq(header_of(&copied, "Cookie: "), "SESSION=f00; theme=dark");
        cr_expect_str_eq(header_of(&copied, "Content-Type: "), "application/json");
        cr_expect_eq(copied.insecure, i < 2);
        copied_free(&copied);
    }
}

Test(copied, keeps_no_credential)
{
    struct copied copied = {0};
    struct copied_exports exports = {0};
    struct err err = {0};
    struct buf lines;
    char value[64];
    cr_assert_eq(copied_read(bash, &copied, &err), 0);
    cr_assert_eq(copied_set_user(&copied, "json:/memberId", value, sizeof value, &err), 0);
    cr_expect_str_eq(value, "17");
    cr_assert_eq(copied_lift(&copied, &exports, &err), 0, "%s", err.message);
    cr_expect_str_eq(header_of(&copied, "Authorization: "), "Bearer ${AUTHORIZATION}");
    cr_expect_str_eq(header_of(&copied, "Cookie: "), "${COOKIE}");
    cr_expect_str_eq(copied.body,
                     "{\"memberId\":\"{{user}}\",\"note\":\"it's \xc3\xbc!\",\"password\":"
                     "\"${PASSWORD}\"}");
    buf_init(&lines, 4096);
    copied_spell_exports(&exports, &lines);
    cr_expect(strstr(buf_text(&lines), "export AUTHORIZATION='eyJhbGciOi.x-y_z'\n") &&
                  strstr(buf_text(&lines), "export COOKIE='SESSION=f00; theme=dark'\n") &&
                  strstr(buf_text(&lines), "export PASSWORD='s3cr3t'\n"),
              "%s", buf_text(&lines));
    buf_free(&lines);
    copied_exports_free(&exports);
    copied_free(&copied);
}

Test(copied, finds_the_user_where_it_is)
{
    static const struct {
        const char *place, *value, *url;
    } rows[] = {
        {"query:userId", "17", "http://localhost:8080/api/coupons/7/apply?userId={{user}}&v=2"},
        {"path:3", "7", "http://localhost:8080/api/coupons/{{user}}/apply?userId=17&v=2"},
        {"query:v", "2", "http://localhost:8080/api/coupons/7/apply?userId=17&v={{user}}"},
        {"query:user", NULL, NULL},
        {"path:9", NULL, NULL},
        {"json:/note/x", NULL, NULL},
        {"header:X-User", NULL, NULL},
        {"somewhere", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct copied copied = {0};
        struct err err = {0};
        char value[64] = "";
        cr_assert_eq(copied_read(bash, &copied, &err), 0);
        int rc = copied_set_user(&copied, rows[i].place, value, sizeof value, &err);
        cr_expect_eq(rc, rows[i].url ? 0 : -(int)ERR_USAGE, "%s", rows[i].place);
        if (rows[i].url)
            cr_expect(!strcmp(value, rows[i].value) && !strcmp(copied.url, rows[i].url), "%s: %s",
                      value, copied.url);
        else
            cr_expect(strstr(err.message, "query:userId (17), json:/memberId (17)"), "%s",
                      err.message);
        copied_free(&copied);
    }
}

Test(copied, the_same_user_stands_in_several_places)
{
    struct copied copied = {0};
    struct err err = {0};
    char value[64] = "";
    cr_assert_eq(copied_read("curl 'http://h/users/17/apply?userId=17&n=17' -H 'X-User: 17' --json "
                             "'{\"memberId\":17,\"client\":171,\"n\":17}'",
                             &copied, &err),
                 0);
    cr_assert_eq(copied_set_user(&copied, "query:userId", value, sizeof value, &err), 0);
    cr_expect_str_eq(copied.url, "http://h/users/{{user}}/apply?userId={{user}}&n=17");
    cr_expect_str_eq(copied.body, "{\"memberId\":{{user}},\"client\":171,\"n\":17}");
    cr_expect_str_eq(header_of(&copied, "X-User: "), "{{user}}");
    copied_free(&copied);
}

Test(copied, powershell_writes_utf_16)
{
    struct copied copied = {0};
    struct err err = {0};
    cr_assert_eq(copied_read("Invoke-WebRequest -Uri \"http://h/\" -Method \"POST\" -Body "
                             "\"$([char]252)$([char]0x20ac)$([char]55357)$([char]56832)$(x)\"",
                             &copied, &err),
                 0);
    cr_expect_str_eq(copied.body, "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80$(x)");
    copied_free(&copied);
}

Test(copied, words_as_shells_cut_them)
{
    static const struct {
        const char *text;
        bool windows;
        const char *words[4];
    } rows[] = {
        {"curl a\\ b \"c d\" 'e'f", false, {"curl", "a b", "c d", "ef"}},
        {"curl \"a\\\"b\\\\c\\x\" $'\\t\\x41\\101\\ud83d\\ude00' ''",
         false,
         {"curl", "a\"b\\c\\x", "\tAA\xf0\x9f\x98\x80", ""}},
        {"curl \"a\\\"b\" \"c\\\\\" d", true, {"curl", "a\"b", "c\\", "d"}},
        {"curl ^\"a^%b^\" \"x\"\"y\" ^\r\n z", true, {"curl", "a%b", "x\"y", "z"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct copied_words words = {.count = 0};
        struct err err = {0};
        int rc =
            (rows[i].windows ? copied_split_cmd : copied_split_bash)(rows[i].text, &words, &err);
        cr_assert_eq(rc, 0, "%zu: %s", i, err.message);
        cr_assert_eq(words.count, 4, "%zu: %u", i, words.count);
        for (unsigned k = 0; k < words.count; k++)
            cr_expect_str_eq(words.v[k], rows[i].words[k], "%zu, %u: %s", i, k, words.v[k]);
        copied_words_free(&words);
    }
}

Test(copied, says_what_it_cannot_read)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"wget http://h/", "is no command of curl"},
        {"curl 'http://h/", "is not closed"},
        {"curl -H 'a: b'", "has no URL"},
        {"curl http://h/ --frobnicate", "--frobnicate is not known"},
        {"curl http://h/ -H", "-H has no value"},
        {"curl http://h/ -d @body.json", "is in the file"},
        {"curl http://h/ --data-urlencode a@f", "is in the file @f"},
        {"curl http://h/ -b jar.txt", "the cookies are in the file jar.txt"},
        {"curl http://h/ -F a=@photo.png", "the field is in the file photo.png"},
        {"curl http://h/ -F 'a=<note'", "the field is in the file note"},
        {"curl http://h/ -F a", "'a' is no field NAME=VALUE"},
        {"curl http://h/ -d a=1 -F b=2", "has a body beside its form"},
        {"curl http://a/ http://b/", "one URL too many"},
        {"", "is no command of curl"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct copied copied = {0};
        struct err err = {0};
        cr_assert_eq(copied_read(rows[i].text, &copied, &err), -(int)ERR_USAGE, "%s", rows[i].text);
        cr_expect(strstr(err.message, rows[i].want), "%s: %s", rows[i].text, err.message);
    }
}

Test(copied, curls_own_short_hands)
{
    struct copied copied = {0};
    struct err err = {0};
    cr_assert_eq(
        copied_read("curl -sS -u joe:pass -G -d a=1 -d b=2 localhost:8080/x", &copied, &err), 0,
        "%s", err.message);
    cr_expect_str_eq(copied.url, "http://localhost:8080/x?a=1&b=2");
    cr_expect_str_eq(copied.method, "GET");
    cr_expect_str_eq(header_of(&copied, "Authorization: "), "Basic am9lOnBhc3M=");
    copied_free(&copied);
    cr_assert_eq(
        copied_read("$ curl -sSLX PUT h/ -b a=1 --cookie 'b=2' --data-urlencode 'u=a b&\xc3\xbc' "
                    "--data-urlencode =x/y -d z 2>&1 | jq .",
                    &copied, &err),
        0, "%s", err.message);
    cr_expect_str_eq(copied.method, "PUT");
    cr_expect_str_eq(copied.body, "u=a%20b%26%C3%BC&x%2Fy&z");
    cr_expect_str_eq(header_of(&copied, "Cookie: "), "a=1; b=2");
    copied_free(&copied);
    cr_assert_eq(copied_read("curl --json '{}' http://h/", &copied, &err), 0);
    cr_expect_str_eq(copied.method, "POST");
    cr_expect_str_eq(header_of(&copied, "Content-Type: "), "application/json");
    copied_free(&copied);
}

/* RFC 7578; a field's value may be quoted, have a type, or be taken as it is. */
Test(copied, a_form_has_fields)
{
    struct copied copied = {0};
    struct copied_exports exports = {0};
    struct err err = {0};
    char value[64] = "";
    cr_assert_eq(copied_read("curl -F memberId=17 -F 'note=\"a;b\\\"\";type=text/plain' "
                             "--form-string 'raw=@x;y' -F password=s3cr3t http://h/apply",
                             &copied, &err),
                 0, "%s", err.message);
    cr_expect_str_eq(copied.method, "POST");
    cr_expect_str_eq(header_of(&copied, "Content-Type: "),
                     "multipart/form-data; boundary=rushproof-form-field");
    cr_assert_eq(copied_set_user(&copied, "form:memberId", value, sizeof value, &err), 0, "%s",
                 err.message);
    cr_expect_str_eq(value, "17");
    cr_assert_eq(copied_lift(&copied, &exports, &err), 0);
    cr_expect_str_eq(copied.body,
                     "--rushproof-form-field\r\n"
                     "Content-Disposition: form-data; name=\"memberId\"\r\n\r\n{{user}}\r\n"
                     "--rushproof-form-field\r\n"
                     "Content-Disposition: form-data; name=\"note\"\r\n"
                     "Content-Type: text/plain\r\n\r\na;b\"\r\n"
                     "--rushproof-form-field\r\n"
                     "Content-Disposition: form-data; name=\"raw\"\r\n\r\n@x;y\r\n"
                     "--rushproof-form-field\r\n"
                     "Content-Disposition: form-data; name=\"password\"\r\n\r\n${PASSWORD}\r\n"
                     "--rushproof-form-field--\r\n");
    cr_expect(exports.count == 1 && !strcmp(exports.v[0].value, "s3cr3t"));
    copied_exports_free(&exports);
    copied_free(&copied);
}

/* As browsers copy one. */
Test(copied, a_form_that_was_sent)
{
    struct copied copied = {0};
    struct err err = {0};
    char value[64] = "";
    cr_assert_eq(
        copied_read(
            "curl 'http://h/apply' -H 'content-type: multipart/form-data; boundary=--X9' "
            "--data-raw $'----X9\\r\\nContent-Disposition: form-data; name=\"userId\"\\r\\n"
            "\\r\\n17\\r\\n----X9\\r\\nContent-Disposition: form-data; name=\"n\"\\r\\n\\r\\n"
            "1\\r\\n----X9--\\r\\n'",
            &copied, &err),
        0, "%s", err.message);
    cr_expect_eq(copied_set_user(&copied, "form:user", value, sizeof value, &err), -(int)ERR_USAGE);
    cr_expect(strstr(err.message, "likely: form:userId (17)"), "%s", err.message);
    cr_assert_eq(copied_set_user(&copied, "form:userId", value, sizeof value, &err), 0);
    cr_expect(strstr(copied.body, "\r\n\r\n{{user}}\r\n----X9\r\n"), "%s", copied.body);
    copied_free(&copied);
}
