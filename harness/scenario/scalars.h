/* Binders of values: each checks a scalar against its row of the grammar and keeps it. */
#ifndef SCENARIO_SCALARS_H
#define SCENARIO_SCALARS_H

#include "base/clock.h"
#include "scenario/walk.h"

binder scalar_text, scalar_pointer, scalar_word, scalar_choice, scalar_bool, scalar_int,
    scalar_duration, scalar_instant, scalar_wait;

/* The length and the pattern of a rule, for a text that is no node of its own. */
int scalar_check_text(const struct walk *walk, const struct rule *rule, const struct place *place,
                      int line, const char *text);

/* "/rank" of "rank" and of "/rank". The caller frees *ret_pointer. */
int scalar_make_pointer(const struct walk *walk, const char *text, char **ret_pointer);

/* "1500ms": the largest unit that divides it, so that reading it back gives the same span. */
void scalar_spell_span(ns_t span, char *ret_text, size_t size);

#endif
