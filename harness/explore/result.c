/* What exploring came to, as files beside those of the run: explore.json, junit.xml with a test
 * case a gap. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/aside.h"
#include "base/cleanup.h"
#include "explore/explore_inside.h"
#include "model/exit_code.h"
#include "report/text.h"

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

void explore_free(struct explore_result *result)
{
    observed_free(&result->observed);
}

unsigned explore_count(const struct explore_result *result, enum gap_state state)
{
    unsigned count = 0;
    for (unsigned i = 0; i < result->gaps.count; i++)
        count += result->gaps.v[i].state == state;
    return count;
}

static bool is_settled(const struct gap *gap, bool accept)
{
    return gap->decided && (gap->state >= GAP_SERIALISED || accept);
}

int explore_exit_code(const struct explore_result *result, bool accept)
{
    const struct gaps *gaps = &result->gaps;
    if (result->violations_count || result->own_failed)
        return EXIT_FAIL;
    if (result->unseen[0] || !gaps->statements || gaps->dropped)
        return EXIT_UNKNOWN;
    for (unsigned i = 0; i < gaps->count; i++)
        if (!is_settled(&gaps->v[i], accept))
            return EXIT_UNKNOWN;
    return EXIT_PASS;
}

const char *explore_gap_text(const struct explore_result *result, const struct gap *gap,
                             char *ret_text, size_t size)
{
    const struct trace_door *from = &result->doors[gap->first_door];
    const struct trace_door *to = &result->doors[gap->second_door];
    bool stores = strcmp(from->store, to->store) != 0;
    snprintf(ret_text, size, "%s%s%s, then %s%s%s", stores ? from->store : "", stores ? ": " : "",
             result->shapes[gap->first].text, stores ? to->store : "", stores ? ": " : "",
             result->shapes[gap->second].text);
    return ret_text;
}

/* ---- explore.json ---- */

static json_t *text_of(const char *text)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, (size_t)1 << 20);
    return text_add(&clean, TEXT_CLEAN, text) ? NULL : json_string(buf_text(&clean));
}

static json_t *make_gap(const struct explore_result *result, const struct gap *gap)
{
    const struct trace_door *from = &result->doors[gap->first_door];
    const struct trace_door *to = &result->doors[gap->second_door];
    return json_pack("{s:s,s:o,s:o,s:s,s:s,s:b,s:b,s:s,s:I,s:I,s:I,s:I}", "process", from->process,
                     "first", text_of(result->shapes[gap->first].text), "second",
                     text_of(result->shapes[gap->second].text), "first_store", from->store,
                     "second_store", to->store, "on_yes", gap->on_yes, "on_no", gap->on_no, "state",
                     gap_state_name(gap->state), "rounds", (json_int_t)gap->rounds, "decided",
                     (json_int_t)gap->decided, "inside", (json_int_t)gap->inside, "violations",
                     (json_int_t)gap->violated);
}

static json_t *make_violation(const struct explore_violation *violation)
{
    return json_pack("{s:i,s:I,s:I,s:I,s:o,s:o,s:[o,o],s:o}", "gap", (int)violation->gap,
                     "requests", (json_int_t)violation->requests, "limit",
                     (json_int_t)violation->limit, "inside", (json_int_t)violation->inside,
                     "checks", text_of(violation->checks), "message", text_of(violation->message),
                     "said", text_of(violation->said[0]), text_of(violation->said[1]), "directory",
                     text_of(violation->dir));
}

static json_t *make_json(const struct explore_result *result, const char *scenario, bool accept)
{
    json_t *gaps = json_array(), *violations = json_array();
    for (unsigned i = 0; i < result->gaps.count; i++)
        json_array_append_new(gaps, make_gap(result, &result->gaps.v[i]));
    for (unsigned i = 0; i < result->violations_count; i++)
        json_array_append_new(violations, make_violation(&result->violations[i]));
    return json_pack("{s:i,s:o,s:i,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:b,s:o,s:I,s:o,s:o}", "schema",
                     1, "scenario", text_of(scenario), "exit_code",
                     explore_exit_code(result, accept), "accept_unopened", accept, "limit",
                     (json_int_t)result->limit, "traced", (json_int_t)result->traced, "yes",
                     (json_int_t)result->yes, "no", (json_int_t)result->no, "rounds",
                     (json_int_t)result->rounds, "decided", (json_int_t)result->decided,
                     "out_of_time", result->out_of_time, "own_load_failed", result->own_failed,
                     "unseen", text_of(result->unseen), "took_ns", (json_int_t)result->took, "gaps",
                     gaps, "violations", violations);
}

