#include "stack/logfile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

off_t logfile_size(const char *path)
{
    struct stat status;
    return stat(path, &status) < 0 ? 0 : status.st_size;
}

void logfile_tail(const char *path, off_t from, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = logfile_size(path);
    if (fd < 0 || end <= from)
        return;
    off_t start = end - from > (off_t)size - 1 ? end - (off_t)size + 1 : from;
    ssize_t got = pread(fd, ret_text, size - 1, start);
    size_t length = got > 0 ? (size_t)got : 0;
    while (length > 0 && ret_text[length - 1] == '\n')
        length--;
    ret_text[length] = '\0';
    char *line = start > from ? strchr(ret_text, '\n') : NULL;
    if (line)
        memmove(ret_text, line + 1, strlen(line + 1) + 1);
}

bool logfile_contains(const char *path, off_t *from, const char *text)
{
    char bytes[4096 + 1];
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got; fd >= 0 && (got = pread(fd, bytes, sizeof bytes - 1, *from)) > 0;) {
        bytes[got] = '\0';
        for (ssize_t i = 0; i < got; i++) {
            if (!bytes[i])
                bytes[i] = ' ';
        }
        if (strstr(bytes, text))
            return true;
        char *last = strrchr(bytes, '\n');
        if (!last && got < (ssize_t)sizeof bytes - 1)
            return false; /* the rest of the line is still to come */
        /* A line longer than the block: what may be the beginning of the text is read again. */
        size_t keep = strlen(text) < (size_t)got ? strlen(text) : 0;
        *from += last ? last + 1 - bytes : got - (ssize_t)keep;
    }
    return false;
}
