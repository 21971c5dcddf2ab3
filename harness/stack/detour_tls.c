#include "stack/detour_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/words.h"

/* Keys of queries, and the proxy's word for what they hold. */
static const struct {
    const char *key, *word;
} keys[] = {
    {"sslmode", NULL},      {"channel_binding", NULL}, {"ssl_cert_reqs", NULL}, {"ssl-mode", NULL},
    {"sslMode", NULL},      {"sslrootcert", "ca"},     {"ssl_ca_certs", "ca"},  {"ssl-ca", "ca"},
    {"sslcert", "cert"},    {"ssl_certfile", "cert"},  {"ssl-cert", "cert"},    {"sslkey", "key"},
    {"ssl_keyfile", "key"}, {"ssl-key", "key"},
};

/* Modes by which clients insist on TLS. */
static const struct {
    const char *server, *key, *value, *mode;
} modes[] = {
    {"postgres", "sslmode", "require", "require"},
    {"postgres", "sslmode", "verify-ca", "verify-ca"},
    {"postgres", "sslmode", "verify-full", "verify-full"},
    {"mysql", "ssl-mode", "REQUIRED", "require"},
    {"mysql", "ssl-mode", "VERIFY_CA", "verify-ca"},
    {"mysql", "ssl-mode", "VERIFY_IDENTITY", "verify-full"},
    {"mysql", "sslMode", "REQUIRED", "require"},
    {"mysql", "sslMode", "VERIFY_CA", "verify-ca"},
    {"mysql", "sslMode", "VERIFY_IDENTITY", "verify-full"},
};

bool detour_tls_owns(const char *key)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(keys[i].key, key))
            return true;
    return false;
}

/* NULL: plain, or as the store likes it. */
static const char *mode_of(const char *server, const struct uri *uri)
{
    char text[64];
    if (!strcmp(uri->scheme, "rediss")) {
        bool any = uri_query(uri, "ssl_cert_reqs", text, sizeof text) && !strcmp(text, "none");
        return any ? "require" : "verify-full";
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(modes[i].server, server) && uri_query(uri, modes[i].key, text, sizeof text) &&
            !strcasecmp(text, modes[i].value))
            return modes[i].mode;
    return NULL;
}

static int add_word(const char *word, const char *value, char *words, size_t size, struct err *err)
{
    size_t used = strlen(words);
    if (strpbrk(value, " \t\r\n"))
        return err_set(err, ERR_USAGE, "'%.100s' has blanks in it; allowed: a name without", value);
    int length = snprintf(words + used, size - used, " %s=%s", word, value);
    return length < (int)(size - used) ? 0 : err_set(err, ERR_USAGE, "the address is too long");
}

static int add_files(const struct uri *uri, char *words, size_t size, struct err *err)
{
    char value[512];
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof keys / sizeof *keys; i++)
        if (keys[i].word && uri_query(uri, keys[i].key, value, sizeof value))
            rc = add_word(keys[i].word, value, words, size, err);
    return rc;
}

/* Where libpq looks for the authority that it trusts. */
static int add_default_ca(const char *server, char *words, size_t size, struct err *err)
{
    const char *home = getenv("HOME");
    char path[512];
    if (strcmp(server, "postgres") != 0 || strstr(words, " ca=") || !home)
        return 0;
    snprintf(path, sizeof path, "%s/.postgresql/root.crt", home);
    return add_word("ca", path, words, size, err);
}

int detour_tls_read(const char *server, const struct uri *uri, const char *host, char *ret_words,
                    size_t size, struct err *err)
{
    const char *mode = mode_of(server, uri);
    char text[64];
    *ret_words = '\0';
    if (uri_query(uri, "channel_binding", text, sizeof text) && !strcmp(text, "require"))
        return err_set(err, ERR_ENVIRONMENT,
                       "channel_binding=require binds the login to a TLS that ends at the service, "
                       "and with `between` it ends at the proxy; allowed: channel_binding=prefer "
                       "or disable");
    if (!mode)
        return 0;
    int rc = add_files(uri, ret_words, size, err);
    /* As libpq has it: who names an authority wants it to be asked. */
    if (!strcmp(mode, "require") && !strcmp(server, "postgres") && strstr(ret_words, " ca="))
        mode = "verify-ca";
    if (!rc)
        rc = add_word("tls", mode, ret_words, size, err);
    if (!rc && !strcmp(mode, "verify-full"))
        rc = add_word("host", host, ret_words, size, err);
    if (!rc && strcmp(mode, "require") != 0)
        rc = add_default_ca(server, ret_words, size, err);
    return rc;
}
