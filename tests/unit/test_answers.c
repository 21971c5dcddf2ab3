/* links: model verify */
/* What is said of answers that no rule, or more than one, knows. */
#include <stdio.h>

#include "small_run.h"

#define JSON "application/json"

static struct spec_pair is_success = {"/isSuccess", "true"};

static void add_kind(struct small *small, enum request_class cls, enum request_cause cause,
                     uint16_t status, const char *shape, const char *rule)
{
    struct answers *answers = &small->run.answers;
    struct answer_kind *kind = &answers->v[answers->count++];
    *kind = (struct answer_kind){
        .status = status, .cls = (uint8_t)cls, .cause = (uint8_t)cause, .count = 2, .type = JSON};
    snprintf(kind->shape, sizeof kind->shape, "%s", shape);
    snprintf(kind->rule, sizeof kind->rule, "%s", rule);
}

static const char *advise(const struct small *small)
{
    static char text[512];
    answers_advise(&small->run.answers, &small->scenario, text, sizeof text);
    return text;
}

Test(answers, that_match_both_are_the_scenarios_mistake)
{
    const struct small_run text = {2, "A1 A2 B3 B4", .rows = "1 2", .curve = "0 2"};
    struct small *small = small_new(&text);
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 200, "{isSuccess=true}",
             "status=200,json:/isSuccess=true");
    add_kind(small, CLASS_UNKNOWN, CAUSE_AMBIGUOUS, 200, "{isSuccess=false}",
             "status=200,json:/isSuccess=false");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "response_classified");
    cr_assert(finding);
    cr_expect_eq(finding->verdict, UNKNOWN);
    cr_expect_str_eq(finding->message,
                     "2 answers match both accepted and rejected: {isSuccess=false}");
    cr_expect_str_eq(finding->hint,
                     "make responses.accepted narrower: responses.accepted: {status: "
                     "200, json: {isSuccess: true}}");
    cr_expect_eq(small->run.exit_code, 2);
    small_free(small);
}

Test(answers, two_kinds_of_yes_prove_no_loss)
{
    const struct small_run text = {2, "A1 A2 A3 A4", .rows = "1 2", .curve = "0 2"};
    struct small *small = small_new(&text);
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{isSuccess=true}",
             "status=202,json:/isSuccess=true");
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{isSuccess=false}",
             "status=202,json:/isSuccess=false");
    struct answers *answers = &small->run.answers;
    cr_expect_not(answers_doubt(answers, &small->run.history, 4), "no more than the limit");
    cr_expect(answers_doubt(answers, &small->run.history, 2));
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "response_classified");
    cr_expect_eq(finding->verdict, UNKNOWN);
    cr_expect(strstr(finding->message, "{isSuccess=false} and {isSuccess=true} are both a yes: "),
              "%s", finding->message);
    cr_expect_str_eq(finding->hint,
                     "say which is a yes and which a no: responses.accepted: {status: 202, json: "
                     "{isSuccess: true}} responses.rejected: {status: 202, json: {isSuccess: "
                     "false}}");
    cr_expect_eq(findings_find(&small->run.findings, "not_vacuous")->verdict, UNKNOWN);
    cr_expect_eq(small->run.exit_code, 2, "%s", small->run.explanation);
    small_free(small);
}

/* What is over the limit in the rows stays a fail, whatever the answers mean. */
Test(answers, rows_convict_without_them)
{
    const struct small_run text = {2, "A1 A2 A3 A4", .rows = "1 2 3", .curve = "0 3"};
    struct small *small = small_new(&text);
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{ok=true}", "status=202,json:/ok=true");
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{ok=false}", "status=202,json:/ok=false");
    cr_assert(answers_doubt(&small->run.answers, &small->run.history, 2));
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(findings_find(&small->run.findings, "cap_safety")->verdict, FAIL);
    small_free(small);
}

