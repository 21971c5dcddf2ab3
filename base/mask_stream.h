/* A file whose bytes pass through the registry of mask.h: what reports are written with. One thread
 * a file. */
#ifndef BASE_MASK_STREAM_H
#define BASE_MASK_STREAM_H

#include <stdio.h>

/* Writes onto under, which stays the caller's: fclose hands the last bytes on, and tells of every
 * error until then. NULL: no memory. */
FILE *mask_stream_open(FILE *under) __attribute__((warn_unused_result));

/* A whole text onto a file that stays the caller's, values masked. Errors stay in out (ferror). */
void mask_stream_print(FILE *out, const char *text);

#endif
