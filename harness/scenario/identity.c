#include "scenario/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* {{name}} that differs from user to user: {{seq}} and {{uuid}} do, but the service knows nobody by
 * them. */
static bool holds_user(const char *text, bool feeder)
{
    const char *at = text;
    while ((at = strstr(at, "{{"))) {
        const char *word = at + 2 + strspn(at + 2, " "), *end = strstr(word, "}}");
        size_t length = end ? (size_t)(end - word) : 0;
        while (length && word[length - 1] == ' ')
            length--;
        bool user = length == 4 && !memcmp(word, "user", 4);
        bool other =
            (length == 3 && !memcmp(word, "seq", 3)) || (length == 4 && !memcmp(word, "uuid", 4));
        if (user || (feeder && length && !other))
            return true;
        at += 2;
    }
    return false;
}

/* Does the rush's request hold something that the preparation brought? */
static bool captures_used(const struct scenario *scenario)
{
    const struct spec_request *request = &scenario->request;
    bool used =
        holds_user(request->url, true) || (request->body && holds_user(request->body, true));
    for (unsigned i = 0; i < request->headers_count; i++)
        used |= holds_user(request->headers[i].value, true);
    return used;
}

/* What other tools put around a name that they fill in; the longer first. */
static const struct frame {
    const char *open, *close;
} frames[] = {{"%7b%7b", "%7d%7d"}, {"{{", "}}"}, {"${", "}"}, {"#{", "}"},
              {"%7b", "%7d"},       {"%24", ""},  {"{", "}"},  {"$", ""},
              {"<", ">"},           {"[", "]"},   {"/:", ""},  {"=:", ""}};

static const struct frame *frame_before(const char *text, const char *word)
{
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        size_t length = strlen(frames[i].open);
        if ((size_t)(word - text) >= length && !strncasecmp(word - length, frames[i].open, length))
            return &frames[i];
    }
    return NULL;
}

/* "{user}", "%7BuserId%7D", ":user": the name with what is around it. */
static bool find_alike(const char *text, char *ret_alike, size_t size)
{
    for (const char *word = text; (word = strcasestr(word, "user")); word++) {
        const struct frame *frame = frame_before(text, word);
        if (!frame)
            continue;
        size_t before = strlen(frame->open), behind = strlen(frame->close);
        const char *start = word - before + (frame->open[before - 1] == ':'), *end = word;
        while (isalnum((unsigned char)*end) || *end == '_')
            end++;
        end += !strncasecmp(end, frame->close, behind) ? behind : 0;
        snprintf(ret_alike, size, "%.*s", (int)(end - start), start);
        return true;
    }
    return false;
}

static int refuse(const struct scenario *scenario, const char *name, const char *alike,
                  struct err *err)
{
    if (*alike)
        return err_set(err, ERR_USAGE,
                       "%s: request: every user would send the same, because nothing in it is the "
                       "user; did you mean {{user}} instead of '%s'?",
                       name, alike);
    return err_set(
        err, ERR_USAGE,
        "%s: request: every user would send the same, because nothing in it is the user; put "
        "{{user}} into the URL (…?userId={{user}}), the body ({\"userId\": {{user}}}) or a "
        "header%s; "
        "an endpoint that knows no users needs users.anonymous: true (--anonymous)",
        name, scenario->request.feeder ? ", or a {{column}} of the feeder" : "");
}

/* {{user}} outside a string of a JSON body: only a number may stand there. */
static bool stands_bare(const char *body)
{
    bool inside = false;
    const char *start = body + strspn(body, " \t\r\n");
    if (!strchr("{[", *start) || !strncmp(start, "{{", 2))
        return false;
    for (const char *at = body; *at; at++) {
        if (*at == '\\' && inside && at[1])
            at++;
        else if (*at == '"')
            inside = !inside;
        else if (!inside && !strncmp(at, "{{", 2) &&
                 !strncmp(at + 2 + strspn(at + 2, " "), "user", 4))
            return true;
    }
    return false;
}

/* Ids that JSON holds as texts; a file may list numbers. */
static bool has_texts(const struct spec_ids *ids)
{
    enum user_ids kind = spec_ids_kind(ids);
    return kind == USER_IDS_UUID || kind == USER_IDS_PATTERN ||
           (kind == USER_IDS_LISTED && ids->form && !strcmp(ids->form, "uuid"));
}

/* A session, or a token, says who sends where each user has asked for his own. */
static bool prepared_by_name(const struct scenario *scenario)
{
    bool named = false;
    for (unsigned s = 0; s < scenario->prepare_count; s++) {
        const struct spec_request *request = &scenario->prepare[s].request;
        named |=
            holds_user(request->url, true) || (request->body && holds_user(request->body, true));
        for (unsigned i = 0; i < request->headers_count; i++)
            named |= holds_user(request->headers[i].value, true);
    }
    return named && (scenario->request.cookies || captures_used(scenario));
}

int identity_check(const struct scenario *scenario, const char *name, struct err *err)
{
    const struct spec_request *request = &scenario->request;
    char alike[64] = "";
    bool feeder = request->feeder != NULL;
    bool named = spec_users_unnamed(&scenario->users) || prepared_by_name(scenario);
    named = named || holds_user(request->url, feeder) ||
            (request->body && holds_user(request->body, feeder));
    for (unsigned i = 0; i < request->headers_count; i++)
        named = named || holds_user(request->headers[i].value, feeder);
    if (has_texts(&scenario->users.ids) && request->body && stands_bare(request->body))
        return err_set(err, ERR_USAGE,
                       "%s: request.body: users are texts (users.ids), and {{user}} stands without "
                       "quotes in JSON; write \"{{user}}\"",
                       name);
    if (named)
        return 0;
    bool found = find_alike(request->url, alike, sizeof alike) ||
                 (request->body && find_alike(request->body, alike, sizeof alike));
    for (unsigned i = 0; !found && i < request->headers_count; i++)
        found = find_alike(request->headers[i].value, alike, sizeof alike);
    return refuse(scenario, name, alike, err);
}
