#include "model/served.h"

#include <string.h>

#include "base/printable.h"

uint8_t served_number(struct served *served, const char *name, size_t length)
{
    char shown[sizeof *served->names];
    printable(name, length, shown, sizeof shown);
    if (!*shown)
        return 0;
    for (unsigned i = 0; i < served->count; i++)
        if (!strcmp(served->names[i], shown))
            return (uint8_t)(i + 1);
    if (served->count == INSTANCES_MAX)
        return 0;
    memcpy(served->names[served->count++], shown, sizeof shown);
    return (uint8_t)served->count;
}
