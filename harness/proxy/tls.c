#include "proxy/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/words.h"

#define PRELUDE_MAX 64

struct tls_trust {
    SSL_CTX *context;
    bool verify;
    char host[256]; /* that the certificate must be of; "": any */
};

struct tls {
    SSL *ssl;
    int fd;
    enum tls_step at;
    const char *reason;
    uint8_t prelude[PRELUDE_MAX];
    size_t length, sent;
    bool asks; /* an answer to the prelude is to come */
};

/* ---- trust ---- */

void tls_trust_close(struct tls_trust *trust)
{
    if (!trust)
        return;
    SSL_CTX_free(trust->context);
    free(trust);
}

static void drop_trust(struct tls_trust **trust)
{
    tls_trust_close(*trust);
}

static int refuse_file(const char *what, const char *path, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT, "the %s %s cannot be used: %s", what, path,
                   ERR_reason_error_string(ERR_get_error()));
}

static int take_mode(struct tls_trust *trust, const char *value, struct err *err)
{
    static const char *const modes[] = {"require", "verify-ca", "verify-full", NULL};
    int mode = words_find(modes, value);
    if (mode < 0)
        return err_set(err, ERR_USAGE, "tls=%s; allowed: require, verify-ca, verify-full", value);
    trust->verify = mode > 0;
    SSL_CTX_set_verify(trust->context, mode > 0 ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    return 0;
}

static int take_ca(struct tls_trust *trust, const char *value, struct err *err)
{
    return SSL_CTX_load_verify_locations(trust->context, value, NULL) == 1
               ? 0
               : refuse_file("authority's certificate", value, err);
}

static int take_cert(struct tls_trust *trust, const char *value, struct err *err)
{
    return SSL_CTX_use_certificate_chain_file(trust->context, value) == 1
               ? 0
               : refuse_file("client's certificate", value, err);
}

static int take_key(struct tls_trust *trust, const char *value, struct err *err)
{
    return SSL_CTX_use_PrivateKey_file(trust->context, value, SSL_FILETYPE_PEM) == 1
               ? 0
               : refuse_file("client's key", value, err);
}

static int take_host(struct tls_trust *trust, const char *value, struct err *err)
{
    if (strlen(value) >= sizeof trust->host)
        return err_set(err, ERR_USAGE, "host=%.40s… is too long", value);
    strcpy(trust->host, value);
    return 0;
}

static int take_word(struct tls_trust *trust, const char *word, struct err *err)
{
    static const struct {
        const char *key;
        int (*take)(struct tls_trust *trust, const char *value, struct err *err);
    } keys[] = {{"tls", take_mode},
                {"ca", take_ca},
                {"cert", take_cert},
                {"key", take_key},
                {"host", take_host}};
    size_t length = strcspn(word, "=");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i].key) == length && !strncmp(keys[i].key, word, length) && word[length])
            return keys[i].take(trust, word + length + 1, err);
    return err_set(err, ERR_USAGE, "'%s'; allowed: tls=, ca=, cert=, key=, host=", word);
}

int tls_trust_open(char *const *words, unsigned count, struct tls_trust **ret_trust,
                   struct err *err)
{
    _cleanup_(drop_trust) struct tls_trust *trust = NULL;
    *ret_trust = NULL;
    if (count == 0)
        return 0;
    trust = calloc(1, sizeof *trust);
    if (!trust || !(trust->context = SSL_CTX_new(TLS_client_method())))
        return err_set(err, ERR_MEMORY, "no memory for TLS");
    SSL_CTX_set_options(trust->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* Records are not read ahead, so that what waits always shows as an event of the socket. */
    SSL_CTX_set_mode(trust->context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_verify_paths(trust->context);
    for (unsigned i = 0; i < count; i++) {
        int failed = take_word(trust, words[i], err);
        if (failed)
            return failed;
    }
    *ret_trust = TAKE(trust);
    return 0;
}

/* ---- a connection ---- */

static bool is_address(const char *host)
{
    uint8_t bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool expect_host(SSL *ssl, const struct tls_trust *trust)
{
    if (!trust->host[0])
        return true;
    if (is_address(trust->host))
        return !trust->verify ||
               X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), trust->host) == 1;
    return SSL_set_tlsext_host_name(ssl, trust->host) == 1 &&
           (!trust->verify || SSL_set1_host(ssl, trust->host) == 1);
}

struct tls *tls_open(const struct tls_trust *trust, int fd, const void *prelude, size_t length,
                     bool asks)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls)
        return NULL;
    *tls = (struct tls){.fd = fd, .at = TLS_WRITE, .asks = asks, .length = length};
    tls->ssl = SSL_new(trust->context);
    if (!tls->ssl || length > sizeof tls->prelude || SSL_set_fd(tls->ssl, fd) != 1 ||
        !expect_host(tls->ssl, trust)) {
        tls_close(tls);
        return NULL;
    }
    if (length)
        memcpy(tls->prelude, prelude, length);
    SSL_set_connect_state(tls->ssl);
    return tls;
}

