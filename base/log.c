#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

static struct {
    pthread_mutex_t lock;
    FILE *file;
    enum log_level to_stderr;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .to_stderr = LOG_LEVEL_OFF};

int log_open(const char *path, struct err *err)
{
    FILE *file = fopen(path, "ae");
    if (!file)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write the log %s", path);
    setvbuf(file, NULL, _IOLBF, BUFSIZ);
    log_close();
    pthread_mutex_lock(&sink.lock);
    sink.file = file;
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

    pthread_mutex_lock(&sink.lock);
    if (sink.file)
        fprintf(sink.file, "%s %s %s: %s\n", stamp, names[level], area, text);
    if (level >= sink.to_stderr)
        fprintf(stderr, "%s %s %s: %s\n", stamp, names[level], area, text);
    pthread_mutex_unlock(&sink.lock);
}
