/* links: base */
/* covers: base/utf8.c */
/* Characters: never past the end of the text, and both functions agree on what is valid. */
#include "base/utf8.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    const char *at = text, *end = text + strlen(text);
    size_t valid = utf8_check(text);
    MUST(valid <= (size_t)(end - text));
    while (at < end) {
        bool before = at < text + valid;
        uint32_t character = utf8_next(&at);
        MUST(at <= end);
        MUST(!before || character != UTF8_INVALID);
    }
    MUST(utf8_line_at(text, size) >= 1);
    free(text);
    return 0;
}
