/* Sources: in what state each kind of evidence is, and what may be said on it. Pure.
 *
 * The laws that every check keeps, carried by the table in checks.c and by checks_guard alone:
 *
 *   pass    is a statement up to the instant of the verdict. Every source that it rests on was read
 *           whole: known, every record of it readable as a user, and the read begun after the last
 *           answer. The run as a whole passes only with at least one decision and at least one
 *           thing that was read (the check not_vacuous). A service that nobody finds any more then
 *           keeps it from passing (processes), whoever started it.
 *   fail    is a sentence that no continuation can take back. "It was there" (over the limit, told
 *           no and has one, twice, a stranger) is true from the first reading on. "It was not
 *           there" is true of a proof only: sources read whole, and the pipeline seen at rest until
 *           drain.timeout, or complete with nobody left whose request may still be served
 *           (verify/drain.h). And of rows that are known to be the service's: as long as not one
 *           row was seen that is of a user of this run, the query may read another table.
 *   unknown is everything else, with the source that is missing and what to do about it.
 *
 * Rows of which none is of anybody who asked are another table's, or the user is in another column:
 * they are used for nothing.
 *
 * Rows that were there before the run feed no other check than the one that says so (unexpected);
 * and of a list in which one value could not be read as a user nothing is drawn at all: whoever is
 * in it under another name would be missed. */
#ifndef VERIFY_SOURCES_H
#define VERIFY_SOURCES_H

#include "model/check.h"
#include "verify/case.h"

/* Fills facts->given, known and whole. A part of case_build, called when the lists are joined. */
void sources_survey(struct case_file *facts);

/* What to do when rows came, and none is of anybody who asked. */
#define SOURCES_UNPLACED_HINT "is the first column of the query the user?"

/* What to do when no row came. Returns ret_text. */
const char *sources_no_row_hint(const struct case_file *facts, char *ret_text, size_t size);

/* Says in the finding, as unknown, why the first of these sources does not do, and what to add.
 * bits: not all of them whole. */
void sources_missing(const struct case_file *facts, unsigned bits, struct finding *finding);

#endif
