/* links: load protobuf */
/* Answers of gRPC: what their headers say, and what rules make of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../grpc/sample.h"
#include "load/http/grpc.h"
#include "load/http/rules.h"

static struct grpc *grpc;

/* A descriptor set needs no protoc. */
static void open_grpc(void)
{
    char path[] = "/tmp/test-grpc-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, sample, sizeof sample) == (ssize_t)sizeof sample);
    close(fd);
    const struct spec_grpc spec = {.service = (char *)"sample.Shop",
                                   .method = (char *)"Buy",
                                   .proto = path,
                                   .message = (char *)"{\"user_id\": \"{{user}}\"}"};
    struct err err = {0};
    int rc = grpc_open(&spec, "", &grpc, &err);
    unlink(path);
    cr_assert_eq(rc, 0, "%s", err.message);
}

static void close_grpc(void)
{
    grpc_free(grpc);
}

TestSuite(grpc, .init = open_grpc, .fini = close_grpc);

static void take(struct grpc_said *said, const char *line)
{
    grpc_take_header(said, line, strlen(line));
}

Test(grpc, a_message_has_its_length_before_it)
{
    char bytes[512];
    size_t length = 0;
    cr_assert_eq(grpc_encode(grpc, "{\"user_id\": \"7\"}", 16, bytes, &length, NULL), 0);
    cr_assert(length == 7 && !memcmp(bytes, "\0\0\0\0\2\10\7", 7));
    cr_assert_neq(grpc_encode(grpc, "{\"user_id\": \"x\"}", 16, bytes, &length, NULL), 0);
}

