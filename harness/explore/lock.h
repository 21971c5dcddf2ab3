/* Locks that a service keeps in its store: statements that ask for one. Who does not get it asks
 * again, or waits at the store. Pure. */
#ifndef EXPLORE_LOCK_H
#define EXPLORE_LOCK_H

#include <stdbool.h>

/* Does a statement of this shape ask for a lock, by what its words say: SET … NX, a function or a
 * key whose name has "lock" in it, FOR UPDATE NOWAIT? What gives one back does not. */
bool lock_is_asked(const char *shape);

#endif
