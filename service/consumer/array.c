#include "consumer/array.h"

#include <endian.h>
#include <string.h>

enum { INT8_SIZE = 8 };

void array_of_int8(struct buf *out, const uint8_t *values, size_t count)
{
    const uint32_t head[] = {htobe32(1), 0, htobe32(OID_INT8), htobe32((uint32_t)count),
                             htobe32(1)};
    uint8_t element[4 + INT8_SIZE] = {0, 0, 0, INT8_SIZE};
    buf_clear(out);
    buf_add(out, head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        memcpy(element + 4, values + i * INT8_SIZE, INT8_SIZE);
        buf_add(out, element, sizeof element);
    }
}
