/* Reads a recorded conversation (tests/proxy/record.py). */
#ifndef TESTS_PROXY_TALK_H
#define TESTS_PROXY_TALK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TALK_PIECES_MAX 512

struct talk {
    struct {
        bool server;
        uint8_t *bytes;
        size_t length;
    } v[TALK_PIECES_MAX];
    unsigned count;
};

/* In place; returns the length. */
static inline size_t talk_unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        if (*at != '\\')
            *to++ = *at;
        else if (*++at == 'x')
            *to++ = (char)strtol((char[]){at[1], at[2], 0}, NULL, 16), at += 2;
        else
            *to++ = *at == 'n' ? '\n' : *at == 'r' ? '\r' : '\\';
    }
    return (size_t)(to - text);
}

static inline bool talk_read(const char *path, struct talk *talk)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    talk->count = 0;
    if (!file)
        return false;
    for (ssize_t got; (got = getline(&line, &room, file)) > 0 && talk->count < TALK_PIECES_MAX;) {
        line[got - (line[got - 1] == '\n')] = '\0';
        if ((*line != '<' && *line != '>') || line[1] != ' ')
            continue;
        size_t length = talk_unescape(line + 2);
        uint8_t *bytes = malloc(length ? length : 1);
        memcpy(bytes, line + 2, length);
        talk->v[talk->count].server = *line == '<';
        talk->v[talk->count].bytes = bytes;
        talk->v[talk->count++].length = length;
    }
    free(line);
    fclose(file);
    return true;
}

static inline void talk_free(struct talk *talk)
{
    for (unsigned i = 0; i < talk->count; i++)
        free(talk->v[i].bytes);
}

#endif
