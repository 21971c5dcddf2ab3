/* Which default checks make sense for a run, by the words of model/check_rows.h. Pure. */
#ifndef VERIFY_APPLIES_H
#define VERIFY_APPLIES_H

#include "verify/case.h"

typedef bool check_applies(const struct case_file *facts);

#define CHECK(word, other, applies, ...) check_applies applies_##applies;
#include "model/check_rows.h"
#undef CHECK

#endif
