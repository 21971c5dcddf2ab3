#include "proxy/redis_command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define R SHAPE_READ
#define W SHAPE_WRITE
#define T SHAPE_TXN
#define H SHAPE_HOUSEKEEPING
#define B SHAPE_BLOCKING
#define S SHAPE_SUBSCRIBE

/* Sorted by name, in small letters: '_' comes before any. Writes whose first word is the key are
 * left out: that is what an unknown command is taken for. */
static const struct redis_command commands[] = {
    {"ACL", H, REDIS_SECRET, 0, 1},
    {"ASKING", H, REDIS_PLAIN, 0, 1},
    {"AUTH", H, REDIS_SECRET, 0, 1},
    {"BGREWRITEAOF", H, REDIS_PLAIN, 0, 1},
    {"BGSAVE", H, REDIS_PLAIN, 0, 1},
    {"BITCOUNT", R, REDIS_PLAIN, 1, 1},
    {"BITFIELD_RO", R, REDIS_PLAIN, 1, 1},
    {"BITOP", W, REDIS_PLAIN, 2, 2},
    {"BITPOS", R, REDIS_PLAIN, 1, 1},
    {"BLMOVE", B, REDIS_PLAIN, 1, 1},
    {"BLMPOP", B, REDIS_PLAIN, 3, 1},
    {"BLPOP", B, REDIS_PLAIN, 1, 1},
    {"BRPOP", B, REDIS_PLAIN, 1, 1},
    {"BRPOPLPUSH", B, REDIS_PLAIN, 1, 1},
    {"BZMPOP", B, REDIS_PLAIN, 3, 1},
    {"BZPOPMAX", B, REDIS_PLAIN, 1, 1},
    {"BZPOPMIN", B, REDIS_PLAIN, 1, 1},
    {"CLIENT", H, REDIS_CLIENT, 0, 2},
    {"CLUSTER", H, REDIS_AROUND, 0, 2},
    {"COMMAND", H, REDIS_PLAIN, 0, 2},
    {"CONFIG", H, REDIS_SECRET, 0, 2},
    {"DBSIZE", R, REDIS_PLAIN, 0, 1},
    {"DEBUG", H, REDIS_PLAIN, 0, 2},
    {"DISCARD", T, REDIS_DISCARD, 0, 1},
    {"DUMP", R, REDIS_PLAIN, 1, 1},
    {"ECHO", H, REDIS_PLAIN, 0, 1},
    {"EVAL", W, REDIS_SCRIPT, 3, 1},
    {"EVAL_RO", R, REDIS_SCRIPT, 3, 1},
    {"EVALSHA", W, REDIS_SCRIPT, 3, 1},
    {"EVALSHA_RO", R, REDIS_SCRIPT, 3, 1},
    {"EXEC", T, REDIS_EXEC, 0, 1},
    {"EXISTS", R, REDIS_PLAIN, 1, 1},
    {"EXPIRETIME", R, REDIS_PLAIN, 1, 1},
    {"FAILOVER", H, REDIS_PLAIN, 0, 1},
    {"FCALL", W, REDIS_PLAIN, 3, 2},
    {"FCALL_RO", R, REDIS_PLAIN, 3, 2},
    {"FLUSHALL", W, REDIS_PLAIN, 0, 1},
    {"FLUSHDB", W, REDIS_PLAIN, 0, 1},
    {"FUNCTION", H, REDIS_PLAIN, 0, 2},
    {"GEODIST", R, REDIS_PLAIN, 1, 1},
    {"GEOHASH", R, REDIS_PLAIN, 1, 1},
    {"GEOPOS", R, REDIS_PLAIN, 1, 1},
    {"GEOSEARCH", R, REDIS_PLAIN, 1, 1},
    {"GET", R, REDIS_PLAIN, 1, 1},
    {"GETBIT", R, REDIS_PLAIN, 1, 1},
    {"GETRANGE", R, REDIS_PLAIN, 1, 1},
    {"HELLO", H, REDIS_SECRET, 0, 1},
    {"HEXISTS", R, REDIS_PLAIN, 1, 1},
    {"HGET", R, REDIS_PLAIN, 1, 1},
    {"HGETALL", R, REDIS_PLAIN, 1, 1},
    {"HKEYS", R, REDIS_PLAIN, 1, 1},
    {"HLEN", R, REDIS_PLAIN, 1, 1},
    {"HMGET", R, REDIS_PLAIN, 1, 1},
    {"HRANDFIELD", R, REDIS_PLAIN, 1, 1},
    {"HSCAN", R, REDIS_PLAIN, 1, 1},
    {"HSTRLEN", R, REDIS_PLAIN, 1, 1},
    {"HVALS", R, REDIS_PLAIN, 1, 1},
    {"INFO", H, REDIS_PLAIN, 0, 1},
    {"KEYS", R, REDIS_PLAIN, 1, 1},
    {"LASTSAVE", H, REDIS_PLAIN, 0, 1},
    {"LATENCY", H, REDIS_PLAIN, 0, 2},
    {"LCS", R, REDIS_PLAIN, 1, 1},
    {"LINDEX", R, REDIS_PLAIN, 1, 1},
    {"LLEN", R, REDIS_PLAIN, 1, 1},
    {"LMPOP", W, REDIS_PLAIN, 2, 1},
    {"LOLWUT", H, REDIS_PLAIN, 0, 1},
    {"LPOS", R, REDIS_PLAIN, 1, 1},
    {"LRANGE", R, REDIS_PLAIN, 1, 1},
    {"MEMORY", H, REDIS_PLAIN, 0, 2},
    {"MGET", R, REDIS_PLAIN, 1, 1},
    {"MIGRATE", W, REDIS_SECRET, 0, 1},
    {"MODULE", H, REDIS_PLAIN, 0, 2},
    {"MONITOR", S, REDIS_MONITOR, 0, 1},
    {"MULTI", T, REDIS_MULTI, 0, 1},
    {"OBJECT", R, REDIS_PLAIN, 2, 2},
    {"PEXPIRETIME", R, REDIS_PLAIN, 1, 1},
    {"PFCOUNT", R, REDIS_PLAIN, 1, 1},
    {"PING", H, REDIS_PLAIN, 0, 1},
    {"PSUBSCRIBE", S, REDIS_PSUBSCRIBE, 0, 1},
    {"PSYNC", H, REDIS_SYNC, 0, 1},
    {"PTTL", R, REDIS_PLAIN, 1, 1},
    {"PUBLISH", W, REDIS_PLAIN, 1, 1},
    {"PUBSUB", H, REDIS_PLAIN, 0, 2},
    {"PUNSUBSCRIBE", S, REDIS_PUNSUBSCRIBE, 0, 1},
    {"QUIT", H, REDIS_PLAIN, 0, 1},
    {"RANDOMKEY", R, REDIS_PLAIN, 0, 1},
    {"READONLY", H, REDIS_PLAIN, 0, 1},
    {"READWRITE", H, REDIS_PLAIN, 0, 1},
    {"REPLCONF", H, REDIS_SYNC, 0, 1},
    {"REPLICAOF", H, REDIS_PLAIN, 0, 1},
    {"RESET", H, REDIS_RESET, 0, 1},
    {"ROLE", H, REDIS_ROLE, 0, 1},
    {"SAVE", H, REDIS_PLAIN, 0, 1},
    {"SCAN", R, REDIS_PLAIN, 0, 1},
    {"SCARD", R, REDIS_PLAIN, 1, 1},
    {"SCRIPT", H, REDIS_SECRET, 0, 2},
    {"SDIFF", R, REDIS_PLAIN, 1, 1},
    {"SELECT", H, REDIS_PLAIN, 0, 1},
    {"SENTINEL", H, REDIS_AROUND, 0, 2},
    {"SHUTDOWN", H, REDIS_PLAIN, 0, 1},
    {"SINTER", R, REDIS_PLAIN, 1, 1},
    {"SINTERCARD", R, REDIS_PLAIN, 2, 1},
    {"SISMEMBER", R, REDIS_PLAIN, 1, 1},
    {"SLAVEOF", H, REDIS_PLAIN, 0, 1},
    {"SLOWLOG", H, REDIS_PLAIN, 0, 2},
    {"SMEMBERS", R, REDIS_PLAIN, 1, 1},
    {"SMISMEMBER", R, REDIS_PLAIN, 1, 1},
    {"SORT_RO", R, REDIS_PLAIN, 1, 1},
    {"SPUBLISH", W, REDIS_PLAIN, 1, 1},
    {"SRANDMEMBER", R, REDIS_PLAIN, 1, 1},
    {"SSCAN", R, REDIS_PLAIN, 1, 1},
    {"SSUBSCRIBE", S, REDIS_SSUBSCRIBE, 0, 1},
    {"STRLEN", R, REDIS_PLAIN, 1, 1},
    {"SUBSCRIBE", S, REDIS_SUBSCRIBE, 0, 1},
    {"SUBSTR", R, REDIS_PLAIN, 1, 1},
    {"SUNION", R, REDIS_PLAIN, 1, 1},
    {"SUNSUBSCRIBE", S, REDIS_SUNSUBSCRIBE, 0, 1},
    {"SWAPDB", W, REDIS_PLAIN, 0, 1},
    {"SYNC", H, REDIS_SYNC, 0, 1},
    {"TIME", H, REDIS_PLAIN, 0, 1},
    {"TOUCH", R, REDIS_PLAIN, 1, 1},
    {"TTL", R, REDIS_PLAIN, 1, 1},
    {"TYPE", R, REDIS_PLAIN, 1, 1},
    {"UNSUBSCRIBE", S, REDIS_UNSUBSCRIBE, 0, 1},
    {"UNWATCH", T, REDIS_PLAIN, 0, 1},
    {"WAIT", B, REDIS_PLAIN, 0, 1},
    {"WAITAOF", B, REDIS_PLAIN, 0, 1},
    {"WATCH", T, REDIS_PLAIN, 1, 1},
    {"XACK", W, REDIS_PLAIN, 1, 1},
    {"XGROUP", W, REDIS_PLAIN, 2, 2},
    {"XINFO", R, REDIS_PLAIN, 2, 2},
    {"XLEN", R, REDIS_PLAIN, 1, 1},
    {"XPENDING", R, REDIS_PLAIN, 1, 1},
    {"XRANGE", R, REDIS_PLAIN, 1, 1},
    {"XREAD", R, REDIS_XREAD, 0, 1},
    {"XREADGROUP", W, REDIS_XREAD, 0, 1},
    {"XREVRANGE", R, REDIS_PLAIN, 1, 1},
    {"ZCARD", R, REDIS_PLAIN, 1, 1},
    {"ZCOUNT", R, REDIS_PLAIN, 1, 1},
    {"ZDIFF", R, REDIS_PLAIN, 2, 1},
    {"ZINTER", R, REDIS_PLAIN, 2, 1},
    {"ZINTERCARD", R, REDIS_PLAIN, 2, 1},
    {"ZLEXCOUNT", R, REDIS_PLAIN, 1, 1},
    {"ZMPOP", W, REDIS_PLAIN, 2, 1},
    {"ZMSCORE", R, REDIS_PLAIN, 1, 1},
    {"ZRANDMEMBER", R, REDIS_PLAIN, 1, 1},
    {"ZRANGE", R, REDIS_PLAIN, 1, 1},
    {"ZRANGEBYLEX", R, REDIS_PLAIN, 1, 1},
    {"ZRANGEBYSCORE", R, REDIS_PLAIN, 1, 1},
    {"ZRANK", R, REDIS_PLAIN, 1, 1},
    {"ZREVRANGE", R, REDIS_PLAIN, 1, 1},
    {"ZREVRANGEBYLEX", R, REDIS_PLAIN, 1, 1},
    {"ZREVRANGEBYSCORE", R, REDIS_PLAIN, 1, 1},
    {"ZREVRANK", R, REDIS_PLAIN, 1, 1},
    {"ZSCAN", R, REDIS_PLAIN, 1, 1},
    {"ZSCORE", R, REDIS_PLAIN, 1, 1},
    {"ZUNION", R, REDIS_PLAIN, 2, 1},
};

static const struct redis_command unknown = {"", W, REDIS_PLAIN, 1, 1};

struct name {
    const char *bytes;
    size_t length;
};

static int compare(const void *key, const void *row)
{
    const struct name *name = key;
    const struct redis_command *command = row;
    int order = strncasecmp(name->bytes, command->name, name->length);
    return order ? order : -(command->name[name->length] != '\0');
}

const struct redis_command *redis_command_find(const char *name, size_t length)
{
    const struct name key = {name, length};
    const struct redis_command *found =
        length < 32 && !memchr(name, '\0', length)
            ? bsearch(&key, commands, sizeof commands / sizeof *commands, sizeof *commands, compare)
            : NULL;
    return found ? found : &unknown;
}
