/* links: probe */
/* covers: harness/pipeline/decode.c */
/* A record's value in each format; the first byte says where the JSON pointer ends. */
#include "fuzz.h"
#include "pipeline/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    size_t line = bytes[0] % 16 < size ? bytes[0] % 16 : size - 1;
    char *pointer = fuzz_text(bytes + 1, line);
    size_t rest = size - 1 - line;
    uint8_t *value = malloc(rest + 1);
    MUST(value);
    memcpy(value, bytes + 1 + line, rest);
    struct roster *roster = bytes[0] & 16   ? roster_texts(false)
                            : bytes[0] & 32 ? roster_uuids(1, 1)
                                            : NULL;
    static const enum value_format formats[] = {VALUE_INT64, VALUE_TEXT, VALUE_JSON};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        int64_t user = 42;
        if (!decode_user(roster, formats[i], pointer, value, rest, &user))
            MUST(user == 42);
        (void)decode_user(roster, formats[i], NULL, value, rest, &user);
    }
    roster_free(roster);
    free(pointer);
    free(value);
    return 0;
}
