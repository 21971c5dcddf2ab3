package clients;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rushproof.junit.Rush;
import rushproof.junit.RushScenario;

/** What must not pass, each for a reason that is told. */
class Wrong {
    private static RushScenario asked(RushScenario rush, Shop shop) {
        return rush.post(shop.url()).option("--timeout", "60s").accepted("status=201").rejected("status=409");
    }

    /** The last one who was told yes has nothing. */
    @Rush(limit = 10, requests = 50)
    void loses(RushScenario rush) {
        Shop shop = new Shop(10);
        asked(rush, shop).option("--set", "drain.timeout=2s", "--set", "drain.stall=500ms")
                .evidence(() -> shop.owners.stream().limit(9));
    }

    @Rush(limit = 10, requests = 50)
    void evidenceThrows(RushScenario rush) {
        asked(rush, new Shop(10)).evidence(() -> {
            throw new java.io.IOException("the table is gone");
        });
    }

    @Rush(limit = 10, requests = 50)
    void evidenceHasNoUsers(RushScenario rush) {
        asked(rush, new Shop(10)).evidence(() -> List.of(new StringBuilder("x").chars()));
    }

    @Rush(limit = 10, requests = 50)
    void nothingIsRead(RushScenario rush) {
        asked(rush, new Shop(10));
    }

    @Rush(limit = 10, requests = 50)
    void optionIsWrong(RushScenario rush) {
        asked(rush, new Shop(10)).option("--nonsense");
    }

    @Rush(limit = 10, requests = 50)
    void nobodyListens(RushScenario rush) {
        Shop shop = new Shop(10);
        shop.close();
        asked(rush, shop).evidence(() -> shop.owners);
    }

    @Rush(limit = 10, requests = 50)
    void bodyThrows(RushScenario rush) {
        throw new IllegalStateException("before the rush");
    }

    @TestFactory
    Stream<DynamicTest> factory() {
        Shop shop = new Shop(12);
        return asked(new RushScenario(10, 50), shop).named("factory").evidence(() -> shop.owners).checks();
    }
}
