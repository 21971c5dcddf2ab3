/* Places where a secret stands, whatever it is: after a name, after a flag, before a host. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mask.h"
#include "base/mask_inside.h"

/* Bounds of what is looked back and ahead: a text of a megabyte takes no minutes. */
enum { NAME_MAX_BYTES = 64, HOLE_MAX = 128, ADDRESS_MAX = 2048, COMMAND_MAX = 256 };

static const struct mask_span none;

size_t mask_placeholder(const char *text)
{
    bool open = !strncmp(text, "{{", 2);
    const char *end = open ? memmem(text, strnlen(text, HOLE_MAX), "}}", 2) : NULL;
    if (end)
        return (size_t)(end + 2 - text);
    if (strncmp(text, "${", 2) != 0)
        return 0;
    size_t name = strspn(text + 2, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_.-");
    return name && text[2 + name] == '}' ? name + 3 : 0;
}

size_t mask_scheme(const char *text)
{
    static const char *const schemes[] = {"bearer", "basic",  "digest",
                                          "token",  "apikey", "negotiate"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t length = strlen(schemes[i]);
        if (!strncasecmp(text, schemes[i], length) && text[length] == ' ')
            return length + 1 + strspn(text + length + 1, " ");
    }
    return 0;
}

static struct mask_span span_of(const char *text, const char *start, const char *end)
{
    if (end <= start || (end - start == 4 && !strncmp(start, MASK_STARS, 4)))
        return none;
    return (struct mask_span){(size_t)(start - text), (size_t)(end - text)};
}

/* ---- user:password@host ---- */

static bool is_blank_or_quote(char byte)
{
    return !byte || isspace((unsigned char)byte) || strchr("\"'<>`", byte);
}

/* The last @ before the end of the address: people forget to write %40, %2F and %23. One in a query
 * counts only when there is no other. */
static const char *find_at(const char *text)
{
    const char *found = NULL;
    bool query = false;
    for (const char *at = text; at - text < ADDRESS_MAX && !is_blank_or_quote(*at); at++) {
        if (*at == '?' && found)
            query = true;
        if (*at == '@' && !(query && found))
            found = at;
    }
    return found;
}

/* "host:8080/users/a@b" has a port and a path, no password. */
static bool is_port(const char *colon)
{
    size_t digits = strspn(colon + 1, "0123456789");
    return digits <= 5 && strchr("/?#", colon[1 + digits]) && colon[1 + digits];
}

/* ghp_…@github.com: a token where others have a user. */
static bool is_token(const char *text, size_t length)
{
    size_t digits = 0;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
            return false;
        digits += isdigit((unsigned char)text[i]) != 0;
    }
    return length >= 20 && digits >= 2;
}

static struct mask_span find_userinfo(const char *text, size_t from)
{
    const char *start = text + from, *at = find_at(start);
    if (!at)
        return none;
    size_t user = strcspn(start, ":/?#@");
    const char *colon = start + user;
    if (*colon == '@')
        return is_token(start, user) ? span_of(text, start, at) : none;
    if (*colon != ':' || (user && is_port(colon)))
        return none;
    return span_of(text, colon + 1, at);
}

/* ---- name=value, "name": "value", name: value ---- */

/* Words that only end a value when something of their kind follows: a, b; c. */
static bool ends_value(const char *at)
{
    if (is_blank_or_quote(*at) || *at == '&' || *at == '\\')
        return true;
    if (!strchr(";,)}]", *at))
        return false;
    const char *next = at + strspn(at, ")}],;");
    return !*next || isspace((unsigned char)*next) || (*at == ';' && next == at + 1) ||
           (*at != ';' && *at != ',' && is_blank_or_quote(*next)) || strchr("\"'{", *next);
}

static const char *end_of_plain(const char *value, bool whole_line)
{
    const char *at = value;
    for (size_t hole; *at; at += hole ? hole : 1) {
        hole = mask_placeholder(at);
        if (!hole && (whole_line ? strchr("\r\n\"'", *at) != NULL : ends_value(at)))
            break;
    }
    while (whole_line && at > value && (at[-1] == ' ' || at[-1] == '\\'))
        at--;
    return at;
}

/* The value between quotes, which may themselves be escaped: \"value\". */
static struct mask_span quoted_value(const char *text, const char *open)
{
    size_t slashes = strspn(open, "\\");
    char quote = open[slashes];
    const char *start = open + slashes + 1, *at = start;
    while (*at) {
        size_t escapes = strspn(at, "\\");
        if (at[escapes] == quote && escapes <= slashes) {
            bool doubled = quote == '\'' && at[escapes + 1] == '\'';
            if (!doubled)
                break;
            at += escapes + 2;
        } else {
            at += escapes + (at[escapes] != '\0');
        }
    }
    return span_of(text, start, at);
}

