/* links: load */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/http/rules.h"
#include "load/net/curl_cause.h"

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
            .headers_hit = rules_header(rules, rows[i].header, strlen(rows[i].header)),
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
    const struct response response = {200, "", 0, body, strlen(body), false, NULL};
    enum request_cause cause;
    struct maybe rank;
    cr_assert_eq(rules_classify(rules, &response, &cause, &rank), CLASS_FAILED);
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
        const struct response response = {rows[i].status, "", 0, "", 0, true, NULL};
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
