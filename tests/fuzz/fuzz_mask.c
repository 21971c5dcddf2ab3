/* links: base */
/* covers: base/mask.c base/mask_form.c base/mask_places.c */
/* covers: base/mask_trie.c base/mask_unit.c base/mask_words.c */
/* A secret in the first line, a text in the others: the secret is in no masked text. */
#include "base/mask.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size), *rest = text;
    const char *secret = fuzz_line(&rest);
    struct buf masked;
    size_t length;
    mask_forget();
    mask_add(secret);
    if (size % 4 == 1)
        mask_public(rest);
    mask_learn(rest);
    buf_init(&masked, 1 << 22);
    (void)!mask_apply(rest, &masked);
    buf_clear(&masked);
    (void)!mask_text(rest, &masked);
    buf_clear(&masked);
    (void)!mask_value(rest, &masked);
    (void)mask_is_secret(secret);
    (void)mask_find_password(rest, &length);
    mask_apply_here(rest, strlen(rest) + 1);
    buf_free(&masked);
    free(text);
    return 0;
}
