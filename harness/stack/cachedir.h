/* The user's cache: what can be made again at any time, and is kept because that takes long. Any
 * thread. */
#ifndef STACK_CACHEDIR_H
#define STACK_CACHEDIR_H

#include <stdbool.h>
#include <stddef.h>

/* <XDG_CACHE_HOME or ~/.cache>/rushproof/<name>. False, and a reason, when there is no such place;
 * whether it is there is not asked. */
bool cachedir_path(const char *name, char *ret_path, size_t size);

/* Opens that directory, made when it is not there. -1, and why, when it cannot be had or is not
 * ours alone: what somebody else may write there, as a user whose HOME root has kept, is not to be
 * trusted, and what we wrote there he could not remove. The caller closes. */
int cachedir_open(const char *name, char *ret_why, size_t size);

#endif
