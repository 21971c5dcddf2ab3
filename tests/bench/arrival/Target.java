import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Target.java PORT: the first 100 get 202, all others 410; a pool of 32 threads, as many services have. */
class Target {
    public static void main(String[] arguments) throws Exception {
        var issued = new AtomicInteger();
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        HttpServer server = HttpServer.create(address, 4096);
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.createContext("/apply", exchange -> {
            exchange.sendResponseHeaders(issued.incrementAndGet() <= 100 ? 202 : 410, -1);
            exchange.close();
        });
        server.createContext("/__reset", exchange -> {
            issued.set(0);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
    }
}
