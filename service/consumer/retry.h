/* Gives parked users their coupons. Main thread. */
#ifndef CONSUMER_RETRY_H
#define CONSUMER_RETRY_H

#include <stdint.h>

#include "base/err.h"
#include "consumer/db.h"

struct retry_counts {
    uint64_t inserted; /* coupons */
    uint64_t had_one;  /* users who had got one meanwhile */
    uint64_t refused;  /* still refused, still parked */
};

/* Tries every user that is parked now, each in a transaction of its own: out of failed_event and
 * into coupon, or neither. Users who have a coupon already get no second one, also when several
 * retries or a consumer run at the same time. May be broken off and run again at any point. Errors:
 * ERR_ENVIRONMENT. */
int retry_failed(struct db *db, struct retry_counts *ret_counts, struct err *err)
    __attribute__((warn_unused_result));

#endif
