#include "interview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "given.h"
#include "proposal.h"
#include "report/console.h"
#include "report/text.h"

enum { LINE_MAX_BYTES = 4096, RULE = 256 };

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

static void say(const char *text)
{
    text_print(stderr, TEXT_TERMINAL, text);
    fputc('\n', stderr);
}

static int read_line(const char *question, char *ret_line, struct err *err)
{
    fprintf(stderr, "%s: ", question);
    if (!fgets(ret_line, LINE_MAX_BYTES, stdin))
        return err_set(err, ERR_USAGE, "the questions were not answered");
    size_t length = strcspn(ret_line, "\r\n");
    while (length && (ret_line[length - 1] == ' ' || ret_line[length - 1] == '\t'))
        length--;
    ret_line[length] = '\0';
    memmove(ret_line, ret_line + strspn(ret_line, " \t"), strlen(ret_line) + 1);
    return 0;
}

/* y, n, or what Enter stands for. */
static int ask_whether(const char *question, bool otherwise, bool *ret_yes, struct err *err)
{
    char line[LINE_MAX_BYTES], text[256];
    snprintf(text, sizeof text, "%s [%s]", question, otherwise ? "Y/n" : "y/N");
    int rc = read_line(text, line, err);
    *ret_yes = *line ? *line == 'y' || *line == 'Y' : otherwise;
    return rc;
}

