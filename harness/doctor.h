/* What `rushproof doctor` looks at: a table of diagnoses. Main thread. */
#ifndef HARNESS_DOCTOR_H
#define HARNESS_DOCTOR_H

#include <stddef.h>

enum diagnosis_level {
    DIAGNOSIS_GOOD,
    DIAGNOSIS_LESS, /* a default run works, something else does not, or not as well */
    DIAGNOSIS_BAD,  /* a default run cannot work */
};

enum { DIAGNOSIS_ADVICE_MAX = 6 };

struct diagnosis {
    enum diagnosis_level level;
    char text[384];
    char advice[DIAGNOSIS_ADVICE_MAX][256]; /* each with what to type */
    unsigned advice_count;
};

void diagnosis_set(struct diagnosis *diagnosis, enum diagnosis_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnosis_advise(struct diagnosis *diagnosis, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct doctor_row {
    const char *name;
    void (*look)(struct diagnosis *diagnosis);
};

extern const struct doctor_row doctor_table[];
extern const size_t doctor_count;

/* doctor_urgency.c */
void doctor_urgency(struct diagnosis *diagnosis);

#endif
