#include "counted.h"

#include <malloc.h>
#include <stdint.h>

static int64_t in_use, base, peak;

void counted_reset(void)
{
    base = peak = in_use;
}

size_t counted_peak(void)
{
    return (size_t)(peak - base);
}

static void *count(void *block)
{
    in_use += (int64_t)malloc_usable_size(block);
    if (in_use > peak)
        peak = in_use;
    return block;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t members, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    return count(__real_malloc(size));
}

void *__wrap_calloc(size_t members, size_t size)
{
    return count(__real_calloc(members, size));
}

/* A large block is moved page by page, so the old and the new one are not both in use. */
void *__wrap_realloc(void *block, size_t size)
{
    size_t before = malloc_usable_size(block);
    void *moved = __real_realloc(block, size);
    if (!moved)
        return NULL;
    in_use -= (int64_t)before;
    return count(moved);
}

void __wrap_free(void *block)
{
    in_use -= (int64_t)malloc_usable_size(block);
    __real_free(block);
}
