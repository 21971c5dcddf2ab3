/* links: protobuf */
/* Messages of Protocol Buffers to JSON and back: what protoc does not say, or does not send
 * (tests/grpc has it write and read). */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../grpc/sample.h"
#include "protobuf/proto_json.h"
#include "protobuf/proto_text.h"

static struct proto_schema *schema;

static void open_schema(void)
{
    struct err err = {0};
    cr_assert_eq(proto_schema_read(sample, sizeof sample, &schema, &err), 0, "%s", err.message);
}

static void close_schema(void)
{
    proto_schema_free(schema);
}

TestSuite(protobuf, .init = open_schema, .fini = close_schema);

/* ---- bytes to JSON ---- */

/* "0a 01" as bytes. */
static size_t bytes_of(const char *hex, uint8_t *ret_bytes)
{
    size_t count = 0;
    int used;
    unsigned byte;
    for (; sscanf(hex, "%2x%n", &byte, &used) == 1; hex += used)
        ret_bytes[count++] = (uint8_t)byte;
    return count;
}

static void is_read(const char *name, const char *hex, const char *wanted)
{
    uint8_t bytes[512];
    char text[4096];
    size_t length;
    const struct proto_message *message = proto_schema_message(schema, name);
    size_t count = bytes_of(hex, bytes);
    enum proto_json how = proto_json_write(message, (struct proto_bytes){bytes, bytes + count},
                                           text, sizeof text, &length);
    if (wanted)
        cr_expect(how == PROTO_JSON_WHOLE && !strcmp(text, wanted), "%s: %s\n%s", hex, text,
                  wanted);
    else
        cr_expect_eq(how, PROTO_JSON_BROKEN, "%s: %s", hex, text);
}

Test(protobuf, fields_that_are_not_sent_have_their_value)
{
    is_read("sample.Line", "", "{\"itemId\":\"\",\"units\":0}");
    is_read("sample.Line", "1800", "{\"itemId\":\"\",\"units\":0,\"price\":0}");
    is_read("sample.Line", "0a0161 1003", "{\"itemId\":\"a\",\"units\":-2}");
}

Test(protobuf, the_last_of_several_counts)
{
    is_read("sample.Line", "1002 1004", "{\"itemId\":\"\",\"units\":2}");
}

/* An order has many fields; this is what it says when none of them was sent. */
#define ORDER(gift, inner)                                                                         \
    "{\"userId\":0,\"lines\":[],\"labels\":{},\"colour\":\"NONE\"" gift                            \
    ",\"packed\":[],\"loose\":[],\"weight\":0,\"half\":0,\"token\":\"\"" inner                     \
    ",\"byDay\":{},\"colours\":[]}"

Test(protobuf, of_a_oneof_the_last_counts)
{
    is_read("sample.Order", "", ORDER("", ""));
    is_read("sample.Order", "2a0178 3801", ORDER(",\"cash\":true", ""));
    is_read("sample.Order", "3801 2a0178", ORDER(",\"card\":\"x\"", ""));
    /* A message comes in pieces, unless another one of its oneof has come between. */
    is_read("sample.Order", "32021002 32030a0161",
            ORDER(",\"gift\":{\"itemId\":\"a\",\"units\":1}", ""));
    is_read("sample.Order", "32021002 3801 32030a0161",
            ORDER(",\"gift\":{\"itemId\":\"a\",\"units\":0}", ""));
}

Test(protobuf, lists_come_packed_and_loose)
{
    is_read("sample.Order", "4202 0102 4003",
            "{\"userId\":0,\"lines\":[],\"labels\":{},\"colour\":\"NONE\",\"packed\":[1,2,3],"
            "\"loose\":[],\"weight\":0,\"half\":0,\"token\":\"\",\"byDay\":{},\"colours\":[]}");
    is_read("sample.Order", "4a04 01000000 4d02000000",
            "{\"userId\":0,\"lines\":[],\"labels\":{},\"colour\":\"NONE\",\"packed\":[],"
            "\"loose\":[1,2],\"weight\":0,\"half\":0,\"token\":\"\",\"byDay\":{},\"colours\":[]}");
    is_read("sample.Order", "4a05 0100000002", NULL); /* half a number */
}

Test(protobuf, unknown_fields_and_numbers_are_passed_over)
{
    is_read("sample.Line", "f83f01 1002", "{\"itemId\":\"\",\"units\":1}");
    is_read("sample.Line", "a3060801a406 1002", "{\"itemId\":\"\",\"units\":1}"); /* a group */
    is_read("sample.Line", "1201ff 1002", "{\"itemId\":\"\",\"units\":1}"); /* of another kind */
    is_read("sample.Order", "2007",
            "{\"userId\":0,\"lines\":[],\"labels\":{},\"colour\":7,"
            "\"packed\":[],\"loose\":[],\"weight\":0,\"half\":0,"
            "\"token\":\"\",\"byDay\":{},\"colours\":[]}");
}

