#include "load/prepare/single.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "base/printable.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "load/http/kinds.h"
#include "load/http/template.h"
#include "load/prepare/harvest.h"
#include "load/prepare/step.h"

enum { VALUES_MAX = 512, VALUE_BYTES_MAX = 64 * 1024 };

struct single {
    const struct single_settings *settings;
    struct session session;
    struct feeder feeder; /* of the rush's request */
    struct fill fill;
    struct fill_value values[VALUES_MAX];
    char name[ROSTER_TEXT], item[ROSTER_TEXT], uuid[TEMPLATE_UUID_SIZE];
};

/* ---- whom a request names ---- */

static bool names_user(const char *text)
{
    const char *open, *close;
    while (text && (open = strstr(text, "{{")) && (close = strstr(open, "}}"))) {
        const char *name = open + 2 + strspn(open + 2, " ");
        if (strncmp(name, "uuid", 4) != 0 && strncmp(name, "seq", 3) != 0)
            return true;
        text = close + 2;
    }
    return false;
}

bool single_names_user(const struct spec_request *request)
{
    bool named = names_user(request->url) || names_user(request->body);
    for (unsigned i = 0; i < request->headers_count; i++)
        named = named || names_user(request->headers[i].value);
    return named;
}

/* ---- what people are shown ---- */

static void show_headers(const char *headers, struct dry_answer *answer)
{
    size_t used = 0;
    for (const char *line = headers; *line;) {
        size_t length = strcspn(line, "\n");
        char text[512];
        printable(line, length, text, sizeof text);
        mask_apply_here(text, sizeof text);
        if (strchr(text, ':') && used + strlen(text) + 2 < sizeof answer->headers)
            used += (size_t)snprintf(answer->headers + used, sizeof answer->headers - used, "%s%s",
                                     used ? "\n" : "", text);
        line += length + (line[length] == '\n');
    }
}

static void show(const struct session *session, const struct spec_request *request,
                 struct dry_answer *answer)
{
    char url[sizeof answer->sent - 16];
    printable(buf_text(&session->url), session->url.used, url, sizeof url);
    mask_apply_here(url, sizeof url);
    snprintf(answer->sent, sizeof answer->sent, "%.15s %s", request->method, url);
    answer->status = session->status;
    show_headers(session->headers.used ? buf_text(&session->headers) : "", answer);
    printable(session->answer.used ? buf_text(&session->answer) : "", session->answer.used,
              answer->body, sizeof answer->body);
    mask_apply_here(answer->body, sizeof answer->body);
}

/* Of a step of prepare it may be a login: not shown. */
static void show_sent(const struct buf *body, struct dry_answer *answer)
{
    char text[1024] = "";
    printable(body->used ? buf_text(body) : "", body->used, text, sizeof text);
    mask_apply_here(text, sizeof text);
    size_t cut = utf8_cut(text, sizeof answer->sent_body - sizeof "…");
    snprintf(answer->sent_body, sizeof answer->sent_body, "%.*s%s", (int)cut, text,
             text[cut] ? "…" : "");
}

/* ---- the steps of prepare ---- */

static struct dry_answer *next_answer(struct dry_run *dry)
{
    bool room = dry->answers_count < DRY_ANSWERS_MAX;
    return &dry->answers[room ? dry->answers_count++ : DRY_ANSWERS_MAX - 1];
}

static void learn_all(const struct step *step, const struct fill_value *values, const char *user)
{
    for (unsigned i = 0; i < step->extracts_count; i++)
        if (values[i].known)
            extract_learn(&step->extracts[i], buf_text(&values[i].text), user);
}

/* *ret_went: it was answered as expected. */
static int run_step(struct single *single, unsigned index, struct dry_run *dry, bool *ret_went,
                    struct err *err)
{
    const struct single_settings *settings = single->settings;
    const struct spec_prepare *spec = &settings->scenario->prepare[index];
    struct dry_answer *answer = next_answer(dry);
    struct fill_value *values = single->values + single->fill.values_count;
    struct step step;
    int rc = step_compile(spec, &settings->steps[index], settings->dir, &step, err);
    if (rc)
        return err_prefix(err, "prepare.%u", index);
    for (unsigned i = 0; i < step.extracts_count; i++)
        values[i].name = step.extracts[i].name;
    struct err why = {0};
    ns_t began = clock_now();
    rc = step_run(&step, &single->session, &single->fill, values, &why);
    answer->took = clock_now() - began;
    learn_all(&step, values, single->name);
    snprintf(answer->what, sizeof answer->what, "prepare.%u", index);
    snprintf(answer->trouble, sizeof answer->trouble, "%s", why.message);
    show(&single->session, step.request, answer);
    single->fill.values_count += step.extracts_count;
    step_free(&step);
    *ret_went = !rc;
    return rc && why.code != ERR_ENVIRONMENT ? err_set(err, why.code, "%s", why.message) : 0;
}

/* ---- the rush's request ---- */

static bool matches_alone(const struct spec_rule *rule, const struct session *session)
{
    const struct spec_responses only = {.accepted = (struct spec_rule *)(uintptr_t)rule,
                                        .accepted_count = 1};
    struct rules *rules = NULL;
    struct response response = session_response(session);
    enum request_cause cause;
    struct maybe rank;
    if (rules_compile(&only, &rules, NULL))
        return false;
    response.headers_hit = 0;
    for (const char *line = buf_text(&session->headers); *line;) {
        size_t length = strcspn(line, "\n");
        response.headers_hit |= rules_header(rules, line, length, session->who);
        line += length + (line[length] == '\n');
    }
    bool matches = rules_classify(rules, &response, &cause, &rank) == CLASS_ACCEPTED;
    rules_free(rules);
    return matches;
}

