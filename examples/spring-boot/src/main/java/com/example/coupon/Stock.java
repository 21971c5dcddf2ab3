package com.example.coupon;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** How many coupons are left; one row. */
@Entity
public class Stock {
    @Id
    private Long id;
    private int remaining;

    protected Stock() {
    }

    public Stock(Long id, int remaining) {
        this.id = id;
        this.remaining = remaining;
    }
}
