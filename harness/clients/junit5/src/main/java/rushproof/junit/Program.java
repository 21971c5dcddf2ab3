package rushproof.junit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** The program rushproof: where it is, and a run of it. */
final class Program {
    /** Two rushes at the same time would measure each other. */
    private static final Object ONE_AT_A_TIME = new Object();

    record Ended(int exitCode, String said) {
    }

    private Program() {
    }

    private static Optional<Path> find() {
        Optional<String> given = Settings.get("program");
        Stream<Path> places = given.isPresent()
                ? given.stream().map(Path::of)
                : Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                        .filter(folder -> !folder.isEmpty())
                        .map(folder -> Path.of(folder, "rushproof"));
        return places.filter(path -> Files.isRegularFile(path) && Files.isExecutable(path)).findFirst();
    }

    static boolean isRequired() {
        return Settings.get("required").map(Boolean::parseBoolean).orElse(false);
    }

    /** Why there is none. */
    static Optional<String> lacks() {
        return find().isPresent() ? Optional.empty() : Optional.of("there is no program "
                + Settings.get("program").orElse("rushproof in PATH")
                + ": install it, or name it by -Drushproof.program=PATH or RUSHPROOF_PROGRAM"
                + (isRequired() ? " (rushproof.required is true)"
                        : "; -Drushproof.required=true makes this a failure"));
    }

    /** Without the program a test is skipped, or has failed where it is required; it has not passed. */
    static Path orSkip() {
        lacks().ifPresent(why -> {
            throw isRequired() ? new IllegalStateException(why) : new TestAbortedException(why);
        });
        return find().orElseThrow();
    }

    /** Runs it to its end. Whoever interrupts this thread or ends this process ends the run. */
    static Ended run(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(orSkip().toAbsolutePath().toString()));
        command.addAll(arguments);
        synchronized (ONE_AT_A_TIME) {
            try {
                Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
                Thread hook = new Thread(process::destroy);
                Runtime.getRuntime().addShutdownHook(hook);
                try {
                    return await(process);
                } finally {
                    end(process);
                    Runtime.getRuntime().removeShutdownHook(hook);
                }
            } catch (IOException error) {
                throw new UncheckedIOException("rushproof could not be run: " + error.getMessage(), error);
            }
        }
    }

    private static Ended await(Process process) throws IOException {
        process.getOutputStream().close();
        StringBuilder said = new StringBuilder();
        Thread reader = new Thread(() -> said.append(read(process)), "rushproof");
        reader.setDaemon(true);
        reader.start();
        try {
            int code = process.waitFor();
            reader.join();
            return new Ended(code, said.toString().strip());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while rushproof ran", error);
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException error) {
            return error.toString();
        }
    }

    /** A run that is still there is asked to end, which it does with a report. */
    private static void end(Process process) {
        process.destroy();
    }
}
