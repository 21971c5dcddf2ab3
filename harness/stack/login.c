#include "stack/login.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/mask.h"
#include "base/uri.h"

int login_random(char *ret_text, size_t size, struct err *err)
{
    unsigned char random[64];
    size_t count = (size - 1) / 2;
    count = count < sizeof random ? count : sizeof random;
    if (getrandom(random, count, 0) != (ssize_t)count)
        return err_set(err, ERR_ENVIRONMENT, "no random numbers");
    for (size_t i = 0; i < count; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", random[i]);
    mask_add(ret_text);
    return 0;
}

int login_make(const struct spec_stack *stack, const char *server, struct login *ret_login,
               struct err *err)
{
    const char *as = spec_server_as(stack, server);
    struct login login = {.user = LOGIN_USER, .database = LOGIN_DATABASE};
    struct uri uri;
    char random[33];
    int result = as ? spec_server_as_uri(stack, server, &uri, err)
                    : login_random(random, sizeof random, err);
    if (result)
        return result;
    if (as) {
        login.given = true;
        snprintf(login.user, sizeof login.user, "%.63s", uri.user);
        snprintf(login.database, sizeof login.database, "%.63s", uri.path + (uri.path[0] == '/'));
    }
    snprintf(login.password, sizeof login.password, "%.127s", as ? uri.password : random);
    *ret_login = login;
    return 0;
}

char *login_url(const struct login *login, const char *scheme, const char *host, unsigned port,
                char *ret_url, size_t size)
{
    char user[3 * sizeof login->user], password[3 * sizeof login->password];
    char database[3 * sizeof login->database];
    uri_escape(login->user, user, sizeof user);
    uri_escape(login->password, password, sizeof password);
    uri_escape(login->database, database, sizeof database);
    snprintf(ret_url, size, "%s://%s%s%s%s%s:%u%s%s", scheme, user, *password ? ":" : "", password,
             *user || *password ? "@" : "", host, port, *database ? "/" : "", database);
    return ret_url;
}

char *login_quote(const char *text, char quote, bool backslashes, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[used++] = quote;
    for (; *text && used + 4 <= size; text++) {
        if (*text == quote || (backslashes && *text == '\\'))
            ret_text[used++] = *text;
        ret_text[used++] = *text;
    }
    ret_text[used++] = quote;
    ret_text[used] = '\0';
    return ret_text;
}
