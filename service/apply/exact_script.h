/* Strategy exact's one atomic decision, and its keys. Text only. */
#ifndef APPLY_EXACT_SCRIPT_H
#define APPLY_EXACT_SCRIPT_H

#define KEY_COUNT "coupon_count" /* string: coupons given out */
#define KEY_USERS "applied_user" /* set: users who hold one */
#define KEY_RANKS                                                                                  \
    "applied_rank" /* hash: user -> "rank", or "rank token" until the answer was sent */
#define KEY_OUTBOX "coupon_outbox" /* sorted set: users to publish, by rank */

/* KEYS: the four above. ARGV: user, limit, token.
 * Replies: the new rank; 0 sold out; minus the rank of a user who holds one; [1, rank] when the
 * user holds one and the answer that said so may have been lost. */
extern const char EXACT_SCRIPT[];

#endif
