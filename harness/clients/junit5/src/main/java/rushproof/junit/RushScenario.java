package rushproof.junit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;

/**
 * A rush: what is asked, what the answers mean, where the winners are. What it does not know by a method of its own
 * is an {@link #option option} of {@code rushproof run}, or stands in a scenario {@link #file file}.
 *
 * <p>{@link Rush} gives one to a test's method. Elsewhere:
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> a_hundred_coupons() {
 *     return new RushScenario(100, 1000).post(url, "{\"userId\": {{user}}}")
 *             .accepted("status=201").rejected("status=409").evidence(repository::findAll).checks();
 * }
 * }</pre>
 *
 * Its methods are for one thread.
 */
public final class RushScenario {
    private final List<String> options = new ArrayList<>();
    private final List<Evidence> evidence = new ArrayList<>();
    private final int limit;
    private final int requests;
    private Path file;
    private String name = "rush";
    private RushResult result;

    /** So many may win of so many who ask at once; 0 is the scenario file's number, or else 100 and 1000. */
    public RushScenario(int limit, int requests) {
        this.limit = limit;
        this.requests = requests;
    }

    /** What reports call it. */
    public RushScenario named(String text) {
        name = text;
        return this;
    }

    /** Each user sends this; {@code {{user}}} is the user's number in URL, headers and body. */
    public RushScenario post(String url, String json) {
        return option("--url", url).header("Content-Type", "application/json").body(json);
    }

    public RushScenario post(String url) {
        return option("--url", url);
    }

    public RushScenario get(String url) {
        return option("--method", "GET", "--url", url);
    }

    public RushScenario body(String text) {
        return option("--body", text);
    }

    public RushScenario header(String header, String value) {
        return option("--header", header + ": " + value);
    }

    /** An answer that says yes: {@code status=200,json:/isSuccess=true}. Several: any of them. */
    public RushScenario accepted(String rule) {
        return option("--accepted", rule);
    }

    /** An answer that says no. */
    public RushScenario rejected(String rule) {
        return option("--rejected", rule);
    }

    /** An answer that turns away before anything is decided. */
    public RushScenario limited(String rule) {
        return option("--limited", rule);
    }

    /** Options of {@code rushproof run}, word by word: {@code option("--gate", "cold")}. */
    public RushScenario option(String... words) {
        options.addAll(Arrays.asList(words));
        return this;
    }

    /** A scenario file instead of URL, rules and stores; evidence of the test is added to it. */
    public RushScenario file(Path scenario) {
        file = scenario;
        return this;
    }

    /**
     * Who has a coupon, asked again and again while the rush goes on and after it, from another thread: a list, stream
     * or array of users, or of rows that tell their user by {@code userId}, {@code user_id} or {@code user} (a getter,
     * a record's component, a key of a map), and perhaps their {@code id}.
     */
    public RushScenario evidence(Callable<?> rows) {
        return rows("coupons", rows);
    }

    /** The same, with the way from a row to its user. */
    public <T> RushScenario evidence(Callable<? extends Iterable<T>> rows, Function<? super T, ?> user) {
        return evidence(() -> StreamSupport.stream(rows.call().spliterator(), false).map(user));
    }

    /** Accepted users who were put aside after a failure, as {@link #evidence(Callable)}. */
    public RushScenario parked(Callable<?> rows) {
        return rows("parked", rows);
    }

    private RushScenario rows(String key, Callable<?> rows) {
        evidence.add(new Evidence(key, rows));
        return this;
    }

    /** The result, where it was fired. */
    Optional<RushResult> result() {
        return Optional.ofNullable(result);
    }

    /** Fires it, once; later calls give the same result. Nothing is asserted. */
    public RushResult fire() {
        if (result == null) {
            result = run();
        }
        return result;
    }

    /** Fires it. The run, and each check, is a test. */
    public Stream<DynamicTest> checks() {
        RushResult fired = fire();
        return Stream.concat(
                Stream.of(DynamicTest.dynamicTest("the run", fired::assertPassed)),
                fired.checks().stream().map(
                        check -> DynamicTest.dynamicTest(check.displayName(), check::assertPassed)));
    }

    private RushResult run() {
        Program.orSkip();
        Path output = Settings.output().resolve(name.replaceAll("[^\\p{L}\\p{N}._-]", "-")).toAbsolutePath();
        Optional<Path> before = latest(output);
        try {
            evidence.forEach(Evidence::open);
            Program.Ended ended = Program.run(arguments(output));
            Path directory = latest(output)
                    .filter(path -> Files.exists(path.resolve("result.tsv")) && !before.equals(Optional.of(path)))
                    .orElseThrow(() -> new IllegalStateException(
                            "rushproof ended with code " + ended.exitCode() + ":\n" + ended.said()));
            return RushResult.read(directory, evidence.stream().map(Evidence::failure)
                    .flatMap(Optional::stream).findFirst().orElse(null));
        } finally {
            evidence.forEach(Evidence::close);
        }
    }

    /** The directory of the newest run. */
    private static Optional<Path> latest(Path output) {
        Path link = output.resolve("latest");
        try {
            return Files.exists(link) ? Optional.of(link.toRealPath()) : Optional.empty();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private List<String> arguments(Path output) {
        List<String> words = new ArrayList<>(List.of("run", "--no-color", "--output", output.toString()));
        if (file == null) {
            String plain = name.replaceAll("[^A-Za-z0-9 ._+-]+", "-").replaceFirst("^[^A-Za-z0-9]*", "");
            words.addAll(List.of("--name", plain.isEmpty() ? "rush" : plain.substring(0, Math.min(60, plain.length()))));
        }
        number(words, limit, "--limit", "limit");
        number(words, requests, "--requests", "load.0.burst.requests");
        for (Evidence rows : evidence) {
            words.addAll(file == null
                    ? List.of("--" + rows.key(), rows.url() + " ; .")
                    : List.of("--set", "evidence." + rows.key() + "={query: ., url: \"" + rows.url() + "\"}"));
        }
        words.addAll(options);
        if (file != null) {
            words.add(file.toString());
        }
        return words;
    }

    private void number(List<String> words, int value, String flag, String key) {
        if (value != 0) {
            words.addAll(file == null ? List.of(flag, "" + value) : List.of("--set", key + "=" + value));
        }
    }
}
