import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/** The JDK's HttpServer on $PORT: an endpoint for each word of $ROLES; README.md says what each does and keeps. */
public class Server {
    static final int NOTICES_MOST = 64;
    static final int SWEEP_EVERY = 16;
    static final int LEAKING_CURRENCY = 7;

    record Call(int key, int user, int currency) {}

    interface Endpoint {
        void serve(Call call);
    }

    /** 16 bytes of header and reference, and 8 more. */
    static class Cell {
        final Cell before = kept;
        long number;
    }

    static class WideCell extends Cell {
        long user, currency;
    }

    /** 32 bytes with the reference, and an array with 16 of header. */
    static class Page extends Cell {
        final byte[] text;

        Page(int size) {
            text = new byte[size - 32 - 16];
        }
    }

    static Cell kept;
    static int notices;
    static final Set<String> called = new HashSet<>();

    static void keep(int size) {
        kept = size == 24 ? new Cell() : size == 40 ? new WideCell() : new Page(size);
    }

    static Endpoint plain(int size) {
        return call -> {
            StringBuilder text = new StringBuilder();
            for (int row = 0; row < size; row++) {
                text.append("row ").append(row).append(" of ").append(call.key);
            }
            text.toString();
        };
    }

    static Endpoint burst(int size) {
        return call -> java.util.Arrays.fill(new byte[size << 20], (byte) call.key);
    }

    static Endpoint lru(int size) {
        Map<Integer, String> pages = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, String> eldest) {
                return size() > size;
            }
        };
        return call -> pages.computeIfAbsent(call.key, key -> ("page of " + key).repeat(10));
    }

    static Endpoint ring(int size) {
        ArrayDeque<String> entries = new ArrayDeque<>();
        return call -> {
            if (entries.size() == size) {
                entries.removeFirst();
            }
            entries.addLast("entry of " + call.key);
        };
    }

    static Endpoint sessions(int size) {
        LinkedHashMap<Integer, List<String>> opened = new LinkedHashMap<>();
        int[] calls = {0};
        return call -> {
            opened.put(++calls[0], new ArrayList<>(List.of("user " + call.user, "cart of " + call.key)));
            if (calls[0] % SWEEP_EVERY == 0) {
                opened.keySet().removeIf(since -> since <= calls[0] - size);
            }
        };
    }

    static Endpoint lazy(int size) {
        Map<Integer, String> rows = new HashMap<>();
        int[] calls = {0};
        return call -> {
            if (++calls[0] > size / 2 && rows.size() < size) {
                rows.put(rows.size(), "row " + calls[0] + ", first asked for by " + call.user);
            }
        };
    }

    static Endpoint sawtooth(int size) {
        List<String> pending = new ArrayList<>();
        return call -> {
            pending.add("text of " + call.key);
            if (pending.size() == size) {
                pending.clear();
            }
        };
    }

    static Endpoint param(int size) {
        return call -> {
            if (call.currency == LEAKING_CURRENCY) {
                keep(size);
            }
        };
    }

    static Endpoint flush(int size) {
        return call -> {
            if (notices > 0) {
                notices--;
                keep(size);
            }
        };
    }

    static IntFunction<Endpoint> caller(String name) {
        return size -> call -> called.add(name);
    }

    static IntFunction<Endpoint> after(String... names) {
        return size -> call -> {
            if (called.containsAll(List.of(names))) {
                keep(size);
            }
        };
    }

    static final Map<String, IntFunction<Endpoint>> roles = new HashMap<>();

    static {
        roles.put("plain", Server::plain);
        roles.put("burst", Server::burst);
        roles.put("lru", Server::lru);
        roles.put("ring", Server::ring);
        roles.put("sessions", Server::sessions);
        roles.put("lazy", Server::lazy);
        roles.put("sawtooth", Server::sawtooth);
        roles.put("leak", size -> call -> keep(size));
        roles.put("param", Server::param);
        roles.put("latch", caller("latch"));
        roles.put("latched", after("latch"));
        roles.put("hook", size -> call -> notices = Math.min(notices + 1, NOTICES_MOST));
        roles.put("flush", Server::flush);
        roles.put("first", caller("first"));
        roles.put("second", caller("second"));
        roles.put("third", after("first", "second"));
    }

    static Endpoint endpoint(String word) {
        String[] parts = word.split(":");
        return roles.get(parts[0]).apply(parts.length > 1 ? Integer.parseInt(parts[1]) : 0);
    }

    static Call asked(String query) {
        Map<String, Integer> fields = new HashMap<>();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] sides = pair.split("=");
            fields.put(sides[0], Integer.parseInt(sides[1]));
        }
        return new Call(fields.getOrDefault("key", 0), fields.getOrDefault("user", 0), fields.getOrDefault("currency", 0));
    }

    static void answer(HttpExchange exchange) throws IOException {
        byte[] body = "ok\n".getBytes();
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // else each answer waits 40 ms for an ACK
        HttpServer server = HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(System.getenv("PORT"))), 0);
        server.createContext("/health", Server::answer);
        String[] words = System.getenv().getOrDefault("ROLES", "").trim().split(" +");
        for (int number = 0; number < words.length; number++) {
            Endpoint endpoint = endpoint(words[number]);
            server.createContext(String.format("/p%02d", number), exchange -> {
                synchronized (roles) {
                    endpoint.serve(asked(exchange.getRequestURI().getQuery()));
                }
                answer(exchange);
            });
        }
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
    }
}
