import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

/** A server on the JDK's own HttpServer: GET /leak keeps a byte[100] where LEAK is "on"; anything else keeps nothing. Usage: java Server.java PORT */
public class Server {
    static final List<byte[]> kept = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // else each answer waits 40 ms for an ACK
        int port = Integer.parseInt(arguments[0]);
        boolean leaks = "on".equals(System.getenv("LEAK"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        byte[] body = "ok".getBytes();
        server.createContext("/", exchange -> {
            if (leaks && exchange.getRequestURI().getPath().equals("/leak")) {
                synchronized (kept) {
                    kept.add(new byte[100]);
                }
            }
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
    }
}
