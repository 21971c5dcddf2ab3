#include "interview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "given.h"
#include "lesson.h"
#include "prompt.h"
#include "report/console.h"

/* The service is asked once this was answered. */
enum then { THEN_NOTHING, THEN_PROBE, THEN_LEARN };

/* The texts that a person is asked for, in this order. An answer that is empty says nothing. */
static const struct question {
    const char *option, *text;
    enum then then;
} questions[] = {
    {"url", "URL of the endpoint ({{user}} is replaced by the user's number)", THEN_NOTHING},
    {"method", "HTTP method [POST]", THEN_NOTHING},
    {"body", "request body, empty for none ({\"userId\": {{user}}})", THEN_PROBE},
    {"limit", "how many may win [100]", THEN_LEARN},
    {"accepted", "an answer that says yes (status=200,json:/isSuccess=true)", THEN_NOTHING},
    {"rejected", "an answer that says no (status=410), empty when it looks the same", THEN_NOTHING},
    {"coupons",
     "where the rows are (postgresql://… ; SELECT user_id FROM coupon), empty: not checked",
     THEN_NOTHING},
    {"kafka", "Kafka (127.0.0.1:9092;topic;group), empty: none", THEN_NOTHING},
};

/* ---- what was said so far ---- */

int interview_open(struct interview *interview, int argc, char **argv, struct err *err)
{
    if (argc > INTERVIEW_ARGUMENTS / 2)
        return err_set(err, ERR_USAGE, "too many arguments");
    memcpy(interview->arguments, argv, (size_t)argc * sizeof *argv);
    interview->count = interview->given = argc;
    return 0;
}

void interview_close(struct interview *interview)
{
    while (interview->count > interview->given)
        free(interview->arguments[--interview->count]);
}

