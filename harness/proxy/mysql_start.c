/* The handshake of MySQL. Of the server's greeting bits are cleared in place:
 * encryption, compression, and what MariaDB offers that is not read here;
 * nothing else is changed. */
#include <string.h>

#include "proxy/mysql.h"

/* Bytes behind the version's NUL: thread 4, salt 8, filler 1, low capabilities
 * 2, charset 1, status 2, high capabilities 2, length of the salt 1, filler 6,
 * MariaDB's capabilities 4. */
#define AT_LOW     13
#define AT_HIGH    18
#define AT_MARIADB 27

#define SSL_REQUEST 32 /* bytes: capabilities, largest packet, charset, filler */

/* Of MariaDB's extended capabilities bulk execution is read. Progress,
 * COM_MULTI, extended and cached metadata and results of bulks are not. */
#define MARIADB_READ (1U << 2)

static uint8_t mask_of(const struct mysql *mysql, unsigned at)
{
    const uint32_t off = MYSQL_SSL | MYSQL_COMPRESS | MYSQL_ZSTD;
    if (at == AT_LOW || at == AT_LOW + 1)
        return (uint8_t) ~(off >> (8 * (at - AT_LOW)));
    if (at == AT_HIGH || at == AT_HIGH + 1)
        return (uint8_t) ~(off >> (16 + 8 * (at - AT_HIGH)));
    if (mysql->mariadb && at >= AT_MARIADB && at < AT_MARIADB + 4)
        return (uint8_t)(MARIADB_READ >> (8 * (at - AT_MARIADB)));
    return 0xff;
}

/* The first byte is 10, the version of the protocol; an error comes in its
 * place when the server has no room. */
void mysql_greeting_edit(struct mysql *mysql, uint8_t *bytes, size_t length)
{
    struct mysql_reader *reader = &mysql->readers[FRAMER_SERVER];
    for (size_t i = 0; i < length; i++) {
        if (!reader->have_first) {
            reader->have_first = true;
            reader->first = bytes[i];
            if (reader->first != 10)
                return framer_go_blind(&mysql->base, FRAMER_SERVER, reader->begin,
                                       "the server's greeting is no MySQL protocol 10");
        } else if (mysql->greet == GREET_VERSION) {
            mysql->greet = bytes[i] ? GREET_VERSION : GREET_FIXED;
        } else {
            unsigned at = mysql->greet_at++;
            if (at == AT_LOW)
                mysql->mariadb = !(bytes[i] & 1); /* CLIENT_MYSQL is off: MariaDB */
            if (at == AT_LOW + 1)
                mysql->offers_tls = bytes[i] & (MYSQL_SSL >> 8);
            bytes[i] &= mask_of(mysql, at);
            if (at == AT_LOW || at == AT_LOW + 1)
                mysql->server |= (uint32_t)bytes[i] << (8 * (at - AT_LOW));
            if (at == AT_HIGH || at == AT_HIGH + 1)
                mysql->server |= (uint32_t)bytes[i] << (16 + 8 * (at - AT_HIGH));
        }
    }
}

static void refuse(struct mysql *mysql, const char *reason)
{
    mysql->base.refused = true;
    framer_tell(&mysql->base,
                &(struct framer_event){
                    .kind = FRAMER_REFUSE, .side = FRAMER_CLIENT, .text = "", .reason = reason});
}

/* An SSLRequest is what a response begins with, which the server takes the capabilities from. What
 * the client says is one packet further for the server from then on, until it has logged in. */
static void secure(struct mysql *mysql, const uint8_t *body, size_t length)
{
    uint8_t request[4 + SSL_REQUEST] = {SSL_REQUEST, 0, 0, 1};
    if (!mysql->offers_tls || length < SSL_REQUEST)
        return refuse(mysql, "the store offers no TLS: leave it out of its address");
    memcpy(request + 4, body, SSL_REQUEST);
    request[5] |= MYSQL_SSL >> 8;
    mysql->shifted = true;
    mysql->base.passable[FRAMER_CLIENT] = UINT64_MAX;
    framer_tell(&mysql->base, &(struct framer_event){.kind = FRAMER_TLS,
                                                     .side = FRAMER_CLIENT,
                                                     .text = (const char *)request,
                                                     .length = sizeof request});
}

void mysql_response(struct mysql *mysql, const uint8_t *body, size_t length)
{
    struct fields fields = {body, body ? body + length : NULL, body != NULL};
    mysql->client = (uint32_t)mysql_take_int(&fields, 4);
    if (mysql->client & MYSQL_SSL)
        return refuse(mysql, "a client of MySQL insists on TLS, which the proxy speaks to the "
                             "store alone: set sslMode=DISABLED (ssl-mode, useSSL=false) for it");
    if (!fields.ok || !(mysql->client & MYSQL_PROTOCOL_41))
        return framer_go_blind(&mysql->base, FRAMER_CLIENT, mysql->readers[FRAMER_CLIENT].begin,
                               "the client speaks a protocol of before MySQL 4.1");
    if (mysql->client & (MYSQL_COMPRESS | MYSQL_ZSTD))
        return framer_go_blind(&mysql->base, FRAMER_CLIENT, mysql->readers[FRAMER_CLIENT].begin,
                               "the client compresses, which was not offered");
    mysql->client &= mysql->server;
    mysql->phase = MYSQL_AUTH;
    if (mysql->base.config.upstream_tls)
        secure(mysql, body, length);
}

/* Ways to log in that tell a server that hears TLS the password itself, which a client that sees
 * none does not do. */
static bool wants_password(const uint8_t *body, size_t length)
{
    static const char *const fine[] = {"mysql_native_password", "caching_sha2_password",
                                       "client_ed25519"};
    if (*body == 0x01)
        return length < 2 || body[1] != 0x03; /* 3: what the server remembers was enough */
    if (*body != 0xfe)
        return false;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (length > strlen(fine[i]) && !memcmp(body + 1, fine[i], strlen(fine[i])))
            return false;
    return true;
}

/* OK or an error end it; anything else is a step of it. */
void mysql_login_answer(struct mysql *mysql, const uint8_t *body, size_t length, uint64_t end)
{
    if (mysql->shifted && length && wants_password(body, length))
        return refuse(mysql, "by TLS the store asks for a password in plain, which a client that "
                             "sees no TLS does not tell: let the user log in by "
                             "mysql_native_password, or leave TLS out of the address");
    if (length == 0 || (*body != 0x00 && *body != 0xff))
        return;
    mysql->shifted = false;
    bool again = queue_front(&mysql->base.queue) != NULL; /* COM_CHANGE_USER */
    mysql->phase = MYSQL_COMMANDS;
    if (again) {
        mysql->failed = *body == 0xff;
        names_clear(&mysql->statements);
        mysql->tag_length = 0;
        framer_answer_begun(&mysql->base, queue_front(&mysql->base.queue),
                            mysql->readers[FRAMER_SERVER].begin);
        return mysql_answer_end(mysql, end);
    }
    if (*body == 0x00)
        framer_tell(&mysql->base,
                    &(struct framer_event){.kind = FRAMER_READY, .side = FRAMER_SERVER});
}
