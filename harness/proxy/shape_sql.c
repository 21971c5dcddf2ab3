#include <string.h>

#include "proxy/shape_inside.h"
#include "proxy/sql_kind.h"

enum token { NOTHING, WORD, LEADER, LITERAL, COMMA, OPEN, CLOSE, OPERATOR };

struct sql {
    const char *text;
    size_t length, at;
    enum shape_dialect dialect;
    const struct value_rules *rules;
    struct values *values;
    struct sql_kind kind;
    struct draft draft;
    bool blank;              /* blanks or a comment came before the next token */
    bool executable;         /* inside of a comment that MySQL executes */
    bool negated;            /* IS or NOT came before: NULL is no literal there */
    bool in;                 /* IN came last */
    enum token last, before; /* the last token, and the one before it */
    size_t literal_end;      /* of the draft, behind the last literal */
    bool pure;               /* only literals and commas since the last '(' */
    bool pure_in;            /* that '(' came after IN */
    unsigned pure_count;     /* literals in it */
    size_t group_end;        /* of the draft, behind the last pure group */
    bool group_comma;        /* and only a comma came since then */
    size_t group_open;       /* of the draft, at the last '(' */
};

enum { BLANK = 1, DIGIT = 2, NAME = 4 };

/* What a byte is, of ASCII, whatever the locale; all beyond it may stand in a name. */
static const uint8_t classes[UINT8_MAX + 1] = {['\0'] = BLANK,       ['\t' ... '\r'] = BLANK,
                                               [' '] = BLANK,        ['0' ... '9'] = DIGIT | NAME,
                                               ['A' ... 'Z'] = NAME, ['_'] = NAME,
                                               ['a' ... 'z'] = NAME, [0x80 ... UINT8_MAX] = NAME};

enum {
    LEADS = 1,    /* a minus sign after it belongs to the number */
    CONSTANT = 2, /* a literal */
    NEGATES = 4,  /* and no literal after this one */
    LISTS = 8,    /* IN */
};

#define ROLE_MAX 9 /* letters */

/* In the order of the alphabet: role_of stops behind a word's first letter. */
static const struct {
    char word[ROLE_MAX + 1];
    uint8_t role;
} roles[] = {
    {"AND", LEADS},   {"BETWEEN", LEADS},  {"BY", LEADS},         {"DEFAULT", LEADS},
    {"ELSE", LEADS},  {"FALSE", CONSTANT}, {"IN", LEADS | LISTS}, {"IS", NEGATES},
    {"LIMIT", LEADS}, {"NOT", NEGATES},    {"NULL", CONSTANT},    {"OFFSET", LEADS},
    {"OR", LEADS},    {"RETURN", LEADS},   {"RETURNING", LEADS},  {"SELECT", LEADS},
    {"SET", LEADS},   {"THEN", LEADS},     {"TRUE", CONSTANT},    {"VALUES", LEADS},
    {"WHEN", LEADS},
};

static unsigned role_of(const char *word, size_t length)
{
    char letter = (char)(*word & ~32);
    if (length > ROLE_MAX)
        return 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles && roles[i].word[0] <= letter; i++) {
        if (roles[i].word[0] == letter && sql_word_is(word, length, roles[i].word))
            return roles[i].role;
    }
    return 0;
}

static char peek(const struct sql *sql, size_t ahead)
{
    return sql->at + ahead < sql->length ? sql->text[sql->at + ahead] : '\0';
}

static bool is(char byte, uint8_t class)
{
    return classes[(uint8_t)byte] & class;
}

static void blank_before(struct sql *sql)
{
    if (sql->blank && sql->draft.used)
        draft_add(&sql->draft, ' ');
    sql->blank = false;
}

static void token(struct sql *sql, enum token token)
{
    sql->before = sql->last;
    sql->last = token;
    if (token != LITERAL && token != COMMA)
        sql->pure = token == OPEN;
    if (token != COMMA && token != OPEN)
        sql->group_comma = sql->group_comma && sql->pure;
    if (token != WORD && token != LEADER)
        sql->in = sql->negated = false;
}

static void dots(struct draft *draft)
{
    if (draft->used < 2 || memcmp(draft->text + draft->used - 2, "..", 2) != 0)
        draft_adds(draft, "..");
}

/* A literal; a list of them is one. */
static void literal(struct sql *sql)
{
    bool list = sql->last == COMMA && sql->before == LITERAL;
    if (list) {
        sql->draft.used = sql->literal_end;
        sql->blank = false;
        dots(&sql->draft);
    } else {
        blank_before(sql);
        draft_add(&sql->draft, '?');
    }
    sql->literal_end = sql->draft.used;
    sql->pure_count++;
    token(sql, LITERAL);
}

static void value_add(struct sql *sql, const char *text, size_t length)
{
    values_add(sql->values, value_of_text(sql->rules, text, length));
}

