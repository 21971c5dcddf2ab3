/* links: load */
/* covers: harness/load/http/feeder.c */
/* A feeder's CSV: every cell of what is read is a text, and a column of users says who they are. */
#include "fuzz.h"
#include "load/http/feeder.h"

static void users(struct feeder *feeder)
{
    struct err err = {0};
    feeder->roster = NULL; /* numbers from 1 */
    int column = feeder_column(feeder, "user", 4);
    bool said = feeder_check_users(feeder, &err) == 0;
    MUST(said || err.message[0]);
    for (size_t row = 0; said && column >= 0 && row < feeder->rows; row++)
        MUST(strtoull(feeder_cell(feeder, row, (size_t)column), NULL, 10) == row + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[128];
    struct feeder feeder = {0};
    struct err err = {0};
    snprintf(path, sizeof path, "%s/feeder.csv", fuzz_dir());
    fuzz_file(path, bytes, size);
    if (feeder_open(fuzz_dir(), "feeder.csv", &feeder, &err)) {
        MUST(err.message[0]);
        return 0;
    }
    size_t length = 0;
    for (size_t row = 0; row < feeder.rows; row++)
        for (size_t column = 0; column < feeder.columns; column++)
            length += strlen(feeder_cell(&feeder, row, column));
    MUST(length <= size);
    (void)feeder_column(&feeder, "token", 5);
    users(&feeder);
    feeder_free(&feeder);
    return 0;
}
