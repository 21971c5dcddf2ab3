#include "store/http_query.h"

#include <stdio.h>
#include <string.h>

static bool take_word(const char *word, size_t length, struct http_query *query)
{
    static const char prefix[] = "next=";
    bool next = !strncmp(word, prefix, sizeof prefix - 1);
    const char *pointer = next ? word + sizeof prefix - 1 : word;
    length -= (size_t)(pointer - word);
    char *to = next ? query->next : query->list;
    if ((*pointer != '/' && !(length == 1 && *pointer == '.' && !next)) ||
        length >= sizeof query->list)
        return false;
    snprintf(to, sizeof query->list, "%.*s", *pointer == '.' ? 0 : (int)length, pointer);
    return true;
}

bool http_query_read(const char *text, struct http_query *ret_query)
{
    static const char blanks[] = " \t\r\n";
    bool fine = text[strspn(text, blanks)] != '\0';
    *ret_query = (struct http_query){.list = "", .next = ""};
    for (const char *p = text + strspn(text, blanks); *p && fine; p += strspn(p, blanks)) {
        size_t length = strcspn(p, blanks);
        fine = take_word(p, length, ret_query);
        p += length;
    }
    return fine;
}
