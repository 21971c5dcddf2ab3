#include "store/redis_guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The last ones look at nobody's keys and are not flagged readonly. Scripts by EVAL and FCALL may
 * write and are not here; EVAL_RO and FCALL_RO are kept from it by the server. */
static const char *const readers[] = {
    "BITCOUNT",   "BITFIELD_RO", "BITPOS",    "DBSIZE",     "EVALSHA_RO",  "EVAL_RO", "EXISTS",
    "EXPIRETIME", "FCALL_RO",    "GET",       "GETBIT",     "GETRANGE",    "HEXISTS", "HGET",
    "HLEN",       "HSTRLEN",     "LINDEX",    "LLEN",       "PEXPIRETIME", "PFCOUNT", "PTTL",
    "SCARD",      "SINTERCARD",  "SISMEMBER", "STRLEN",     "SUBSTR",      "TTL",     "TYPE",
    "XLEN",       "ZCARD",       "ZCOUNT",    "ZINTERCARD", "ZLEXCOUNT",   "ZRANK",   "ZREVRANK",
    "ZSCORE",     "SMEMBERS",    "SSCAN",     "SINTER",     "SUNION",      "SDIFF",   "SORT_RO",
    "ZRANGE",     "ZSCAN",       "HGETALL",   "HKEYS",      "HVALS",       "HSCAN",   "LRANGE",
    "SCAN",       "XRANGE",      "XREVRANGE", "XINFO",      "ECHO",        "INFO",    "LASTSAVE",
    "PING",
};

bool redis_guard_knows(const char *name)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (!strcasecmp(readers[i], name))
            return true;
    return false;
}

/* The flags of an answer of one entry, {name, arity, [flags…], …}; NULL: the server does not tell.
 */
static const redisReply *flags_of(const redisReply *info)
{
    if (!info || info->type != REDIS_REPLY_ARRAY || info->elements != 1)
        return NULL;
    const redisReply *entry = info->element[0];
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements < 3 ||
        entry->element[2]->type != REDIS_REPLY_ARRAY)
        return NULL;
    return entry->element[2];
}

static bool has_flag(const redisReply *flags, const char *name)
{
    for (size_t i = 0; i < flags->elements; i++)
        if (flags->element[i]->str && !strcmp(flags->element[i]->str, name))
            return true;
    return false;
}

static bool judge(const char *name, const redisReply *flags)
{
    if (!flags)
        return redis_guard_knows(name);
    if (has_flag(flags, "write") || has_flag(flags, "admin") || has_flag(flags, "pubsub"))
        return false;
    return has_flag(flags, "readonly") || redis_guard_knows(name);
}

bool redis_guard_allows(const char *name, const redisReply *info, char *ret_why, size_t size)
{
    const redisReply *flags = flags_of(info);
    bool allowed = judge(name, flags);
    if (!allowed)
        snprintf(ret_why, size,
                 "%.32s %s; evidence must only be read: allowed are commands that Redis flags "
                 "readonly, such as GET, SCARD, HGET, ZCARD, LLEN, EVAL_RO",
                 name,
                 flags && has_flag(flags, "write") ? "writes"
                 : flags                           ? "is no command that reads"
                         : "is not known to only read, and the server does not tell");
    return allowed;
}
