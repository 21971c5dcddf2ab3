#include "load/net/tls_pipe.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdint.h>

static int refuse(const char *what, const char *path, SSL_CTX *context, struct err *err)
{
    const char *reason = ERR_reason_error_string(ERR_get_error());
    SSL_CTX_free(context);
    return err_set(err, ERR_ENVIRONMENT, "TLS settings: %s %s cannot be used: %s", what, path,
                   reason ? reason : "unknown error");
}

int tls_context_new(const struct message *message, SSL_CTX **ret_context, struct err *err)
{
    static const unsigned char protocols[] = "\2h2\10http/1.1";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return err_set(err, ERR_MEMORY, "no memory for TLS");
    SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, message->request->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       NULL);
    /* As libcurl: a certificate that is trusted itself needs no authority above it. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_default_verify_paths(context);
    if (message->ca && SSL_CTX_load_verify_locations(context, message->ca, NULL) != 1)
        return refuse("request.ca", message->ca, context, err);
    if (message->cert && SSL_CTX_use_certificate_chain_file(context, message->cert) != 1)
        return refuse("request.cert", message->cert, context, err);
    if (message->key && SSL_CTX_use_PrivateKey_file(context, message->key, SSL_FILETYPE_PEM) != 1)
        return refuse("request.key", message->key, context, err);
    *ret_context = context;
    return 0;
}

/* An address is no name to be told to the server, and stands elsewhere in its certificate. */
static bool expect_host(SSL *ssl, const struct target *target)
{
    if (target->literal)
        return target->local ||
               X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target->host) == 1;
    return SSL_set_tlsext_host_name(ssl, target->host) == 1 &&
           SSL_set1_host(ssl, target->host) == 1;
}

bool tls_pipe_open(struct tls_pipe *pipe, SSL_CTX *context, const struct target *target)
{
    *pipe = (struct tls_pipe){
        .ssl = SSL_new(context), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem())};
    if (!pipe->ssl || !pipe->in || !pipe->out || !expect_host(pipe->ssl, target)) {
        BIO_free(pipe->in);
        BIO_free(pipe->out);
        tls_pipe_close(pipe);
        return false;
    }
    SSL_set_bio(pipe->ssl, pipe->in, pipe->out);
    SSL_set_connect_state(pipe->ssl);
    return true;
}

void tls_pipe_close(struct tls_pipe *pipe)
{
    SSL_free(pipe->ssl);
    *pipe = (struct tls_pipe){0};
}

bool tls_pipe_feed(struct tls_pipe *pipe, const char *bytes, size_t length)
{
    return BIO_write(pipe->in, bytes, (int)length) == (int)length;
}

static void drain(struct tls_pipe *pipe, struct buf *ret_wire)
{
    char *bytes;
    long length = BIO_get_mem_data(pipe->out, &bytes);
    if (length <= 0)
        return;
    (void)buf_add(ret_wire, bytes, (size_t)length);
    (void)BIO_reset(pipe->out);
}

static void explain(struct tls_pipe *pipe)
{
    long verified = SSL_get_verify_result(pipe->ssl);
    const char *reason = ERR_reason_error_string(ERR_get_error());
    pipe->untrusted = verified != X509_V_OK && SSL_get_verify_mode(pipe->ssl) != SSL_VERIFY_NONE;
    pipe->reason = pipe->untrusted ? X509_verify_cert_error_string(verified)
                   : reason        ? reason
                                   : "TLS broke off";
}

enum tls_shake tls_pipe_shake(struct tls_pipe *pipe, struct buf *ret_wire)
{
    ERR_clear_error();
    int result = SSL_do_handshake(pipe->ssl);
    enum tls_shake step = result == 1 ? TLS_SHAKE_DONE
                          : SSL_get_error(pipe->ssl, result) == SSL_ERROR_WANT_READ
                              ? TLS_SHAKE_ON
                              : TLS_SHAKE_FAILED;
    if (step == TLS_SHAKE_FAILED)
        explain(pipe);
    drain(pipe, ret_wire);
    return step;
}

bool tls_pipe_chose_h2(const struct tls_pipe *pipe)
{
    const unsigned char *chosen;
    unsigned length;
    SSL_get0_alpn_selected(pipe->ssl, &chosen, &length);
    return length == 2 && chosen[0] == 'h' && chosen[1] == '2';
}

ssize_t tls_pipe_read(struct tls_pipe *pipe, char *ret_bytes, size_t room, struct buf *ret_wire)
{
    size_t count = 0;
    ERR_clear_error();
    int done = SSL_read_ex(pipe->ssl, ret_bytes, room, &count);
    int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(pipe->ssl, done);
    if (error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ)
        explain(pipe);
    drain(pipe, ret_wire);
    return error == SSL_ERROR_NONE ? (ssize_t)count : error == SSL_ERROR_WANT_READ ? 0 : -1;
}

bool tls_pipe_write(struct tls_pipe *pipe, const char *bytes, size_t length, struct buf *ret_wire)
{
    size_t count = 0;
    ERR_clear_error();
    bool done = !length || SSL_write_ex(pipe->ssl, bytes, length, &count) == 1;
    if (!done)
        explain(pipe);
    drain(pipe, ret_wire);
    return done;
}
