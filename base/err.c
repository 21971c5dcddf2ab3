#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct err *err, enum err_code code, const char *format, va_list args)
{
    err->code = code;
    err->retriable = code == ERR_TIMEOUT;
    vsnprintf(err->message, sizeof err->message, format, args);
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, code, format, args);
        va_end(args);
    }
    return -(int)code;
}

int err_errno(struct err *err, enum err_code code, int errnum, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, code, format, args);
        va_end(args);
        size_t used = strlen(err->message);
        char reason[128];
        snprintf(err->message + used, sizeof err->message - used, ": %s",
                 strerror_r(errnum, reason, sizeof reason));
    }
    return -(int)code;
}

int err_prefix(struct err *err, const char *format, ...)
{
    if (!err)
        return -(int)ERR_BUG;
    char old[ERR_MESSAGE_MAX];
    memcpy(old, err->message, sizeof old);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    int room = (int)sizeof err->message - used - 3;
    if (used >= 0 && room > 0)
        snprintf(err->message + used, (size_t)room + 3, ": %.*s", room, old);
    return -(int)err->code;
}
