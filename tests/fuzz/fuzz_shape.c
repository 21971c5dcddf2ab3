/* links: proxy */
/* covers: harness/proxy/shape_sql.c harness/proxy/sql_kind.c harness/proxy/shape.c
 * harness/proxy/value.c */
/* words: harness/proxy/shape_sql.c harness/proxy/sql_kind.c */
/* An SQL text, in a block of exactly its size; the first byte says whose. */
#include "fuzz.h"
#include "proxy/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct value_rules rules;
    struct values values = {0};
    if (size == 0)
        return 0;
    struct shapes *shapes = shapes_open();
    MUST(shapes);
    char *text = malloc(size);
    MUST(text);
    memcpy(text, bytes + 1, size - 1);
    enum shape_dialect dialect = bytes[0] & 1 ? SHAPE_MYSQL : SHAPE_POSTGRES;
    unsigned number = shape_sql(shapes, dialect, text, size - 1, &rules, &values);
    const struct shape *shape = shapes_get(shapes, number);
    MUST(shape && shape->kind < SHAPE_KINDS && strlen(shape->text) < sizeof shape->text);
    MUST(number == shape_sql(shapes, dialect, text, size - 1, &rules, &values));
    free(text);
    shapes_close(shapes);
    return 0;
}
