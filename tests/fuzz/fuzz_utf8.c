/* links: base */
/* covers: base/utf8.c */
/* Characters: never past the end of the text, and all functions agree on what is valid; what was
 * read is written the same. */
#include "base/utf8.h"
#include "fuzz.h"

static void put_back(uint32_t character, const char *from, const char *behind)
{
    char bytes[4];
    MUST(utf8_put(character, bytes) == (size_t)(behind - from));
    MUST(!memcmp(bytes, from, (size_t)(behind - from)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    const char *at = text, *end = text + strlen(text);
    size_t valid = utf8_check(text);
    MUST(valid <= (size_t)(end - text));
    while (at < end) {
        const char *from = at;
        bool before = at < text + valid;
        uint32_t character = utf8_next(&at);
        MUST(at <= end);
        MUST(!before || character != UTF8_INVALID);
        if (character != UTF8_INVALID)
            put_back(character, from, at);
        size_t cut = utf8_cut(text, (size_t)(at - text));
        MUST(cut <= (size_t)(at - text) && (!cut || !utf8_continues(text[cut])));
    }
    MUST(utf8_line_at(text, size) >= 1);
    free(text);
    return 0;
}
