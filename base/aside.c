#include "base/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mask_stream.h"

enum { SUFFIX = sizeof ".0123456789abcdef.part", TRIES = 16 };

/* A new file beside the path, never one that is there, and no link's target. */
static int open_beside(struct aside *aside)
{
    for (int i = 0; i < TRIES; i++) {
        uint64_t random;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            return -1;
        snprintf(aside->temp, sizeof aside->temp, "%.*s.%016llx.part", PATH_MAX - SUFFIX,
                 aside->path, (unsigned long long)random);
        int fd = open(aside->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

int aside_open(struct aside *aside, const char *dir, const char *name, struct err *err)
{
    int length = dir ? snprintf(aside->path, sizeof aside->path, "%s/%s", dir, name)
                     : snprintf(aside->path, sizeof aside->path, "%s", name);
    if (length < 0 || (size_t)length + SUFFIX > sizeof aside->path)
        return err_set(err, ERR_ENVIRONMENT, "the path of %s is too long", name);
    int fd = open_beside(aside);
    if (fd < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", aside->path);
    aside->under = fdopen(fd, "w");
    aside->file = aside->under ? mask_stream_open(aside->under) : NULL;
    if (aside->file)
        return 0;
    int errnum = errno;
    if (aside->under)
        fclose(aside->under);
    else
        close(fd);
    unlink(aside->temp);
    return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot write %s", aside->path);
}

/* What went wrong first. A stream knows only that a write failed, not why: a later step may. */
struct trouble {
    bool any;
    int errnum;
};

static void note(struct trouble *trouble, bool failed)
{
    trouble->any |= failed;
    if (failed && !trouble->errnum)
        trouble->errnum = errno;
    errno = 0;
}

int aside_commit(struct aside *aside, struct err *err)
{
    struct trouble trouble = {0};
    errno = 0;
    note(&trouble, fflush(aside->file) || ferror(aside->file));
    note(&trouble, fclose(aside->file) != 0);
    note(&trouble, fflush(aside->under) || ferror(aside->under));
    /* Some file systems tell only now that there is no room; some know no sync. */
    note(&trouble,
         !trouble.any && fsync(fileno(aside->under)) && errno != EINVAL && errno != ENOSYS);
    note(&trouble, fclose(aside->under) != 0);
    aside->file = aside->under = NULL;
    if (!trouble.any)
        note(&trouble, rename(aside->temp, aside->path) != 0);
    if (!trouble.any)
        return 0;
    unlink(aside->temp);
    return err_errno(err, ERR_ENVIRONMENT, trouble.errnum ? trouble.errnum : EIO, "cannot write %s",
                     aside->path);
}

void aside_drop(struct aside *aside)
{
    if (!aside->file)
        return;
    fclose(aside->file);
    fclose(aside->under);
    unlink(aside->temp);
    aside->file = aside->under = NULL;
}
