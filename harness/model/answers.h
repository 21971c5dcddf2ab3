/* Answers: what came back, one entry a kind. Two answers are of one kind when status, class, cause,
 * content type and shape are the same; so a thousand answers are a table of a few lines, and a
 * wrong path, a login page or a forgotten rule is seen at a glance.
 *
 * The load fills it (each worker its own, merged when all have ended), reports show it, the archive
 * brings it back. The layout is public: a run embeds it. Pure data. */
#ifndef MODEL_ANSWERS_H
#define MODEL_ANSWERS_H

#include <stdint.h>

#define ANSWERS_MAX 16

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
    int64_t others; /* answers of further kinds */
};

/* Counts one more answer of this kind. The first of a kind brings the sample. */
void answers_add(struct answers *answers, const struct answer_kind *kind);
/* Adds all of `from`, and orders by count. */
void answers_merge(struct answers *answers, const struct answers *from);

#endif
