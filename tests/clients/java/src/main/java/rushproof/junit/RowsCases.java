package rushproof.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a test may give as rows, and what rushproof is told of it. */
class RowsCases {
    private record Held(Long userId, Long id, Object secret) {
    }

    private static final class Bean {
        public Long getUserId() {
            return 7L;
        }

        public Long getId() {
            return 70L;
        }

        public Object getLazy() {
            throw new IllegalStateException("must not be called");
        }
    }

    public static final class Fields {
        public long user_id = 3;
        public String item = "seat-1";
    }

    private record Nameless(String name) {
    }

    private static void becomes(String json, Object rows) {
        assertEquals(json, Rows.toJson(rows));
    }

    @Test
    void usersByThemselves() {
        becomes("[]", List.of());
        becomes("[1,2]", List.of(1L, 2));
        becomes("[1]", Set.of(1));
        becomes("[1,2]", new long[] {1, 2});
        becomes("[1,2]", LongStream.of(1, 2));
        becomes("[\"a\\\"b\\\\\\u000a\\ud83d\\ude00é\"]", Stream.of("a\"b\\\n😀é"));
        becomes("[\"00000000-0000-0001-0000-000000000002\"]", List.of(new UUID(1, 2)));
        becomes("[null]", Arrays.asList((Object) null));
    }

    @Test
    void rowsThatTellTheirUser() {
        becomes("[{\"user_id\":1,\"id\":10}]", List.of(new Held(1L, 10L, new Object())));
        becomes("[{\"user_id\":7,\"id\":70}]", List.of(new Bean()));
        becomes("[{\"user_id\":3,\"item\":\"seat-1\"}]", List.of(new Fields()));
        becomes("[{\"user_id\":5,\"id\":6}]", List.of(Map.of("USER_ID", 5, "ID", 6, "OTHER", 1)));
        becomes("[[1,10],[2,20]]", List.of(new Object[] {1, 10}, new Object[] {2, 20}));
    }

    @Test
    void whatTellsNobodyIsRefused() {
        for (Object rows : List.of(List.of(new Nameless("x")), List.of(Map.of("name", 1)))) {
            String said = assertThrows(IllegalArgumentException.class, () -> Rows.toJson(rows)).getMessage();
            assertTrue(said.contains("[name]") && said.contains("evidence(rows, row -> its user)"), said);
        }
        assertThrows(IllegalArgumentException.class, () -> Rows.toJson(null));
        assertThrows(IllegalArgumentException.class, () -> Rows.toJson("text"));
    }
}