static void name_rules(const struct spec_responses *responses, const struct session *session,
                       char *ret_text, size_t size)
{
    const struct {
        const char *name;
        const struct spec_rule *v;
        unsigned count;
    } lists[] = {{"accepted", responses->accepted, responses->accepted_count},
                 {"rejected", responses->rejected, responses->rejected_count},
                 {"limited", responses->limited, responses->limited_count},
                 {"undecided", responses->undecided, responses->undecided_count}};
    size_t used = 0;
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        for (unsigned i = 0; i < lists[k].count && used < size; i++) {
            char place[16] = "";
            if (!matches_alone(&lists[k].v[i], session))
                continue;
            if (lists[k].count > 1)
                snprintf(place, sizeof place, ".%u", i);
            used += (size_t)snprintf(ret_text + used, size - used, "%sresponses.%s%s",
                                     used ? ", " : "", lists[k].name, place);
        }
}

static void note_answer(const struct single *single, const struct rules *rules, struct run *run,
                        struct request *record, struct dry_answer *answer)
{
    const struct session *session = &single->session;
    const struct response response = session_response(session);
    enum request_cause cause;
    struct maybe rank;
    record->status = (uint16_t)session->status;
    record->cls = (uint8_t)rules_classify(rules, &response, &cause, &rank);
    record->cause = (uint8_t)cause;
    kinds_note(&run->answers, rules, record, &response);
    kinds_finish(&run->answers);
    name_rules(&single->settings->scenario->responses, session, answer->rules,
               sizeof answer->rules);
}

static int run_rush(struct single *single, struct run *run, struct dry_run *dry, struct err *err)
{
    const struct single_settings *settings = single->settings;
    struct dry_answer *answer = next_answer(dry);
    struct request *record = &run->history.v[0];
    struct step step;
    int rc = step_compile(&(struct spec_prepare){0}, settings->rush, settings->dir, &step, err);
    if (!rc && rules_compile(&settings->scenario->responses, &step.rules, err)) {
        step_free(&step);
        rc = -(int)err->code;
    }
    if (rc)
        return err_prefix(err, "request");
    if (!settings->rush->cookies || settings->nobody)
        session_forget(&single->session);
    struct err why = {0};
    *record = (struct request){.user = settings->user, .attempt = 1};
    record->planned = record->released = clock_now();
    rc = step_send(&step, &single->session, &single->fill, &why);
    record->done = clock_now();
    run->history.origin = record->released;
    run->history.count = 1;
    answer->took = record->done - record->released;
    snprintf(answer->what, sizeof answer->what, "request");
    snprintf(answer->trouble, sizeof answer->trouble, "%s", why.message);
    show(&single->session, step.request, answer);
    if (!step.grpc)
        show_sent(&single->session.body, answer);
    if (rc) {
        record->cls = CLASS_FAILED;
        record->cause = CAUSE_OTHER;
    } else {
        note_answer(single, step.rules, run, record, answer);
    }
    step_free(&step);
    return rc && why.code != ERR_ENVIRONMENT ? err_set(err, why.code, "%s", why.message) : 0;
}

/* ---- all of it ---- */

static int open_all(struct single *single, struct err *err)
{
    const struct single_settings *settings = single->settings;
    const struct spec_request *rush = settings->rush;
    struct rng rng;
    size_t place = roster_place(settings->roster, settings->user);
    rng_seed(&rng, (uint64_t)settings->scenario->seed);
    template_make_uuid(&rng, single->uuid);
    roster_text(settings->roster, settings->user, single->name);
    single->fill = (struct fill){.who = {settings->roster, settings->user},
                                 .user = single->name,
                                 .feeder = &single->feeder,
                                 .row = place == ROSTER_NOWHERE ? 0 : place,
                                 .values = single->values,
                                 .uuid = single->uuid};
    if (settings->items)
        single->fill.item = items_name(settings->items, 0, single->item, sizeof single->item);
    for (size_t i = 0; i < VALUES_MAX; i++)
        buf_init(&single->values[i].text, VALUE_BYTES_MAX);
    int rc = rush && rush->feeder
                 ? feeder_open(settings->dir, rush->feeder->file, &single->feeder, err)
                 : 0;
    if (!rc)
        rc = session_open(&single->session, harvest_wants_cookies(settings->scenario), NULL, err);
    single->session.asked = settings->stop;
    return rc;
}

static void close_all(struct single *single)
{
    session_close(&single->session);
    feeder_free(&single->feeder);
    for (size_t i = 0; i < VALUES_MAX; i++)
        buf_free(&single->values[i].text);
    free(single);
}

int single_run(const struct single_settings *settings, struct run *run, struct dry_run *dry,
               struct err *err)
{
    struct single *single = calloc(1, sizeof *single);
    if (!single)
        return err_set(err, ERR_MEMORY, "out of memory");
    single->settings = settings;
    int rc = open_all(single, err);
    bool went = true;
    for (unsigned i = 0; settings->steps && i < settings->scenario->prepare_count && went && !rc;
         i++)
        rc = run_step(single, i, dry, &went, err);
    single->fill.nobody = settings->nobody;
    if (!rc && went && settings->rush)
        rc = run_rush(single, run, dry, err);
    close_all(single);
    return rc;
}
