/* The parts of an address by RFC 3986: redis://user:p%40ss@[::1]:6379/2?timeout=1. The one parser
 * of addresses: probes, the stack and the load read them by it, so that they agree. Nothing is
 * guessed: what the grammar does not know is refused. Two things are more than the RFC has, and
 * unambiguous: a list of hosts with commas, as libpq's addresses have, and an '@' in a password,
 * since a host has none. Pure; any thread. */
#ifndef BASE_URI_H
#define BASE_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define URI_HOSTS_MAX 16

struct uri_host {
    char name[256]; /* as written; [::1] without its brackets */
    bool literal;   /* it stood in brackets: an IPv6 address */
    int port;       /* 0: absent */
};

struct uri {
    char scheme[32]; /* lower case */
    bool authority;  /* "//" was there */
    bool has_user, has_password;
    char user[256]; /* "" when absent, like every other text; percent escapes are resolved */
    char password[1024];
    struct uri_host hosts[URI_HOSTS_MAX]; /* the first one is there, "" when no host is named */
    unsigned hosts_count;                 /* at least 1 */
    char path[1024];                      /* with its leading '/' */
    char query[2048];                     /* as written, without the '?' */
};

/* Errors: ERR_USAGE. The message says which part is wrong and why, and holds nothing of the address
 * but its scheme and the names of hosts, because any other part may be a secret. */
int uri_parse(const char *text, struct uri *ret_uri, struct err *err)
    __attribute__((warn_unused_result));

/* The value of key in the query, resolved; the key is compared resolved as well ("?%68ost=" is a
 * host). False when it is not there, does not fit or is broken. */
bool uri_query(const struct uri *uri, const char *key, char *ret_value, size_t size);

/* The first host's port, or the one that the scheme has; 0: it has none. */
int uri_port(const struct uri *uri);

/* A text as a part of an address: all but letters, digits and "-._~" as %XX; cut where it does not
 * fit. Returns ret_text. */
char *uri_escape(const char *text, char *ret_text, size_t size);

/* An error unless the scheme is one of those (NULL ends the list) and exactly one host is named or
 * none. what: "Redis", for the message. */
int uri_expect(const struct uri *uri, const char *what, const char *const *schemes, struct err *err)
    __attribute__((warn_unused_result));

/* "host:port" or "[v6]:port" for messages; the port is left out when it is 0. Returns ret_text. */
char *uri_place(const char *host, int port, char *ret_text, size_t size);

#endif
