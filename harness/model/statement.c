#include "model/statement.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_part_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Behind a block comment; those of Postgres may hold others. */
static const char *skip_block(enum dialect dialect, const char *p)
{
    int depth = 0;
    for (; *p; p++) {
        bool opens = !strncmp(p, "/*", 2), closes = !strncmp(p, "*/", 2);
        if (opens && (!depth || dialect == DIALECT_POSTGRES))
            depth++;
        if (closes && --depth == 0)
            return p + 2;
        p += opens || closes;
    }
    return p;
}

/* Where a comment that begins at p ends; p itself when none does. */
static const char *skip_comment(enum dialect dialect, const char *p)
{
    bool mysql = dialect == DIALECT_MYSQL;
    /* In MySQL 2--1 is a sum. */
    bool dashes = !strncmp(p, "--", 2) && (!mysql || !p[2] || isspace((unsigned char)p[2]));
    if (dashes || (mysql && *p == '#'))
        return p + strcspn(p, "\n");
    return strncmp(p, "/*", 2) ? p : skip_block(dialect, p);
}

/* The same for $tag$ … $tag$ of Postgres. */
static const char *skip_dollars(const char *text, const char *p)
{
    const char *tag = p + 1;
    if (p > text && is_part_of_word(p[-1]))
        return p;
    while (is_part_of_word(*tag) && *tag != '$')
        tag++;
    if (*tag != '$' || isdigit((unsigned char)p[1]))
        return p;
    size_t length = (size_t)(tag + 1 - p);
    for (const char *end = tag + 1; *end; end++)
        if (!strncmp(end, p, length))
            return end + length;
    return tag + strlen(tag);
}

/* Does '\' escape in the quoted text that begins at p? The modes of the session are ours: in MySQL
 * it does, in Postgres it does in E'…'. */
static bool has_escapes(enum dialect dialect, const char *text, const char *p)
{
    if (dialect == DIALECT_MYSQL)
        return *p != '`';
    bool marked = *p == '\'' && p > text && (p[-1] == 'E' || p[-1] == 'e');
    return marked && (p - 1 == text || !is_part_of_word(p[-2]));
}

/* The same for a quoted text; text is where everything begins. */
static const char *skip_quoted(enum dialect dialect, const char *text, const char *p)
{
    char quote = *p;
    if (quote == '$' && dialect == DIALECT_POSTGRES)
        return skip_dollars(text, p);
    if (!quote || !strchr("'\"`", quote))
        return p;
    bool escapes = has_escapes(dialect, text, p);
    for (p++; *p && *p != quote; p++)
        if (*p == '\\' && p[1] && escapes)
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
        end = skip_quoted(dialect, text, p);
        bool blank = end == p && strchr("; \t\r\n", *p);
        p = end == p ? p + 1 : end;
        if (!blank)
            last = p;
    }
    return (size_t)(last - text);
}

size_t statement_first(enum dialect dialect, const char *text)
{
    const char *p = text;
    while (*p && *p != ';') {
        const char *end = skip_comment(dialect, p);
        end = end == p ? skip_quoted(dialect, text, p) : end;
        p = end == p ? p + 1 : end;
    }
    return (size_t)(p - text);
}

static size_t word_length(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");
}

