#include "broker/greeting.h"

#include <string.h>

/* Four bytes of size and four of correlation id; then error 35 (UNSUPPORTED_VERSION), the array of
 * one entry, and the entry: API 18 (ApiVersions), versions 0 to 2. The mixed answer has the array's
 * length in one byte and a throttle time at the end, which version 0 has not. */
static const unsigned char wrong_size[] = {0, 0, 0, GREETING_WRONG - 4};
static const unsigned char wrong_body[] = {0, 35, 1, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0};
static const unsigned char right_size[] = {0, 0, 0, GREETING_RIGHT - 4};
static const unsigned char right_body[] = {0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 2};

bool greeting_mend(const unsigned char *bytes, size_t length,
                   unsigned char ret_bytes[GREETING_RIGHT])
{
    if (length != GREETING_WRONG || memcmp(bytes, wrong_size, sizeof wrong_size) != 0 ||
        memcmp(bytes + 8, wrong_body, sizeof wrong_body) != 0)
        return false;
    memcpy(ret_bytes, right_size, sizeof right_size);
    memcpy(ret_bytes + 4, bytes + 4, 4);
    memcpy(ret_bytes + 8, right_body, sizeof right_body);
    return true;
}
