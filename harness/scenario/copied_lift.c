/* Credentials of a copied request, one by one taken out of it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "scenario/copied_places.h"
#include "scenario/interpolate.h"

enum { TEXT_MAX = 1 << 20 };

void copied_exports_free(struct copied_exports *exports)
{
    for (unsigned i = 0; i < exports->count; i++)
        free(exports->v[i].value);
    exports->count = 0;
}

/* "accessToken" and "X-Api-Key" as names of variables: ACCESSTOKEN, X_API_KEY. */
static void variable_of(const char *name, size_t length, char *ret_name, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 8 < size; i++) {
        bool letter = isalpha((unsigned char)name[i]) || (used && isdigit((unsigned char)name[i]));
        ret_name[used++] = letter ? (char)toupper((unsigned char)name[i]) : '_';
    }
    ret_name[used] = '\0';
    if (!used)
        snprintf(ret_name, size, "SECRET");
}

static bool is_taken(const struct copied_exports *exports, const char *name)
{
    for (unsigned i = 0; i < exports->count; i++)
        if (!strcmp(exports->v[i].name, name))
            return true;
    return false;
}

/* The name under which the value is exported; the same value once. */
static int export(struct copied_exports *exports, const char *wanted, const char *value,
                  size_t length, const char **ret_name, struct err *err)
{
    for (unsigned i = 0; i < exports->count; i++)
        if (strlen(exports->v[i].value) == length && !memcmp(exports->v[i].value, value, length)) {
            *ret_name = exports->v[i].name;
            return 0;
        }
    if (exports->count == EXPORTS_MAX)
        return err_set(err, ERR_USAGE, "--curl: more than %d credentials", EXPORTS_MAX);
    char name[64];
    snprintf(name, sizeof name, "%.48s", wanted);
    for (int n = 2; is_taken(exports, name); n++)
        snprintf(name, sizeof name, "%.48s_%d", wanted, n);
    char *copy = strndup(value, length);
    if (!copy)
        return err_set(err, ERR_MEMORY, "out of memory");
    mask_add(copy);
    snprintf(exports->v[exports->count].name, sizeof exports->v[exports->count].name, "%s", name);
    exports->v[exports->count].value = copy;
    *ret_name = exports->v[exports->count++].name;
    return 0;
}

/* The name before a secret place: "token":"…", &key=…, user:…@host. */
static void name_before(const char *text, size_t start, char *ret_name, size_t size)
{
    size_t end = start;
    while (end && strchr("\"': =\\[\r\n", text[end - 1]))
        end--;
    size_t begin = end;
    while (begin && (isalnum((unsigned char)text[begin - 1]) || strchr("_-", text[begin - 1])))
        begin--;
    bool of_host = start && text[start - 1] == ':' && begin > 1 && text[begin - 1] == '/';
    if (of_host)
        snprintf(ret_name, size, "PASSWORD");
    else
        variable_of(text + begin, end - begin, ret_name, size);
}

static bool is_reference(const char *text, size_t length)
{
    return length > 3 && (!strncmp(text, "${", 2) || !strncmp(text, "{{", 2));
}

static int add_plain(struct buf *out, const char *text, size_t length, struct err *err)
{
    _cleanup_free_ char *part = strndup(text, length);
    return part && !interpolate_escape(part, out) ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int lift_places(char **text, struct copied_exports *exports, struct err *err)
{
    _cleanup_(buf_free) struct buf out;
    buf_init(&out, TEXT_MAX);
    size_t at = 0, start, end;
    int rc = 0;
    while (!rc && mask_find_place(*text, at, &start, &end)) {
        char wanted[64];
        const char *name = NULL;
        rc = add_plain(&out, *text + at, start - at, err);
        name_before(*text, start, wanted, sizeof wanted);
        if (!rc && is_reference(*text + start, end - start))
            (void)buf_add(&out, *text + start, end - start);
        else if (!rc && !(rc = export(exports, wanted, *text + start, end - start, &name, err)))
            (void)buf_addf(&out, "${%s}", name);
        at = end;
    }
    if (!rc)
        rc = add_plain(&out, *text + at, strlen(*text + at), err);
    char *lifted = rc || out.failed ? NULL : strdup(buf_text(&out));
    if (!lifted)
        return rc ? rc : err_set(err, ERR_MEMORY, "out of memory");
    free(*text);
    *text = lifted;
    return 0;
}

/* A header whose name says that its value is one; "Bearer" and the like stay. */
static int lift_header(char **line, struct copied_exports *exports, struct err *err)
{
    size_t length = strcspn(*line, ":");
    char name[128], wanted[64];
    snprintf(name, sizeof name, "%.*s", (int)length, *line);
    char *value = *line + length + (*(*line + length) == ':');
    value += strspn(value, " \t");
    if (!mask_is_secret(name) || !*value || strstr(value, "{{user}}"))
        return lift_places(line, exports, err);
    size_t scheme = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    bool has_scheme = scheme && value[scheme] == ' ' && !strchr(value + scheme + 1, ' ');
    value += has_scheme ? scheme + 1 : 0;
    const char *exported = NULL;
    char *lifted = NULL;
    variable_of(name, length, wanted, sizeof wanted);
    int rc = export(exports, wanted, value, strlen(value), &exported, err);
    if (!rc && asprintf(&lifted, "%.*s${%s}", (int)(value - *line), *line, exported) < 0)
        rc = err_set(err, ERR_MEMORY, "out of memory");
    if (rc)
        return rc;
    free(*line);
    *line = lifted;
    return 0;
}

int copied_lift(struct copied *copied, struct copied_exports *ret_exports, struct err *err)
{
    int rc = lift_places(&copied->url, ret_exports, err);
    for (unsigned i = 0; !rc && i < copied->headers_count; i++)
        rc = lift_header(&copied->headers[i], ret_exports, err);
    return rc || !copied->body ? rc : lift_places(&copied->body, ret_exports, err);
}

void copied_spell_exports(const struct copied_exports *exports, struct buf *ret_text)
{
    for (unsigned i = 0; i < exports->count; i++) {
        (void)buf_addf(ret_text, "export %s='", exports->v[i].name);
        for (const char *c = exports->v[i].value; *c; c++)
            (void)(*c == '\'' ? buf_adds(ret_text, "'\\''") : buf_add(ret_text, c, 1));
        (void)buf_adds(ret_text, "'\n");
    }
}
