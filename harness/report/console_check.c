/* What a dry run showed, in the order in which it was done. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "model/history.h"
#include "report/console_inside.h"
#include "report/text.h"

enum { FIRST = 3, INDENT = 15 };

struct page {
    const struct console *console;
    const struct run *run;
    const struct dry_run *dry;
    int columns;
    struct buf *lines;
};

static void add(const struct page *page, const char *label, const char *text)
{
    console_add_line(&page->console->term, label, text, page->columns, page->lines);
}

/* ---- before ---- */

static void add_processes(const struct page *page)
{
    char text[512] = "";
    size_t used = 0;
    const struct run *run = page->run;
    for (unsigned i = 0; i < run->processes_count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s", i ? ", " : "",
                                 run->processes[i].name,
                                 run->processes[i].unexpected ? " (has ended)" : "");
    add(page, "processes", text);
}

static void add_before(const struct page *page)
{
    const struct run *run = page->run;
    const struct evidence *evidence = &run->evidence;
    const struct spec_evidence *spec = &run->scenario->evidence;
    char text[512] = "";
    size_t used = 0;
    if (spec->coupons && evidence->before.known)
        used = (size_t)snprintf(text, sizeof text, "%zu coupon row%s", evidence->before.count,
                                evidence->before.count == 1 ? "" : "s");
    if (spec->counter && evidence->counter.known && used < sizeof text)
        snprintf(text + used, sizeof text - used, "%scounter %.128s at %" PRId64, used ? ", " : "",
                 spec->counter->redis, evidence->counter.before);
    add(page, "before", text);
}

/* ---- requests and answers ---- */

static void add_headers(const struct page *page, const char *headers)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, sizeof page->dry->answers[0].headers + 1);
    for (const char *line = headers; *line;) {
        size_t length = strcspn(line, "\n");
        buf_clear(&text);
        buf_add(&text, line, length);
        term_wrap(page->lines, buf_text(&text), INDENT, page->columns);
        line += length + (line[length] == '\n');
    }
}

static void add_answer(const struct page *page, const struct dry_answer *answer,
                       const char *meaning)
{
    char text[sizeof answer->trouble + 512], span[32];
    units_format_duration(answer->took, span, sizeof span);
    if (answer->status)
        snprintf(text, sizeof text, "%ld in %s%s%s", answer->status, span, *meaning ? ": " : "",
                 meaning);
    else
        snprintf(text, sizeof text, "none: %s", answer->trouble);
    add(page, "answer", text);
    add_headers(page, answer->headers);
    if (answer->body[0])
        term_wrap(page->lines, answer->body, INDENT, page->columns);
}

/* "accepted, by responses.accepted" */
static const char *describe(const struct page *page, const struct dry_answer *answer,
                            char *ret_text, size_t size)
{
    const struct run *run = page->run;
    const struct request *record = &run->history.v[0];
    bool said = record->cause == CAUSE_NONE || record->cause == CAUSE_UNDECIDED;
    const char *class = record->cause == CAUSE_UNDECIDED
                            ? request_cause_name(CAUSE_UNDECIDED)
                            : request_class_name((enum request_class)record->cls);
    if (said && answer->rules[0])
        snprintf(ret_text, size, "%s, by %s", class, answer->rules);
    else if (answer->rules[0])
        snprintf(ret_text, size, "%s: %s match",
                 request_cause_name((enum request_cause)record->cause), answer->rules);
    else
        snprintf(ret_text, size, "%s, no rule matches", class);
    return ret_text;
}

static void add_answers(const struct page *page)
{
    static const char *const returned[] = {[DRY_USER_INVALID] = "who is no user",
                                           [DRY_USER_RETURNED] = "what it takes is given back",
                                           [DRY_USER_SPENT] = "what it takes is spent"};
    const struct dry_run *dry = page->dry;
    for (unsigned i = 0; i < dry->answers_count; i++) {
        const struct dry_answer *answer = &dry->answers[i];
        bool request = !strcmp(answer->what, "request");
        char text[1280], meaning[320] = "";
        snprintf(text, sizeof text, "%s%s%s%s%s%s", answer->sent, request ? ", as " : "",
                 request ? dry->user : "", request ? " (" : "", request ? returned[dry->as] : "",
                 request ? ")" : "");
        add(page, answer->what, text);
        if (answer->sent_body[0])
            term_wrap(page->lines, answer->sent_body, INDENT, page->columns);
        if (request && answer->status)
            describe(page, answer, meaning, sizeof meaning);
        add_answer(page, answer, meaning);
    }
}

/* ---- what the stores hold of it ---- */

static size_t add_user(const struct page *page, int64_t user, int64_t id, char *text, size_t size)
{
    struct roster_name name;
    const char *called = roster_is_nameless(page->run->roster)
                             ? "somebody"
                             : roster_name(page->run->roster, user, &name);
    char row[32] = "";
    if (id >= 0)
        snprintf(row, sizeof row, " (id %" PRId64 ")", id);
    int used = snprintf(text, size, "%s%s", called, row);
    return used < 0 ? 0 : (size_t)used < size ? (size_t)used : size - 1;
}

