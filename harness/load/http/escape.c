#include "load/http/escape.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest escape of one byte: \u001f. */
enum { GROWTH = 6 };

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

int escape_text(enum escape escape, const char *text, char **ret_text, struct err *err)
{
    char *escaped = malloc(strlen(text) * GROWTH + 1);
    if (!escaped)
        return err_set(err, ERR_MEMORY, "out of memory");
    char *out = escaped;
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (escape == ESCAPE_HEADER && *at < 0x20 && *at != '\t') {
            free(escaped);
            return err_set(err, ERR_USAGE, "a header's value cannot hold a line break");
        }
        if (escape == ESCAPE_URL)
            out = put_url(out, *at);
        else if (escape == ESCAPE_JSON)
            out = put_json(out, *at);
        else
            *out++ = (char)*at;
    }
    *out = '\0';
    *ret_text = escaped;
    return 0;
}
