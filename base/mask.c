#include "base/mask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

/* Parts of names whose values nobody should read in a report. */
static const char *const secret_words[] = {
    "password", "passwd",  "passphrase", "pwd",    "secret",     "token",     "authorization",
    "api-key",  "api_key", "apikey",     "cookie", "access_key", "credential"};

bool mask_is_secret(const char *name)
{
    for (size_t i = 0; i < sizeof secret_words / sizeof *secret_words; i++)
        if (strcasestr(name, secret_words[i]))
            return true;
    return false;
}

/* Ends of the part of a URL that may hold user and password. */
static const char authority_ends[] = "/?# \t\r\n\"'<>\\";

/* The password in the authority at text, "user:password@host". The last @ counts: people forget to
 * write %40. */
static const char *password_in(const char *text, size_t *ret_length)
{
    size_t span = strcspn(text, authority_ends);
    const char *at = memrchr(text, '@', span);
    const char *colon = at ? memchr(text, ':', (size_t)(at - text)) : NULL;
    if (!colon || colon + 1 == at)
        return NULL;
    *ret_length = (size_t)(at - colon - 1);
    return colon + 1;
}

const char *mask_find_password(const char *text, size_t *ret_length)
{
    for (const char *at = text; (at = strstr(at, "://")) != NULL; at += 3) {
        const char *password = password_in(at + 3, ret_length);
        if (password)
            return password;
    }
    return NULL;
}

/* Length of a secret that ends a "name=" or "name: " before at; 0: there is none. */
static size_t secret_value(const char *text, const char *at)
{
    if (at == text || (at[-1] != '='))
        return 0;
    const char *name = at - 1;
    while (name > text &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", name[-1]))
        name--;
    char word[64];
    size_t length = (size_t)(at - 1 - name);
    if (length == 0 || length >= sizeof word)
        return 0;
    memcpy(word, name, length);
    word[length] = '\0';
    if (!mask_is_secret(word) || !strncmp(at, "{{", 2) || !strncmp(at, "${", 2))
        return 0;
    return strcspn(at, "&;, \t\r\n\"'");
}

int mask_text(const char *text, struct buf *ret_text)
{
    const char *at = text;
    while (*at) {
        size_t length = 0;
        const char *password = NULL;
        if (at - text >= 3 && !strncmp(at - 3, "://", 3))
            password = password_in(at, &length);
        if (password) {
            (void)buf_add(ret_text, at, (size_t)(password - at));
            (void)buf_adds(ret_text, "****");
            at = password + length;
            continue;
        }
        length = secret_value(text, at);
        if (length) {
            (void)buf_adds(ret_text, "****");
            at += length;
            continue;
        }
        (void)buf_add(ret_text, at++, 1);
    }
    return ret_text->failed ? -(int)ERR_MEMORY : 0;
}

void mask_add(const char *value)
{
    (void)value;
}

void mask_learn(const char *text)
{
    (void)text;
}

void mask_forget(void)
{
}

int mask_apply(const char *text, struct buf *ret_text)
{
    return mask_text(text, ret_text);
}

void mask_apply_here(char *text, size_t size)
{
    struct buf masked;
    buf_init(&masked, (size_t)1 << 24);
    if (!mask_apply(text, &masked))
        snprintf(text, size, "%s", buf_text(&masked));
    buf_free(&masked);
}
