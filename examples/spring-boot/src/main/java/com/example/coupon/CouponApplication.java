package com.example.coupon;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class CouponApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(CouponApplication.class, arguments);
    }
}