static int add(struct interview *interview, const char *option, const char *answer, struct err *err)
{
    if (interview->count == INTERVIEW_ARGUMENTS)
        return err_set(err, ERR_USAGE, "too many arguments");
    if (asprintf(&interview->arguments[interview->count], "--%s%s%s", option, *answer ? "=" : "",
                 answer) < 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    interview->count++;
    return 0;
}

static void take_back(struct interview *interview)
{
    free(interview->arguments[--interview->count]);
}

int interview_parse(const struct interview *interview, void *settings, struct err *err)
{
    char *argv[INTERVIEW_ARGUMENTS];
    int rest;
    memcpy(argv, interview->arguments, sizeof argv); /* the parser moves them about */
    return opts_parse(interview->opts, interview->count, argv, settings, &rest, err);
}

/* The flags so far, in memory to be given back by forget; NULL: err tells. */
static struct quick *read_flags(const struct interview *interview, struct err *err)
{
    struct quick *quick = calloc(1, interview->settings_size);
    if (!quick)
        err_set(err, ERR_MEMORY, "out of memory");
    if (!quick || !interview_parse(interview, quick, err))
        return quick;
    opts_release(interview->opts, quick);
    free(quick);
    return NULL;
}

static void forget(const struct interview *interview, struct quick *quick)
{
    if (quick)
        opts_release(interview->opts, quick);
    free(quick);
}

static bool is_given(const struct interview *interview, const struct quick *quick,
                     const char *option)
{
    for (size_t i = 0; i < interview->opts->count; i++) {
        const struct opt *opt = &interview->opts->table[i];
        const void *at = (const char *)quick + opt->offset;
        if (!strcmp(opt->name, option))
            return opt->type == OPT_TEXT   ? *(const char *const *)at != NULL
                   : opt->type == OPT_LIST ? ((const struct opt_list *)at)->count > 0
                                           : *(const int64_t *)at != 0;
    }
    return false;
}

/* Is it a scenario so far? Before the body is known, nothing says who asks. */
static int check(const struct interview *interview, bool whole, struct err *err)
{
    struct quick *quick = read_flags(interview, err);
    int rc = quick ? 0 : -(int)err->code;
    if (!rc)
        rc = whole ? given_check(quick, err) : given_check_beginning(quick, err);
    forget(interview, quick);
    return rc;
}

/* ---- asking ---- */

/* Again and again until the answer is one. proposed: what Enter stands for, "-" is none; or "". */
static int ask_one(struct interview *interview, const struct question *question,
                   const char *proposed, struct err *err)
{
    bool whole = question->then != THEN_NOTHING || strcmp(question->option, "url") != 0;
    whole = whole && strcmp(question->option, "method") != 0;
    for (;;) {
        char line[PROMPT_LINE], text[LESSON_RULE + 128];
        struct err why = {0};
        snprintf(text, sizeof text, "%s%s%s%s", question->text, *proposed ? " [" : "", proposed,
                 *proposed ? "; - for none]" : "");
        int rc = prompt_line(text, line, err), before = interview->count;
        const char *answer = *line ? line : proposed;
        if (!rc && *answer && strcmp(answer, "-") != 0)
            rc = add(interview, question->option, answer, err);
        if (rc || !check(interview, whole, &why))
            return rc;
        console_error(&why, "");
        if (interview->count > before)
            take_back(interview);
    }
}

/* ---- asking the service ---- */

static bool names_user(const struct interview *interview)
{
    struct err err = {0};
    struct quick *quick = read_flags(interview, &err);
    bool named = quick && proposal_names_user(quick);
    forget(interview, quick);
    return named;
}

/* What is in the way of a request that was only offered ends nothing. */
static int go_on(const struct err *why, struct err *err)
{
    if (why->code == ERR_INTERRUPTED || why->code == ERR_MEMORY) {
        *err = *why;
        return -(int)err->code;
    }
    console_error(why, "");
    return 0;
}

static void say_given(const struct proposal_answer *answer)
{
    if (proposal_class(answer, NULL) == CLASS_ACCEPTED)
        fprintf(stderr,
                "  if that is a yes, the service takes any id: %s has one now, which is gone until "
                "the store is empty again\n",
                answer->user);
}

/* Most services have nothing for who is no user: that shows whether there is one at this address.
 * Some take every id, so nothing is sent before the person has said so. */
static int probe(struct interview *interview, bool *ret_again, struct err *err)
{
    struct proposal_answer answer;
    struct err why = {0};
    bool send = false;
    *ret_again = false;
    if (!names_user(interview))
        return 0;
    int rc = prompt_whether("try the address now, as " ROSTER_NOBODY_INIT
                            ", who is no user? A service that takes any id gives it one",
                            true, &send, err);
    if (rc || !send)
        return rc;
    struct quick *quick = read_flags(interview, err);
    if (!quick)
        return -(int)err->code;
    rc = lesson_try(quick, true, interview->allow_hosts, &answer, &why);
    forget(interview, quick);
    if (rc)
        return go_on(&why, err);
    const char *trouble = proposal_trouble(&answer);
    if (!trouble) {
        say_given(&answer);
        return 0;
    }
    fprintf(stderr, "  %s\n", trouble);
    return prompt_whether("another address?", true, ret_again, err);
}

/* Takes back what was said of the address, so that it is asked for again. */
static void forget_address(struct interview *interview)
{
    static const char *const said[] = {"--url=", "--method=", "--body="};
    int kept = interview->given;
    for (int i = interview->given; i < interview->count; i++) {
        bool address = false;
        for (size_t k = 0; k < sizeof said / sizeof *said; k++)
            address |= !strncmp(interview->arguments[i], said[k], strlen(said[k]));
        if (address)
            free(interview->arguments[i]);
        else
            interview->arguments[kept++] = interview->arguments[i];
    }
    interview->count = kept;
}

static int take_lesson(const struct interview *interview, bool person, struct lesson *ret_lesson,
                       struct err *err)
{
    struct quick *quick = read_flags(interview, err);
    if (!quick)
        return -(int)err->code;
    int rc = lesson_take(quick, person, interview->allow_hosts, ret_lesson, err);
    forget(interview, quick);
    return rc;
}

/* Of a limiter's answer no question asks. */
static int learn(struct interview *interview, struct lesson *ret_lesson, struct err *err)
{
    bool send;
    struct err why = {0};
    int rc = prompt_whether("send two real requests, and learn from their answers? What the first "
                            "user gets by them is gone",
                            false, &send, err);
    if (rc || !send)
        return rc;
    if (take_lesson(interview, true, ret_lesson, &why))
        return go_on(&why, err);
    if (*ret_lesson->accepted && !*ret_lesson->rejected)
        prompt_say("  nobody was told no: once all are gone, the run shows the rule of that "
                   "answer");
    if (!*ret_lesson->limited)
        return 0;
    fprintf(stderr, "  a limiter's answer, which decides nothing: --limited '%s'\n",
            ret_lesson->limited);
    return add(interview, "limited", ret_lesson->limited, err);
}

/* ---- the whole of it ---- */

static int ask_question(struct interview *interview, const struct question *question,
                        struct lesson *lesson, bool *ret_again, struct err *err)
{
    struct quick *quick = read_flags(interview, err);
    bool said = quick && is_given(interview, quick, question->option);
    bool accepts = !strcmp(question->option, "accepted");
    bool rejects = !strcmp(question->option, "rejected");
    forget(interview, quick);
    if (!quick)
        return -(int)err->code;
    const char *proposed = accepts ? lesson->accepted : rejects ? lesson->rejected : "";
    int rc = said ? 0 : ask_one(interview, question, proposed, err);
    if (!rc && question->then == THEN_PROBE)
        rc = probe(interview, ret_again, err);
    if (!rc && question->then == THEN_LEARN)
        rc = learn(interview, lesson, err);
    return rc;
}

int interview_hold(struct interview *interview, struct err *err)
{
    struct lesson lesson = {{0}, {0}, {0}};
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof questions / sizeof *questions; i++) {
        bool again = false;
        rc = ask_question(interview, &questions[i], &lesson, &again, err);
        if (!rc && again) {
            forget_address(interview);
            i = (size_t)-1;
        }
    }
    return rc;
}