int explore_print_json(const struct explore_result *result, const char *scenario, bool accept,
                       FILE *out, struct err *err)
{
    _cleanup_(cleanup_json) json_t *json = make_json(result, scenario, accept);
    if (!json || json_dumpf(json, out, JSON_INDENT(2)))
        return err_set(err, ERR_ENVIRONMENT, "explore.json cannot be written");
    fputc('\n', out);
    return 0;
}

/* ---- junit.xml ---- */

static void put_case(const char *name, const char *scenario, const char *element, const char *type,
                     const char *message, const char *text, FILE *out)
{
    fputs("    <testcase name=\"", out);
    text_print(out, TEXT_XML, name);
    fputs("\" classname=\"rushproof.", out);
    text_print(out, TEXT_XML, scenario);
    if (!element) {
        fputs("\" time=\"0.000000000\"/>\n", out);
        return;
    }
    fprintf(out, "\" time=\"0.000000000\">\n      <%s type=\"%s\" message=\"", element, type);
    text_print(out, TEXT_XML, message);
    fputs("\">", out);
    text_print(out, TEXT_XML, text);
    fprintf(out, "</%s>\n    </testcase>\n", element);
}

static const struct explore_violation *violation_of(const struct explore_result *result,
                                                    unsigned gap)
{
    for (unsigned i = 0; i < result->violations_count; i++)
        if (result->violations[i].gap == gap)
            return &result->violations[i];
    return NULL;
}

static void put_gap(const struct explore_result *result, unsigned place, const char *scenario,
                    bool accept, FILE *out)
{
    const struct gap *gap = &result->gaps.v[place];
    const struct explore_violation *violation = violation_of(result, place);
    char name[640];
    explore_gap_text(result, gap, name, sizeof name);
    if (violation)
        put_case(name, scenario, "failure", "violated", violation->message, violation->said[0],
                 out);
    else if (!is_settled(gap, accept))
        put_case(name, scenario, "error", "unknown",
                 gap->decided || !gap->rounds ? gap_state_words(gap->state) : "undecided", "", out);
    else
        put_case(name, scenario, NULL, NULL, NULL, NULL, out);
}

static void put_junit(const struct explore_result *result, const char *scenario, bool accept,
                      FILE *out)
{
    unsigned failures = result->own_failed, errors = result->unseen[0] != '\0';
    char stamp[32];
    for (unsigned i = 0; i < result->gaps.count; i++) {
        bool violated = violation_of(result, i) != NULL;
        failures += violated;
        errors += !violated && !is_settled(&result->gaps.v[i], accept);
    }
    clock_format_utc(clock_wall_ns(), stamp, sizeof stamp);
    stamp[strlen("2026-11-23T08:01:02")] = '\0'; /* the format knows no fractions and no zone */
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", out);
    text_print(out, TEXT_XML, scenario);
    fprintf(out,
            "\" package=\"rushproof\" id=\"0\" timestamp=\"%s\" hostname=\"localhost\" "
            "tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.6f\">\n    <properties/>\n",
            stamp, result->gaps.count + 1, failures, errors, (double)result->took / NS_PER_S);
    if (result->own_failed)
        put_case("the scenario's own load", scenario, "failure", "violated", result->own_text, "",
                 out);
    else if (result->unseen[0])
        put_case("the scenario's own load", scenario, "error", "unknown", result->unseen,
                 result->advice, out);
    else
        put_case("the scenario's own load", scenario, NULL, NULL, NULL, NULL, out);
    for (unsigned i = 0; i < result->gaps.count; i++)
        put_gap(result, i, scenario, accept, out);
    fputs("    <system-out></system-out>\n    <system-err></system-err>\n  </testsuite>\n"
          "</testsuites>\n",
          out);
}

int explore_save(const struct explore_result *result, const char *scenario, bool accept,
                 struct err *err)
{
    _cleanup_(aside_drop) struct aside json = {0}, junit = {0};
    int rc = aside_open(&json, result->dir, "explore.json", err);
    if (!rc)
        rc = explore_print_json(result, scenario, accept, json.file, err);
    if (!rc)
        rc = aside_commit(&json, err);
    if (!rc)
        rc = aside_open(&junit, result->dir, "junit.xml", err);
    if (rc)
        return rc;
    put_junit(result, scenario, accept, junit.file);
    return aside_commit(&junit, err);
}
