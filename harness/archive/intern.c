#include <stdlib.h>
#include <string.h>

#include "archive/result_load.h"

/* Few texts (a check has a handful of kinds of witnesses), so a list that moves the last find to
 * the front is enough even for a million witnesses. */
struct interned {
    struct interned *next;
    char text[];
};

static struct interned *list;

const char *intern_text(const char *text)
{
    for (struct interned **link = &list; *link; link = &(*link)->next) {
        struct interned *found = *link;
        if (strcmp(found->text, text) != 0)
            continue;
        *link = found->next;
        found->next = list;
        list = found;
        return found->text;
    }
    size_t size = strlen(text) + 1;
    struct interned *made = malloc(sizeof *made + size);
    if (!made)
        return NULL;
    memcpy(made->text, text, size);
    made->next = list;
    list = made;
    return made->text;
}