/* 12, 1.5e-3, 0xff, and 12abc as one. */
static void number(struct sql *sql)
{
    size_t from = sql->at;
    if (peek(sql, 0) == '-')
        sql->at++;
    for (; sql->at < sql->length; sql->at++) {
        char byte = peek(sql, 0), previous = sql->text[sql->at - (sql->at > from)];
        bool sign = (byte == '-' || byte == '+') && (previous == 'e' || previous == 'E') &&
                    !(from + 1 < sql->length && (sql->text[from + 1] | 32) == 'x');
        if (!is(byte, NAME) && byte != '.' && !sign)
            break;
    }
    value_add(sql, sql->text + from, sql->at - from);
    literal(sql);
}

/* From the quote on; backslashes escape where they do. */
static void quoted(struct sql *sql, bool backslash, bool is_literal)
{
    char quote = peek(sql, 0);
    size_t from = ++sql->at;
    for (; sql->at < sql->length; sql->at++) {
        if (backslash && peek(sql, 0) == '\\')
            sql->at++;
        else if (peek(sql, 0) == quote && peek(sql, 1) == quote)
            sql->at++;
        else if (peek(sql, 0) == quote)
            break;
    }
    size_t end = sql->at < sql->length ? sql->at : sql->length;
    sql->at = end + 1;
    if (is_literal) {
        value_add(sql, sql->text + from, end - from);
        return literal(sql);
    }
    blank_before(sql);
    draft_add(&sql->draft, quote);
    for (size_t i = from; i < end; i++)
        draft_add(&sql->draft, sql->text[i]);
    draft_add(&sql->draft, quote);
    token(sql, WORD);
}

/* $1, or $tag$ … $tag$. */
static void dollar(struct sql *sql)
{
    size_t from = sql->at++;
    bool parameter = is(peek(sql, 0), DIGIT);
    while (is(peek(sql, 0), NAME))
        sql->at++;
    if (!parameter && peek(sql, 0) == '$') {
        size_t tag = ++sql->at - from;
        const char *end = memmem(sql->text + sql->at, sql->length - sql->at, sql->text + from, tag);
        size_t stop = end ? (size_t)(end - sql->text) : sql->length;
        value_add(sql, sql->text + sql->at, stop - sql->at);
        sql->at = end ? stop + tag : sql->length;
    }
    literal(sql);
}

/* A name, in which numbers of 4 digits and more are replaced: cursors,
 * savepoints, partitions. */
static void add_numbered(struct sql *sql, const char *name, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t digits = 0;
        while (i + digits < length && ascii_digit(name[i + digits]))
            digits++;
        if (digits >= 4)
            draft_add(&sql->draft, '?');
        for (size_t j = i; j < i + digits && digits < 4; j++)
            draft_add(&sql->draft, name[j]);
        i += digits;
        if (i < length && !ascii_digit(name[i]))
            draft_add(&sql->draft, name[i++]);
    }
}

/* E'…', N'…', X'…', B'…', _utf8'…' */
static bool is_prefix(const struct sql *sql, size_t length)
{
    const char *name = sql->text + sql->at;
    char quote = peek(sql, length);
    return (quote == '\'' || (quote == '"' && sql->dialect == SHAPE_MYSQL)) &&
           ((length == 1 && strchr("eEnNxXbB", *name)) ||
            (*name == '_' && sql->dialect == SHAPE_MYSQL));
}

static void word(struct sql *sql)
{
    const char *name = sql->text + sql->at;
    size_t length = 0;
    uint8_t seen = 0;
    for (char byte; is(byte = peek(sql, length), NAME) || (length && byte == '$'); length++)
        seen |= classes[(uint8_t)byte];
    if (is_prefix(sql, length)) {
        sql->at += length;
        return quoted(sql, sql->dialect == SHAPE_MYSQL || (*name | 32) == 'e', true);
    }
    sql->at += length;
    unsigned role = role_of(name, length);
    if (role & CONSTANT && !sql->negated)
        return literal(sql);
    sql_kind_word(&sql->kind, name, length, peek(sql, 0) == '(');
    blank_before(sql);
    if (seen & DIGIT)
        add_numbered(sql, name, length);
    else
        draft_copy(&sql->draft, name, length);
    token(sql, role & LEADS ? LEADER : WORD);
    sql->in = role & LISTS;
    sql->negated = role & NEGATES;
}

static bool line_comment(const struct sql *sql)
{
    if (peek(sql, 0) == '#')
        return sql->dialect == SHAPE_MYSQL;
    return peek(sql, 0) == '-' && peek(sql, 1) == '-' &&
           (sql->dialect == SHAPE_POSTGRES || (unsigned char)peek(sql, 2) <= ' ');
}