/* The next word outside of quotes and comments; NULL: there is none. */
static const char *next_word(enum dialect dialect, const char *p, size_t *ret_length)
{
    const char *text = p;
    while (*p) {
        const char *end = skip_comment(dialect, p);
        end = end == p ? skip_quoted(dialect, text, p) : end;
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

/* Behind the first statement is another one. */
static bool is_several(enum dialect dialect, const char *text)
{
    size_t length = statement_length(dialect, text);
    for (const char *p = text; p < text + length;) {
        const char *end = skip_comment(dialect, p);
        end = end == p ? skip_quoted(dialect, text, p) : end;
        if (end == p && *p == ';')
            return true;
        p = end == p ? p + 1 : end;
    }
    return false;
}

static bool sql_reads(enum dialect dialect, const char *text, char *ret_why, size_t size)
{
    static const char *const readers[] = {"SELECT", "WITH", "VALUES", "TABLE", "SHOW"};
    static const char allowed[] =
        "allowed is one statement that begins with SELECT, WITH, VALUES, TABLE or SHOW";
    size_t length = 0;
    const char *word = first_word(dialect, text, &length);
    bool reads = false;
    if (dialect == DIALECT_MYSQL && (strstr(text, "/*!") || strstr(text, "/*M!"))) {
        snprintf(ret_why, size, "a comment /*! … */ is run by MySQL; evidence must only be read");
        return false;
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        reads |= is_word(word, length, readers[i]);
    if (!reads)
        snprintf(ret_why, size, "'%.*s' is no query; evidence must only be read: %s",
                 (int)(length > 24 ? 24 : length), word, allowed);
    else if (is_several(dialect, text))
        snprintf(ret_why, size, "a query must be one statement, and more follows the ';': %s",
                 allowed);
    else
        return dialect == DIALECT_POSTGRES || !has_forbidden(text, ret_why, size);
    return false;
}

/* Commands that are known to write, or to do other things than read, in every version. */
static const char *const redis_writers[] = {
    "APPEND",   "BITOP",       "BLMOVE",   "BLPOP",       "BRPOP",    "CONFIG",    "COPY",
    "DECR",     "DECRBY",      "DEL",      "EVAL",        "EVALSHA",  "EXEC",      "EXPIRE",
    "EXPIREAT", "FCALL",       "FLUSHALL", "FLUSHDB",     "FUNCTION", "GEOADD",    "GETDEL",
    "GETEX",    "GETSET",      "HDEL",     "HINCRBY",     "HMSET",    "HSET",      "HSETNX",
    "INCR",     "INCRBY",      "LINSERT",  "LMOVE",       "LPOP",     "LPUSH",     "LPUSHX",
    "LREM",     "LSET",        "LTRIM",    "MOVE",        "MSET",     "MSETNX",    "MULTI",
    "PERSIST",  "PEXPIRE",     "PFADD",    "PFMERGE",     "PSETEX",   "PUBLISH",   "RENAME",
    "RENAMENX", "RESTORE",     "RPOP",     "RPOPLPUSH",   "RPUSH",    "RPUSHX",    "SADD",
    "SCRIPT",   "SDIFFSTORE",  "SET",      "SETBIT",      "SETEX",    "SETNX",     "SETRANGE",
    "SHUTDOWN", "SINTERSTORE", "SMOVE",    "SPOP",        "SREM",     "SUBSCRIBE", "SUNIONSTORE",
    "SWAPDB",   "UNLINK",      "XADD",     "XDEL",        "XTRIM",    "ZADD",      "ZINCRBY",
    "ZPOPMAX",  "ZPOPMIN",     "ZREM",     "ZUNIONSTORE",
};

/* A key alone is read by GET; of a command the first word counts. */
static bool redis_reads(const char *text, char *ret_why, size_t size)
{
    static const char blanks[] = " \t\r\n";
    const char *word = text + strspn(text, blanks);
    size_t length = strcspn(word, blanks);
    bool alone = !word[length + strspn(word + length, blanks)];
    for (size_t i = 0; !alone && i < sizeof redis_writers / sizeof *redis_writers; i++)
        if (is_word(word, length, redis_writers[i])) {
            snprintf(ret_why, size,
                     "%s does more than read; evidence must only be read: allowed are commands "
                     "that Redis flags readonly, such as GET, SCARD, HGET, ZCARD, LLEN, EVAL_RO",
                     redis_writers[i]);
            return false;
        }
    for (const char *p = word; *p; p += strspn(p, blanks)) {
        const char *end = *p == '"' || *p == '\'' ? strchr(p + 1, *p) : p + strcspn(p, blanks);
        if (!end) {
            snprintf(ret_why, size, "a quote is open: %.40s", p);
            return false;
        }
        p = *p == '"' || *p == '\'' ? end + 1 : end;
    }
    if (!length)
        snprintf(ret_why, size, "is empty; allowed: a key, or a command with blanks");
    return length > 0;
}

bool statement_reads(enum dialect dialect, const char *text, char *ret_why, size_t size)
{
    return dialect == DIALECT_REDIS ? redis_reads(text, ret_why, size)
                                    : sql_reads(dialect, text, ret_why, size);
}
