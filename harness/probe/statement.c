#include "probe/statement.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where a comment that begins at p ends; p itself when none does. */
static const char *skip_comment(enum dialect dialect, const char *p)
{
    bool mysql = dialect == DIALECT_MYSQL;
    /* In MySQL 2--1 is a sum. */
    bool dashes = !strncmp(p, "--", 2) && (!mysql || !p[2] || isspace((unsigned char)p[2]));
    if (dashes || (mysql && *p == '#'))
        return p + strcspn(p, "\n");
    if (strncmp(p, "/*", 2) != 0)
        return p;
    const char *end = strstr(p + 2, "*/");
    return end ? end + 2 : p + strlen(p);
}

/* The same for a quoted text. The modes of the session are ours, so that '\' escapes in MySQL. */
static const char *skip_quoted(enum dialect dialect, const char *p)
{
    char quote = *p;
    if (!quote || !strchr("'\"`", quote))
        return p;
    for (p++; *p && *p != quote; p++)
        if (*p == '\\' && p[1] && dialect == DIALECT_MYSQL && quote != '`')
            p++;
    return *p ? p + 1 : p;
}

size_t statement_length(enum dialect dialect, const char *text)
{
    const char *last = text;
    for (const char *p = text; *p;) {
        const char *end = skip_comment(dialect, p);
        if (end != p) {
            p = end;
            continue;
        }
        end = skip_quoted(dialect, p);
        bool blank = end == p && strchr("; \t\r\n", *p);
        p = end == p ? p + 1 : end;
        if (!blank)
            last = p;
    }
    return (size_t)(last - text);
}

static size_t word_length(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");
}

/* The next word outside of quotes and comments; NULL: there is none. */
static const char *next_word(enum dialect dialect, const char *p, size_t *ret_length)
{
    while (*p) {
        const char *end = skip_comment(dialect, p);
        end = end == p ? skip_quoted(dialect, p) : end;
        if (end != p) {
            p = end;
            continue;
        }
        *ret_length = word_length(p);
        if (*ret_length)
            return p;
        p++;
    }
    return NULL;
}

static bool is_word(const char *p, size_t length, const char *word)
{
    return p && strlen(word) == length && !strncasecmp(p, word, length);
}

static const char *first_word(enum dialect dialect, const char *text, size_t *ret_length)
{
    const char *p = text, *end;
    while (*p && (isspace((unsigned char)*p) || *p == '(' || (end = skip_comment(dialect, p)) != p))
        p = isspace((unsigned char)*p) || *p == '(' ? p + 1 : end;
    *ret_length = word_length(p);
    return p;
}

/* What reads rows but does more than that, in MySQL. NULL as the second: whatever follows. */
static const char *const forbidden[][2] = {
    {"INTO", NULL},         {"FOR", "UPDATE"},           {"FOR", "SHARE"}, {"LOCK", "IN"},
    {"NEXT", "VALUE"},      {"NEXTVAL", NULL},           {"SETVAL", NULL}, {"GET_LOCK", NULL},
    {"RELEASE_LOCK", NULL}, {"RELEASE_ALL_LOCKS", NULL},
};

static bool has_forbidden(const char *text, char *ret_why, size_t size)
{
    size_t length = 0, next_length = 0;
    const char *word = next_word(DIALECT_MYSQL, text, &length);
    while (word) {
        const char *next = next_word(DIALECT_MYSQL, word + length, &next_length);
        for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
            const char *second = forbidden[i][1];
            if (!is_word(word, length, forbidden[i][0]) ||
                (second && !is_word(next, next_length, second)))
                continue;
            snprintf(ret_why, size, "evidence must only be read, and %s%s%s does more than that",
                     forbidden[i][0], second ? " " : "", second ? second : "");
            return true;
        }
        word = next;
        length = next_length;
    }
    return false;
}

bool statement_reads(enum dialect dialect, const char *text, char *ret_why, size_t size)
{
    static const char *const readers[] = {"SELECT", "WITH", "VALUES", "TABLE", "SHOW"};
    size_t length = 0;
    const char *word = first_word(dialect, text, &length);
    if (dialect == DIALECT_MYSQL && (strstr(text, "/*!") || strstr(text, "/*M!"))) {
        snprintf(ret_why, size, "a comment /*! … */ is run by MySQL; evidence must only be read");
        return false;
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (is_word(word, length, readers[i]))
            return dialect == DIALECT_POSTGRES || !has_forbidden(text, ret_why, size);
    snprintf(ret_why, size,
             "'%.*s' is no query; evidence must only be read: allowed is one statement that "
             "begins with SELECT, WITH, VALUES, TABLE or SHOW",
             (int)(length > 24 ? 24 : length), word);
    return false;
}
