/* links: load */
#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/http/rules.h"
#include "load/net/curl_cause.h"

static const struct rules_user nobody;

/* accepted: 202 with a rank; 200 and isSuccess; a header. rejected: 410, 409; 200 and not
 * isSuccess. undecided: 200 and a status text. */
static struct rules *make_rules(enum otherwise otherwise)
{
    static int32_t s202[] = {202}, s200[] = {200}, gone[] = {410, 409}, s204[] = {204};
    static struct spec_pair yes[] = {{(char *)"isSuccess", (char *)"true"}};
    static struct spec_pair no[] = {{(char *)"/isSuccess", (char *)"false"}};
    static struct spec_pair later[] = {{(char *)"/state/name", (char *)"pending"}};
    static struct spec_pair header[] = {{(char *)"X-Won", (char *)"1"}};
    static struct spec_rule accepted[] = {
        {.status = s202, .status_count = 1, .rank = (char *)"/rank"},
        {.status = s200, .status_count = 1, .json = yes, .json_count = 1},
        {.status = s204, .status_count = 1, .header = header, .header_count = 1},
    };
    static struct spec_rule rejected[] = {
        {.status = gone, .status_count = 2},
        {.status = s200, .status_count = 1, .json = no, .json_count = 1},
    };
    static struct spec_rule undecided[] = {{.json = later, .json_count = 1}};
    static struct spec_responses responses = {.accepted = accepted,
                                              .accepted_count = 3,
                                              .rejected = rejected,
                                              .rejected_count = 2,
                                              .undecided = undecided,
                                              .undecided_count = 1};
    responses.otherwise = otherwise;
    struct rules *rules;
    struct err err;
    cr_assert_eq(rules_compile(&responses, &rules, &err), 0);
    return rules;
}

Test(load_rules, classification)
{
    static const struct {
        int32_t status;
        const char *header, *body;
        enum request_class cls;
        enum request_cause cause;
        struct maybe rank;
    } rows[] = {
        {202, "", "{\"result\":\"accepted\",\"rank\": 57}", CLASS_ACCEPTED, CAUSE_NONE, {true, 57}},
        {202, "", "{\"rank\":\"58\"}", CLASS_ACCEPTED, CAUSE_NONE, {true, 58}},
        {202, "", "{\"rank\":-3}", CLASS_ACCEPTED, CAUSE_NONE, {true, -3}},
        {202, "", "{\"rank\":-9223372036854775808}", CLASS_ACCEPTED, CAUSE_NONE, {true, INT64_MIN}},
        {202, "", "{\"rank\":1.5}", CLASS_ACCEPTED, CAUSE_NONE, {0}},
        {202, "", "", CLASS_ACCEPTED, CAUSE_NONE, {0}},
        {410, "", "", CLASS_REJECTED, CAUSE_NONE, {0}},
        {409, "", "garbage", CLASS_REJECTED, CAUSE_NONE, {0}},
        {200, "", "{\"isSuccess\": true}", CLASS_ACCEPTED, CAUSE_NONE, {0}},
        {200, "", "{\"isSuccess\": false}", CLASS_REJECTED, CAUSE_NONE, {0}},
        {200, "", "{\"isSuccess\": \"true\"}", CLASS_ACCEPTED, CAUSE_NONE, {0}},
        {200, "", "{\"isSuccess\": null}", CLASS_FAILED, CAUSE_UNCLASSIFIED, {0}},
        {200, "", "{\"isSuccess\": true", CLASS_FAILED, CAUSE_UNCLASSIFIED, {0}},
        {200, "", "", CLASS_FAILED, CAUSE_UNCLASSIFIED, {0}},
        {200,
         "",
         "{\"isSuccess\": true, \"state\": {\"name\": \"pending\"}}",
         CLASS_UNKNOWN,
         CAUSE_AMBIGUOUS,
         {0}}, /* two classes */
        {299, "", "{\"state\": {\"name\": \"pending\"}}", CLASS_UNKNOWN, CAUSE_UNDECIDED, {0}},
        {204, "X-Won: 1\r\n", "", CLASS_ACCEPTED, CAUSE_NONE, {0}},
        {204, "x-won:1\r\n", "", CLASS_ACCEPTED, CAUSE_NONE, {0}},
        {204, "X-Won: 11\r\n", "", CLASS_FAILED, CAUSE_UNCLASSIFIED, {0}},
        {204, "X-Wonder: 1\r\n", "", CLASS_FAILED, CAUSE_UNCLASSIFIED, {0}},
        {500, "", "", CLASS_FAILED, CAUSE_SERVER_ERROR, {0}},
        {503, "", "{}", CLASS_FAILED, CAUSE_SERVER_ERROR, {0}},
        {302, "", "", CLASS_FAILED, CAUSE_NO_DECISION, {0}},
    };
    struct rules *rules = make_rules(OTHERWISE_FAILED);
    cr_assert(rules_read_body(rules));
    cr_assert(rules_read_headers(rules));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct response response = {
            .status = rows[i].status,
            .type = "",
            .headers_hit = rules_header(rules, rows[i].header, strlen(rows[i].header), &nobody),
            .body = rows[i].body,
            .body_length = strlen(rows[i].body),
            .body_whole = true,
        };
        enum request_cause cause;
        struct maybe rank;
        enum request_class cls = rules_classify(rules, &response, &cause, &rank);
        cr_assert_eq(cls, rows[i].cls, "row %zu: %s", i, request_class_name(cls));
        cr_assert_eq(cause, rows[i].cause, "row %zu: %s", i, request_cause_name(cause));
        cr_assert(maybe_equal(rank, rows[i].rank), "row %zu", i);
    }
    rules_free(rules);
}

