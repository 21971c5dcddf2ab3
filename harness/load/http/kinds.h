/* Kinds: sorts a worker's answers into kinds (model/answers.h) as they come. Looking at an answer
 * allocates nothing; a sample and a rule are made only for the first of a kind.
 * @thread the worker that owns the answers. */
#ifndef LOAD_KINDS_H
#define LOAD_KINDS_H

#include "load/http/rules.h"
#include "model/answers.h"
#include "model/history.h"

/* Takes note of a record that has ended. response: NULL when no whole answer came. */
void kinds_note(struct answers *answers, const struct rules *rules, const struct request *record,
                const struct response *response);

/* Makes the samples of merged answers fit to be shown: secrets masked, and cut so that no half of
 * one is left at the end. @thread driver */
void kinds_finish(struct answers *answers);

#endif
