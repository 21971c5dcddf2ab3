/* Login: by what a service gets into a server that the run starts. Of the run's own making, or what
 * the address says that stands in the service's code (`stack.postgres_as`). Any thread. */
#ifndef STACK_LOGIN_H
#define STACK_LOGIN_H

#include <stdbool.h>

#include "base/err.h"
#include "model/spec.h"

/* What a service that takes its address from us finds. */
#define LOGIN_USER     "service"
#define LOGIN_DATABASE "rushproof"

struct login {
    char user[64], password[128], database[64]; /* of Redis the database's number */
    bool given;                                 /* by the scenario; "" is then no password */
};

/* server: its key in `stack`. A password of our own is random and masked. Errors: ERR_ENVIRONMENT
 * (no random numbers); ERR_USAGE for an address that the scenario should not have let pass. */
int login_make(const struct spec_stack *stack, const char *server, struct login *ret_login,
               struct err *err) __attribute__((warn_unused_result));

/* Random digits, as many as there is room for, masked from now on. Errors: ERR_ENVIRONMENT. */
int login_random(char *ret_text, size_t size, struct err *err) __attribute__((warn_unused_result));

/* "user:password@host:port/database" with its scheme, escaped. Returns ret_url. */
char *login_url(const struct login *login, const char *scheme, const char *host, unsigned port,
                char *ret_url, size_t size);

/* In quotes as SQL has them: the quote within is doubled, and for MySQL's texts the backslash.
 * Returns ret_text. */
char *login_quote(const char *text, char quote, bool backslashes, char *ret_text, size_t size);

#endif
