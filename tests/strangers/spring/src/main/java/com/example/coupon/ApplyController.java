package com.example.coupon;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class ApplyController {
    public record Answer(boolean success) {
    }

    private final ApplyService applyService;

    public ApplyController(ApplyService applyService) {
        this.applyService = applyService;
    }

    @PostMapping("/coupons")
    public Answer apply(@RequestParam("userId") Long userId) {
        return new Answer(applyService.apply(userId));
    }
}
