/* Do the rows look as if the query's first column were not the user? Pure. */
#ifndef VERIFY_COLUMNS_H
#define VERIFY_COLUMNS_H

#include "verify/case.h"

/* What to look at in the query, when rows and answers do not fit together in a way that a wrong
 * column explains as well as a wrong service does; NULL: nothing of the kind. *ret_certain: another
 * column holds exactly those who were told yes. */
const char *columns_doubt(const struct case_file *facts, bool *ret_certain);

#endif
