import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.camel.support.jsse.TrustManagersParameters;

/** Apache Camel's components ftp and ftps. A consumer polls for files; a producer sends one. */
final class Camel extends Program {
    private DefaultCamelContext context;
    private ProducerTemplate producer;
    private int polls;

    @Override
    void login() throws Exception {
        context = new DefaultCamelContext();
        SSLContextParameters tls = new SSLContextParameters();
        TrustManagersParameters trust = new TrustManagersParameters();
        trust.setTrustManager(Round.trust());
        tls.setTrustManagers(trust);
        context.getRegistry().bind("tls", tls);
        // Else a stream is read to its end before the route sees it.
        context.setStreamCaching(false);
        context.start();
        producer = context.createProducerTemplate();
        poll("/", "noop=true&download=false&idempotent=false", exchange -> {});
    }

    /** The address of a directory, with the options of both components. */
    private static String uri(String directory, String options) {
        String tls = "";
        if (!Round.FRONT.equals("plain")) {
            boolean isImplicit = Round.FRONT.equals("implicit");
            tls = "&sslContextParameters=#tls&execPbsz=0&execProt=P&implicit=" + isImplicit;
        }
        return (tls.isEmpty() ? "ftp" : "ftps") + "://" + Round.USER + "@" + Round.HOST + ":" + Round.PORT + directory
                + "?password=RAW(" + Round.PASSWORD + ")&binary=true&passiveMode=" + Round.PASSIVE
                + "&ftpClient.controlEncoding=UTF-8" + (options.isEmpty() ? "" : "&") + options + tls;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Has a consumer poll a directory once, and returns how many files it had. Fails if a file fails. */
    private int poll(String directory, String options, Processor work) throws Exception {
        String name = "poll" + polls++;
        CompletableFuture<Integer> polled = new CompletableFuture<>();
        AtomicReference<Exception> failure = new AtomicReference<>();
        context.getRegistry().bind(name, new DefaultPollingConsumerPollStrategy() {
            @Override
            public void commit(Consumer consumer, Endpoint endpoint, int count) {
                polled.complete(count);
            }

            @Override
            public boolean rollback(Consumer consumer, Endpoint endpoint, int tries, Exception cause) {
                polled.completeExceptionally(cause);
                return false;
            }
        });
        String more = "&initialDelay=0&delay=600000&throwExceptionOnConnectFailed=true&bridgeErrorHandler=true"
                + "&pollStrategy=#" + name;
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                onException(Exception.class).handled(true).process(exchange ->
                        failure.set(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class)));
                from(uri(directory, options + more)).routeId(name).process(work);
            }
        });
        try {
            int count = polled.get(100, TimeUnit.SECONDS);
            if (failure.get() != null) {
                throw failure.get();
            }
            return count;
        } catch (ExecutionException error) {
            throw error.getCause() instanceof Exception cause ? cause : error;
        } finally {
            context.getRouteController().stopRoute(name);
            context.removeRoute(name);
        }
    }

    private void send(Object body, String directory, String name, String options) {
        producer.sendBodyAndHeader(uri(directory, options), body, Exchange.FILE_NAME, name);
    }

    private void send(Path local, String directory, String name, String options) {
        send(local.toFile(), directory, name, options);
    }

    @Override
    Collection<String> names(String directory) throws Exception {
        Collection<String> names = new TreeSet<>();
        poll(directory, "noop=true&download=false&idempotent=false", exchange ->
                names.add(exchange.getMessage().getHeader(Exchange.FILE_NAME, String.class)));
        return names;
    }

    @Override
    void fetch(String remote, Path local) throws Exception {
        int count = poll("/", "noop=true&idempotent=false&fileName=" + encoded(remote), exchange ->
                Files.write(local, exchange.getMessage().getBody(byte[].class)));
        Round.check(count == 1, "files: " + count);
    }

    @Override
    void store(Path local, String remote) {
        send(local, "/", remote, "tempFileName=" + encoded("${file:name}.part"));
        Round.check(Files.notExists(Round.home(remote + ".part")), "the temporary name is still there");
    }

    @Override
    void append(Path local, String remote) {
        send(local, "/", remote, "fileExist=Append");
    }

    @Override
    void rename(String from, String to) throws Exception {
        int count = poll("/", "fileName=" + encoded(from) + "&move=" + encoded("${file:parent}/" + to), exchange -> {});
        Round.check(count == 1, "files: " + count);
    }

    @Override
    void delete(String remote) throws Exception {
        int count = poll("/", "delete=true&fileName=" + encoded(remote), exchange -> {});
        Round.check(count == 1, "files: " + count);
    }

    /** It makes directories, but removes none. */
    @Override
    void directories() throws Exception {
        send(Round.file("small"), "/", "folder/below/inside", "");
        Round.same(Round.home("folder/below/inside"), Round.file("small"));
        Collection<String> names = new TreeSet<>();
        poll("/folder", "recursive=true&delete=true", exchange ->
                names.add(exchange.getMessage().getHeader(Exchange.FILE_NAME, String.class)));
        Round.check(names.toString().equals("[below/inside]"), names.toString());
        Files.delete(Round.home("folder/below"));
        Files.delete(Round.home("folder"));
    }

    @Override
    void missing() throws Exception {
        String options = "useList=false&ignoreFileNotFoundOrPermissionError=false&fileName=missing";
        try {
            poll("/", options, exchange -> {});
        } catch (GenericFileOperationFailedException error) {
            Round.check(error.getMessage().contains("missing") || error.getMessage().contains("550"), error.toString());
            return;
        }
        throw new AssertionError("a missing file was found");
    }

    @Override
    void special() {
        Round.operation("read-lock", this::readLock);
        Round.operation("done-file", this::doneFile);
        Round.operation("streaming", this::streaming);
        Round.operation("file-exist", this::fileExist);
    }

    /** A file is taken only if it has not changed between two looks; then it is moved. */
    private void readLock() throws Exception {
        send(Round.file("small"), "/locked", "a", "");
        String options = "move=.done/${file:name}.taken&readLock=changed&readLockCheckInterval=200&readLockTimeout=5000";
        int count = poll("/locked", options, exchange -> {
            byte[] bytes = exchange.getMessage().getBody(byte[].class);
            Round.check(Arrays.equals(bytes, Files.readAllBytes(Round.file("small"))), "other bytes");
        });
        Round.check(count == 1, "files: " + count);
        Round.same(Round.home("locked/.done/a.taken"), Round.file("small"));
        Round.check(poll("/locked", options, exchange -> {}) == 0, "a file came twice");
    }

    /** A file is taken only once another one says that it is whole. */
    private void doneFile() throws Exception {
        String consuming = "delete=true&doneFileName=" + encoded("${file:name}.done");
        send(Round.file("small"), "/ready", "a", "");
        Round.check(poll("/ready", consuming, exchange -> {}) == 0, "taken too early");
        send(Round.file("more"), "/ready", "b", "doneFileName=" + encoded("${file:name}.done"));
        Round.check(Files.exists(Round.home("ready/b.done")), "the producer has written no done file");
        Collection<String> names = new TreeSet<>();
        poll("/ready", consuming, exchange ->
                names.add(exchange.getMessage().getHeader(Exchange.FILE_NAME, String.class)));
        Round.check(names.toString().equals("[b]"), names.toString());
        Round.check(Files.notExists(Round.home("ready/b")), "still there");
        Round.check(Files.notExists(Round.home("ready/b.done")), "the done file is still there");
        Files.delete(Round.home("ready/a"));
    }

    private void streaming() throws Exception {
        Path local = Round.work("streamed");
        String options = "noop=true&idempotent=false&streamDownload=true&stepwise=false&fileName=big";
        int count = poll("/", options, exchange -> {
            try (InputStream stream = exchange.getMessage().getBody(InputStream.class)) {
                Files.copy(stream, local);
            }
        });
        Round.check(count == 1, "files: " + count);
        Round.same(local, Round.file("big"));
        Files.delete(local);
    }

    /** What becomes of a file that is there already. */
    private void fileExist() throws Exception {
        for (GenericFileExist kind : GenericFileExist.values()) {
            send(Round.file("small"), "/exist", "a", "");
            String options = "fileExist=" + kind;
            switch (kind) {
                case Move -> options += "&moveExisting=" + encoded("${file:parent}/old");
                case TryRename -> options += "&tempFileName=" + encoded("${file:name}.part");
                default -> {}
            }
            boolean hasFailed = false;
            try {
                send(Round.file("more"), "/exist", "a", options);
            } catch (CamelExecutionException error) {
                hasFailed = true;
            }
            Round.check(hasFailed == (kind == GenericFileExist.Fail), kind + ": failed: " + hasFailed);
            long expected = switch (kind) {
                case Fail, Ignore -> 5_000;
                case Append -> 12_000;
                default -> 7_000;
            };
            long found = Files.size(Round.home("exist/a"));
            Round.check(found == expected, kind + ": " + found + " bytes");
            Files.delete(Round.home("exist/a"));
        }
        Round.same(Round.home("exist/old"), Round.file("small"));
    }

    @Override
    void cutDownload() throws Exception {
        int count;
        try {
            count = poll("/", "noop=true&idempotent=false&streamDownload=true&stepwise=false&fileName=big", exchange -> {
                try (InputStream stream = exchange.getMessage().getBody(InputStream.class)) {
                    stream.readNBytes(1000);
                    Round.drop();
                    stream.readAllBytes();
                }
            });
        } catch (IOException error) {
            return;
        }
        throw new AssertionError("no failure; files: " + count);
    }

    @Override
    void cutUpload() throws Exception {
        try (InputStream source = Round.dropping(Files.newInputStream(Round.file("big")))) {
            send(source, "/", "cut", "maximumReconnectAttempts=0");
        } catch (CamelExecutionException error) {
            return;
        }
        throw new AssertionError("whole");
    }

    @Override
    void end() {
        context.stop();
        System.exit(0);
    }

    public static void main(String[] arguments) throws Exception {
        new Camel().round();
    }
}