static bool opens_quote(const char *at)
{
    at += strspn(at, "\\");
    return *at == '"' || *at == '\'';
}

/* Values that are none: an object of its own, JSON's words, a sentence that says "and so on". */
static bool says_nothing(const char *at)
{
    static const char *const words[] = {"true", "false", "null", "none", "…", "..."};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if (!strncasecmp(at, words[i], length) && ends_value(at + length))
            return true;
    }
    return *at == '{' && !mask_placeholder(at);
}

static struct mask_span value_at(const char *text, const char *at, bool whole_line)
{
    at += strspn(at, "[ ") * (*at == '[');
    if (opens_quote(at))
        return quoted_value(text, at);
    if (says_nothing(at))
        return none;
    return span_of(text, at, end_of_plain(at, whole_line));
}

/* Header names are followed by all that is on the line: "Cookie: a=b; c=d". */
static bool takes_line(const char *name)
{
    return strcasestr(name, "authorization") || strcasestr(name, "cookie");
}

/* The name that ends before at, its quotes left out; *ret_quoted tells of them. */
static bool name_before(const char *text, const char *at, char *ret_name, bool *ret_quoted)
{
    *ret_quoted = at > text && (at[-1] == '"' || at[-1] == '\'');
    if (*ret_quoted)
        at--;
    while (*ret_quoted && at > text && at[-1] == '\\')
        at--;
    const char *start = at;
    while (start > text && (isalnum((unsigned char)start[-1]) || strchr("_.-", start[-1])))
        start--;
    size_t length = (size_t)(at - start);
    bool pointer = start > text && start[-1] == '/'; /* json:/token=… is a rule */
    if (!length || length >= NAME_MAX_BYTES || (pointer && !*ret_quoted))
        return false;
    memcpy(ret_name, start, length);
    ret_name[length] = '\0';
    return true;
}

/* What stands around a separator: "name: value", name=value, "name" => value. */
struct naming {
    char name[NAME_MAX_BYTES];
    bool quoted, colon, spaced; /* the name is in quotes; ':' rather than '='; blanks before it */
    const char *value;
    size_t blanks; /* in front of the value */
};

/* Prose, rules and settings that were left empty name no value. */
static bool names_nothing(const struct naming *n)
{
    const char *value = n->value + n->blanks;
    bool bare = !n->quoted && !opens_quote(value) && mask_is_weak_name(n->name);
    if (!n->colon) /* "user=a password= host=b": nothing was given */
        return n->blanks && !n->spaced && !opens_quote(value);
    return *n->value == '/' || !strncmp(value, "--", 2) || (bare && !n->blanks) ||
           (bare && !strcasecmp(n->name, "pass")); /* "pass: 3 rounds" is a verdict */
}

static struct mask_span find_named(const char *text, const char *separator, bool sentence)
{
    struct naming n = {.colon = *separator == ':', .value = separator + 1};
    const char *before = separator;
    while (before > text && before[-1] == ' ' && separator - before < 4)
        before--;
    if (!name_before(text, before, n.name, &n.quoted))
        return none;
    if (!mask_is_secret(n.name))
        return strcasecmp(n.name, "name") ? none : mask_form_field(text, n.value);
    if (sentence && n.colon && !n.quoted)
        return none;
    n.spaced = before != separator;
    n.value += *n.value == '>';
    n.blanks = strspn(n.value, " ");
    if (names_nothing(&n))
        return none;
    return value_at(text, n.value + n.blanks, n.colon && takes_line(n.name));
}

/* ---- --password value, mysql -pvalue, PASSWORD 'value' ---- */

/* As a command; as a key or a scheme (mysql:) it is none. */
static bool has_program(const char *text, const char *end, const char *program)
{
    size_t length = strlen(program);
    text = end - text > COMMAND_MAX ? end - COMMAND_MAX : text;
    for (const char *at = text; at + length <= end; at++)
        if (!strncmp(at, program, length) && !isalnum((unsigned char)at[length]) &&
            !strchr(":._", at[length]) && (at == text || !isalnum((unsigned char)at[-1])))
            return true;
    return false;
}

/* Programs with a letter of their own for it. */
static const struct {
    const char *program, *flag;
    bool attached; /* -pvalue; -p alone asks */
} letters[] = {
    {"mysql", "-p", true},       {"mysqladmin", "-p", true}, {"mysqldump", "-p", true},
    {"mariadb", "-p", true},     {"redis-cli", "-a", false}, {"curl", "-u", false},
    {"sshpass", "-p", false},    {"sshpass", "-p", true},    {"mongosh", "-p", false},
    {"ldapsearch", "-w", false}, {"sqlcmd", "-P", false},    {"mysqlsh", "-p", true},
};

