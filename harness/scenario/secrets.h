/* What a run is given and nobody should read in a report: told to base/mask before anything can be
 * shown. Main thread. */
#ifndef SCENARIO_SECRETS_H
#define SCENARIO_SECRETS_H

#include <stdbool.h>

#include "scenario/tree.h"

/* Everything secret in a scenario's tree: values under names that say so, what stands in secret
 * places of other texts. Words that the scenario shows in the open are told too. */
void secrets_learn_tree(const struct node *root);

/* The words of a command, as a shell hands them over. */
void secrets_learn_words(const char *const *words, size_t count);

/* "--password": the next word of the command is the value. */
bool secrets_is_flag(const char *word);

/* The environment, which services inherit, and the files that clients of databases take passwords
 * from (PGPASSFILE and the like). */
void secrets_learn_environment(void);

/* A value that ${name} of a scenario was filled with. */
void secrets_learn_reference(const char *name, const char *value);

#endif
