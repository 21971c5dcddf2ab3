#include "report/dry_run_json.h"

#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/text.h"

enum { ROWS_SHOWN = 10 };

/* Texts from outside are made valid, and secrets masked; "" is null. */
static json_t *text_of(const char *text)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, 1 << 20);
    text_add(&clean, TEXT_CLEAN, text);
    return *buf_text(&clean) ? json_string(buf_text(&clean)) : json_null();
}

static json_t *user_of(const struct run *run, int64_t user)
{
    char name[ROSTER_TEXT];
    if (roster_is_nameless(run->roster))
        return json_null();
    roster_text(run->roster, user, name);
    return text_of(name);
}

static json_t *millis(ns_t span)
{
    return span ? json_real((double)span / (double)NS_PER_MS) : json_null();
}

/* ---- answers ---- */

static json_t *headers_of(const char *headers)
{
    json_t *list = json_array();
    for (const char *line = headers; *line;) {
        size_t length = strcspn(line, "\n");
        char text[1024];
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        json_array_append_new(list, text_of(text));
        line += length + (line[length] == '\n');
    }
    return list;
}

static json_t *answer_of(const struct run *run, const struct dry_answer *answer)
{
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "what", answer->what, "sent", text_of(answer->sent),
        "status", answer->status ? json_integer(answer->status) : json_null(), "took_ms",
        millis(answer->took), "trouble", text_of(answer->trouble), "headers",
        headers_of(answer->headers), "body", text_of(answer->body));
    if (strcmp(answer->what, "request") != 0 || !run->history.count)
        return object;
    const struct request *record = &run->history.v[0];
    json_object_set_new(object, "class",
                        text_of(request_class_name((enum request_class)record->cls)));
    json_object_set_new(object, "cause",
                        record->cause == CAUSE_NONE
                            ? json_null()
                            : text_of(request_cause_name((enum request_cause)record->cause)));
    json_object_set_new(object, "rules", text_of(answer->rules));
    json_object_set_new(object, "sent_body", text_of(answer->sent_body));
    return object;
}

static json_t *answers_of(const struct run *run, const struct dry_run *dry)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < dry->answers_count; i++)
        json_array_append_new(list, answer_of(run, &dry->answers[i]));
    return list;
}

/* ---- evidence ---- */

static json_t *rows_of(const struct run *run, const struct rows *rows)
{
    json_t *first = json_array();
    if (!rows->known) {
        json_decref(first);
        return json_null();
    }
    for (size_t i = 0; i < rows->count && i < ROWS_SHOWN; i++)
        json_array_append_new(first, json_pack("{s:o, s:I}", "user", user_of(run, rows->v[i].user),
                                               "id", (json_int_t)rows->v[i].id));
    return json_pack("{s:I, s:o}", "count", (json_int_t)rows->count, "first", first);
}

static json_t *records_of(const struct run *run, const struct produced *produced)
{
    json_t *first = json_array();
    if (!produced->known) {
        json_decref(first);
        return json_null();
    }
    for (size_t i = 0; i < produced->count && i < ROWS_SHOWN; i++)
        json_array_append_new(first, produced->v[i].decoded ? user_of(run, produced->v[i].user)
                                                            : json_null());
    return json_pack("{s:I, s:o}", "count", (json_int_t)produced->count, "first", first);
}

static json_t *counter_of(const struct counter_reading *counter, bool looked)
{
    if (!counter->known)
        return json_null();
    return json_pack("{s:I, s:o}", "before", (json_int_t)counter->before, "after",
                     looked ? json_integer(counter->after) : json_null());
}

static json_t *evidence_of(const struct run *run, const struct dry_run *dry)
{
    const struct evidence *evidence = &run->evidence;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o}", "before", rows_of(run, &evidence->before), "coupons",
        rows_of(run, &evidence->coupons), "parked", rows_of(run, &evidence->parked), "records",
        records_of(run, &evidence->produced), "counter",
        counter_of(&evidence->counter, dry->looked), "row_after_ms", millis(dry->row_after));
}

/* ---- the rest ---- */

static json_t *checks_of(const struct dry_run *dry)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < dry->checks_count; i++) {
        const struct dry_check *check = &dry->checks[i];
        json_array_append_new(list, json_pack("{s:s, s:b, s:o, s:o}", "check", check->check->name,
                                              "made", check->made, "why", text_of(check->why),
                                              "add", text_of(check->add)));
    }
    return list;
}

static json_t *problems_of(const struct dry_run *dry)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < dry->problems_count; i++) {
        const struct dry_problem *problem = &dry->problems[i];
        json_array_append_new(list, json_pack("{s:i, s:o, s:o}", "exit_code", (int)problem->code,
                                              "problem", text_of(problem->text), "advice",
                                              text_of(problem->advice)));
    }
    return list;
}

static json_t *unshown_of(const struct dry_run *dry)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < dry->unshown_count; i++)
        json_array_append_new(list, text_of(dry->unshown[i]));
    return list;
}

static json_t *servers_of(const struct run *run)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < run->servers_count; i++) {
        const struct server_info *server = &run->servers[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "name", text_of(server->name),
                                              "kind", text_of(server->kind), "version",
                                              text_of(server->version)));
    }
    return list;
}

int dry_run_print_json(const struct run *run, const struct dry_run *dry, int exit_code, FILE *out,
                       struct err *err)
{
    static const char *const as[] = {[DRY_NOBODY_ASKED] = "nobody",
                                     [DRY_USER_INVALID] = "invalid",
                                     [DRY_USER_RETURNED] = "given_back",
                                     [DRY_USER_SPENT] = "spent"};
    json_t *object = json_pack(
        "{s:o, s:b, s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "scenario",
        text_of(run->scenario->name), "ready", exit_code == EXIT_PASS, "exit_code", exit_code,
        "servers", servers_of(run), "asked_as", as[dry->as], "user", text_of(dry->user), "answers",
        answers_of(run, dry), "evidence", evidence_of(run, dry), "checks", checks_of(dry),
        "not_shown", unshown_of(dry), "problems", problems_of(dry));
    int rc = object ? json_dumpf(object, out, JSON_INDENT(2)) : -1;
    json_decref(object);
    fputc('\n', out);
    return rc ? err_set(err, ERR_MEMORY, "no memory for the JSON") : 0;
}
