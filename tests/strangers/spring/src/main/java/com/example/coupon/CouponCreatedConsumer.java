package com.example.coupon;

import java.util.HashSet;
import java.util.Set;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

@Component
public class CouponCreatedConsumer {
    private final CouponRepository couponRepository;
    private final int unlucky;
    private final Set<Long> refused = new HashSet<>();
    private int seen;

    /** unlucky: the coupon of each so-many-th user cannot be saved, however often it is tried; 0: all can. */
    public CouponCreatedConsumer(CouponRepository couponRepository, @Value("${coupon.unlucky:0}") int unlucky) {
        this.couponRepository = couponRepository;
        this.unlucky = unlucky;
    }

    @KafkaListener(topics = "coupon_create", groupId = "group_1")
    public void listener(Long userId) {
        if (unlucky > 0 && !refused.contains(userId) && ++seen % unlucky == 0) {
            refused.add(userId);
        }
        if (refused.contains(userId)) {
            throw new IllegalStateException("no coupon for user " + userId);
        }
        couponRepository.save(new Coupon(userId));
    }
}
