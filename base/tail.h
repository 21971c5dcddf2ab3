/* The end of a log: from its last line that says what went wrong on, or the last lines, as many as
 * fit, from the beginning of a line. Pure. */
#ifndef BASE_TAIL_H
#define BASE_TAIL_H

#include <stddef.h>

/* Of a line that does not fit by itself, how it begins and how it ends, with a mark between them.
 * size: at least 16. */
void tail_lines(const char *text, char *ret_text, size_t size);

#endif
