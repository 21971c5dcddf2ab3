/* Records that hold no user, as far as the scenario says how to read them. Pure. */
#ifndef VERIFY_UNDECODED_H
#define VERIFY_UNDECODED_H

#include "verify/case.h"

/* Says in the finding, as unknown, what one of them holds and what to write. dead: of the
 * dead-letter topic. */
void undecoded_say(const struct case_file *facts, const struct produced *list, size_t count,
                   bool dead, struct finding *finding);

#endif
