#include "model/pipeline_kind.h"

#include <stddef.h>

const struct pipeline_kind pipeline_kinds[] = {
#define PIPELINE(word, ...) {#word, __VA_ARGS__},
#include "model/pipeline_rows.h"
#undef PIPELINE
};

const char *const pipeline_words[] = {
#define PIPELINE(word, ...) #word,
#include "model/pipeline_rows.h"
#undef PIPELINE
    NULL};
