package com.example.coupon;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Takes one of the stock and saves the coupon, in one transaction: until it ends, others wait for the stock. */
@Service
@Profile("!counting")
class TakingCouponService implements CouponService {
    private final StockRepository stock;
    private final CouponRepository coupons;

    TakingCouponService(StockRepository stock, CouponRepository coupons) {
        this.stock = stock;
        this.coupons = coupons;
    }

    @Override
    @Transactional
    public boolean apply(Long userId) {
        if (stock.take() == 0) {
            return false;
        }
        coupons.save(new Coupon(stock.remaining() + 1, userId));
        return true;
    }
}
