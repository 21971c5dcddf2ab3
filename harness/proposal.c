#include "proposal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/utf8.h"
#include "command.h"
#include "engine/target.h"
#include "load/prepare/single.h"
#include "model/history.h"
#include "model/roster.h"
#include "model/run.h"
#include "scenario/scenario.h"

static void cleanup_scenario(struct scenario **scenario)
{
    scenario_free(*scenario);
}

/* With a rule that no answer matches, so that every answer is looked at anew. */
static int make_scenario(const struct quick *quick, struct scenario **ret_scenario, struct err *err)
{
    static const char *never[] = {"header:X-Rushproof-Init=never"};
    struct quick bare = *quick;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    bare.accepted = (struct opt_list){never, 1};
    bare.rejected = bare.limited = bare.undecided = (struct opt_list){0};
    bare.coupons = bare.parked = bare.counter = bare.kafka = NULL;
    bare.resets = (struct opt_list){0};
    bare.between_redis = bare.between_postgres = bare.between_mysql = NULL;
    int rc = quick_to_yaml(&bare, false, &text, err);
    return rc ? rc : scenario_load_text("(flags)", buf_text(&text), NULL, 0, ret_scenario, err);
}

bool proposal_names_user(const struct quick *quick)
{
    _cleanup_(cleanup_scenario) struct scenario *scenario = NULL;
    struct err err = {0};
    return !make_scenario(quick, &scenario, &err) && single_names_user(&scenario->request);
}

static int send_one(const struct scenario *scenario, bool nobody, struct run *run,
                    struct dry_run *dry, struct err *err)
{
    run->scenario = scenario;
    run->roster = roster_of(scenario);
    if (!run->roster)
        return err_set(err, ERR_MEMORY, "no memory for the users");
    const struct single_settings settings = {
        .scenario = scenario,
        .rush = &scenario->request,
        .dir = ".",
        .roster = run->roster,
        .user = roster_user(run->roster, 0),
        .nobody = nobody ? ROSTER_NOBODY_INIT : NULL,
        .stop = &command_stop,
    };
    roster_text(run->roster, settings.user, dry->user);
    if (nobody)
        snprintf(dry->user, sizeof dry->user, "%s", ROSTER_NOBODY_INIT);
    int rc = history_init(&run->history, 1, err);
    return rc ? rc : single_run(&settings, run, dry, err);
}

int proposal_ask(const struct quick *quick, bool nobody, const struct opt_list *allow_hosts,
                 struct proposal_answer *ret_answer, struct err *err)
{
    _cleanup_(cleanup_scenario) struct scenario *scenario = NULL;
    int rc = make_scenario(quick, &scenario, err);
    if (!rc && !scenario->request.socket)
        rc = target_check(scenario->request.url, allow_hosts->items, allow_hosts->count, err);
    if (rc)
        return rc;
    _cleanup_free_ struct run *run = calloc(1, sizeof *run);
    _cleanup_free_ struct dry_run *dry = calloc(1, sizeof *dry);
    if (!run || !dry)
        return err_set(err, ERR_MEMORY, "no room for a request");
    run_init(run);
    rc = send_one(scenario, nobody, run, dry, err);
    if (!rc && command_stop)
        rc = err_set(err, ERR_INTERRUPTED, "interrupted");
    *ret_answer = (struct proposal_answer){
        .shown = dry->answers[0], .kind = run->answers.v[0], .nobody = nobody};
    snprintf(ret_answer->user, sizeof ret_answer->user, "%s", dry->user);
    run_free(run);
    return rc;
}

/* ---- in words ---- */

const char *proposal_describe(const struct proposal_answer *answer, char *ret_text, size_t size)
{
    enum { BODY = 160 };
    const struct dry_answer *shown = &answer->shown;
    char span[32];
    int body = (int)utf8_cut(shown->body, BODY);
    char with[sizeof shown->sent_body + 8] = "";
    units_format_duration(shown->took, span, sizeof span);
    if (*shown->sent_body)
        snprintf(with, sizeof with, " with %s", shown->sent_body);
    if (!shown->status)
        snprintf(ret_text, size, "%s%s: no answer: %s", shown->sent, with, shown->trouble);
    else
        snprintf(ret_text, size, "%s%s: %ld in %s%s%.*s%s", shown->sent, with, shown->status, span,
                 *shown->body ? ": " : "", body, shown->body, shown->body[body] ? " …" : "");
    return ret_text;
}

static bool says_no(const char *rule)
{
    const char *at = strstr(rule, "=false");
    return at && (at[6] == ',' || !at[6]);
}

/* Who asks again is told so, with a success as well. */
static bool says_already(const char *body)
{
    static const char *const words[] = {"already", "duplicate", "sold out", "sold_out",
                                        "soldout", "exceed",    "reject",   "denied",
                                        "이미",    "중복",      "소진",     "마감"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(body, words[i]))
            return true;
    return false;
}

enum request_class proposal_class(const struct proposal_answer *answer,
                                  const struct proposal_answer *before)
{
    if (answer->shown.status == 429)
        return CLASS_LIMITED;
    if (answer->shown.status / 100 != 2 || says_no(answer->kind.rule))
        return CLASS_REJECTED;
    if (before && !strcmp(before->kind.rule, answer->kind.rule))
        return proposal_class(before, NULL);
    return says_already(answer->shown.body) ? CLASS_REJECTED : CLASS_ACCEPTED;
}

const char *proposal_trouble(const struct proposal_answer *answer)
{
    static const struct {
        long status;
        bool to_nobody; /* and it is no way to answer somebody who is no user */
        const char *trouble;
    } rows[] = {
        {401, false, "the request needs credentials: give --header 'Authorization: …' to init"},
        {403, false, "the request is not allowed: --header gives credentials or a CSRF token"},
        {404, true,
         "nothing is at this address, or nobody of that name: is it the right path, and the right "
         "method?"},
        {405, true, "this address takes another method"},
        {415, false, "the service wants another kind of body: --header 'Content-Type: …'"},
        {421, true, "this is not the server of that host"},
        {501, true, "this address takes another method"},
        {502, true, "a proxy answered, and the service behind it did not"},
        {503, true, "the service is not ready"},
        {504, true, "a proxy answered, and the service behind it did not"},
    };
    long status = answer->shown.status;
    if (!status)
        return "does the service run, and listen there?";
    if (status >= 300 && status < 400)
        return "redirects are not followed: give the URL that they lead to";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status && (rows[i].to_nobody || !answer->nobody))
            return rows[i].trouble;
    return status >= 500 && !answer->nobody ? "the service failed: its log may say why" : NULL;
}
