package com.example.coupon;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
public class Coupon {
    /** The number that is printed on it. */
    @Id
    private Long id;
    private Long userId;

    protected Coupon() {
    }

    public Coupon(Long id, Long userId) {
        this.id = id;
        this.userId = userId;
    }

    public Long getId() {
        return id;
    }

    public Long getUserId() {
        return userId;
    }
}
