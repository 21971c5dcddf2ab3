/* Which names say that their value is secret, and which words are too common to be searched for. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mask.h"
#include "base/mask_inside.h"

/* Parts of names whose values nobody should read in a report. */
static const char *const strong[] = {
    "password",      "passwd",      "passphrase", "secret",      "token",
    "authorization", "api-key",     "api_key",    "apikey",      "cookie",
    "access_key",    "access-key",  "accesskey",  "private_key", "privatekey",
    "private-key",   "credential",  "signature",  "sessionid",   "session_id",
    "session-id",    "sessid",      "jwt",        "requirepass", "masterauth",
    "pgpass",        "signing_key", "signingkey", "master_key",  "shared_key",
    "account_key",   "auth_key",    "auth-key",   "authkey",     "encryption_key",
};

/* The same as a whole word of a name: DB_PASS, X-Auth, sig. */
static const char *const weak[] = {"pass", "pwd", "auth", "sig",  "sid",  "otp",  "pin",
                                   "pw",   "psw", "csrf", "xsrf", "hmac", "cred", "creds"};

/* Names that look like one and are none: a directory, a socket. */
static const char *const innocent[] = {"PWD", "OLDPWD", "SSH_AUTH_SOCK", "WINDOWID"};

/* What ends the name of something about a secret: PGPASSFILE, TOKEN_URL, auth_user. */
static const char *const about[] = {"file", "path",  "dir",      "sock",     "url",     "uri",
                                    "host", "port",  "user",     "username", "name",    "expires",
                                    "ttl",  "type",  "endpoint", "issuer",   "store",   "length",
                                    "size", "count", "policy",   "enabled",  "required"};

/* Servers, parts and verdicts: what every report speaks of, and what people take for a password of
 * a throw-away database. */
static const char common[] =
    " accepted account actual admin administrator answer answers apply auth baseline bearer before "
    "body broker burst bystander calls check checks client column connection console consumer "
    "content cookie count counter coupon coupons data database debug default description digest "
    "docker drain drained duplicate embedded error errors evidence example exit expected external "
    "fail failed false fcfs file first foobar force gate group guest header headers history host "
    "http https info insert int64 invalid json kafka last late latency limit load local localhost "
    "lost master message method mysql name network none null number offset order orders parked "
    "partition pass passed password path phantom phase pipeline ping plain pong port post postgres "
    "postgresql pressed private process producer public query rank rate ready records redis "
    "rejected release report request requests reset response result retry root round rounds rows "
    "rushproof sample scenario secret seed select sent server service session shop slot slots "
    "snippet spread sql stack start state status stop store summary system table test text time "
    "timeout timeline token tokens topic true type undecided undefined unexpected unknown url user "
    "username users value values verdict version warning window word worker ";

static bool same_part(const char *part, size_t length, const char *word)
{
    return strlen(word) == length && !strncasecmp(part, word, length);
}

/* Words of a name: at anything but letters, and where a small letter meets a capital one. */
static size_t part_length(const char *name)
{
    size_t length = 0;
    while (isalpha((unsigned char)name[length])) {
        bool hump = length && islower((unsigned char)name[length - 1]) &&
                    isupper((unsigned char)name[length]);
        if (hump)
            break;
        length++;
    }
    return length;
}

bool mask_is_weak_name(const char *name)
{
    while (*name) {
        size_t length = part_length(name);
        for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
            if (same_part(name, length, weak[i]))
                return true;
        name += length ? length : 1;
    }
    return false;
}

static bool is_strong_name(const char *name)
{
    for (size_t i = 0; i < sizeof strong / sizeof *strong; i++)
        if (strcasestr(name, strong[i]))
            return true;
    return false;
}

static bool is_about(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        size_t end = strlen(about[i]);
        if (length > end && !strcasecmp(name + length - end, about[i]))
            return true;
    }
    return false;
}

bool mask_is_secret(const char *name)
{
    if (is_about(name))
        return false;
    for (size_t i = 0; i < sizeof innocent / sizeof *innocent; i++)
        if (!strcmp(name, innocent[i]))
            return false;
    return is_strong_name(name) || mask_is_weak_name(name);
}

bool mask_is_common(const char *word)
{
    char padded[48];
    size_t length = strlen(word);
    if (length + 3 > sizeof padded)
        return false;
    padded[0] = ' ';
    for (size_t i = 0; i < length; i++)
        padded[i + 1] = (char)tolower((unsigned char)word[i]);
    memcpy(padded + length + 1, " ", 2);
    return strstr(common, padded) != NULL;
}
