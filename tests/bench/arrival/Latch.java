import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** What the course's test does: a pool of 32 threads and a latch. */
class Latch {
    public static void main(String[] arguments) throws Exception {
        int requests = Integer.parseInt(arguments[1]);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var pool = Executors.newFixedThreadPool(32);
        var latch = new CountDownLatch(requests);
        for (int i = 0; i < requests; i++) {
            URI uri = URI.create("http://127.0.0.1:" + arguments[0] + "/apply?userId=" + i);
            pool.submit(() -> {
                try {
                    client.send(HttpRequest.newBuilder(uri)
                                    .POST(HttpRequest.BodyPublishers.noBody()).build(),
                                HttpResponse.BodyHandlers.discarding());
                } catch (Exception e) {
                    System.err.println(e);
                } finally {
                    latch.countDown();
                }
            });
        }
        latch.await();
        pool.shutdown();
    }
}