static void say_learnt(const struct lesson *lesson)
{
    const bool yes = *lesson->accepted, no = *lesson->rejected, limited = *lesson->limited;
    fprintf(stderr, "  learnt: %s%s%s%s%s%s\n", yes ? "a yes is " : "", lesson->accepted,
            no ? yes ? "; a no is " : "a no is " : "; nobody was told no", lesson->rejected,
            limited ? "; a limiter answers " : "", lesson->limited);
}

/* A rule of that kind, unless the flags have one. */
static int add_learnt(struct interview *interview, bool given, const char *option, const char *rule,
                      struct err *err)
{
    return given || !*rule ? 0 : add(interview, option, rule, err);
}

int interview_learn(struct interview *interview, struct err *err)
{
    struct lesson lesson;
    struct quick *quick = read_flags(interview, err);
    bool accepts = quick && is_given(interview, quick, "accepted");
    bool rejects = quick && is_given(interview, quick, "rejected");
    bool limits = quick && is_given(interview, quick, "limited");
    forget(interview, quick);
    int rc = quick ? take_lesson(interview, false, &lesson, err) : -(int)err->code;
    if (!rc && !*lesson.accepted && !accepts)
        return err_set(err, ERR_ENVIRONMENT,
                       "no answer that says yes came, so nothing was learnt%s: --accepted says "
                       "what one looks like",
                       *lesson.rejected ? " (has that user asked before? --first-user asks as "
                                          "another one)"
                                        : "");
    if (!rc)
        rc = add_learnt(interview, accepts, "accepted", lesson.accepted, err);
    if (!rc)
        rc = add_learnt(interview, rejects, "rejected", lesson.rejected, err);
    if (!rc)
        rc = add_learnt(interview, limits, "limited", lesson.limited, err);
    if (!rc)
        say_learnt(&lesson);
    return rc;
}
