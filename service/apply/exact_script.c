#include "apply/exact_script.h"

/* A user who holds a coupon is told "already applied", but for one case: the first answer may never
 * have been given, because the service died or lost Redis in between. Then rank and token are still
 * together in the hash, and the token, which names a start of the service and its Redis
 * connections, is not the asker's. Saying 202 again is then the first true answer, with the same
 * rank. */
const char EXACT_SCRIPT[] =
    "local held = redis.call('HGET', KEYS[3], ARGV[1])\n"
    "if held then\n"
    "  local rank, token = string.match(held, '^(%d+) (.+)$')\n"
    "  if token and token ~= ARGV[3] then\n"
    "    redis.call('HSET', KEYS[3], ARGV[1], rank .. ' ' .. ARGV[3])\n"
    "    return {1, tonumber(rank)}\n"
    "  end\n"
    "  return -tonumber(rank or held)\n"
    "end\n"
    "if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[2]) then return 0 end\n"
    "local rank = redis.call('INCR', KEYS[1])\n"
    "redis.call('SADD', KEYS[2], ARGV[1])\n"
    "redis.call('HSET', KEYS[3], ARGV[1], rank .. ' ' .. ARGV[3])\n"
    "redis.call('ZADD', KEYS[4], rank, ARGV[1])\n"
    "return rank\n";
