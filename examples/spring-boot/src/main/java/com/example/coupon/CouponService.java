package com.example.coupon;

/** Gives coupons away while there are some. */
public interface CouponService {
    boolean apply(Long userId);
}
