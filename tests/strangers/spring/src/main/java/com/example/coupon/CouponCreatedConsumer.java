package com.example.coupon;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

@Component
public class CouponCreatedConsumer {
    private final CouponRepository couponRepository;
    private final int unlucky;

    /** unlucky: the coupon of every user whom it divides cannot be saved; 0: everybody's can. */
    public CouponCreatedConsumer(CouponRepository couponRepository, @Value("${coupon.unlucky:0}") int unlucky) {
        this.couponRepository = couponRepository;
        this.unlucky = unlucky;
    }

    @KafkaListener(topics = "coupon_create", groupId = "group_1")
    public void listener(Long userId) {
        if (unlucky > 0 && userId % unlucky == 0) {
            throw new IllegalStateException("no coupon for user " + userId);
        }
        couponRepository.save(new Coupon(userId));
    }
}
