package com.example.coupon;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Service;

/** Redis counts, a topic takes the winners, and a listener saves them one by one. */
@Service
@Profile("!first-try")
public class CountingApplyService implements ApplyService {
    private final CouponCountRepository couponCountRepository;
    private final CouponCreateProducer couponCreateProducer;

    public CountingApplyService(CouponCountRepository couponCountRepository,
            CouponCreateProducer couponCreateProducer) {
        this.couponCountRepository = couponCountRepository;
        this.couponCreateProducer = couponCreateProducer;
    }

    @Override
    public boolean apply(Long userId) {
        Long count = couponCountRepository.increment();
        if (count > 100) {
            return false;
        }
        couponCreateProducer.create(userId);
        return true;
    }
}