static void block_comment(struct sql *sql)
{
    unsigned depth = 1;
    sql->at += 2;
    if (sql->dialect == SHAPE_MYSQL && peek(sql, 0) == '!') {
        sql->executable = true;
        for (sql->at++; is(peek(sql, 0), DIGIT);)
            sql->at++;
        return;
    }
    while (sql->at < sql->length && depth) {
        bool opens = peek(sql, 0) == '/' && peek(sql, 1) == '*' && sql->dialect == SHAPE_POSTGRES;
        bool closes = peek(sql, 0) == '*' && peek(sql, 1) == '/';
        depth += opens;
        depth -= closes;
        sql->at += opens || closes ? 2 : 1;
    }
}

/* Blanks and comments; true: there was one. */
static bool skip(struct sql *sql)
{
    if (is(peek(sql, 0), NAME)) {
        return false;
    } else if (is(peek(sql, 0), BLANK)) {
        sql->at++;
    } else if (line_comment(sql)) {
        while (sql->at < sql->length && peek(sql, 0) != '\n')
            sql->at++;
    } else if (peek(sql, 0) == '/' && peek(sql, 1) == '*') {
        block_comment(sql);
    } else if (sql->executable && peek(sql, 0) == '*' && peek(sql, 1) == '/') {
        sql->executable = false;
        sql->at += 2;
    } else {
        return false;
    }
    sql->blank = true;
    return true;
}

static void open_group(struct sql *sql)
{
    bool in = sql->in;
    blank_before(sql);
    sql->group_open = sql->draft.used;
    draft_add(&sql->draft, '(');
    token(sql, OPEN);
    sql->pure_in = in;
    sql->pure_count = 0;
}

/* (?), (?..), … : one row is shown of many. */
static void close_group(struct sql *sql)
{
    bool pure = sql->pure && sql->last == LITERAL;
    if (pure && sql->pure_in)
        dots(&sql->draft);
    if (pure && sql->group_comma) {
        sql->draft.used = sql->group_end;
        dots(&sql->draft);
    } else {
        blank_before(sql);
        draft_add(&sql->draft, ')');
    }
    sql->blank = false;
    token(sql, CLOSE);
    sql->group_end = pure ? sql->draft.used : 0;
    sql->group_comma = false;
}

static void operator(struct sql *sql)
{
    char byte = peek(sql, 0);
    sql->at++;
    if (byte == '(')
        return open_group(sql);
    if (byte == ')')
        return close_group(sql);
    if (byte == ';')
        sql_kind_semicolon(&sql->kind);
    blank_before(sql);
    draft_add(&sql->draft, byte);
    bool between = byte == ',' && sql->last == CLOSE;
    token(sql, byte == ',' ? COMMA : OPERATOR);
    if (between)
        sql->group_comma = sql->group_end > 0;
}

static bool number_begins(const struct sql *sql)
{
    bool sign =
        peek(sql, 0) == '-' && sql->last != WORD && sql->last != LITERAL && sql->last != CLOSE;
    char first = peek(sql, sign), second = peek(sql, sign + 1U);
    return ascii_digit(first) || (first == '.' && ascii_digit(second) && sql->last != WORD);
}

static void next(struct sql *sql)
{
    char byte = peek(sql, 0);
    if (is(byte, NAME) && !is(byte, DIGIT))
        word(sql);
    else if (number_begins(sql))
        number(sql);
    else if (byte == '\'' || (byte == '"' && sql->dialect == SHAPE_MYSQL))
        quoted(sql, sql->dialect == SHAPE_MYSQL, true);
    else if (byte == '"' || (byte == '`' && sql->dialect == SHAPE_MYSQL))
        quoted(sql, false, false);
    else if (byte == '$' && sql->dialect == SHAPE_POSTGRES)
        dollar(sql);
    else if (byte == '?' && sql->dialect == SHAPE_MYSQL)
        sql->at++, literal(sql);
    else
        operator(sql);
}

unsigned shape_sql(struct shapes *shapes, enum shape_dialect dialect, const char *text,
                   size_t length, const struct value_rules *rules, struct values *ret_values)
{
    struct sql sql;
    memset(&sql, 0, offsetof(struct sql, draft));
    memset(&sql.blank, 0, sizeof sql - offsetof(struct sql, blank));
    sql.draft.used = 0;
    sql.text = text;
    sql.length = length < SHAPE_READ_MAX ? length : SHAPE_READ_MAX;
    sql.dialect = dialect;
    sql.rules = rules;
    sql.values = ret_values;
    while (sql.at < sql.length) {
        if (!skip(&sql))
            next(&sql);
    }
    while (sql.draft.used && strchr("; ", sql.draft.text[sql.draft.used - 1]))
        sql.draft.used--;
    return shapes_intern_any_case(shapes, sql.draft.text, sql.draft.used, sql_kind_end(&sql.kind));
}
