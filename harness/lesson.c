#include "lesson.h"

#include <stdio.h>
#include <string.h>

#include "prompt.h"

int lesson_try(const struct quick *quick, bool nobody, const struct opt_list *allow_hosts,
               struct proposal_answer *ret_answer, struct err *err)
{
    char line[PROPOSAL_LINE];
    int rc = proposal_ask(quick, nobody, allow_hosts, ret_answer, err);
    if (rc)
        return rc;
    fprintf(stderr, "  as %s: ", ret_answer->user);
    prompt_say(proposal_describe(ret_answer, line, sizeof line));
    return 0;
}

/* What the request got once cannot be missing or forbidden: then a 4xx is an answer to who asks
 * again. */
static const char *trouble_of(const struct proposal_answer *answer,
                              const struct proposal_answer *before)
{
    bool again = before && proposal_class(before, NULL) == CLASS_ACCEPTED;
    return again && answer->shown.status / 100 == 4 ? NULL : proposal_trouble(answer);
}

static int ask_person(enum request_class *class, struct err *err)
{
    bool yes;
    int rc = prompt_whether("  is that a yes?", *class == CLASS_ACCEPTED, &yes, err);
    *class = yes ? CLASS_ACCEPTED : *class == CLASS_ACCEPTED ? CLASS_REJECTED : *class;
    return rc;
}

static void learn(const struct proposal_answer *answers, const enum request_class *classes,
                  int count, struct lesson *lesson)
{
    char rules[2][LESSON_RULE];
    answers_propose(&answers[0].kind, &answers[count - 1].kind, rules[0], rules[1], LESSON_RULE);
    for (int i = 0; i < count; i++) {
        bool same = i && !strcmp(rules[0], rules[1]);
        char *to = classes[i] == CLASS_ACCEPTED   ? lesson->accepted
                   : classes[i] == CLASS_REJECTED ? lesson->rejected
                                                  : lesson->limited;
        if (!*to && !same && *rules[i])
            snprintf(to, LESSON_RULE, "%.*s", LESSON_RULE - 1, rules[i]);
        else if (!*to && !same) /* as a rule it would be one for what comes before the service */
            snprintf(to, LESSON_RULE, "status=%ld", answers[i].shown.status);
    }
}

int lesson_take(const struct quick *quick, bool person, const struct opt_list *allow_hosts,
                struct lesson *ret_lesson, struct err *err)
{
    struct proposal_answer answers[2];
    enum request_class classes[2];
    int count = 0;
    *ret_lesson = (struct lesson){{0}, {0}, {0}};
    while (count < 2) {
        const struct proposal_answer *before = count ? &answers[0] : NULL;
        int rc = lesson_try(quick, false, allow_hosts, &answers[count], err);
        const char *trouble = rc ? NULL : trouble_of(&answers[count], before);
        if (rc)
            return rc;
        if (trouble) {
            fprintf(stderr, "  %s\n", trouble);
            break;
        }
        classes[count] = proposal_class(&answers[count], before);
        rc = person ? ask_person(&classes[count], err) : 0;
        if (rc)
            return rc;
        count++;
    }
    if (count)
        learn(answers, classes, count, ret_lesson);
    return 0;
}
