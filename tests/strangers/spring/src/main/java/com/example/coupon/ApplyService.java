package com.example.coupon;

public interface ApplyService {
    boolean apply(Long userId);
}