Test(answers, that_differ_in_prose_are_one_yes)
{
    const struct small_run text = {1, "A1 A2"};
    struct small *small = small_new(&text);
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{a=true}", "status=202,json:/a=true");
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{b=true}", "status=202,json:/b=false");
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{id}", "status=202,json:/a=Kim");
    cr_expect_not(answers_doubt(&small->run.answers, &small->run.history, 1));
    small_free(small);
}

Test(answers, no_advice_matches_a_yes_too)
{
    struct small *small = small_new(&(struct small_run){2, "A1 X2"});
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 200, "{isSuccess=true}",
             "status=200,json:/isSuccess=true");
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "", "status=200");
    snprintf(small->run.answers.v[1].sample, 64, "{\"isSuccess\": fal");
    cr_expect_null(strstr(advise(small), "responses.rejected"), "%s", advise(small));
    cr_expect(strstr(advise(small), "the body is not whole JSON"), "%s", advise(small));
    small_free(small);
}

Test(answers, a_value_that_was_to_be_accepted_is_no_no)
{
    struct small *small = small_new(&(struct small_run){2, "A1 X2"});
    struct spec_rule rule = {.json = &is_success, .json_count = 1};
    small->scenario.responses.accepted = &rule;
    small->scenario.responses.accepted_count = 1;
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "{isSuccess=true}",
             "status=200,json:/isSuccess=true");
    cr_expect(strstr(advise(small), "responses.accepted: {status: 200, json: {isSuccess: true}}"),
              "%s", advise(small));
    small->scenario.by_flags = true;
    cr_expect(strstr(advise(small), "--accepted 'status=200,json:/isSuccess=true'"), "%s",
              advise(small));
    small_free(small);
}

Test(answers, a_404_is_a_no_where_others_are_told_yes)
{
    struct small *small = small_new(&(struct small_run){2, "A1 X2"});
    add_kind(small, CLASS_FAILED, CAUSE_NO_DECISION, 404, "", "");
    cr_expect(strstr(advise(small), "nothing is at this address"), "%s", advise(small));
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 201, "", "status=201");
    cr_expect(strstr(advise(small), "responses.rejected: {status: 404}"), "%s", advise(small));
    small->scenario.by_flags = true;
    cr_expect(strstr(advise(small), "--rejected 'status=404'"), "%s", advise(small));
    cr_expect_null(strstr(advise(small), "nothing is at this address"));
    small_free(small);
}

/* As many as may win, of a success, while nobody was told yes: who obeys must not make it a no. */
Test(answers, what_looks_like_the_yes_is_advised_as_one)
{
    struct small *small = small_new(&(struct small_run){2, "X1 X2 R3"});
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 202, "{ok=true, rank}",
             "status=202,json:/ok=true");
    cr_expect(strstr(advise(small), "if they are a yes, add responses.accepted: {status: 202, "
                                    "json: {ok: true}}"),
              "%s", advise(small));
    small->run.answers.v[0].count = 3;
    cr_expect(strstr(advise(small), "responses.rejected"), "more than may win: %s", advise(small));
    small->run.answers.v[0].count = 2;
    snprintf(small->run.answers.v[0].rule, sizeof small->run.answers.v[0].rule,
             "status=202,json:/ok=false");
    cr_expect(strstr(advise(small), "responses.rejected: {status: 202, json: {ok: false}}"), "%s",
              advise(small));
    small->run.answers.count = 0;
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 410, "", "status=410");
    cr_expect(strstr(advise(small), "responses.rejected: {status: 410}"), "%s", advise(small));
    small_free(small);
}

