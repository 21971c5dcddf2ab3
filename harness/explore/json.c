/* explore.json: what exploring came to, for scripts; reports/explore.schema.json describes it. */
#include <inttypes.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "explore/explore_inside.h"
#include "report/text.h"

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

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

static json_t *make_answers(const struct explore_result *result, const struct explore_round *round)
{
    json_t *answers = json_array();
    for (unsigned i = 0; i < round->answers_count; i++)
        json_array_append_new(answers, text_of(result->shapes[round->answers[i]].text));
    return answers;
}

/* What is played to see it. */
static json_t *make_round(const struct explore_result *result, const struct explore_round *round)
{
    json_t *object =
        json_pack("{s:I,s:I,s:b,s:o,s:I,s:o}", "requests", (json_int_t)round->requests, "limit",
                  (json_int_t)round->limit, "at_the_last_place", round->kind == PLAN_EDGE, "held",
                  make_answers(result, round), "deadline_ns", (json_int_t)round->deadline, "killed",
                  round->crash[0] ? text_of(round->crash) : json_null());
    return object;
}

static json_t *make_smallest(const struct explore_result *result,
                             const struct explore_smallest *smallest)
{
    if (!smallest->found)
        return json_null();
    json_t *object = make_round(result, &smallest->round);
    json_t *more =
        json_pack("{s:o,s:o,s:I,s:I,s:I}", "scenario", text_of(smallest->file), "directory",
                  text_of(smallest->dir), "failed", (json_int_t)smallest->failed, "played",
                  (json_int_t)smallest->played, "pause_ns", (json_int_t)smallest->pause);
    if (!object || !more || json_object_update_new(object, more)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *make_violation(const struct explore_result *result,
                              const struct explore_violation *violation)
{
    bool crash = violation->round.crash[0] != '\0';
    json_t *object = make_round(result, &violation->round);
    json_t *more = json_pack(
        "{s:o,s:o,s:I,s:o,s:o,s:[o,o],s:o,s:o}", "gap",
        crash ? json_null() : json_integer(violation->gap), "crash",
        crash ? json_integer(violation->gap) : json_null(), "inside", (json_int_t)violation->inside,
        "checks", text_of(violation->checks), "message", text_of(violation->message), "said",
        text_of(violation->said[0]), text_of(violation->said[1]), "directory",
        text_of(violation->dir), "smallest", make_smallest(result, &violation->smallest));
    if (!object || !more || json_object_update_new(object, more)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *make_crash(const struct explore_result *result, const struct explore_crash *crash)
{
    const struct trace_door *door = &result->doors[crash->door];
    return json_pack("{s:s,s:s,s:o,s:I,s:I,s:I,s:I}", "process", door->process, "store",
                     door->store, "statement", text_of(result->shapes[crash->shape].text), "rounds",
                     (json_int_t)crash->rounds, "reached", (json_int_t)crash->reached, "decided",
                     (json_int_t)crash->decided, "violations", (json_int_t)crash->violated);
}

static json_t *make_unheld(const struct explore_result *result)
{
    json_t *unheld = json_array();
    for (unsigned i = 0; i < result->unheld.count; i++) {
        const struct step *step = &result->unheld.v[i];
        json_array_append_new(unheld,
                              json_pack("{s:s,s:s,s:o,s:I}", "process", step->process, "store",
                                        step->store, "statement", text_of(step->text), "statements",
                                        (json_int_t)step->statements));
    }
    return unheld;
}

static json_t *make_json(const struct explore_result *result, const char *scenario, bool accept)
{
    json_t *gaps = json_array(), *crashes = json_array(), *violations = json_array();
    for (unsigned i = 0; i < result->gaps.count; i++)
        json_array_append_new(gaps, make_gap(result, &result->gaps.v[i]));
    for (unsigned i = 0; i < result->violations_count; i++)
        json_array_append_new(violations, make_violation(result, &result->violations[i]));
    for (unsigned i = 0; i < result->crashes_count; i++)
        json_array_append_new(crashes, make_crash(result, &result->crashes[i]));
    return json_pack(
        "{s:i,s:o,s:i,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:s,s:o,s:o,s:o,s:I,s:o,s:o,s:o}", "schema",
        1, "scenario", text_of(scenario), "exit_code", explore_exit_code(result, accept),
        "accept_unopened", accept, "limit", (json_int_t)result->limit, "traced",
        (json_int_t)result->traced, "yes", (json_int_t)result->yes, "no", (json_int_t)result->no,
        "rounds", (json_int_t)result->rounds, "decided", (json_int_t)result->decided, "out_of_time",
        result->out_of_time, "own_load", verdict_name(result->own), "own_load_text",
        text_of(result->own_text), "not_held", make_unheld(result), "unseen",
        text_of(result->unseen), "took_ns", (json_int_t)result->took, "gaps", gaps, "crashes",
        crashes, "violations", violations);
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
