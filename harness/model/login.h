/* Login: why a service did not get into its database, by what it wrote to its log. Pure. */
#ifndef MODEL_LOGIN_H
#define MODEL_LOGIN_H

/* What to do about names that a private server does not know; NULL: the log tells of none. */
const char *login_advise(const char *log);

#endif