/* Again and again until the answer is one. proposed: what Enter stands for, "-" is none; or "". */
static int ask_one(struct interview *interview, const struct question *question,
                   const char *proposed, struct err *err)
{
    bool whole = question->then != THEN_NOTHING || strcmp(question->option, "url") != 0;
    whole = whole && strcmp(question->option, "method") != 0;
    for (;;) {
        char line[LINE_MAX_BYTES], text[RULE + 128];
        struct err why = {0};
        snprintf(text, sizeof text, "%s%s%s%s", question->text, *proposed ? " [" : "", proposed,
                 *proposed ? "; - for none]" : "");
        int rc = read_line(text, line, err), before = interview->count;
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

/* Sends one request and tells what came. *ret_trouble: the address is no good; NULL. */
static int try_request(struct interview *interview, bool nobody, struct proposal_answer *ret_answer,
                       const char **ret_trouble, struct err *err)
{
    char line[PROPOSAL_LINE];
    struct quick *quick = read_flags(interview, err);
    int rc = quick ? 0 : -(int)err->code;
    if (!rc)
        rc = proposal_ask(quick, nobody, interview->allow_hosts, ret_answer, err);
    forget(interview, quick);
    if (rc)
        return rc;
    fprintf(stderr, "  as %s: ", ret_answer->user);
    say(proposal_describe(ret_answer, line, sizeof line));
    *ret_trouble = proposal_trouble(ret_answer);
    if (*ret_trouble)
        fprintf(stderr, "  %s\n", *ret_trouble);
    return 0;
}

static bool names_user(const struct interview *interview)
{
    struct err err = {0};
    struct quick *quick = read_flags(interview, &err);
    bool named = quick && proposal_names_user(quick);
    forget(interview, quick);
    return named;
}

/* Whoever is no user gets nothing: that shows whether there is a service at this address. What is
 * in the way ends nothing. */
static int probe(struct interview *interview, bool *ret_again, struct err *err)
{
    struct proposal_answer answer;
    struct err why = {0};
    const char *trouble;
    *ret_again = false;
    if (!names_user(interview))
        return 0;
    if (try_request(interview, true, &answer, &trouble, &why)) {
        if (why.code == ERR_INTERRUPTED)
            return err_set(err, ERR_INTERRUPTED, "%s", why.message);
        console_error(&why, "");
        return 0;
    }
    return trouble ? ask_whether("another address?", true, ret_again, err) : 0;
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

/* What two answers say of the rules. */
struct learnt {
    char accepted[RULE], rejected[RULE];
};

static void learn_rules(const struct proposal_answer *answers, const bool *yes,
                        struct learnt *ret_learnt)
{
    char first[RULE], second[RULE];
    answers_propose(&answers[0].kind, &answers[1].kind, first, second, sizeof first);
    *ret_learnt = (struct learnt){{0}, {0}};
    for (int i = 0; i < 2; i++) {
        const char *rule = i ? second : first;
        bool same = i && !strcmp(first, second);
        char *to = yes[i] ? ret_learnt->accepted : ret_learnt->rejected;
        if (!*to && !same)
            snprintf(to, RULE, "%s", rule);
    }
}

/* As the first user, and as the same one again: most services say no to that. */
static int ask_twice(struct interview *interview, bool person, struct learnt *ret_learnt,
                     struct err *err)
{
    struct proposal_answer answers[2];
    const char *trouble = NULL;
    bool yes[2] = {false};
    int rc = 0;
    *ret_learnt = (struct learnt){{0}, {0}};
    for (int i = 0; !rc && !trouble && i < 2; i++) {
        rc = try_request(interview, false, &answers[i], &trouble, err);
        if (rc || trouble)
            break;
        yes[i] = proposal_is_yes(&answers[i]);
        if (person)
            rc = ask_whether("  is that a yes?", yes[i], &yes[i], err);
    }
    if (!rc && !trouble)
        learn_rules(answers, yes, ret_learnt);
    return rc;
}

static int learn(struct interview *interview, struct learnt *ret_learnt, struct err *err)
{
    bool send;
    struct err why = {0};
    int rc =
        ask_whether("send two real requests, and learn from their answers? What the first user "
                    "gets by them is gone",
                    false, &send, err);
    if (rc || !send)
        return rc;
    rc = ask_twice(interview, true, ret_learnt, &why);
    if (!rc && *ret_learnt->accepted && !*ret_learnt->rejected)
        say("  nobody was told no: once all are gone, the run shows the rule of that answer");
    if (rc && (why.code == ERR_INTERRUPTED || why.code == ERR_MEMORY)) {
        *err = why;
        return rc;
    }
    if (rc)
        console_error(&why, "");
    return 0;
}

/* ---- the whole of it ---- */

static int ask_question(struct interview *interview, const struct question *question,
                        struct learnt *learnt, bool *ret_again, struct err *err)
{
    struct quick *quick = read_flags(interview, err);
    bool said = quick && is_given(interview, quick, question->option);
    bool accepts = !strcmp(question->option, "accepted");
    bool rejects = !strcmp(question->option, "rejected");
    forget(interview, quick);
    if (!quick)
        return -(int)err->code;
    const char *proposed = accepts ? learnt->accepted : rejects ? learnt->rejected : "";
    int rc = said ? 0 : ask_one(interview, question, proposed, err);
    if (!rc && question->then == THEN_PROBE)
        rc = probe(interview, ret_again, err);
    if (!rc && question->then == THEN_LEARN)
        rc = learn(interview, learnt, err);
    return rc;
}

int interview_hold(struct interview *interview, struct err *err)
{
    struct learnt learnt = {{0}, {0}};
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof questions / sizeof *questions; i++) {
        bool again = false;
        rc = ask_question(interview, &questions[i], &learnt, &again, err);
        if (!rc && again) {
            forget_address(interview);
            i = (size_t)-1;
        }
    }
    return rc;
}

static void say_learnt(const struct learnt *learnt)
{
    bool yes = *learnt->accepted, no = *learnt->rejected;
    fprintf(stderr, "  learnt: %s%s%s%s\n", yes ? "a yes is " : "", learnt->accepted,
            no ? "; a no is " : "", no ? learnt->rejected : "; nobody was told no");
}

/* A rule of that kind, unless the flags have one. */
static int add_learnt(struct interview *interview, bool given, const char *option, const char *rule,
                      struct err *err)
{
    return given || !*rule ? 0 : add(interview, option, rule, err);
}

int interview_learn(struct interview *interview, struct err *err)
{
    struct learnt learnt;
    struct quick *quick = read_flags(interview, err);
    bool accepts = quick && is_given(interview, quick, "accepted");
    bool rejects = quick && is_given(interview, quick, "rejected");
    forget(interview, quick);
    int rc = quick ? ask_twice(interview, false, &learnt, err) : -(int)err->code;
    if (!rc && !*learnt.accepted && !accepts)
        return err_set(err, ERR_ENVIRONMENT,
                       "no answer that says yes came, so nothing was learnt: --accepted says what "
                       "one looks like");
    if (!rc)
        rc = add_learnt(interview, accepts, "accepted", learnt.accepted, err);
    if (!rc)
        rc = add_learnt(interview, rejects, "rejected", learnt.rejected, err);
    if (!rc)
        say_learnt(&learnt);
    return rc;
}
