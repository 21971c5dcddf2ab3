/* Fields of a multipart/form-data body (RFC 7578) whose names say that their values are secret:
 * name="password", the rest of the part's header, an empty line, the value. */
#include <string.h>

#include "base/mask.h"
#include "base/mask_inside.h"

enum { NAME_MAX_BYTES = 64, HEADER_MAX = 512 };

/* Length of a line's end, also as quoted texts write it; 0: here is none. */
static size_t line_end(const char *at)
{
    static const char *const ends[] = {"\r\n", "\n", "\\r\\n", "\\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (!strncmp(at, ends[i], strlen(ends[i])))
            return strlen(ends[i]);
    return 0;
}

static const char *empty_line(const char *at)
{
    const char *end = at + strnlen(at, HEADER_MAX);
    for (size_t first, second; at < end; at++)
        if ((first = line_end(at)) != 0 && (second = line_end(at + first)) != 0)
            return at + first + second;
    return NULL;
}

struct mask_span mask_form_field(const char *text, const char *quote)
{
    char name[NAME_MAX_BYTES];
    quote += *quote == '\\';
    size_t length = *quote == '"' ? strcspn(quote + 1, "\"\\\r\n") : 0;
    if (!length || length >= sizeof name)
        return (struct mask_span){0};
    memcpy(name, quote + 1, length);
    name[length] = '\0';
    const char *value = mask_is_secret(name) ? empty_line(quote + 1 + length) : NULL, *end = value;
    while (end && *end && !(line_end(end) && !strncmp(end + line_end(end), "--", 2)))
        end++;
    bool masked = value && end - value == 4 && !strncmp(value, MASK_STARS, 4);
    return value && !masked ? (struct mask_span){(size_t)(value - text), (size_t)(end - text)}
                            : (struct mask_span){0};
}