Test(protobuf, broken_bytes_are_no_message)
{
    static const char *const broken[] = {
        "10",                       /* no value */
        "0a0261",                   /* shorter than it says */
        "0aff",                     /* half a length */
        "0a02c3c3",                 /* not UTF-8 */
        "00",                       /* no such number */
        "16",                       /* no such type */
        "14",                       /* the end of no group */
        "a3060801",                 /* no end of a group */
        "a306ac06",                 /* the end of another */
        "10ffffffffffffffffffff01", /* more than 64 bits */
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        is_read("sample.Line", broken[i], NULL);
    is_read("sample.Order", "6a020aff", NULL); /* inside another */
}

Test(protobuf, what_is_too_deep_is_broken)
{
    uint8_t bytes[400], *at = bytes + sizeof bytes;
    char text[65536];
    size_t length;
    for (int i = 0; i < 40; i++) {
        size_t inside = (size_t)(bytes + sizeof bytes - at);
        uint8_t head[8] = {0x6a};
        size_t used = (size_t)(proto_wire_put(head + 1, inside) - head);
        memcpy(at -= used, head, used);
    }
    cr_assert_eq(proto_json_write(proto_schema_message(schema, "sample.Order"),
                                  (struct proto_bytes){at, bytes + sizeof bytes}, text, sizeof text,
                                  &length),
                 PROTO_JSON_BROKEN);
}

Test(protobuf, what_does_not_fit_is_said)
{
    char text[8];
    size_t length;
    cr_assert_eq(proto_json_write(proto_schema_message(schema, "sample.Line"),
                                  (struct proto_bytes){NULL, NULL}, text, sizeof text, &length),
                 PROTO_JSON_LONG);
}

/* ---- JSON to bytes ---- */

static void is_written(const char *name, const char *text, bool templates, const char *wanted)
{
    uint8_t bytes[4096];
    char hex[8192] = "";
    size_t length = 0;
    struct err err = {0};
    int rc = proto_text_read(proto_schema_message(schema, name), text, strlen(text), templates,
                             bytes, &length, &err);
    for (size_t i = 0; i < length; i++)
        sprintf(hex + 2 * i, "%02x", bytes[i]);
    cr_expect(!strcmp(rc ? err.message : hex, wanted), "%s: %s\n%s", text, rc ? err.message : hex,
              wanted);
}

Test(protobuf, values_are_taken_as_they_are_written)
{
    is_written("sample.Line", "{\"item_id\": \"a\", \"units\": \"-2\"}", false, "0a01611003");
    is_written("sample.Line", "{\"itemId\": null, \"price\": 0}", false, "1800");
    is_written("sample.Order", "{\"colour\": -1}", false, "20ffffffffffffffffff01");
    is_written("sample.Order", "{\"colour\": \"RED\", \"cash\": \"true\"}", false, "20013801");
    is_written("sample.Order", "{\"byDay\": {\"true\": {\"units\": 1}}}", false,
               "720608011202"
               "1002");
    is_written("sample.Order", "{\"token\": \"_-8\"}", false, "6202ffef");
}

Test(protobuf, what_does_not_fit_its_field_is_refused_by_name)
{
    is_written("sample.Order", "{\"lines\": [{\"units\": 2147483648}]}", false,
               "lines.units: is no 32-bit integer");
    is_written("sample.Order", "{\"user_id\": 1.0}", false, "user_id: is no 64-bit integer");
    is_written("sample.Order", "{\"user_id\": \"007\"}", false, "user_id: is no 64-bit integer");
    is_written("sample.Order", "{\"user_id\": {}}", false, "user_id: is no single value");
    is_written("sample.Order", "{\"colour\": \"PINK\"}", false, "colour: is no value of its enum");
    is_written("sample.Order", "{\"cash\": 1}", false, "cash: is neither true nor false");
    is_written("sample.Order", "{\"half\": 1e39}", false, "half: is no number of its size");
    is_written("sample.Order", "{\"half\": \"0x1\"}", false, "half: is no number of its size");
    is_written("sample.Order", "{\"token\": \"a\"}", false, "token: is not base64");
    is_written("sample.Order", "{\"card\": \"\\ud800\"}", false, "card: holds half a character");
    is_written("sample.Order", "{\"lines\": {}}", false, "lines: is not a list; allowed: a list");
    is_written("sample.Order", "{\"labels\": []}", false,
               "labels: is not a mapping; allowed: a mapping");
    is_written("sample.Order", "{\"inner\": 1}", false,
               "inner: is no message; allowed: a mapping with its fields");
    is_written("sample.Order", "{\"card\": \"x\", \"cash\": true}", false,
               "cash: and card are of one oneof; allowed: one of them");
    is_written("sample.Line", "{\"item\": 1}", false,
               "item: is no field of sample.Line; allowed: item_id, units, price");
}

Test(protobuf, a_template_stands_for_any_single_value)
{
    is_written("sample.Order", "{\"user_id\": \"{{user}}\", \"lines\": [{\"price\": \"{{p}}\"}]}",
               true, "080012021800");
    is_written("sample.Order", "{\"user_id\": \"{{user}}\"}", false,
               "user_id: is no 64-bit integer");
    is_written("sample.Order", "{\"inner\": \"{{user}}\"}", true,
               "inner: is no message; allowed: a mapping with its fields");
}

/* ---- methods ---- */

static void is_refused(const char *service, const char *method, const char *wanted)
{
    const struct proto_method *found;
    struct err err = {0};
    cr_expect_neq(proto_schema_method(schema, service, method, &found, &err), 0);
    cr_expect_str_eq(err.message, wanted);
}

Test(protobuf, methods_are_found_or_named)
{
    const struct proto_method *found;
    cr_assert_eq(proto_schema_method(schema, "sample.Shop", "Buy", &found, NULL), 0);
    cr_expect_str_eq(found->input, ".sample.Order");
    is_refused("sample.Shop", "Sell", "method: sample.Shop has no Sell; allowed: Buy, Watch");
    is_refused("Shop", "Buy",
               "service: there is no Shop; allowed: sample.Shop/Buy, sample.Shop/Watch");
    is_refused("sample.Shop", "Watch",
               "method: sample.Shop/Watch streams; allowed: one message and one answer");
}

Test(protobuf, what_is_no_descriptor_set_is_refused)
{
    struct proto_schema *other;
    for (size_t length = 1; length < sizeof sample; length++)
        if (!proto_schema_read(sample, length, &other, NULL))
            proto_schema_free(other);
    cr_assert_neq(proto_schema_read("syntax", 6, &other, NULL), 0);
}