Test(grpc, headers_are_read_in_any_case)
{
    static const struct {
        const char *line;
        int code;
    } cases[] = {{"grpc-status: 0", 0}, {"Grpc-Status:8\r\n", 8},     {"grpc-status: 17", 2},
                 {"grpc-status: ", 2},  {"grpc-status: 99999999", 2}, {"grpc-status: -1", 2},
                 {"grpc-statu: 8", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct grpc_said said = {.code = GRPC_NOTHING};
        take(&said, cases[i].line);
        cr_expect_eq(said.code, cases[i].code, "%s: %d", cases[i].line, said.code);
    }
}

/* Lines of an answer, one behind the other; "body" stands for some of that, "" ends headers. */
Test(grpc, the_last_block_of_headers_says_what_became_of_it)
{
    static const struct {
        const char *lines[6];
        int code;
        const char *message;
    } cases[] = {
        {{"grpc-status: 9", "grpc-message: gone", ""}, 9, "gone"}, /* nothing else */
        {{"grpc-status: 0", "", "body"}, GRPC_NOTHING, ""},
        {{"grpc-status: 0", "", "body", "grpc-status: 9", ""}, 9, ""},
        {{"grpc-status: 9", "grpc-message: gone", "", "body", "grpc-status: 0", ""}, 0, ""},
        {{"grpc-status: 0", "", "body", "x-more: 1", ""}, GRPC_NOTHING, ""},
        {{"grpc-status: 9", "", "x-more: 1", ""}, GRPC_NOTHING, ""}, /* no body, but trailers */
        {{"", "body", "grpc-status: 0", "grpc-status: 9", ""}, GRPC_NOTHING, ""},
        {{"", "body", "grpc-status: 9", "grpc-status: 0", "grpc-status: 0", ""}, GRPC_NOTHING, ""},
        {{"", "body", "grpc-status: 9", "grpc-status: 9", ""}, 9, ""},
        {{"\r\n", "body", "grpc-status: 0\r\n", "\r\n"}, 0, ""}, /* as libcurl tells them */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct grpc_said said = {.code = GRPC_NOTHING};
        for (size_t k = 0; k < 6 && cases[i].lines[k]; k++)
            if (!strcmp(cases[i].lines[k], "body"))
                grpc_take_body(&said);
            else
                take(&said, cases[i].lines[k]);
        cr_expect_eq(said.code, cases[i].code, "case %zu: %d", i, said.code);
        cr_expect_str_eq(said.message, cases[i].message, "case %zu: %s", i, said.message);
    }
}

static void is_decoded(int code, const char *message, int http, const char *body, size_t length,
                       int status, const char *wanted)
{
    struct grpc_said said = {.code = code};
    struct grpc_answer answer = {.status = http, .body = body, .length = length};
    char text[512] = "";
    size_t used = 0;
    if (message)
        take(&said, message);
    bool fine = grpc_decode(grpc, &said, &answer, text, sizeof text, &used);
    cr_expect_eq(fine, wanted != NULL, "%d %d: %s", code, http, text);
    if (!fine || !wanted)
        return;
    cr_expect(strlen(wanted) == used && !memcmp(text, wanted, used), "%.*s\n%s", (int)used, text,
              wanted);
    cr_expect_eq(answer.status, status);
}

Test(grpc, an_answer_is_one_message)
{
    is_decoded(0, NULL, 200, "\0\0\0\0\2\20\4", 7, 200, "{\"itemId\":\"\",\"units\":2}");
    is_decoded(0, NULL, 200, "\0\0\0\0\0", 5, 200, "{\"itemId\":\"\",\"units\":0}");
    is_decoded(0, NULL, 200, "", 0, 0, NULL);                           /* none */
    is_decoded(0, NULL, 200, "\0\0\0\0\0\0\0\0\0\0", 10, 0, NULL);      /* two */
    is_decoded(0, NULL, 200, "\1\0\0\0\2\20\4", 7, 0, NULL);            /* compressed */
    is_decoded(0, NULL, 200, "\0\0\0\0\1\20", 6, 0, NULL);              /* no such message */
    is_decoded(0, NULL, 200, "\0\377\377\377\377\20\4", 7, 0, NULL);    /* shorter than it says */
    is_decoded(GRPC_NOTHING, NULL, 200, "\0\0\0\0\2\20\4", 7, 0, NULL); /* no status */
}

Test(grpc, what_is_not_OK_says_why)
{
    is_decoded(8, "grpc-message: sold%20out \"100%25\"\xff", 200, "", 0, 429,
               "{\"code\":\"RESOURCE_EXHAUSTED\",\"message\":\"sold out \\\"100%\\\"?\"}");
    is_decoded(9, NULL, 200, "", 0, 400, "{\"code\":\"FAILED_PRECONDITION\",\"message\":\"\"}");
}

Test(grpc, what_comes_from_before_the_service_stays_as_it_came)
{
    is_decoded(GRPC_NOTHING, NULL, 502, "<html>", 6, 502, "<html>");
}

static void is_classified(int code, enum otherwise otherwise, const struct spec_rule *limited,
                          enum request_class wanted)
{
    int ok = GRPC_OK;
    struct spec_rule accepted = {.grpc = &ok, .grpc_count = 1};
    const struct spec_responses responses = {.accepted = &accepted,
                                             .accepted_count = 1,
                                             .limited = (struct spec_rule *)(uintptr_t)limited,
                                             .limited_count = limited != NULL,
                                             .otherwise = otherwise};
    const struct response response = {
        .status = grpc_status_http(code), .grpc = code, .type = "", .body = "", .body_whole = true};
    struct rules *rules = NULL;
    enum request_cause cause;
    struct maybe rank;
    cr_assert_eq(rules_compile(&responses, &rules, NULL), 0);
    enum request_class cls = rules_classify(rules, &response, &cause, &rank);
    cr_expect_eq(cls, wanted, "%s: %d", grpc_status_name(code), cls);
    rules_free(rules);
}

Test(grpc, a_status_means_what_a_rule_says)
{
    int exhausted = 8, unavailable = GRPC_UNAVAILABLE;
    const struct spec_rule limited = {.grpc = &exhausted, .grpc_count = 1};
    const struct spec_rule away = {.grpc = &unavailable, .grpc_count = 1};
    is_classified(0, OTHERWISE_FAILED, NULL, CLASS_ACCEPTED);
    is_classified(8, OTHERWISE_FAILED, NULL, CLASS_FAILED);
    is_classified(8, OTHERWISE_REJECTED, NULL, CLASS_FAILED);
    is_classified(8, OTHERWISE_FAILED, &limited, CLASS_LIMITED);
    is_classified(9, OTHERWISE_REJECTED, NULL, CLASS_REJECTED);
    is_classified(13, OTHERWISE_REJECTED, NULL, CLASS_FAILED);
    is_classified(GRPC_UNAVAILABLE, OTHERWISE_REJECTED, NULL, CLASS_UNKNOWN);
    is_classified(GRPC_UNAVAILABLE, OTHERWISE_FAILED, &away, CLASS_LIMITED);
    is_classified(GRPC_DEADLINE_EXCEEDED, OTHERWISE_FAILED, NULL, CLASS_UNKNOWN);
}
