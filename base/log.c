#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mask.h"

static struct {
    pthread_mutex_t lock;
    FILE *file;
    int errnum; /* of the first line that could not be written */
    enum log_level to_stderr;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .to_stderr = LOG_LEVEL_OFF};

int log_open(const char *path, struct err *err)
{
    /* A log that is there is ours: no link to somewhere else. */
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
    if (!file)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write the log %s", path);
    setvbuf(file, NULL, _IOLBF, BUFSIZ);
    log_close();
    pthread_mutex_lock(&sink.lock);
    sink.file = file;
    sink.errnum = 0;
    pthread_mutex_unlock(&sink.lock);
    return 0;
}

void log_close(void)
{
    pthread_mutex_lock(&sink.lock);
    if (sink.file)
        fclose(sink.file);
    sink.file = NULL;
    pthread_mutex_unlock(&sink.lock);
}

void log_to_stderr(enum log_level at_least)
{
    pthread_mutex_lock(&sink.lock);
    sink.to_stderr = at_least;
    pthread_mutex_unlock(&sink.lock);
}

int log_check(struct err *err)
{
    pthread_mutex_lock(&sink.lock);
    int errnum = sink.errnum;
    pthread_mutex_unlock(&sink.lock);
    return errnum ? err_errno(err, ERR_ENVIRONMENT, errnum, "cannot write rushproof.log") : 0;
}

/* One line an event, and nothing that moves a cursor: texts of services are in it. */
static void make_line(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (*at >= '\t' && *at <= '\r')
            *at = ' ';
        else if (*at < 0x20 || *at == 0x7f)
            *at = '?';
        else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) /* the controls behind ASCII */
            at[0] = at[1] = '?';
    }
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARN", "ERROR"};
    char stamp[32];
    clock_format_utc(clock_wall_ns(), stamp, sizeof stamp);
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mask_sentence_here(text, sizeof text);
    make_line(text);

    pthread_mutex_lock(&sink.lock);
    if (sink.file && fprintf(sink.file, "%s %s %s: %s\n", stamp, names[level], area, text) < 0 &&
        !sink.errnum)
        sink.errnum = errno;
    if (level >= sink.to_stderr)
        fprintf(stderr, "%s %s %s: %s\n", stamp, names[level], area, text);
    pthread_mutex_unlock(&sink.lock);
}
