import com.sun.net.httpserver.HttpServer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** As target.go, in clear: `Target jetty` or `Target tomcat`. Both speak HTTP/1.1 and HTTP/2 on one port. */
class Target {
    private static final List<Long> stamps = new ArrayList<>();
    private static final AtomicInteger issued = new AtomicInteger();
    private static volatile long window = -1;
    private static volatile int limit = 100;

    /** What the answer is. */
    static int enter() {
        long entered = System.nanoTime();
        synchronized (stamps) {
            stamps.add(entered);
        }
        if (window < 0) {
            return 202;
        }
        long began = System.nanoTime();
        boolean won = issued.get() < limit;
        while (System.nanoTime() - began < window) {
            Thread.onSpinWait();
        }
        if (won) {
            issued.incrementAndGet();
        }
        return won ? 202 : 410;
    }

    private static String tell(String query) {
        synchronized (stamps) {
            String told = "{\"stamps\": " + stamps + ", \"issued\": " + issued + "}";
            stamps.clear();
            issued.set(0);
            if (query != null) {
                String[] words = query.split("[=&]");
                window = Long.parseLong(words[1]);
                limit = Integer.parseInt(words[3]);
            }
            return told;
        }
    }

    private static int tellOnAPort() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] told = tell(exchange.getRequestURI().getQuery()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
            exchange.close();
        });
        server.start();
        return server.getAddress().getPort();
    }

    private static int jetty() throws Exception {
        Server server = new Server();
        HttpConfiguration settings = new HttpConfiguration();
        ServerConnector door = new ServerConnector(server, new HttpConnectionFactory(settings),
            new HTTP2CServerConnectionFactory(settings));
        door.setHost("127.0.0.1");
        door.setAcceptQueueSize(4096);
        server.addConnector(door);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                response.setStatus(enter());
                callback.succeeded();
                return true;
            }
        });
        server.start();
        return door.getLocalPort();
    }

    private static int tomcat(String directory) throws Exception {
        Logger.getLogger("org.apache").setLevel(Level.SEVERE);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory);
        Connector door = new Connector();
        door.setPort(0);
        door.setProperty("address", "127.0.0.1");
        door.setProperty("acceptCount", "4096");
        door.addUpgradeProtocol(new Http2Protocol());
        tomcat.setConnector(door);
        var context = tomcat.addContext("", new File(directory).getAbsolutePath());
        Tomcat.addServlet(context, "shop", new HttpServlet() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) {
                response.setStatus(enter());
            }
        });
        context.addServletMappingDecoded("/*", "shop");
        tomcat.start();
        return door.getLocalPort();
    }

    public static void main(String[] words) throws Exception {
        int port = words[0].equals("jetty") ? jetty() : tomcat(words[1]);
        System.out.println(port + " " + port + " " + tellOnAPort());
    }
}
