#include "load/prepare/extract.h"

#include <string.h>
#include <strings.h>

#include "base/json_pointer.h"
#include "base/mask.h"
#include "load/http/token.h"
#include "load/prepare/jar.h"

enum { VALUE_MAX = 16384 };

struct extract_kind {
    const char *prefix;
    bool (*find)(const struct extract *extract, const struct extract_answer *answer,
                 struct buf *ret_value);
};

static bool find_json(const struct extract *extract, const struct extract_answer *answer,
                      struct buf *ret_value)
{
    char text[VALUE_MAX + 1];
    const struct json_value value =
        json_pointer_find(answer->body, answer->body_length, extract->what);
    return json_value_text(&value, text, sizeof text) && !buf_adds(ret_value, text);
}

static bool find_pattern(const struct extract *extract, const struct extract_answer *answer,
                         struct buf *ret_value)
{
    const char *at;
    size_t length;
    return pattern_find(extract->pattern, answer->body, answer->body_length, &at, &length) &&
           !buf_add(ret_value, at, length);
}

/* The value of a header's line when it has that name: without blanks around it. NULL: another. */
static const char *value_of(const char *line, const char *name, size_t *ret_length)
{
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    const char *value = line + length + 1, *end = value + strcspn(value, "\r\n");
    value += strspn(value, " \t");
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *ret_length = end > value ? (size_t)(end - value) : 0;
    return value;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

static bool find_header(const struct extract *extract, const struct extract_answer *answer,
                        struct buf *ret_value)
{
    bool found = false;
    for (const char *line = answer->headers; *line; line = next_line(line)) {
        size_t length;
        const char *value = value_of(line, extract->what, &length);
        if (!value)
            continue;
        buf_clear(ret_value);
        found = !buf_add(ret_value, value, length);
    }
    return found;
}

/* Would a browser send it there? Without a path it goes where it came from. */
static bool cookie_fits(const char *cookie, size_t length, const char *path)
{
    static const char attribute[] = "path=";
    const char *end = cookie + length, *at = cookie;
    while ((at = memchr(at, ';', (size_t)(end - at))) != NULL) {
        at += 1 + strspn(at + 1, " ");
        if (strncasecmp(at, attribute, strlen(attribute)) != 0)
            continue;
        at += strlen(attribute);
        char wanted[1024];
        size_t size = strcspn(at, "; \t\r\n");
        if (size >= sizeof wanted || *at != '/')
            return *at != '/';
        memcpy(wanted, at, size);
        wanted[size] = '\0';
        return jar_path_fits(wanted, path ? path : "/");
    }
    return true;
}

/* Of several of one name that one which goes to the request's own path, the last of such. */
static bool find_cookie(const struct extract *extract, const struct extract_answer *answer,
                        struct buf *ret_value)
{
    size_t name = strlen(extract->what);
    bool found = false, fitting = false;
    for (const char *line = answer->headers; *line; line = next_line(line)) {
        size_t length;
        const char *value = value_of(line, "Set-Cookie", &length);
        if (!value || length <= name || strncmp(value, extract->what, name) != 0 ||
            value[name] != '=')
            continue;
        bool fits = cookie_fits(value, length, answer->path);
        if (fitting && !fits)
            continue;
        fitting = fits;
        buf_clear(ret_value);
        value += name + 1;
        found = !buf_add(ret_value, value, strcspn(value, ";\r\n"));
    }
    return found;
}

static const struct extract_kind kinds[] = {{"json:", find_json},
                                            {"header:", find_header},
                                            {"cookie:", find_cookie},
                                            {"regex:", find_pattern}};

int extract_compile(const struct spec_pair *spec, struct extract *ret_extract, struct err *err)
{
    struct extract extract = {.name = spec->name, .source = spec->value};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].prefix);
        if (strncmp(spec->value, kinds[i].prefix, length) != 0)
            continue;
        extract.kind = &kinds[i];
        extract.what = spec->value + length;
    }
    bool empty = extract.kind && !*extract.what && extract.kind->find != find_json;
    if (!extract.kind || empty)
        return err_set(
            err, ERR_USAGE,
            "'%.200s'; allowed: json:/pointer, header:Name, cookie:NAME, or regex:… whose "
            "first group is taken",
            spec->value);
    int rc = extract.kind->find == find_pattern
                 ? pattern_compile(extract.what, &extract.pattern, err)
                 : 0;
    if (!rc && extract.pattern && !pattern_has_group(extract.pattern)) {
        pattern_free(extract.pattern);
        return err_set(err, ERR_USAGE,
                       "'%.200s' has no group, so nothing of it is taken; put ( ) around what is "
                       "wanted",
                       spec->value);
    }
    if (!rc)
        *ret_extract = extract;
    return rc;
}

void extract_free(struct extract *extract)
{
    pattern_free(extract->pattern);
    *extract = (struct extract){0};
}

bool extract_value(const struct extract *extract, const struct extract_answer *answer,
                   struct buf *ret_value)
{
    buf_clear(ret_value);
    return extract->kind->find(extract, answer, ret_value) && ret_value->used > 0;
}

/* No word and no small figure: somebody without a secret would hardly guess it. */
static bool looks_made(const char *text)
{
    enum { SHORTEST = 8, LONG = 16 }; /* a long one may happen to have no digit */
    size_t length = strlen(text);
    bool mixed = length >= LONG || text[strcspn(text, "0123456789")];
    return length >= SHORTEST && mixed && !text[strcspn(text, " \t")];
}

void extract_learn(const struct extract *extract, const char *text, const char *user)
{
    int64_t second;
    if (strcmp(text, user) != 0 && (mask_is_secret_column(extract->name) || looks_made(text) ||
                                    !strncmp(extract->source, "cookie:", strlen("cookie:")) ||
                                    token_expiry(text, strlen(text), &second)))
        mask_add(text);
}

void extract_learn_cookies(const char *cookies, const char *user)
{
    char value[4096];
    for (const char *at = cookies; (at = strchr(at, '=')) != NULL;) {
        size_t length = strcspn(++at, ";");
        if (length < sizeof value) {
            memcpy(value, at, length);
            value[length] = '\0';
            if (looks_made(value) && strcmp(value, user) != 0)
                mask_add(value);
        }
        at += length;
    }
}
