#include "load/http/escape.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *put_url(char *out, unsigned char byte)
{
    if ((byte < 0x80 && isalnum(byte)) || (byte && strchr("-._~", byte))) {
        *out++ = (char)byte;
        return out;
    }
    return out + sprintf(out, "%%%02X", byte);
}

static char *put_json(char *out, unsigned char byte)
{
    if (byte == '"' || byte == '\\')
        *out++ = '\\';
    else if (byte < 0x20)
        return out + sprintf(out, "\\u%04x", byte);
    *out++ = (char)byte;
    return out;
}

char *escape_write(enum escape escape, const char *text, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (escape == ESCAPE_URL)
            out = put_url(out, byte);
        else if (escape == ESCAPE_JSON)
            out = put_json(out, byte);
        else
            *out++ = (char)byte;
    }
    return out;
}

int escape_text(enum escape escape, const char *text, char **ret_text, struct err *err)
{
    for (const char *at = text; escape == ESCAPE_HEADER && *at; at++)
        if ((unsigned char)*at < 0x20 && *at != '\t')
            return err_set(err, ERR_USAGE, "a header's value cannot hold a line break");
    size_t length = strlen(text);
    char *escaped = malloc(length * ESCAPE_GROWTH + 1);
    if (!escaped)
        return err_set(err, ERR_MEMORY, "out of memory");
    *escape_write(escape, text, length, escaped) = '\0';
    *ret_text = escaped;
    return 0;
}

char *escape_path(const char *text, char *out)
{
    static const char kept[] = "/?=&%:@!$'()*+,;";
    const char *host = strstr(text, "://");
    const char *path = host && host < text + strcspn(text, "/?#") + 2 ? host + 3 : NULL;
    path = path ? path + strcspn(path, "/?#") : *text == '/' ? text : NULL;
    if (!path)
        return escape_write(ESCAPE_URL, text, strlen(text), out);
    for (path += *path == '/'; *path && *path != '#'; path++) {
        if (strchr(kept, *path))
            *out++ = *path;
        else
            out = escape_write(ESCAPE_URL, path, 1, out);
    }
    return out;
}
