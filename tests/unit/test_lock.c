/* links: explore */
#include <criterion/criterion.h>

#include "explore/lock.h"

Test(lock, is_asked_for_by_words)
{
    static const char *const asked[] = {"SET lock ? NX PX ?",
                                        "SET coupon:? ? EX ? NX",
                                        "SETNX mutex ?",
                                        "EVALSHA 12345678 ? lock:coupon ?",
                                        "SELECT pg_advisory_xact_lock(?)",
                                        "select pg_try_advisory_lock(?)",
                                        "SELECT GET_LOCK(?, ?)",
                                        "SELECT n FROM stock FOR UPDATE NOWAIT",
                                        "SELECT id FROM seat FOR UPDATE SKIP LOCKED",
                                        "INSERT INTO locks (name) VALUES (?)",
                                        "UPDATE shedlock SET locked_at = now()",
                                        "LOCK TABLE coupon"};
    static const char *const none[] = {"GET stock",   "SET stock ?",
                                       "DEL lock",    "SELECT RELEASE_LOCK(?)",
                                       "GET lock",    "SELECT pg_advisory_unlock(?)",
                                       "INCR blocks", "UPDATE stock SET n = n - ?",
                                       "SET clock ?", "SELECT count(*) FROM coupon"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        cr_expect(lock_is_asked(asked[i]), "%s", asked[i]);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect(!lock_is_asked(none[i]), "%s", none[i]);
}
