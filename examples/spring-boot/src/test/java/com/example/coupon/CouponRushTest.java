package com.example.coupon;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import rushproof.junit.Rush;
import rushproof.junit.RushScenario;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class CouponRushTest {
    @LocalServerPort
    int port;

    @Autowired
    CouponRepository coupons;

    @Autowired
    StockRepository stock;

    @BeforeEach
    void aHundredAreLeft() {
        coupons.deleteAll();
        stock.save(new Stock(1L, 100));
    }

    /** Each check is an invocation of its own. */
    @Rush(limit = 100, requests = 1000)
    void aHundredOfAThousand(RushScenario rush) {
        describe(rush);
    }

    /** The same without the annotation. */
    @TestFactory
    Stream<DynamicTest> aHundredOfThreeHundred() {
        return describe(new RushScenario(100, 300)).checks();
    }

    private RushScenario describe(RushScenario rush) {
        return rush.post("http://127.0.0.1:" + port + "/coupons", "{\"userId\": {{user}}}")
                .accepted("status=201,json:/success=true")
                .rejected("status=409,json:/success=false")
                .evidence(() -> coupons.findAll())
                // A cold service takes its time. Who is told yes has a row: nobody needs to wait half a minute for one.
                .option("--timeout", "60s", "--set", "drain.timeout=5s");
    }
}
