#include "archive/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *regular_open(const char *path, struct err *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    FILE *file = NULL;
    if (fd < 0 || fstat(fd, &status) || (S_ISREG(status.st_mode) && !(file = fdopen(fd, "r"))))
        err_errno(err, ERR_USAGE, errno, "cannot read %s", path);
    else if (!file)
        err_set(err, ERR_USAGE, "%s is not a file", path);
    if (!file && fd >= 0)
        close(fd);
    return file;
}
