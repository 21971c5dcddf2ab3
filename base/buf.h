/* A byte buffer that grows up to a maximum stated when it is made. Owned by one thread.
 * After a failed append the buffer keeps what it had, and buf_failed() says so: a writer may append
 * many times and ask once at the end. The bytes are always followed by a NUL that is not counted.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NULL until the first append; owned */
    size_t used;
    size_t room;
    size_t max; /* bytes, the final NUL not counted */
    bool failed;
};

/* An empty buffer that will never hold more than max bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);
void buf_free(struct buf *buf);  /* frees the bytes; the struct is as after buf_init */
void buf_clear(struct buf *buf); /* forgets the bytes and the failure, keeps the room */

/* Each returns 0 or -ERR_MEMORY. */
int buf_add(struct buf *buf, const void *bytes, size_t count);
int buf_adds(struct buf *buf, const char *text);
int buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The bytes as text; "" while empty. Valid until the next call on buf. */
const char *buf_text(const struct buf *buf);

/* Hands the bytes (never NULL unless out of memory) over to the caller, who frees them. */
char *buf_steal(struct buf *buf);

#endif
