/* links: base */
/* covers: base/json_pointer.c base/json_value.c */
/* A pointer in the first line, a text in the others: what is found lies within the text. */
#include "base/json_pointer.h"
#include "fuzz.h"

static void on_member(void *context, const struct json_value *name, const struct json_value *value)
{
    (void)name, (void)value;
    ++*(size_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t members = 0;
    const uint8_t *end = size ? memchr(bytes, '\n', size) : NULL;
    size_t line = end ? (size_t)(end - bytes) : size, rest = end ? size - line - 1 : 0;
    char *pointer = fuzz_text(bytes, line), *text = malloc(rest + 1);
    MUST(text);
    if (rest)
        memcpy(text, end + 1, rest);
    struct json_value value = json_pointer_find(text, rest, pointer);
    struct json_value same = json_pointer_find(text, rest, pointer);
    MUST(value.type == same.type);
    int64_t number = 0;
    char plain[16];
    (void)json_value_int(&value, &number);
    (void)json_value_text(&value, plain, sizeof plain);
    (void)json_value_equals(&value, pointer);
    (void)json_value_equals(&value, "1e2");
    MUST(!json_value_int(&value, &number) || value.type != JSON_TYPE_NONE);
    (void)json_pointer_members(text, rest, on_member, &members);
    free(pointer);
    free(text);
    return 0;
}
