/* links: load */
/* covers: harness/load/http/feeder.c */
/* A feeder's CSV: every cell of what is read is a text. */
#include "fuzz.h"
#include "load/http/feeder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[128];
    struct feeder feeder = {0};
    struct err err = {0};
    snprintf(path, sizeof path, "%s/feeder.csv", fuzz_dir());
    fuzz_file(path, bytes, size);
    if (feeder_read(path, &feeder, &err)) {
        MUST(err.message[0]);
        return 0;
    }
    size_t length = 0;
    for (size_t row = 0; row < feeder.rows; row++)
        for (size_t column = 0; column < feeder.columns; column++)
            length += strlen(feeder_cell(&feeder, row, column));
    MUST(length <= size);
    (void)feeder_column(&feeder, "token", 5);
    feeder_free(&feeder);
    return 0;
}
