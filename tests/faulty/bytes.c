#include "faulty/bytes.h"

void bytes_from_user(int64_t user, unsigned char ret_bytes[8])
{
    for (int i = 0; i < 8; i++)
        ret_bytes[i] = (unsigned char)((uint64_t)user >> (56 - 8 * i));
}

bool bytes_to_user(const void *bytes, size_t count, int64_t *ret_user)
{
    const unsigned char *at = bytes;
    uint64_t user = 0;
    if (count != 8)
        return false;
    for (int i = 0; i < 8; i++)
        user = user << 8 | at[i];
    *ret_user = (int64_t)user;
    return true;
}
