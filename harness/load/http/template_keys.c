/* The texts that requests are told apart by. */
#include "load/http/template.h"

void template_make_uuid(struct rng *rng, char ret_text[static TEMPLATE_UUID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    uint64_t bits[2] = {rng_next(rng), rng_next(rng)};
    bits[0] = (bits[0] & ~UINT64_C(0xf000)) | UINT64_C(0x4000); /* version 4 */
    bits[1] = (bits[1] >> 2) | (UINT64_C(1) << 63);             /* variant 10 */
    char *out = ret_text;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *out++ = '-';
        *out++ = hex[bits[i / 16] >> (60 - i % 16 * 4) & 15];
    }
    *out = '\0';
}

/* Other ones than users.ids: uuid makes of the same seed. */
struct uuid_key template_keys(uint64_t seed)
{
    return uuid_key_of(seed ^ UINT64_C(0x6b657973));
}

void template_key(const struct uuid_key *key, size_t place, char *ret_text)
{
    uuid_format(uuid_of(key, place), ret_text);
}