Test(load_rules, a_body_that_was_cut_matches_no_json_rule)
{
    struct rules *rules = make_rules(OTHERWISE_FAILED);
    const char *body = "{\"isSuccess\": true}";
    const struct response response = {
        .status = 200, .type = "", .body = body, .body_length = strlen(body)};
    enum request_cause cause;
    struct maybe rank;
    cr_assert_eq(rules_classify(rules, &response, &cause, &rank), CLASS_UNKNOWN);
    cr_assert_eq(cause, CAUSE_UNREAD, "it may hold a yes or a no");
    rules_free(rules);
}

Test(load_rules, otherwise)
{
    static const struct {
        enum otherwise otherwise;
        int32_t status;
        enum request_class cls;
        enum request_cause cause;
    } rows[] = {
        {OTHERWISE_FAILED, 418, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {OTHERWISE_REJECTED, 418, CLASS_REJECTED, CAUSE_NONE},
        {OTHERWISE_REJECTED, 500, CLASS_FAILED, CAUSE_SERVER_ERROR},
        {OTHERWISE_UNDECIDED, 418, CLASS_UNKNOWN, CAUSE_UNDECIDED},
        {OTHERWISE_UNDECIDED, 202, CLASS_ACCEPTED, CAUSE_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rules *rules = make_rules(rows[i].otherwise);
        const struct response response = {
            .status = rows[i].status, .type = "", .body = "", .body_whole = true};
        enum request_cause cause;
        struct maybe rank;
        cr_assert_eq(rules_classify(rules, &response, &cause, &rank), rows[i].cls, "row %zu", i);
        cr_assert_eq(cause, rows[i].cause, "row %zu", i);
        rules_free(rules);
    }
}

Test(load_rules, causes)
{
    static const struct {
        CURLcode code;
        int os_error;
        enum request_cause cause;
    } rows[] = {
        {CURLE_OK, 0, CAUSE_NONE},
        {CURLE_COULDNT_CONNECT, ECONNREFUSED, CAUSE_REFUSED},
        {CURLE_COULDNT_CONNECT, ENETUNREACH, CAUSE_CONNECT},
        {CURLE_PEER_FAILED_VERIFICATION, 0, CAUSE_CONNECT},
        {CURLE_RECV_ERROR, ECONNRESET, CAUSE_RESET},
        {CURLE_SEND_ERROR, EPIPE, CAUSE_RESET},
        {CURLE_GOT_NOTHING, 0, CAUSE_CLOSED},
        {CURLE_PARTIAL_FILE, 0, CAUSE_CLOSED},
        {CURLE_UNSUPPORTED_PROTOCOL, 0, CAUSE_GARBAGE},
        {CURLE_RECV_ERROR, 0, CAUSE_GARBAGE},
        {CURLE_OPERATION_TIMEDOUT, 0, CAUSE_TIMEOUT},
        {CURLE_OUT_OF_MEMORY, 0, CAUSE_OTHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum request_cause cause = curl_cause(rows[i].code, rows[i].os_error, 0).cause;
        cr_assert_eq(cause, rows[i].cause, "row %zu: %s", i, request_cause_name(cause));
    }
}

/* ---- texts, expressions, numbers, and whose answer it is ---- */

struct told {
    const char *body, *header;
    enum request_class cls;
    enum request_cause cause;
};

static void expect_classes(const struct spec_rule *yes, const struct spec_rule *no,
                           const struct rules_user *who, const struct told *rows, size_t count)
{
    const struct spec_responses responses = {.accepted = (struct spec_rule *)(uintptr_t)yes,
                                             .accepted_count = 1,
                                             .rejected = (struct spec_rule *)(uintptr_t)no,
                                             .rejected_count = no != NULL};
    struct rules *rules = NULL;
    struct err err = {0};
    cr_assert_eq(rules_compile(&responses, &rules, &err), 0, "%s", err.message);
    cr_expect(rules_read_body(rules) || yes->header_count);
    for (size_t i = 0; i < count; i++) {
        const char *header = rows[i].header ? rows[i].header : "";
        const struct response response = {.status = 200,
                                          .type = "",
                                          .headers_hit =
                                              rules_header(rules, header, strlen(header), who),
                                          .body = rows[i].body,
                                          .body_length = strlen(rows[i].body),
                                          .body_whole = true,
                                          .who = *who};
        enum request_cause cause;
        struct maybe rank;
        cr_expect_eq(rules_classify(rules, &response, &cause, &rank), rows[i].cls, "row %zu: %s", i,
                     rows[i].body);
        cr_expect_eq(cause, rows[i].cause, "row %zu: %s", i, request_cause_name(cause));
    }
    rules_free(rules);
}

#define EXPECT(yes, no, who, rows) expect_classes(yes, no, who, rows, sizeof(rows) / sizeof *(rows))

static char *words[] = {(char *)"SUCCESS", (char *)"coupon"};
static char *expressions[] = {(char *)"^SOLD[ _]OUT", (char *)"(?i)remaining=0*\\b"};

Test(load_rules, texts_and_expressions_in_the_body)
{
    const struct spec_rule yes = {.text = words, .text_count = 2};
    const struct spec_rule no = {.matches = expressions, .matches_count = 2};
    static const struct told rows[] = {
        {"SUCCESS: coupon 7", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"SUCCESS: gift", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"success: coupon", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"SOLD_OUT Remaining=0", NULL, CLASS_REJECTED, CAUSE_NONE},
        {"SOLD OUT remaining=", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"UNSOLD OUT remaining=0", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"SOLD OUT remaining=0, no SUCCESS for that coupon", NULL, CLASS_UNKNOWN, CAUSE_AMBIGUOUS},
        {"", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
    };
    EXPECT(&yes, &no, &nobody, rows);
}

Test(load_rules, numbers_at_least_and_at_most)
{
    static struct spec_pair zero[] = {{(char *)"/left", (char *)"0"}};
    static struct spec_pair minus[] = {{(char *)"left", (char *)"-1"}};
    const struct spec_rule yes = {.least = zero, .least_count = 1};
    const struct spec_rule no = {.most = minus, .most_count = 1};
    static const struct told rows[] = {
        {"{\"left\": 0}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"left\": 99}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"left\": \"7\"}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"left\": 1e-3}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"left\": -0}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"left\": -1}", NULL, CLASS_REJECTED, CAUSE_NONE},
        {"{\"left\": -1.0e0}", NULL, CLASS_REJECTED, CAUSE_NONE},
        {"{\"left\": -0.5}", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"{\"left\": null}", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"{\"left\": \"many\"}", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"{\"left\": {}}", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {"{}", NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED},
    };
    EXPECT(&yes, &no, &nobody, rows);
}

Test(load_rules, the_answer_is_the_users_own)
{
    struct roster *texts = roster_pattern("u{{n}}@x", 1), *uuids = roster_uuids(1, 1);
    char id[ROSTER_TEXT], upper[ROSTER_TEXT], body[2][ROSTER_TEXT + 32];
    const struct rules_user seven = {texts, 7}, some = {uuids, 7}, number = {NULL, 7};
    static struct spec_pair own[] = {{(char *)"/user", (char *)"{{user}}"}};
    static struct spec_pair header[] = {{(char *)"X-User", (char *)"id={{user}}"}};
    static char *text[] = {(char *)"for {{user}}!"};
    const struct spec_rule yes = {.json = own, .json_count = 1};
    const struct spec_rule said = {.text = text, .text_count = 1};
    const struct spec_rule named = {.header = header, .header_count = 1};
    static const struct told json[] = {
        {"{\"user\": \"u7@x\"}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"user\": \"u8@x\"}", NULL, CLASS_FAILED, CAUSE_ANOTHER_YES},
        {"{\"user\": \"u77@x\"}", NULL, CLASS_FAILED, CAUSE_ANOTHER_YES},
        {"{\"user\": 7}", NULL, CLASS_FAILED, CAUSE_ANOTHER},
    };
    EXPECT(&yes, NULL, &seven, json);
    static const struct told numbers[] = {
        {"{\"user\": 7}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"user\": \"7\"}", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"{\"user\": 70}", NULL, CLASS_FAILED, CAUSE_ANOTHER_YES},
    };
    EXPECT(&yes, NULL, &number, numbers);
    static const struct told texts_rows[] = {
        {"it is for u7@x!", NULL, CLASS_ACCEPTED, CAUSE_NONE},
        {"it is for u8@x!", NULL, CLASS_FAILED, CAUSE_ANOTHER_YES},
    };
    EXPECT(&said, NULL, &seven, texts_rows);
    static const struct told headers[] = {
        {"", "X-User: id=u7@x\r\n", CLASS_ACCEPTED, CAUSE_NONE},
        {"", "X-User: id=u8@x\r\n", CLASS_FAILED, CAUSE_UNCLASSIFIED},
    };
    EXPECT(&named, NULL, &seven, headers);
    roster_text(uuids, 7, id);
    for (size_t i = 0; i <= strlen(id); i++)
        upper[i] = (char)toupper((unsigned char)id[i]);
    snprintf(body[0], sizeof body[0], "{\"user\": \"{%s}\"}", upper);
    snprintf(body[1], sizeof body[1], "{\"user\": \"%s0\"}", id);
    const struct told spelled[] = {{body[0], NULL, CLASS_ACCEPTED, CAUSE_NONE},
                                   {body[1], NULL, CLASS_FAILED, CAUSE_UNCLASSIFIED}};
    EXPECT(&yes, NULL, &some, spelled);
    roster_free(texts);
    roster_free(uuids);
}

Test(load_rules, limited_is_a_class_of_its_own)
{
    static int32_t ok[] = {200}, slow[] = {429, 503};
    static struct spec_rule yes = {.status = ok, .status_count = 1};
    static struct spec_rule limited = {.status = slow, .status_count = 2};
    const struct spec_responses responses = {
        .accepted = &yes, .accepted_count = 1, .limited = &limited, .limited_count = 1};
    struct rules *rules = NULL;
    struct err err = {0};
    cr_assert_eq(rules_compile(&responses, &rules, &err), 0);
    static const int32_t statuses[] = {429, 503};
    for (size_t i = 0; i < 2; i++) {
        const struct response response = {.status = statuses[i], .type = "", .body = ""};
        enum request_cause cause;
        struct maybe rank;
        cr_expect_eq(rules_classify(rules, &response, &cause, &rank), CLASS_LIMITED);
        cr_expect_eq(cause, CAUSE_NONE);
    }
    rules_free(rules);
    static char *wrong[] = {(char *)"a(b"};
    static struct spec_rule broken = {.matches = wrong, .matches_count = 1};
    const struct spec_responses bad = {.accepted = &broken, .accepted_count = 1};
    cr_expect_eq(rules_compile(&bad, &rules, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, "no regular expression"), "%s", err.message);
}
