package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rushproof.junit.Rush;
import rushproof.junit.RushResult;
import rushproof.junit.RushScenario;

/** What passes: an annotation of one's own, results in the method, a scenario file, users of all kinds. */
class Small {
    @Rush(limit = 10, requests = 50)
    @Retention(RetentionPolicy.RUNTIME)
    @interface TenOfFifty {
    }

    private record Row(Long userId, String other) {
    }

    static int described;
    static int before;
    static int after;
    Shop shop;

    @BeforeEach
    void open() {
        before++;
        shop = new Shop(10);
    }

    @AfterEach
    void close() {
        after++;
        shop.close();
    }

    /** Three methods: whatever they have for checks, each of them, its @BeforeEach and @AfterEach come once. */
    @AfterAll
    static void once() {
        assertEquals("4 4 4", described + " " + before + " " + after);
    }

    private RushScenario asked(RushScenario rush) {
        described++;
        return rush.post(shop.url()).option("--timeout", "60s", "--set", "load.0.burst.require.spread=10s")
                .accepted("status=201").rejected("status=409");
    }

    @TenOfFifty
    void ownAnnotation(RushScenario rush) {
        asked(rush).evidence(() -> shop.owners);
    }

    @TenOfFifty
    void fired(RushScenario rush) {
        RushResult result = asked(rush).evidence(() -> shop.owners, user -> user).fire();
        assertEquals(10, result.figure("rows.final").orElseThrow());
        assertEquals("pass", result.verdict());
        assertEquals(50, rush.fire().figure("load.sent").orElseThrow());
    }

    @TestFactory
    Stream<DynamicTest> factory() {
        return asked(new RushScenario(10, 50)).named("factory, with ünusual " + UUID.randomUUID())
                .evidence(() -> shop.owners.stream().map(user -> new Row(user, "x"))).checks();
    }

    @Rush
    void file(RushScenario rush, @TempDir Path folder) throws Exception {
        described++;
        rush.file(Files.writeString(folder.resolve("shop.yaml"), """
                name: shop
                limit: 10
                request: {url: "%s", timeout: 60s}
                responses: {accepted: {status: 201}, rejected: {status: 409}}
                load: [burst: {requests: 50, require: {spread: 10s}}]
                """.formatted(shop.url()))).evidence(() -> shop.owners);
    }
}
