package com.example.coupon;

import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

public interface StockRepository extends JpaRepository<Stock, Long> {
    /** One statement decides: 1, or 0 when nothing is left. */
    @Modifying
    @Query("update Stock s set s.remaining = s.remaining - 1 where s.id = 1 and s.remaining > 0")
    int take();

    @Query("select s.remaining from Stock s where s.id = 1")
    long remaining();
}
