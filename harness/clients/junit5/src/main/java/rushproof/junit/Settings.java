package rushproof.junit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What may be set from outside: {@code -Drushproof.NAME=…}, or else {@code RUSHPROOF_NAME} in the environment. */
final class Settings {
    private Settings() {
    }

    static Optional<String> get(String name) {
        return Stream.of(System.getProperty("rushproof." + name),
                        System.getenv("RUSHPROOF_" + name.toUpperCase(Locale.ROOT)))
                .filter(value -> value != null && !value.isBlank())
                .findFirst();
    }

    /** Where reports go: beside what the build writes. */
    static Path output() {
        return get("output").map(Path::of).orElseGet(() -> Stream.of("target", "build")
                .map(Path::of)
                .filter(Files::isDirectory)
                .findFirst()
                .orElse(Path.of("reports"))
                .resolve("rushproof"));
    }
}
