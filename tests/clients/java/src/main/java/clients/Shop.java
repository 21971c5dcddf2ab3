package clients;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A service that keeps its coupons in memory: POST /USER is answered with 201 or 409. */
final class Shop implements AutoCloseable {
    final List<Long> owners = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    Shop(int limit) {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 1000);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        server.setExecutor(Executors.newFixedThreadPool(8, work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", exchange -> {
            byte[] body = (give(limit, Long.parseLong(exchange.getRequestURI().getPath().substring(1)))
                    ? "yes" : "no").getBytes(StandardCharsets.UTF_8);
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(body.length == 3 ? 201 : 409, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
    }

    private synchronized boolean give(int limit, long user) {
        return owners.size() < limit && owners.add(user);
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/{{user}}";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
