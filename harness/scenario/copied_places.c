#include "scenario/copied_places.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"

/* A part of a text: where, and how long. */
struct spot {
    char **text;
    size_t start, length;
};

/* name=value between separators; false: there is none of that name. */
static bool find_pair(char **text, size_t from, const char *name, struct spot *ret_spot)
{
    size_t length = strlen(name);
    for (const char *at = *text + from; *at && *at != '#';) {
        size_t span = strcspn(at, "&#");
        if (!strncmp(at, name, length) && at[length] == '=') {
            const char *value = at + length + 1;
            *ret_spot = (struct spot){text, (size_t)(value - *text), span - length - 1};
            return true;
        }
        at += span + (at[span] == '&');
    }
    return false;
}

static size_t query_of(const char *url)
{
    size_t at = strcspn(url, "?#");
    return url[at] == '?' ? at + 1 : strlen(url);
}

/* The n-th part of the path, from 1. */
static bool find_part(struct copied *copied, long n, struct spot *ret_spot)
{
    const char *host = strstr(copied->url, "://");
    const char *at = host ? strchr(host + 3, '/') : NULL;
    for (; at && n > 0; n--) {
        size_t span = strcspn(at + 1, "/?#");
        if (n == 1 && span) {
            *ret_spot = (struct spot){&copied->url, (size_t)(at + 1 - copied->url), span};
            return true;
        }
        at = at[span + 1] == '/' ? at + span + 1 : NULL;
    }
    return false;
}

static bool find_header(struct copied *copied, const char *name, struct spot *ret_spot)
{
    size_t length = strlen(name);
    for (unsigned i = 0; i < copied->headers_count; i++) {
        char *line = copied->headers[i];
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        size_t start = length + 1 + strspn(line + length + 1, " \t");
        *ret_spot = (struct spot){&copied->headers[i], start, strlen(line + start)};
        return true;
    }
    return false;
}

static bool find_member(struct copied *copied, const char *pointer, struct spot *ret_spot)
{
    if (!copied->body)
        return false;
    struct json_value value = json_pointer_find(copied->body, strlen(copied->body), pointer);
    if (value.type != JSON_TYPE_TEXT && value.type != JSON_TYPE_NUMBER)
        return false;
    *ret_spot = (struct spot){&copied->body, (size_t)(value.bytes - copied->body), value.length};
    return true;
}

/* In a form of either kind. */
static bool find_field(struct copied *copied, const char *name, struct spot *ret_spot)
{
    struct copied_field field;
    for (const char *at = NULL; copied_next_field(copied->body, &at, &field);)
        if (strlen(name) == field.name_length && !memcmp(name, field.name, field.name_length)) {
            *ret_spot = (struct spot){&copied->body, (size_t)(field.value - copied->body),
                                      field.value_length};
            return true;
        }
    return find_pair(&copied->body, 0, name, ret_spot);
}

static bool find_place(struct copied *copied, const char *place, struct spot *ret_spot)
{
    const char *colon = strchr(place, ':'), *name = colon ? colon + 1 : "";
    if (!strncmp(place, "query:", 6))
        return find_pair(&copied->url, query_of(copied->url), name, ret_spot);
    if (!strncmp(place, "form:", 5))
        return copied->body && find_field(copied, name, ret_spot);
    if (!strncmp(place, "json:", 5))
        return find_member(copied, name, ret_spot);
    if (!strncmp(place, "path:", 5))
        return find_part(copied, strtol(name, NULL, 10), ret_spot);
    return !strncmp(place, "header:", 7) && find_header(copied, name, ret_spot);
}

static int replace(const struct spot *spot, const char *with, struct err *err)
{
    char *text = NULL, *old = *spot->text;
    if (asprintf(&text, "%.*s%s%s", (int)spot->start, old, with, old + spot->start + spot->length) <
        0)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(old);
    *spot->text = text;
    return 0;
}