static void add_rows(const struct page *page, const char *label, const struct rows *rows,
                     bool given)
{
    char text[1024];
    size_t used;
    if (!given || !rows->known)
        return;
    used = (size_t)snprintf(text, sizeof text, "%zu row%s%s", rows->count,
                            rows->count == 1 ? "" : "s", rows->count ? ", of " : "");
    for (size_t i = 0; i < rows->count && i < FIRST; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", i ? ", " : "");
        used += add_user(page, rows->v[i].user, rows->v[i].id, text + used, sizeof text - used);
    }
    if (rows->count > FIRST)
        used += (size_t)snprintf(text + used, sizeof text - used, " …");
    char span[32];
    if (page->dry->row_after && !strcmp(label, "coupons"))
        snprintf(text + used, sizeof text - used, "; that user's came within %s",
                 units_format_duration(page->dry->row_after, span, sizeof span));
    add(page, label, text);
}

static void add_records(const struct page *page)
{
    const struct produced *produced = &page->run->evidence.produced;
    char text[1024];
    if (!page->run->scenario->evidence.pipeline || !produced->known)
        return;
    size_t used = (size_t)snprintf(text, sizeof text, "%zu in %.128s%s", produced->count,
                                   pipeline_queue(page->run->scenario->evidence.pipeline, 0),
                                   produced->count ? ", of " : "");
    for (size_t i = 0; i < produced->count && i < FIRST; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", i ? ", " : "");
        if (produced->v[i].decoded)
            used += add_user(page, produced->v[i].user, -1, text + used, sizeof text - used);
        else
            used += (size_t)snprintf(text + used, sizeof text - used, "no user (%.100s)",
                                     produced->undecoded);
    }
    add(page, "records", text);
}

static void add_values(const struct page *page)
{
    const struct run *run = page->run;
    for (size_t i = 0; run->evidence.asked && i < run->evidence.asked_count; i++) {
        const struct asked *asked = &run->evidence.asked[i];
        char text[512];
        if (!asked->known)
            continue;
        snprintf(text, sizeof text, "%.300s: %.100s", run->scenario->expect[i].query,
                 asked->value ? asked->value : "nothing");
        add(page, run->scenario->expect[i].check, text);
    }
}

static void add_stores(const struct page *page)
{
    const struct run *run = page->run;
    const struct spec_counter *counter = run->scenario->evidence.counter;
    if (!page->dry->looked)
        return;
    add_rows(page, "coupons", &run->evidence.coupons, run->scenario->evidence.coupons);
    add_rows(page, "parked", &run->evidence.parked, run->scenario->evidence.parked);
    add_records(page);
    char text[320];
    if (counter && run->evidence.counter.known) {
        snprintf(text, sizeof text, "%.128s at %" PRId64 ", then at %" PRId64, counter->redis,
                 run->evidence.counter.before, run->evidence.counter.after);
        add(page, "counter", text);
    }
    add_values(page);
}

/* ---- what will be checked ---- */

static void add_checks(const struct page *page)
{
    const struct dry_run *dry = page->dry;
    _cleanup_(buf_free) struct buf made;
    buf_init(&made, 8192);
    for (unsigned i = 0; i < dry->checks_count; i++)
        if (dry->checks[i].made)
            buf_addf(&made, "%s%s", made.used ? ", " : "", dry->checks[i].check->name);
    add(page, "checked", buf_text(&made));
    bool first = true;
    for (unsigned i = 0; i < dry->checks_count; i++) {
        const struct dry_check *check = &dry->checks[i];
        char text[640];
        if (check->made)
            continue;
        snprintf(text, sizeof text, "%s: %s%s%s", check->check->name, check->why,
                 check->add[0] ? "; " : "", check->add);
        add(page, first ? "unchecked" : "", text);
        first = false;
    }
}

static void add_rest(const struct page *page)
{
    const struct dry_run *dry = page->dry;
    for (unsigned i = 0; i < dry->unshown_count; i++)
        add(page, i ? "" : "not shown", dry->unshown[i]);
    for (unsigned i = 0; i < dry->problems_count; i++) {
        const struct dry_problem *problem = &dry->problems[i];
        buf_adds(page->lines, "\n");
        term_begin(&page->console->term, page->lines, TERM_RED);
        term_wrap(page->lines, problem->text, 2, page->columns);
        term_end(&page->console->term, page->lines, TERM_RED);
        if (problem->advice[0])
            term_wrap(page->lines, problem->advice, 4, page->columns);
    }
    buf_adds(page->lines, "\n");
}

void console_compose_check(const struct console *console, const struct run *run,
                           const struct dry_run *dry, int columns, struct buf *lines)
{
    const struct page page = {console, run, dry, columns, lines};
    console_compose_servers(console, run, lines);
    add_processes(&page);
    add_before(&page);
    add_answers(&page);
    add_stores(&page);
    add_checks(&page);
    add_rest(&page);
}