Test(answers, an_overlap_names_the_two_rules)
{
    static struct spec_pair ok = {"/ok", "false"};
    static int32_t sold_out = 410;
    const struct spec_rule no = {.json = &ok, .json_count = 1},
                           same = {.status = &sold_out, .status_count = 1};
    struct small *small = small_new(&(struct small_run){2, "A1 A2 B3", .rows = "1 2"});
    struct spec_responses *responses = &small->scenario.responses;
    responses->rejected = (struct spec_rule *)(uintptr_t)&no;
    responses->undecided = (struct spec_rule *)(uintptr_t)&same;
    responses->undecided_count = 1;
    static int32_t created = 202;
    const struct spec_rule yes = {.status = &created, .status_count = 1};
    responses->accepted = (struct spec_rule *)(uintptr_t)&yes;
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 202, "{ok=true}", "status=202,json:/ok=true");
    add_kind(small, CLASS_UNKNOWN, CAUSE_AMBIGUOUS, 410, "{ok=false}", "status=410,json:/ok=false");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "response_classified");
    cr_expect_str_eq(finding->message, "1 answer matches both rejected and undecided: {ok=false}");
    cr_expect(strstr(finding->hint, "responses.rejected and responses.undecided overlap"), "%s",
              finding->hint);
    cr_expect_null(strstr(finding->hint, "accepted"), "%s", finding->hint);
    small_free(small);
}

/* '"true"' in YAML is a text with quotes in it, which no boolean equals. */
Test(answers, a_value_in_quotes_of_its_own_is_the_rules_fault)
{
    static struct spec_pair quoted_yes = {"/isSuccess", "\"true\""},
                            quoted_no = {"isSuccess", "\"false\""};
    const struct spec_rule yes = {.json = &quoted_yes, .json_count = 1},
                           no = {.json = &quoted_no, .json_count = 1};
    struct small *small = small_new(&(struct small_run){2, "A1 A2 X3", .rows = "1 2"});
    struct spec_responses *responses = &small->scenario.responses;
    responses->rejected = (struct spec_rule *)(uintptr_t)&no;
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "{isSuccess=false}",
             "status=200,json:/isSuccess=false");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "response_classified");
    cr_expect_eq(finding->verdict, UNKNOWN, "%s", finding->message);
    cr_expect(strstr(finding->hint, "{isSuccess: false}"), "%s", finding->hint);
    cr_expect_null(strstr(finding->hint, "responses.rejected"), "%s", finding->hint);
    responses->accepted = (struct spec_rule *)(uintptr_t)&yes;
    small->run.answers.count = 0;
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "{isSuccess=true}",
             "status=200,json:/isSuccess=true");
    cr_expect(strstr(advise(small), "the answers carry true: write it without the inner quotes"),
              "%s", advise(small));
    quoted_yes.value = (char *)(uintptr_t) "\"yes";
    cr_expect_null(answers_misquoted(&small->run.answers, responses));
    small_free(small);
}

/* What all kinds of a status say tells none of them apart. */
Test(answers, rules_keep_what_differs)
{
    struct small *small = small_new(&(struct small_run){1, "A1 A2"});
    struct answers *answers = &small->run.answers;
    const struct spec_responses *responses = &small->scenario.responses;
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 200, "{active=true, data, /data/won=true}",
             "status=200,json:/active=true,json:/data/won=true");
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 200, "{active=true, data, /data/won=false}",
             "status=200,json:/active=true,json:/data/won=false");
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 201, "{active=true, old=null}",
             "status=201,json:/active=true,json:/old=null");
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "", "status=200");
    answers_sharpen(answers, responses);
    cr_expect_str_eq(answers->v[0].rule, "status=200,json:/data/won=true");
    cr_expect_str_eq(answers->v[1].rule, "status=200,json:/data/won=false");
    cr_expect_str_eq(answers->v[2].rule, "status=201,json:/active=true,json:/old=null");
    cr_expect_str_eq(answers->v[3].rule, "status=200");
    cr_expect(answers_doubt(answers, &small->run.history, 1), "torn deeper in the body");
    small_free(small);
}

/* A condition of the scenario's own stays, whoever else has it. */
Test(answers, rules_keep_what_the_scenario_asks)
{
    struct small *small = small_new(&(struct small_run){2, "X1 X2"});
    struct spec_rule rule = {.json = &is_success, .json_count = 1};
    small->scenario.responses.accepted = &rule;
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "{isSuccess=false, a}",
             "status=200,json:/isSuccess=false");
    add_kind(small, CLASS_FAILED, CAUSE_UNCLASSIFIED, 200, "{isSuccess=false, b}",
             "status=200,json:/isSuccess=false");
    answers_sharpen(&small->run.answers, &small->scenario.responses);
    cr_expect_str_eq(small->run.answers.v[0].rule, "status=200,json:/isSuccess=false");
    cr_expect_str_eq(small->run.answers.v[1].rule, "status=200,json:/isSuccess=false");
    small_free(small);
}

