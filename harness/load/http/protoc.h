/* protoc: the compiler of Protocol Buffers, which tells what a .proto file describes. */
#ifndef LOAD_PROTOC_H
#define LOAD_PROTOC_H

#include "base/buf.h"
#include "base/err.h"

/* Runs `protoc --descriptor_set_out` on the file and what it imports, looked up in these
 * directories. Errors: ERR_ENVIRONMENT (there is no protoc), ERR_USAGE (what it says of the file),
 * ERR_MEMORY. */
int protoc_describe(const char *file, const char *const *dirs, size_t dirs_count,
                    struct buf *ret_bytes, struct err *err) __attribute__((warn_unused_result));

#endif