/* The same id may stand in several places, all of which say by their names that it is a user's. */
static int set_elsewhere(struct copied *copied, const char *value, struct err *err)
{
    char wanted[80], place[80];
    int rc = 0;
    snprintf(wanted, sizeof wanted, " (%.60s)", value);
    for (const char *found = wanted; !rc && found;) {
        _cleanup_(buf_free) struct buf there;
        struct spot spot;
        buf_init(&there, 4096);
        copied_list_users(copied, &there);
        found = strstr(buf_text(&there), wanted);
        if (!found)
            break;
        const char *from = found;
        while (from > buf_text(&there) && from[-1] != ' ')
            from--;
        snprintf(place, sizeof place, "%.*s", (int)(found - from), from);
        if (!find_place(copied, place, &spot) || spot.length != strlen(value))
            break;
        rc = replace(&spot, "{{user}}", err);
    }
    return rc;
}

int copied_set_user(struct copied *copied, const char *place, char *ret_value, size_t size,
                    struct err *err)
{
    struct spot spot;
    if (find_place(copied, place, &spot)) {
        snprintf(ret_value, size, "%.*s", (int)spot.length, *spot.text + spot.start);
        int rc = replace(&spot, "{{user}}", err);
        return rc || !*ret_value ? rc : set_elsewhere(copied, ret_value, err);
    }
    _cleanup_(buf_free) struct buf there;
    buf_init(&there, 4096);
    copied_list_users(copied, &there);
    return err_set(err, ERR_USAGE,
                   "--user-in: nothing is at '%.64s'; allowed: query:NAME, form:NAME, "
                   "json:/POINTER, path:N, header:NAME%s%s",
                   place, there.used ? "; likely: " : "", buf_text(&there));
}

/* ---- likely places ---- */

static bool is_likely(const char *name, size_t length)
{
    static const char *const words[] = {"user",  "member", "customer", "account", "uid",
                                        "buyer", "client", "person",   "player"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t at = 0; at + strlen(words[i]) <= length; at++)
            if (!strncasecmp(name + at, words[i], strlen(words[i])))
                return true;
    return false;
}

static void add_likely(struct buf *text, const char *kind, const char *name, size_t name_length,
                       const char *value, size_t value_length)
{
    if (is_likely(name, name_length))
        (void)buf_addf(text, "%s%s%.*s (%.*s)", text->used ? ", " : "", kind, (int)name_length,
                       name, (int)(value_length < 40 ? value_length : 40), value);
}

static void list_pairs(struct buf *text, const char *kind, const char *at)
{
    while (*at && *at != '#') {
        size_t span = strcspn(at, "&#"), name = strcspn(at, "=&#");
        if (at[name] == '=')
            add_likely(text, kind, at, name, at + name + 1, span - name - 1);
        at += span + (at[span] == '&');
    }
}

static void list_member(void *context, const struct json_value *name,
                        const struct json_value *value)
{
    if (value->type == JSON_TYPE_TEXT || value->type == JSON_TYPE_NUMBER)
        add_likely(context, "json:/", name->bytes, name->length, value->bytes, value->length);
}

static void list_fields(struct buf *text, const char *body)
{
    struct copied_field field;
    const char *at = NULL;
    while (copied_next_field(body, &at, &field))
        add_likely(text, "form:", field.name, field.name_length, field.value, field.value_length);
    if (!at)
        list_pairs(text, "form:", body);
}

void copied_list_users(const struct copied *copied, struct buf *ret_text)
{
    list_pairs(ret_text, "query:", copied->url + query_of(copied->url));
    if (copied->body && copied->body[strspn(copied->body, " \t\r\n")] == '{')
        (void)json_pointer_members(copied->body, strlen(copied->body), list_member, ret_text);
    else if (copied->body)
        list_fields(ret_text, copied->body);
    const char *host = strstr(copied->url, "://");
    const char *at = host ? strchr(host + 3, '/') : NULL, *before = "";
    size_t before_length = 0;
    for (int n = 1; at; n++) {
        size_t span = strcspn(at + 1, "/?#");
        if (isdigit((unsigned char)at[1]) && is_likely(before, before_length))
            (void)buf_addf(ret_text, "%spath:%d (%.*s)", ret_text->used ? ", " : "", n, (int)span,
                           at + 1);
        before = at + 1;
        before_length = span;
        at = at[span + 1] == '/' ? at + span + 1 : NULL;
    }
    for (unsigned i = 0; i < copied->headers_count; i++) {
        const char *line = copied->headers[i];
        size_t name = strcspn(line, ":"), blank = strspn(line + name + 1, " \t");
        add_likely(ret_text, "header:", line, name, line + name + 1 + blank,
                   strlen(line + name + 1 + blank));
    }
}