/* A web page for everybody: a rule of the status alone takes it for a yes. */
Test(answers, a_page_for_everybody_is_no_yes)
{
    struct small *small = small_new(&(struct small_run){1, "A1 A2 A3"});
    struct answers *answers = &small->run.answers;
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 200, "", "status=200");
    snprintf(answers->v[0].type, sizeof answers->v[0].type, "text/html");
    cr_expect_not(answers_doubt(answers, &small->run.history, 3), "no more than the limit");
    cr_expect(answers_doubt(answers, &small->run.history, 1));
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.exit_code, 2, "%s", small->run.explanation);
    cr_expect(strstr(small->run.advice, "a page for people"), "%s", small->run.advice);
    small_free(small);
}

/* The rows convict all the same. */
Test(answers, rows_convict_behind_a_page)
{
    struct small *small =
        small_new(&(struct small_run){1, "A1 A2 A3", .rows = "1 2", .curve = "2"});
    struct answers *answers = &small->run.answers;
    add_kind(small, CLASS_ACCEPTED, CAUSE_NONE, 200, "", "status=200");
    snprintf(answers->v[0].type, sizeof answers->v[0].type, "text/html");
    cr_assert(answers_doubt(answers, &small->run.history, 1));
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(findings_find(&small->run.findings, "cap_safety")->verdict, FAIL);
    small_free(small);
}

/* Nothing that came back is not what came back; and a 500 is no matter of rules. */
Test(answers, an_error_is_the_services)
{
    struct small *small = small_new(&(struct small_run){1, "E1 U2 U3"});
    add_kind(small, CLASS_UNKNOWN, CAUSE_RESET, 0, "", "");
    add_kind(small, CLASS_FAILED, CAUSE_SERVER_ERROR, 500, "{error}", "");
    snprintf(small->run.answers.v[1].sample, 64, "{\"error\": \"db down\"}");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_null(strstr(small->run.explanation, "were 0"), "%s", small->run.explanation);
    cr_expect(strstr(small->run.explanation, "were 500"), "%s", small->run.explanation);
    cr_expect(strstr(small->run.advice, "500: the service failed"), "%s", small->run.advice);
    small_free(small);
}

/* ---- rules for two answers that somebody has looked at ---- */

static void expect_proposal(const char *yes, const char *no, const char *wanted_yes,
                            const char *wanted_no)
{
    struct answer_kind one = {.status = 200, .count = 1}, other = {.status = 200, .count = 1};
    char found_yes[192], found_no[192];
    snprintf(one.rule, sizeof one.rule, "%s", yes);
    snprintf(other.rule, sizeof other.rule, "%s", no);
    answers_propose(&one, &other, found_yes, found_no, sizeof found_yes);
    cr_expect_str_eq(found_yes, wanted_yes, "%s beside %s: %s", yes, no, found_yes);
    cr_expect_str_eq(found_no, wanted_no, "%s beside %s: %s", no, yes, found_no);
}

Test(answers, are_proposed_by_what_tells_them_apart)
{
    expect_proposal("status=202,json:/id=a1", "status=409,json:/id=b2", "status=202", "status=409");
    expect_proposal("status=200,json:/ok=true,json:/id=a1", "status=200,json:/ok=false",
                    "status=200,json:/ok=true", "status=200,json:/ok=false");
    expect_proposal("status=200,json:/result=WON", "status=200,json:/result=SOLD_OUT",
                    "status=200,json:/result=WON", "status=200,json:/result=SOLD_OUT");
    expect_proposal("status=200", "status=200", "status=200", "status=200");
    expect_proposal("status=200,json:/ok=null", "", "status=200,json:/ok=null", "");
}
