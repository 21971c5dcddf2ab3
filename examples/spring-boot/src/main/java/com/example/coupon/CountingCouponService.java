package com.example.coupon;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Service;

/** Wrong on purpose: between the count and the save others count as well, and are given the same number. */
@Service
@Profile("counting")
class CountingCouponService implements CouponService {
    private final CouponRepository coupons;
    private final int limit;

    CountingCouponService(CouponRepository coupons, @Value("${coupon.limit}") int limit) {
        this.coupons = coupons;
        this.limit = limit;
    }

    @Override
    public boolean apply(Long userId) {
        long given = coupons.count();
        if (given >= limit) {
            return false;
        }
        askSomebodyElse();
        coupons.save(new Coupon(given + 1, userId));
        return true;
    }

    /** Such as a check for fraud. */
    private static void askSomebodyElse() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
