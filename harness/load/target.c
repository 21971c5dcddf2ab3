#include "load/target.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void cleanup_curl_text(char **text)
{
    curl_free(*text);
}

/* The URL up to its first {{: all that can be known before the users are. */
static int parse(const char *url, CURLU *parsed, struct err *err)
{
    const char *open = strstr(url, "{{");
    size_t length = open ? (size_t)(open - url) : strlen(url);
    _cleanup_free_ char *head = strndup(url, length);
    if (!head)
        return err_set(err, ERR_MEMORY, "out of memory");
    const char *scheme_end = strstr(head, "://");
    if (open && (!scheme_end || !strpbrk(scheme_end + 3, "/?")))
        return err_set(err, ERR_USAGE, "request.url '%s': no {{name}} may stand before the path",
                       url);
    CURLUcode code = curl_url_set(parsed, CURLUPART_URL, head, 0);
    if (code)
        return err_set(err, ERR_USAGE, "request.url '%s': %s", url, curl_url_strerror(code));
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static int look_up(struct target *target, const char *port, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char host[sizeof target->host];
    size_t length = strlen(target->host);
    bool brackets = target->host[0] == '[' && target->host[length - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(length - (brackets ? 2 : 0)),
             target->host + brackets);
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, port, &hints, &found);
    if (rc)
        return err_set(err, ERR_ENVIRONMENT, "the target's host %s: %s", host, gai_strerror(rc));
    memcpy(&target->address, found->ai_addr, found->ai_addrlen);
    target->address_length = found->ai_addrlen;
    getnameinfo(found->ai_addr, found->ai_addrlen, target->address_text,
                sizeof target->address_text, NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    target->loopback = is_loopback(&target->address);
    return 0;
}

int target_resolve(const char *url, struct target *ret_target, struct err *err)
{
    _cleanup_(cleanup_url) CURLU *parsed = curl_url();
    _cleanup_(cleanup_curl_text) char *scheme = NULL, *host = NULL, *port = NULL;
    if (!parsed)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = parse(url, parsed, err);
    if (rc)
        return rc;
    struct target target = {0};
    if (curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        return err_set(err, ERR_USAGE, "request.url '%s': http:// or https:// is needed", url);
    if (curl_url_get(parsed, CURLUPART_HOST, &host, 0) || strlen(host) >= sizeof target.host ||
        curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
        return err_set(err, ERR_USAGE, "request.url '%s': no host", url);
    target.tls = strcmp(scheme, "https") == 0;
    snprintf(target.host, sizeof target.host, "%s", host);
    target.port = (uint16_t)strtoul(port, NULL, 10);
    rc = look_up(&target, port, err);
    if (rc)
        return rc;
    *ret_target = target;
    return 0;
}
