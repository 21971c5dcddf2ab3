#include "consumer/array.h"

#include <endian.h>

enum { INT8_SIZE = 8 };

void array_begin(struct buf *out, uint32_t element_type, size_t count)
{
    const uint32_t head[] = {htobe32(1), 0, htobe32(element_type), htobe32((uint32_t)count),
                             htobe32(1)};
    buf_clear(out);
    buf_add(out, head, sizeof head);
}

void array_add(struct buf *out, const void *bytes, uint32_t length)
{
    uint32_t head = htobe32(length);
    buf_add(out, &head, sizeof head);
    buf_add(out, bytes, length);
}

void array_add_int4(struct buf *out, int32_t value)
{
    uint32_t bytes = htobe32((uint32_t)value);
    array_add(out, &bytes, sizeof bytes);
}

void array_add_int8(struct buf *out, int64_t value)
{
    uint64_t bytes = htobe64((uint64_t)value);
    array_add(out, &bytes, sizeof bytes);
}

void array_of_int8(struct buf *out, const uint8_t *values, size_t count)
{
    array_begin(out, OID_INT8, count);
    for (size_t i = 0; i < count; i++)
        array_add(out, values + i * INT8_SIZE, INT8_SIZE);
}