static struct mask_span find_letter(const char *text, const char *flag)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        size_t length = strlen(letters[i].flag);
        if (strncmp(flag, letters[i].flag, length) || !has_program(text, flag, letters[i].program))
            continue;
        const char *value = flag + length;
        if (!letters[i].attached && *value != ' ')
            continue;
        value += strspn(value, " ") * !letters[i].attached;
        struct mask_span span = value_at(text, value, false);
        if (span.end > span.start)
            return span;
    }
    return none;
}

static struct mask_span find_flag(const char *text, const char *flag)
{
    char name[NAME_MAX_BYTES];
    size_t dashes = strspn(flag, "-"), length = strcspn(flag + dashes, " =\t\"'");
    const char *value = flag + dashes + length;
    if (dashes == 1 && (flag == text || flag[-1] != '-')) {
        struct mask_span span = find_letter(text, flag);
        if (span.end > span.start)
            return span;
    }
    if (!length || length >= sizeof name || *value != ' ')
        return none;
    memcpy(name, flag + dashes, length);
    name[length] = '\0';
    value += strspn(value, " ");
    return mask_is_secret(name) && *value != '-' ? value_at(text, value, false) : none;
}

/* Words of servers' own languages: AUTH in Redis, PASSWORD and IDENTIFIED BY in SQL. */
static struct mask_span find_keyword(const char *text, const char *at)
{
    static const struct {
        const char *word;
        bool quoted, line;
    } words[] = {{"requirepass ", false, false},
                 {"masterauth ", false, false},
                 {"AUTH ", false, true},
                 {"password ", true, false},
                 {"identified by ", true, false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if (words[i].line ? strncmp(at, words[i].word, length) != 0
                          : strncasecmp(at, words[i].word, length) != 0)
            continue;
        const char *value = at + length + strspn(at + length, " ");
        if (!words[i].quoted || opens_quote(value))
            return value_at(text, value, words[i].line);
    }
    return none;
}

/* ---- texts that are secrets by their look ---- */

static const char token_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_-.~+/=";

static struct mask_span find_look(const char *text, const char *at)
{
    static const char *const looks[] = {"eyJ",         "ghp_",     "gho_",  "ghs_",
                                        "github_pat_", "glpat-",   "xoxb-", "xoxp-",
                                        "AKIA",        "sk_live_", "sk-",   "AIza"};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (strncmp(at, looks[i], strlen(looks[i])) != 0)
            continue;
        size_t length = strspn(at, token_bytes);
        if (length >= 16 && (i || memchr(at, '.', length)))
            return span_of(text, at, at + length);
    }
    size_t scheme = mask_scheme(at);
    bool bearer = scheme && strncasecmp(at, "token", 5) != 0 && strncasecmp(at, "digest", 6) != 0;
    size_t length = bearer ? strspn(at + scheme, token_bytes) : 0;
    return length >= 8 ? span_of(text, at + scheme, at + scheme + length) : none;
}

/* ---- all of them ---- */

static struct mask_span find_at_word(const char *text, const char *at)
{
    struct mask_span span = none;
    if (*at == '-')
        span = find_flag(text, at);
    if (span.end == span.start)
        span = find_keyword(text, at);
    return span.end == span.start ? find_look(text, at) : span;
}

static struct mask_span next_place(const char *text, size_t from, bool sentence)
{
    struct mask_span span = none;
    for (size_t i = from; text[i]; i++) {
        if (i >= 3 && !strncmp(text + i - 3, "://", 3))
            span = find_userinfo(text, i);
        else if (text[i] == '=' || text[i] == ':')
            span = find_named(text, text + i, sentence);
        else if (i == 0 || !isalnum((unsigned char)text[i - 1]))
            span = find_at_word(text, text + i);
        if (span.end > span.start && span.start >= from)
            return span;
        span = none;
    }
    return none;
}

struct mask_span mask_next_place(const char *text, size_t from)
{
    return next_place(text, from, false);
}

struct mask_span mask_next_in_sentence(const char *text, size_t from)
{
    return next_place(text, from, true);
}

const char *mask_find_password(const char *text, size_t *ret_length)
{
    for (const char *at = text; (at = strstr(at, "://")) != NULL; at += 3) {
        struct mask_span span = find_userinfo(text, (size_t)(at + 3 - text));
        *ret_length = span.end - span.start;
        if (*ret_length)
            return text + span.start;
    }
    return NULL;
}
