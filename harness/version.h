/* Versions of rushproof and of the libraries that it runs with. Any thread. */
#ifndef HARNESS_VERSION_H
#define HARNESS_VERSION_H

#include <stddef.h>
#include <stdio.h>

/* "libcurl 7.88.1, librdkafka 2.0.2, …" as loaded now. Returns ret_text. */
char *version_libraries(char *ret_text, size_t size);

void version_print(FILE *out);

#endif
