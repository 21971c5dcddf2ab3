package com.example.coupon;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class CouponController {
    record Application(Long userId) {
    }

    record Answer(boolean success) {
    }

    private final CouponService service;

    CouponController(CouponService service) {
        this.service = service;
    }

    @PostMapping("/coupons")
    ResponseEntity<Answer> apply(@RequestBody Application application) {
        boolean success = service.apply(application.userId());
        return ResponseEntity.status(success ? 201 : 409).body(new Answer(success));
    }
}