void tls_close(struct tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    free(tls);
}

static bool is_later(void)
{
    return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
}

static enum tls_step send_prelude(struct tls *tls)
{
    ssize_t sent = send(tls->fd, tls->prelude + tls->sent, tls->length - tls->sent, MSG_NOSIGNAL);
    if (sent < 0)
        return is_later() ? TLS_WRITE : TLS_LOST;
    tls->sent += (size_t)sent;
    return tls->sent < tls->length ? TLS_WRITE : TLS_READ;
}

static enum tls_step hear_answer(struct tls *tls)
{
    char answer;
    ssize_t got = recv(tls->fd, &answer, 1, 0);
    if (got < 0)
        return is_later() ? TLS_READ : TLS_LOST;
    if (got == 1 && answer == 'S') {
        tls->asks = false;
        return TLS_WRITE;
    }
    if (got == 1)
        tls->reason = "the store offers no TLS: leave it out of its address (sslmode=disable)";
    return TLS_LOST;
}

/* SSL's own errors; what the socket had is in errno. */
static enum tls_step explain(struct tls *tls, int result)
{
    int error = SSL_get_error(tls->ssl, result);
    if (error == SSL_ERROR_WANT_READ)
        return TLS_READ;
    if (error == SSL_ERROR_WANT_WRITE)
        return TLS_WRITE;
    if (error == SSL_ERROR_SYSCALL && is_later())
        return TLS_WRITE;
    if (SSL_get_verify_result(tls->ssl) != X509_V_OK)
        tls->reason = "the store's certificate is not trusted, or is another host's: name its "
                      "authority (sslrootcert=, ssl_ca_certs=), or take any (sslmode=require, "
                      "ssl_cert_reqs=none)";
    else if (error == SSL_ERROR_SSL)
        tls->reason = "the store does not speak TLS, or wants a client's certificate";
    return TLS_LOST;
}

static enum tls_step shake(struct tls *tls)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(tls->ssl);
    return result == 1 ? TLS_ON : explain(tls, result);
}

enum tls_step tls_step(struct tls *tls)
{
    enum tls_step before = tls->at;
    if (before == TLS_ON || before == TLS_LOST)
        return before;
    if (tls->sent < tls->length && (tls->at = send_prelude(tls)) != TLS_READ)
        return tls->at;
    if (tls->asks && (tls->at = hear_answer(tls)) != TLS_WRITE)
        return tls->at;
    return tls->at = shake(tls);
}

enum tls_step tls_at(const struct tls *tls)
{
    return tls->at;
}

const char *tls_reason(const struct tls *tls)
{
    return tls->reason;
}

/* Of what a read or a write came to: bytes, 0 at the end, or -1 with errno. */
static ssize_t result_of(struct tls *tls, int done, size_t count)
{
    if (done == 1)
        return (ssize_t)count;
    int error = SSL_get_error(tls->ssl, done);
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    bool later = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    errno = later ? EAGAIN : errno && errno != EAGAIN ? errno : ECONNRESET;
    return -1;
}

ssize_t tls_recv(struct tls *tls, void *bytes, size_t length)
{
    size_t count = 0;
    ERR_clear_error();
    errno = 0;
    int done = SSL_read_ex(tls->ssl, bytes, length, &count);
    return result_of(tls, done, count);
}

ssize_t tls_send(struct tls *tls, const void *bytes, size_t length)
{
    size_t count = 0;
    ERR_clear_error();
    errno = 0;
    int done = SSL_write_ex(tls->ssl, bytes, length, &count);
    return result_of(tls, done, count);
}

void tls_end(struct tls *tls)
{
    if (tls->at == TLS_ON)
        (void)SSL_shutdown(tls->ssl);
}
