#include "consumer/tuples.h"

#include <string.h>

enum { INT8_SIZE = 8, TUPLE_SIZE = 2 + 4 + INT8_SIZE };

void tuples_of_int8(struct buf *out, const uint8_t *values, size_t count)
{
    static const char head[] = "PGCOPY\n\377\r\n\0" /* the signature ends in this NUL */
                               "\0\0\0\0"           /* flags */
                               "\0\0\0\0";          /* length of the header's extension */
    static const uint8_t end[] = {0xff, 0xff};
    uint8_t tuple[TUPLE_SIZE] = {0, 1, 0, 0, 0, INT8_SIZE};
    buf_clear(out);
    buf_add(out, head, sizeof head - 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(tuple + TUPLE_SIZE - INT8_SIZE, values + i * INT8_SIZE, INT8_SIZE);
        buf_add(out, tuple, sizeof tuple);
    }
    buf_add(out, end, sizeof end);
}
