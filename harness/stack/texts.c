#include "stack/texts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void texts_take(struct texts *texts, char *text)
{
    char **larger = text ? reallocarray(texts->v, texts->count + 2, sizeof *larger) : NULL;
    if (!larger) {
        free(text);
        texts->failed = true;
        return;
    }
    texts->v = larger;
    texts->v[texts->count++] = text;
    texts->v[texts->count] = NULL;
}

void texts_add(struct texts *texts, const char *text)
{
    texts_take(texts, strdup(text));
}

void texts_addf(struct texts *texts, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    texts_take(texts, length < 0 ? NULL : text);
}

void texts_set(struct texts *texts, const char *name, const char *value)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < texts->count; i++) {
        if (strncmp(texts->v[i], name, length) != 0 || texts->v[i][length] != '=')
            continue;
        free(texts->v[i]);
        texts->v[i] = texts->v[--texts->count];
        texts->v[texts->count] = NULL;
        break;
    }
    texts_addf(texts, "%s=%s", name, value);
}

void texts_environment(struct texts *texts)
{
    for (char **entry = environ; entry && *entry; entry++)
        texts_add(texts, *entry);
}

void texts_free(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->v[i]);
    free(texts->v);
    *texts = (struct texts){0};
}
