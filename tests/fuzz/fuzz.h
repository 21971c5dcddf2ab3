/* What the fuzz targets share. Each target is one file with one function: bytes in, the code under
 * test, and what must hold of it whatever the bytes are. A broken promise aborts, which the fuzzer
 * reports with the bytes. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "starve.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MUST(promise)                                                                              \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #promise);               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The bytes as a text in a block of exactly its size, so that a step beyond its end is seen. A NUL
 * ends it. */
static inline char *fuzz_text(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    MUST(text);
    if (size)
        memcpy(text, bytes, size);
    text[size] = '\0';
    char *exact = strdup(text);
    free(text);
    MUST(exact);
    return exact;
}

/* Cuts the first line off: what it is, and the rest. The caller frees neither: both point into
 * text. */
static inline char *fuzz_line(char **text)
{
    char *line = strsep(text, "\n");
    if (!*text)
        *text = line + strlen(line);
    return line;
}

/* The same file again and again, with these bytes in it. */
static inline void fuzz_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    MUST(file);
    MUST(fwrite(bytes, 1, size, file) == size);
    MUST(fclose(file) == 0);
}

/* A directory of this process alone, in memory. */
static inline const char *fuzz_dir(void)
{
    static char path[256];
    if (!path[0]) {
        const char *tmp = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/rushproof-fuzz-XXXXXX", tmp ? tmp : "/dev/shm");
        MUST(mkdtemp(path));
    }
    return path;
}

#endif
