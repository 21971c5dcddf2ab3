#include "stack/logfile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mask.h"
#include "base/tail.h"

/* What is looked at of the end of a log. */
enum { WINDOW = 16384 };

off_t logfile_size(const char *path)
{
    struct stat status;
    return stat(path, &status) < 0 ? 0 : status.st_size;
}

/* The last bytes behind `from`, up to WINDOW of them, without line breaks at the end. */
static void read_end(int fd, off_t from, off_t end, char *ret_bytes)
{
    off_t start = end - from > WINDOW ? end - WINDOW : from;
    ssize_t got = pread(fd, ret_bytes, WINDOW, start);
    size_t length = got > 0 ? (size_t)got : 0;
    while (length > 0 && (ret_bytes[length - 1] == '\n' || ret_bytes[length - 1] == '\r'))
        length--;
    for (size_t i = 0; i < length; i++)
        if (!ret_bytes[i] || ret_bytes[i] == '\t')
            ret_bytes[i] = ' ';
    ret_bytes[length] = '\0';
}

void logfile_tail(const char *path, off_t from, char *ret_text, size_t size)
{
    char bytes[WINDOW + 1];
    ret_text[0] = '\0';
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = logfile_size(path);
    if (fd < 0 || end <= from)
        return;
    read_end(fd, from, end, bytes);
    /* Masked before it is cut: the second half of a secret is found by nobody. */
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, 8 * WINDOW);
    if (!mask_apply(bytes, &masked))
        tail_lines(buf_text(&masked), ret_text, size);
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
