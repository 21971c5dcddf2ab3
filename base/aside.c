#include "base/aside.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int aside_open(struct aside *aside, const char *dir, const char *name, struct err *err)
{
    int length = dir ? snprintf(aside->path, sizeof aside->path, "%s/%s", dir, name)
                     : snprintf(aside->path, sizeof aside->path, "%s", name);
    if (length < 0 || (size_t)length + sizeof ".part" > sizeof aside->path)
        return err_set(err, ERR_ENVIRONMENT, "the path of %s is too long", name);
    snprintf(aside->temp, sizeof aside->temp, "%.*s.part", length, aside->path);
    aside->file = fopen(aside->temp, "we");
    if (!aside->file)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", aside->temp);
    return 0;
}

int aside_commit(struct aside *aside, struct err *err)
{
    errno = 0;
    int failed = ferror(aside->file);
    failed |= fclose(aside->file);
    aside->file = NULL;
    if (!failed && !rename(aside->temp, aside->path))
        return 0;
    int errnum = errno ? errno : EIO;
    unlink(aside->temp);
    return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot write %s", aside->path);
}

void aside_drop(struct aside *aside)
{
    if (!aside->file)
        return;
    fclose(aside->file);
    unlink(aside->temp);
    aside->file = NULL;
}
