import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.Executors;

/** A coupon shop as it is written in Java: Shop DESIGN, through a HikariCP pool of 10. Each faulty one has a right twin. */
public class Shop {
    private static final int LIMIT = Integer.parseInt(System.getenv().getOrDefault("LIMIT", "100"));

    private interface Design {
        boolean apply(Connection connection, long user) throws SQLException;
    }

    private static int ask(Connection connection, String text) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(text)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static boolean insert(Connection connection, long user) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO coupon (user_id) VALUES (?)")) {
            insert.setLong(1, user);
            return insert.executeUpdate() == 1;
        }
    }

    /** Faulty: others count between the two statements. */
    private static boolean count(Connection connection, long user) throws SQLException {
        return ask(connection, "SELECT count(*) FROM coupon") < LIMIT && insert(connection, user);
    }

    private static boolean locked(Connection connection, long user) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            boolean good = ask(connection, "SELECT left_over FROM stock FOR UPDATE") > 0
                    && statement.executeUpdate("UPDATE stock SET left_over = left_over - 1") == 1
                    && insert(connection, user);
            connection.commit();
            return good;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static HikariDataSource open() {
        URI url = URI.create(System.getenv("DATABASE_URL"));
        String[] who = url.getUserInfo().split(":", 2);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://" + url.getHost() + ":" + url.getPort() + url.getPath());
        config.setUsername(who[0]);
        config.setPassword(who.length > 1 ? who[1] : "");
        config.setMaximumPoolSize(10);
        return new HikariDataSource(config);
    }

    private static void prepare(HikariDataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)");
            statement.execute("CREATE TABLE IF NOT EXISTS stock (left_over int NOT NULL)");
            statement.execute("INSERT INTO stock SELECT " + LIMIT + " WHERE NOT EXISTS (SELECT FROM stock)");
        }
    }

    private static void handle(HttpExchange exchange, HikariDataSource pool, Design design) throws IOException {
        int status = 200;
        if (exchange.getRequestMethod().equals("POST")) {
            long user = Long.parseLong(exchange.getRequestURI().getQuery().substring("user=".length()));
            try (Connection connection = pool.getConnection()) {
                status = design.apply(connection, user) ? 200 : 410;
            } catch (SQLException error) {
                error.printStackTrace();
                status = 500;
            }
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Design> designs = Map.of("count", Shop::count, "locked", Shop::locked);
        Design design = designs.get(arguments[0]);
        HikariDataSource pool = open();
        prepare(pool);
        HttpServer server =
                HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 4096);
        server.setExecutor(Executors.newFixedThreadPool(64));
        server.createContext("/", exchange -> handle(exchange, pool, design));
        server.start();
        System.out.println("listening");
    }
}
