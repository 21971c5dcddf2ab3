package rushproof.junit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.opentest4j.AssertionFailedError;

/** What a run came to: {@code result.tsv}, taken apart. reports/README.md says what stands in it. */
public final class RushResult {
    private final Path directory;
    private final Map<String, String> values = new HashMap<>();
    private final List<RushCheck> checks = new ArrayList<>();
    private final Throwable evidenceFailure;

    private RushResult(Path directory, Throwable evidenceFailure) {
        this.directory = directory;
        this.evidenceFailure = evidenceFailure;
    }

    /** Of the directory of a run. evidenceFailure: what the test's own evidence threw, or null. */
    static RushResult read(Path directory, Throwable evidenceFailure) {
        RushResult result = new RushResult(directory, evidenceFailure);
        try {
            // By '\n' alone: other ends of lines are parts of texts.
            for (String line : Files.readString(directory.resolve("result.tsv")).split("\n")) {
                result.take(line.split("\t", -1));
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return result;
    }

    private void take(String[] fields) {
        switch (fields[0]) {
            case "check" -> checks.add(new RushCheck(field(fields, 1), field(fields, 2), field(fields, 3),
                    field(fields, 4), field(fields, 5), field(fields, 6), field(fields, 7), new ArrayList<>(),
                    report()));
            case "user" -> checks.get(checks.size() - 1).users()
                    .add(new RushUser(field(fields, 2), field(fields, 3)));
            default -> values.put(fields[0], field(fields, 1));
        }
    }

    private static String field(String[] fields, int place) {
        if (place >= fields.length) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fields[place].length(); i++) {
            char c = fields[place].charAt(i);
            boolean escape = c == '\\' && i + 1 < fields[place].length();
            text.append(escape ? unescaped(fields[place].charAt(++i)) : c);
        }
        return text.toString();
    }

    private static char unescaped(char letter) {
        return switch (letter) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            default -> letter;
        };
    }

    /** {@code pass}, {@code fail} or {@code unknown}. */
    public String verdict() {
        return value("verdict");
    }

    /** Before the first request nothing is judged: a row of unknowns would bury the reason. */
    public List<RushCheck> checks() {
        return figure("load.sent").orElse(0) == 0 ? List.of() : List.copyOf(checks);
    }

    /** A value by its path in result.json, such as {@code load.accepted} or {@code rows.final}; "" is not known. */
    public String value(String path) {
        return values.getOrDefault(path, "");
    }

    /** The same as a number; empty where it is not known. */
    public OptionalLong figure(String path) {
        return value(path).matches("-?\\d{1,18}") ? OptionalLong.of(Long.parseLong(value(path))) : OptionalLong.empty();
    }

    /** Where the run's files are. */
    public Path directory() {
        return directory;
    }

    /** The page that explains the run. */
    public String report() {
        return directory.resolve("report.html").toUri().toString();
    }

    /** Throws unless the run passed: an assertion that failed, or an error when it proves nothing. */
    public void assertPassed() {
        boolean passed = verdict().equals("pass") && value("exit_code").equals("0");
        if (passed) {
            return;
        }
        if (verdict().equals("fail")) {
            throw new AssertionFailedError(describe(), evidenceFailure);
        }
        RushUnknownException unknown = new RushUnknownException(describe());
        unknown.initCause(evidenceFailure);
        throw unknown;
    }

    private String describe() {
        String because = checks().stream().filter(check -> !check.passed()).map(RushCheck::name)
                .collect(Collectors.joining(", "));
        StringBuilder text = new StringBuilder(verdict());
        text.append(because.isEmpty() ? "" : " because of " + because);
        for (String path : List.of("error", "invalid", "explanation", "in_short", "advice")) {
            text.append(value(path).isEmpty() ? "" : "\n" + value(path));
        }
        text.append(evidenceFailure == null ? "" : "\nthe test's evidence threw " + evidenceFailure);
        return text.append("\nreport: ").append(report()).toString();
    }
}
