package rushproof.junit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Rows of this process, served to the program as a JSON list on a loopback port, under a path that nobody guesses. */
final class Evidence {
    static {
        // The JDK's server sends head and body apart: without this each answer waits for a delayed acknowledgement.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    private final String key;
    private final Callable<?> rows;
    private final String path = "/" + UUID.randomUUID();
    private HttpServer server;
    private ExecutorService threads;
    private volatile Throwable failure;

    Evidence(String key, Callable<?> rows) {
        this.key = key;
        this.rows = rows;
    }

    /** Of the scenario's {@code evidence}. */
    String key() {
        return key;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** What the rows threw first. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    void open() {
        try {
            server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "rushproof-evidence");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext(path, this::answer);
        server.start();
    }

    void close() {
        if (server != null) {
            server.stop(0);
            threads.shutdownNow();
            server = null;
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        int status = 200;
        String text;
        try {
            text = Rows.toJson(rows.call());
        } catch (Exception | LinkageError error) {
            failure = failure == null ? error : failure;
            status = 500;
            text = "the test's evidence threw " + error;
        }
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
