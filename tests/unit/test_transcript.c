/* links: stack proxy */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/observed.h"
#include "proxy/journal.h"
#include "stack/transcript.h"

static char path[] = "/tmp/test-transcript-XXXXXX";

static void write_records(const struct journal_record *records, size_t count)
{
    struct journal journal;
    struct err err;
    strcpy(path, "/tmp/test-transcript-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert_eq(journal_open(&journal, path, &err), 0);
    for (size_t i = 0; i < count; i++)
        journal_write(&journal, &records[i]);
    cr_assert_eq(journal_flush(&journal, &err), 0);
    journal_close(&journal);
}

static struct journal_record record(enum journal_kind kind, uint32_t connection, uint32_t statement,
                                    ns_t at, uint8_t flags)
{
    return (struct journal_record){.kind = (uint8_t)kind,
                                   .connection = connection,
                                   .statement = statement,
                                   .at = at,
                                   .flags = flags,
                                   .shape = 2,
                                   .what = SHAPE_READ};
}

static struct trace read_all(size_t count, uint64_t from)
{
    struct trace trace;
    struct err err = {0};
    cr_assert_eq(transcript_read(path, from, count, &trace, &err), 0, "%s", err.message);
    unlink(path);
    return trace;
}

Test(transcript, a_statement_has_its_instants_values_and_tag)
{
    struct journal_record records[] = {
        record(JOURNAL_OPENED, 3, 0, 1, 0),
        record(JOURNAL_STATEMENT, 3, 1, 10, JOURNAL_TRANSACTION),
        record(JOURNAL_ANSWER_BEGUN, 3, 1, 20, 0),
        record(JOURNAL_ANSWER_ENDED, 3, 1, 30, JOURNAL_FAILED),
    };
    records[3].values_count = 1;
    records[3].value_kinds[0] = VALUE_INTEGER;
    records[3].values[0] = 99;
    records[3].tag_length = 8;
    memcpy(records[3].tag, "SELECT 1", 8);
    write_records(records, 4);
    struct trace trace = read_all(4, 0);
    cr_assert_eq(trace.count, 1);
    const struct trace_statement *traced = trace.v;
    cr_expect(traced->asked == 10 && traced->let_go == 30 && traced->answered == 30);
    cr_expect_eq(traced->flags, TRACE_INSIDE | TRACE_FAILED);
    cr_expect(traced->answer.count == 1 && traced->answer.kinds[0] == TRACE_INTEGER &&
              traced->answer.v[0] == 99);
    cr_expect_str_eq(traced->tag, "SELECT 1");
    cr_expect_eq(traced->let_go, 30);
    trace_free(&trace);
}

/* Two answers on one connection: the second one came behind the cut. */
Test(transcript, what_was_behind_a_cut_was_held_as_well)
{
    const struct journal_record records[] = {
        record(JOURNAL_STATEMENT, 1, 1, 10, 0),
        record(JOURNAL_ANSWER_BEGUN, 1, 1, 11, 0),
        record(JOURNAL_ANSWER_ENDED, 1, 1, 12, 0),
        record(JOURNAL_STATEMENT, 1, 2, 20, 0),
        record(JOURNAL_STATEMENT, 1, 3, 21, 0),
        record(JOURNAL_STATEMENT, 2, 1, 22, 0),
        record(JOURNAL_ANSWER_BEGUN, 1, 2, 23, JOURNAL_HELD),
        record(JOURNAL_ANSWER_ENDED, 1, 2, 24, 0),
        record(JOURNAL_ANSWER_BEGUN, 1, 3, 25, 0),
        record(JOURNAL_ANSWER_ENDED, 1, 3, 26, 0),
        record(JOURNAL_ANSWER_BEGUN, 2, 1, 27, 0),
        record(JOURNAL_ANSWER_ENDED, 2, 1, 28, 0),
        {.kind = JOURNAL_GROUP, .at = 40, .values = {1, 1, 0, 3}},
        record(JOURNAL_LET_GO, 1, 0, 40, 0),
    };
    write_records(records, sizeof records / sizeof *records);
    struct trace trace = read_all(sizeof records / sizeof *records, 0);
    cr_assert_eq(trace.count, 4);
    cr_expect_eq(trace.v[0].let_go, 12);
    cr_expect_eq(trace.v[1].let_go, 40);
    cr_expect_eq(trace.v[2].let_go, 40);
    cr_expect_eq(trace.v[3].let_go, 28);
    cr_assert_eq(trace.groups_count, 1);
    cr_expect(trace.groups[0].held == 1 && trace.groups[0].behind == 1);
    trace_free(&trace);
}

Test(transcript, a_trace_begins_where_it_is_told_to)
{
    const struct journal_record records[] = {
        record(JOURNAL_STATEMENT, 1, 1, 10, 0),
        record(JOURNAL_ANSWER_ENDED, 1, 1, 12, 0),
        record(JOURNAL_STATEMENT, 1, 2, 20, 0),
        record(JOURNAL_ANSWER_ENDED, 1, 2, 22, 0),
    };
    write_records(records, 4);
    struct trace trace = read_all(4, 1);
    cr_assert_eq(trace.count, 1);
    cr_expect_eq(trace.v[0].number, 2);
    cr_expect_eq(trace.v[0].answered, 22);
    trace_free(&trace);
}

Test(transcript, many_connections_and_statements_find_each_other)
{
    enum { CONNECTIONS = 300, EACH = 40 };
    static struct journal_record records[2 * CONNECTIONS * EACH];
    size_t count = 0;
    for (uint32_t s = 1; s <= EACH; s++)
        for (uint32_t c = 1; c <= CONNECTIONS; c++)
            records[count] = record(JOURNAL_STATEMENT, c, s, (ns_t)count + 1, 0), count++;
    for (uint32_t s = 1; s <= EACH; s++)
        for (uint32_t c = CONNECTIONS; c >= 1; c--) {
            records[count] = record(JOURNAL_ANSWER_ENDED, c, s, (ns_t)count + 1, 0);
            records[count].values_count = 1;
            records[count].values[0] = c * 1000 + s;
            count++;
        }
    write_records(records, count);
    struct trace trace = read_all(count, 0);
    cr_assert_eq(trace.count, CONNECTIONS * EACH);
    for (size_t i = 0; i < trace.count; i++)
        cr_assert_eq(trace.v[i].answer.v[0], trace.v[i].connection * 1000 + trace.v[i].number);
    trace_free(&trace);
}

Test(transcript, a_file_that_is_none_or_too_short_is_an_error)
{
    struct trace trace;
    struct err err = {0};
    const struct journal_record one = record(JOURNAL_STATEMENT, 1, 1, 10, 0);
    cr_expect_neq(transcript_read("/no/such/file", 0, 1, &trace, &err), 0);
    write_records(&one, 1);
    cr_expect_neq(transcript_read(path, 0, 2, &trace, &err), 0);
    cr_expect(strstr(err.message, "cut short"), "%s", err.message);
    unlink(path);
}
