import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** What every Java client shares: what it is told, and how it reports. */
final class Round {
    static final String HOST = told("HOST");
    static final int PORT = Integer.parseInt(told("PORT"));
    static final String USER = told("USER");
    static final String PASSWORD = told("PASSWORD");
    static final String FRONT = told("FRONT");
    static final boolean PASSIVE = told("MODE").equals("passive");

    interface Work {
        void run() throws Exception;
    }

    static String told(String name) {
        return System.getenv("ROUND_" + name);
    }

    /** A file that is to be moved. */
    static Path file(String name) {
        return Path.of(told("FILES"), name);
    }

    /** A file of our own. */
    static Path work(String name) {
        return Path.of(told("WORK"), name);
    }

    /** A file at the server, as it is on the server's disk. */
    static Path home(String name) {
        return Path.of(told("HOME"), name);
    }

    static void same(Path one, Path other) throws Exception {
        check(Files.mismatch(one, other) == -1, one + " and " + other + " differ");
    }

    static void check(boolean right, String words) {
        if (!right) {
            throw new AssertionError(words);
        }
    }

    /** Ends every session of the server. */
    static void drop() throws IOException {
        Process process = new ProcessBuilder("sh", "-c", told("DROP")).inheritIO().start();
        try {
            check(process.waitFor() == 0, "drop");
        } catch (InterruptedException error) {
            throw new IOException(error);
        }
    }

    /** A source that ends every session of the server once it has given some bytes. */
    static InputStream dropping(InputStream source) {
        return new FilterInputStream(source) {
            private long count;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                int got = super.read(bytes, from, length);
                if (count < 1_000_000 && count + got >= 1_000_000) {
                    drop();
                }
                count += got;
                return got;
            }
        };
    }

    /** Runs some work at once, and reports what came of it. */
    static void operation(String name, Work work) {
        try {
            work.run();
            System.out.println("ok " + name);
        } catch (Program.Lacking error) {
            System.out.println("lacks " + name);
        } catch (Exception | AssertionError error) {
            Throwable cause = error;
            StringBuilder words = new StringBuilder();
            while (cause != null) {
                words.append(words.length() == 0 ? "" : ": caused by ").append(cause);
                cause = cause.getCause();
            }
            System.out.println("failed " + name + ": " + words.toString().replaceAll("\\s+", " "));
            error.printStackTrace();
        }
        System.out.flush();
    }

    /** Trusts every certificate. */
    static TrustManager trust() {
        return new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
    }

    private Round() {}
}
