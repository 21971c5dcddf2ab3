#include "explore/steps.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t base_length(const char *process)
{
    return strcspn(process, ".");
}

static bool same_way(const struct step *step, const struct trace_door *door)
{
    size_t length = base_length(door->process);
    return !strcmp(step->store, door->store) && strlen(step->process) == length &&
           !strncmp(step->process, door->process, length);
}

/* Keys of Redis are told apart by small and large letters; the words of SQL are not. */
static bool same_text(const struct step *step, const char *text)
{
    return !strcmp(step->store, "redis") ? !strcmp(step->text, text)
                                         : !strcasecmp(step->text, text);
}

/* What may change what others read, or reads it. A transaction's ends decide nothing by themselves.
 */
static bool counts(const struct trace *trace, const struct trace_statement *traced)
{
    uint8_t what = trace->shapes[traced->shape].what; /* also of what MULTI has queued */
    return (what == TRACE_READ || what == TRACE_WRITE) && !(traced->flags & TRACE_VOID);
}

static struct step *step_of(const struct trace *trace, const struct trace_statement *traced,
                            struct steps *steps)
{
    const char *text = trace->shapes[traced->shape].text;
    const struct trace_door *door = &trace->doors[traced->store];
    for (unsigned i = 0; i < steps->count; i++)
        if (same_way(&steps->v[i], door) && same_text(&steps->v[i], text))
            return &steps->v[i];
    if (steps->count == TRACE_SHAPES_MAX)
        return NULL;
    struct step *step = &steps->v[steps->count++];
    *step = (struct step){.statements = 0};
    snprintf(step->process, sizeof step->process, "%.*s", (int)base_length(door->process),
             door->process);
    snprintf(step->store, sizeof step->store, "%s", door->store);
    snprintf(step->text, sizeof step->text, "%s", text);
    return step;
}

void steps_list(const struct trace *trace, ns_t from, struct steps *ret_steps)
{
    ret_steps->count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        struct step *step = trace->v[i].asked >= from && counts(trace, &trace->v[i])
                                ? step_of(trace, &trace->v[i], ret_steps)
                                : NULL;
        if (step)
            step->statements++;
    }
}

/* How many requests had a step, by what they were told. */
struct tally_of_step {
    int64_t yes, no;
    size_t last; /* the last request that had it, from 1 */
};

static void read_request(const struct trace *trace, const struct request *request, ns_t end,
                         size_t number, struct steps *steps, struct tally_of_step *tallies)
{
    for (size_t i = 0; i < trace->count && trace->v[i].asked < end; i++) {
        const struct trace_statement *traced = &trace->v[i];
        struct step *step = traced->asked >= request->released && counts(trace, traced)
                                ? step_of(trace, traced, steps)
                                : NULL;
        if (!step)
            continue;
        struct tally_of_step *tally = &tallies[step - steps->v];
        step->statements++;
        if (tally->last == number)
            continue;
        tally->last = number;
        tally->yes += gap_is_yes(request);
        tally->no += request->cls == CLASS_REJECTED;
    }
}

void steps_of_requests(const struct trace *trace, const struct history *history,
                       struct steps *ret_steps)
{
    struct tally_of_step tallies[TRACE_SHAPES_MAX] = {{.last = 0}};
    int64_t yes = 0, no = 0;
    ret_steps->count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        ns_t end = i + 1 < history->count ? history->v[i + 1].released : INT64_MAX;
        yes += gap_is_yes(request);
        no += request->cls == CLASS_REJECTED;
        read_request(trace, request, end, i + 1, ret_steps, tallies);
    }
    for (unsigned i = 0; i < ret_steps->count; i++) {
        ret_steps->v[i].usual_yes = yes && gap_is_habit(tallies[i].yes, yes);
        ret_steps->v[i].usual_no = no && gap_is_habit(tallies[i].no, no);
    }
}

/* A script is sent whole where the server does not know it yet, and by its hash from then on. */
static const char *script_of(const char *text)
{
    if (strncmp(text, "EVAL ", 5) != 0 && strncmp(text, "EVALSHA ", 8) != 0)
        return NULL;
    text = strchr(text, ' ') + 1;
    return text + strcspn(text, " ");
}

static bool same_statement(const struct step *a, const struct step *b)
{
    const char *x = script_of(a->text), *y = script_of(b->text);
    return same_text(a, b->text) || (x && y && strncmp(a->text, b->text, 5) != 0 && !strcmp(x, y));
}

static bool same_step(const struct step *a, const struct step *b)
{
    return !strcmp(a->process, b->process) && !strcmp(a->store, b->store) && same_statement(a, b);
}

/* Shapes beyond what is kept, and what could not be read, stand for anything. */
static bool is_anything(const struct step *step)
{
    return step->text[0] == '(';
}

static bool is_usual(const struct step *step, const struct steps *single)
{
    for (unsigned i = 0; i < single->count; i++)
        if ((single->v[i].usual_yes || single->v[i].usual_no) && same_step(step, &single->v[i]))
            return true;
    return false;
}

static bool in_gap(const struct step *step, const struct gaps *gaps, const struct trace *trace)
{
    for (unsigned i = 0; i < gaps->count; i++) {
        const struct gap *gap = &gaps->v[i];
        if ((same_way(step, &trace->doors[gap->first_door]) &&
             same_text(step, trace->shapes[gap->first].text)) ||
            (same_way(step, &trace->doors[gap->second_door]) &&
             same_text(step, trace->shapes[gap->second].text)))
            return true;
    }
    return false;
}

void steps_mark_gaps(const struct steps *single, const struct trace *trace, struct gaps *gaps)
{
    for (unsigned i = 0; i < gaps->count; i++) {
        struct gap *gap = &gaps->v[i];
        for (unsigned k = 0; k < single->count; k++) {
            const struct step *step = &single->v[k];
            if (same_way(step, &trace->doors[gap->first_door]) &&
                same_text(step, trace->shapes[gap->first].text))
                gap->decided_before = step->usual_yes != step->usual_no;
        }
    }
}

static bool is_late(const struct steps *single, const char *text)
{
    bool late = false;
    for (unsigned i = 0; i < single->count; i++) {
        const struct step *step = &single->v[i];
        if (!same_text(step, text))
            continue;
        if (step->usual_no || !step->usual_yes)
            return false;
        late = true;
    }
    return late;
}

void steps_mark_late(const struct steps *single, struct trace *trace)
{
    bool refused = false;
    for (unsigned i = 0; i < single->count; i++)
        refused |= single->v[i].usual_no;
    for (unsigned i = 0; refused && i < trace->shapes_count; i++)
        trace->shapes[i].late = is_late(single, trace->shapes[i].text);
}

static bool is_listed(const struct step *step, const struct steps *steps)
{
    for (unsigned i = 0; i < steps->count; i++)
        if (same_step(step, &steps->v[i]))
            return true;
    return false;
}

void steps_unheld(const struct steps *seen, const struct steps *single, const struct gaps *gaps,
                  const struct trace *trace, struct steps *ret_unheld)
{
    for (unsigned i = 0; i < seen->count && ret_unheld->count < TRACE_SHAPES_MAX; i++) {
        const struct step *step = &seen->v[i];
        bool known = !is_anything(step) && (is_usual(step, single) || in_gap(step, gaps, trace));
        if (!known && !is_listed(step, ret_unheld))
            ret_unheld->v[ret_unheld->count++] = *step;
    }
}
