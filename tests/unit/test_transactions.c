/* links: broker */
#include <criterion/criterion.h>
#include <string.h>

#include "broker/transactions.h"

#define HEAD(api, version) 0, api, 0, version, 0, 0, 0, 9

static const struct {
    const char *name, *request, *id; /* request NULL: of no transaction */
    unsigned char bytes[40];
    size_t length;
} cases[] = {
    {"idempotent, old", NULL, NULL, {HEAD(22, 1), 0, 1, 'c', 0xff, 0xff, 0, 0, 0, 9}, 17},
    {"idempotent, new", NULL, NULL, {HEAD(22, 4), 0, 1, 'c', 0, 0, 0, 0, 0, 9}, 17},
    {"transactional, old",
     "InitProducerId",
     "tx",
     {HEAD(22, 1), 0, 1, 'c', 0, 2, 't', 'x', 0, 0, 0, 9},
     19},
    {"transactional, new",
     "InitProducerId",
     "tx",
     {HEAD(22, 4), 0, 1, 'c', 0, 3, 't', 'x', 0, 0, 0, 9},
     19},
    {"no client", "InitProducerId", "tx", {HEAD(22, 4), 0xff, 0xff, 0, 3, 't', 'x'}, 14},
    {"a tag", "InitProducerId", "tx", {HEAD(22, 4), 0, 0, 1, 5, 2, 7, 7, 3, 't', 'x'}, 18},
    {"an empty id", "InitProducerId", "", {HEAD(22, 1), 0, 0, 0, 0}, 12},
    {"AddPartitionsToTxn", "AddPartitionsToTxn", "t", {HEAD(24, 0), 0, 0, 0, 1, 't'}, 13},
    {"AddOffsetsToTxn", "AddOffsetsToTxn", "t", {HEAD(25, 0), 0, 0, 0, 1, 't'}, 13},
    {"EndTxn", "EndTxn", "t", {HEAD(26, 3), 0, 0, 0, 2, 't'}, 13},
    {"TxnOffsetCommit", "TxnOffsetCommit", "t", {HEAD(28, 3), 0, 0, 0, 2, 't'}, 13},
    {"Produce", NULL, NULL, {HEAD(0, 3), 0, 0, 0, 1, 't'}, 13},
    {"cut in the header", NULL, NULL, {0, 22, 0, 1, 0, 0}, 6},
    {"cut in the tags", NULL, NULL, {HEAD(22, 4), 0, 0, 0xff}, 11},
    {"nothing", NULL, NULL, {0}, 0},
};

Test(transactions, are_told_from_all_other_requests)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct transaction found = {0};
        bool is = transaction_read(cases[i].bytes, cases[i].length, &found);
        cr_expect_eq(is, cases[i].request != NULL, "%s", cases[i].name);
        if (!is || !cases[i].request)
            continue;
        cr_expect_str_eq(found.request, cases[i].request, "%s", cases[i].name);
        cr_expect_str_eq(found.id, cases[i].id, "%s", cases[i].name);
    }
}

/* A connection's requests one behind the other, in pieces of every size. */
Test(transactions, are_found_in_a_stream)
{
    unsigned char stream[1024];
    size_t length = 0, expected = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char size[4] = {0, 0, 0, (unsigned char)cases[i].length};
        memcpy(stream + length, size, 4);
        memcpy(stream + length + 4, cases[i].bytes, cases[i].length);
        length += 4 + cases[i].length;
        expected += cases[i].request != NULL;
    }
    for (size_t piece = 1; piece <= 12; piece++) { /* shorter than two requests */
        struct transaction_stream in = {0};
        struct transaction found;
        size_t seen = 0;
        for (size_t at = 0; at < length; at += piece)
            seen += transaction_feed(&in, stream + at, length - at < piece ? length - at : piece,
                                     &found);
        cr_expect_eq(seen, expected, "in pieces of %zu: %zu", piece, seen);
    }
}

/* A request longer than what is kept of it does not shift the next one. */
Test(transactions, are_found_behind_a_long_request)
{
    static unsigned char body[100000] = {0, 0, 0, 3};
    static const unsigned char size[] = {0, 1, 0x86, 0xa0}, next[] = {0, 0, 0, 13};
    struct transaction_stream in = {0};
    struct transaction found;
    cr_expect_not(transaction_feed(&in, size, 4, &found));
    cr_expect_not(transaction_feed(&in, body, sizeof body, &found));
    cr_expect_not(transaction_feed(&in, next, 4, &found));
    cr_expect(transaction_feed(&in, cases[7].bytes, 13, &found));
    cr_expect_str_eq(found.request, "AddPartitionsToTxn");
}
