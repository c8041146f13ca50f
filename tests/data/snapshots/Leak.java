import java.util.ArrayList;
import java.util.List;

/* Keeps quotes; asks for its own class histogram, twice. */
public class Leak {
    static class Quote {
        double price;
        String note;
        int[][] grid = new int[2][3];

        Quote(double price, String note) {
            this.price = price;
            this.note = note;
        }
    }

    static final List<Quote> quotes = new ArrayList<>();

    static void keep(int from, int to) {
        for (int i = from; i < to; i++)
            quotes.add(new Quote(i, "quote " + i));
    }

    static void histogram(String file) throws Exception {
        String self = Long.toString(ProcessHandle.current().pid());
        new ProcessBuilder("jcmd", self, "GC.class_histogram").redirectOutput(new java.io.File(file)).start().waitFor();
    }

    public static void main(String[] arguments) throws Exception {
        keep(0, 1000);
        histogram("jvm-a.txt");
        keep(1000, 11000);
        histogram("jvm-b.txt");
    }
}
