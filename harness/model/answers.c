#include "model/answers.h"

#include <stdbool.h>
#include <string.h>

static bool same_kind(const struct answer_kind *a, const struct answer_kind *b)
{
    return a->status == b->status && a->cls == b->cls && a->cause == b->cause &&
           !strcmp(a->type, b->type) && !strcmp(a->shape, b->shape);
}

void answers_add(struct answers *answers, const struct answer_kind *kind)
{
    for (unsigned i = 0; i < answers->count; i++)
        if (same_kind(&answers->v[i], kind)) {
            answers->v[i].count += kind->count;
            return;
        }
    if (answers->count == ANSWERS_MAX)
        answers->others += kind->count;
    else
        answers->v[answers->count++] = *kind;
}

/* Few entries, in place, and equal counts keep their order. */
static void sort(struct answers *answers)
{
    for (unsigned i = 1; i < answers->count; i++)
        for (unsigned k = i; k > 0 && answers->v[k].count > answers->v[k - 1].count; k--) {
            struct answer_kind kind = answers->v[k];
            answers->v[k] = answers->v[k - 1];
            answers->v[k - 1] = kind;
        }
}

void answers_merge(struct answers *answers, const struct answers *from)
{
    for (unsigned i = 0; i < from->count; i++)
        answers_add(answers, &from->v[i]);
    answers->others += from->others;
    sort(answers);
}
