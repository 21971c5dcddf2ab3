import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A coupon service as a Java programmer may write it: an AtomicInteger decides, a thread writes batches.
 *
 * It loses: a batch is written when it is full, and nobody writes the last one, which never is.
 */
public class Service {
    private static final int LIMIT = Integer.parseInt(System.getenv().getOrDefault("LIMIT", "100"));
    private static final int BATCH = 30;

    private final AtomicInteger issued = new AtomicInteger();
    private final BlockingQueue<Long> winners = new LinkedBlockingQueue<>();

    private void apply(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        if (query == null || !query.startsWith("user=")) {
            answer(exchange, 400, "ERROR user is missing");
            return;
        }
        long user = Long.parseLong(query.substring("user=".length()));
        if (issued.incrementAndGet() > LIMIT) {
            answer(exchange, 200, "SOLD_OUT");
            return;
        }
        winners.add(user);
        answer(exchange, 200, "OK");
    }

    private static void answer(HttpExchange exchange, int status, String result) throws IOException {
        byte[] body = ("{\"result\":\"" + result + "\"}").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void write(Connection connection) {
        List<Long> batch = new ArrayList<>();
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO coupon (user_id) VALUES (?)")) {
            while (true) {
                batch.add(winners.take());
                if (batch.size() < BATCH) {
                    continue;
                }
                for (long user : batch) {
                    insert.setLong(1, user);
                    insert.addBatch();
                }
                insert.executeBatch();
                batch.clear();
            }
        } catch (SQLException | InterruptedException error) {
            error.printStackTrace();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Service service = new Service();
        Connection connection = DriverManager.getConnection(System.getenv("JDBC_URL"));
        connection.createStatement().execute(
                "CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)");
        Thread writer = new Thread(() -> service.write(connection));
        writer.setDaemon(true);
        writer.start();

        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 4096);
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.createContext("/apply", service::apply);
        server.start();
        System.out.println("listening on " + port);
    }
}
