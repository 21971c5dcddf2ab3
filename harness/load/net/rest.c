#include "load/net/rest.h"

#include <stdlib.h>
#include <string.h>

enum { IN_ROOM = 1024 };

bool rest_keep(struct rest *rest, const char *bytes, size_t length)
{
    if (length > rest->room) {
        size_t room = rest->room ? rest->room : IN_ROOM;
        while (room < length)
            room *= 2;
        char *grown = realloc(rest->bytes, room);
        if (!grown)
            return false;
        rest->bytes = grown;
        rest->room = (uint32_t)room;
    }
    if (length)
        memmove(rest->bytes, bytes, length);
    rest->length = (uint32_t)length;
    return true;
}
