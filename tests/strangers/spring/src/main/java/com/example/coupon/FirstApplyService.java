package com.example.coupon;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Service;

/** The first try: the rows are counted, and one more is written. */
@Service
@Profile("first-try")
public class FirstApplyService implements ApplyService {
    private final CouponRepository couponRepository;

    public FirstApplyService(CouponRepository couponRepository) {
        this.couponRepository = couponRepository;
    }

    @Override
    public boolean apply(Long userId) {
        long count = couponRepository.count();
        if (count >= 100) {
            return false;
        }
        couponRepository.save(new Coupon(userId));
        return true;
    }
}
