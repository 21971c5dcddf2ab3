/* Answers: what came back, one entry a kind. Two answers are of one kind when status, class, cause,
 * content type and shape are the same; so a thousand answers are a table of a few lines, and a
 * wrong path, a login page or a forgotten rule is seen at a glance.
 *
 * The load fills it (each worker its own, merged when all have ended), reports show it, the archive
 * brings it back. The layout is public: a run embeds it. Pure data. */
#ifndef MODEL_ANSWERS_H
#define MODEL_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/served.h"

struct history;
struct scenario;
struct spec_pair;
struct spec_responses;

#define ANSWERS_MAX     16
#define ANSWERS_BODY_KB 64 /* of a body that rules look into */

struct answer_kind {
    uint16_t status; /* HTTP status, 0 when no answer came */
    uint8_t cls;     /* enum request_class */
    uint8_t cause;   /* enum request_cause */
    int64_t count;
    int64_t user;     /* who got the sample */
    char type[64];    /* content type without parameters, "" when none was said */
    char shape[128];  /* "{isSuccess=false, message}": the members of a JSON body, and the values
                         of those that tell yes from no; "" when the body is not JSON */
    char rule[192];   /* matches this kind and no other class: "status=200,json:/isSuccess=false";
                         "" when it is no decision */
    char sample[512]; /* a body of this kind: printable, secrets masked, perhaps cut */
};

struct answers {
    struct answer_kind v[ANSWERS_MAX]; /* the most frequent first */
    unsigned count;
    int64_t others;  /* answers of further kinds */
    int64_t unasked; /* kept connections that were given up because something came, or they ended,
                        between an answer and the next request */
    struct served served; /* by which instances, where answers name them */
    char log_of[32]; /* the process that served, when server errors came and the run started it */
    char log[512];   /* the end of its log: printable, secrets masked */
};

/* Counts it in if there is one of its kind already. */
bool answers_count(struct answers *answers, const struct answer_kind *kind);
/* Counts it in. The first of a kind brings sample and rule. */
void answers_add(struct answers *answers, const struct answer_kind *kind);
/* Adds all of `from`, and orders by count. */
void answers_merge(struct answers *answers, const struct answers *from);

/* Was every answer a yes or a no, and one at least a yes? Or there are none. */
bool answers_plain(const struct answers *answers);

/* "rejected", or why it decided nothing: "unclassified" */
const char *answer_meaning(const struct answer_kind *kind);
/* "900 x 200 application/json {isSuccess=false, message}: unclassified" */
void answer_describe(const struct answer_kind *kind, char *ret_text, size_t size);

/* Leaves in the rules that nobody wrote what tells kinds of one status apart: a condition that is
 * in all of them says nothing. Once, when all have been merged. */
void answers_sharpen(struct answers *answers, const struct spec_responses *responses);

/* Rules that tell the one kind from the other, "status=202": without texts, which may be those of
 * this one answer, where anything else does. Both are the same when nothing does. */
void answers_propose(const struct answer_kind *yes, const struct answer_kind *no, char *ret_yes,
                     char *ret_no, size_t size);

/* Was nobody told no, and more told yes than the limit? Then the accepted rules may be too wide.
 * When what was taken for a yes is of two kinds that differ in true, false or null, who was told
 * yes is not known: those requests and kinds become ambiguous. When it is a web page for everybody,
 * it was no decision. False: no reason to doubt. */
bool answers_doubt(struct answers *answers, struct history *history, int64_t limit);

/* A value of a rule that stands in quotes of its own ('"true"'), where answers carry what is within
 * them (true): the rule cannot mean that, and the answers are nobody's fault. NULL: none. */
const struct spec_pair *answers_misquoted(const struct answers *answers,
                                          const struct spec_responses *responses);

/* "200 answers match both accepted and rejected: {isSuccess=false}" */
void answers_ambiguous(const struct answers *answers, const struct spec_responses *responses,
                       int64_t count, char *ret_text, size_t size);

/* What to do about answers that decided nothing: the options that say what they mean, or why they
 * came from before the service, spelled as the scenario was given: as flags or as keys. No option
 * that also matches a kind that was told yes. False: all decided. */
bool answers_advise(const struct answers *answers, const struct scenario *scenario, char *ret_text,
                    size_t size);

#endif
