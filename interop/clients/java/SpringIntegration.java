import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.file.FileHeaders;
import org.springframework.integration.file.remote.session.CachingSessionFactory;
import org.springframework.integration.file.remote.session.Session;
import org.springframework.integration.file.support.FileExistsMode;
import org.springframework.integration.ftp.filters.FtpPersistentAcceptOnceFileListFilter;
import org.springframework.integration.ftp.inbound.FtpInboundFileSynchronizer;
import org.springframework.integration.ftp.inbound.FtpInboundFileSynchronizingMessageSource;
import org.springframework.integration.ftp.outbound.FtpMessageHandler;
import org.springframework.integration.ftp.outbound.FtpOutboundGateway;
import org.springframework.integration.ftp.session.AbstractFtpSessionFactory;
import org.springframework.integration.ftp.session.DefaultFtpSessionFactory;
import org.springframework.integration.ftp.session.DefaultFtpsSessionFactory;
import org.springframework.integration.ftp.session.FtpRemoteFileTemplate;
import org.springframework.integration.metadata.SimpleMetadataStore;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessagingException;

/** Spring Integration FTP: adapters, gateway verbs, and the session factory that keeps sessions. */
final class SpringIntegration {
    @Configuration
    @EnableIntegration
    static class Application {}

    private static AnnotationConfigApplicationContext context;
    private static CachingSessionFactory<FTPFile> sessions;
    private static FtpRemoteFileTemplate template;

    private static AbstractFtpSessionFactory<?> factory() {
        AbstractFtpSessionFactory<?> factory =
                Round.FRONT.equals("plain") ? new DefaultFtpSessionFactory() : ftps();
        factory.setHost(Round.HOST);
        factory.setPort(Round.PORT);
        factory.setUsername(Round.USER);
        factory.setPassword(Round.PASSWORD);
        factory.setClientMode(
                Round.PASSIVE
                        ? FTPClient.PASSIVE_LOCAL_DATA_CONNECTION_MODE
                        : FTPClient.ACTIVE_LOCAL_DATA_CONNECTION_MODE);
        factory.setControlEncoding("UTF-8");
        factory.setConnectTimeout(30_000);
        factory.setDefaultTimeout(30_000);
        factory.setDataTimeout(30_000);
        return factory;
    }

    private static DefaultFtpsSessionFactory ftps() {
        DefaultFtpsSessionFactory factory = new DefaultFtpsSessionFactory();
        factory.setTrustManager(Round.trust());
        factory.setProt("P");
        if (Round.FRONT.equals("implicit")) {
            factory.setImplicit(true);
            factory.setProtocol("TLSv1.2");
            factory.setProtocols(new String[] {"TLSv1.2"});
            factory.setSessionCreation(true);
            factory.setUseClientMode(true);
            factory.setCipherSuites(new String[] {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
        }
        return factory;
    }

    private static void login() {
        sessions = new CachingSessionFactory<>(factory(), 5);
        sessions.setTestSession(true);
        template = template();
        template.afterPropertiesSet();
        try (Session<FTPFile> session = sessions.getSession()) {
            Round.check(session.test(), "session.test()");
        }
    }

    private static FtpRemoteFileTemplate template() {
        FtpRemoteFileTemplate template = new FtpRemoteFileTemplate(sessions);
        template.setBeanFactory(context);
        template.setRemoteDirectoryExpression(new LiteralExpression("/"));
        return template;
    }

    /** Asks the outbound gateway for one of its verbs. */
    private static Object ask(String verb, Object payload, Map<String, Object> headers, String options) {
        FtpOutboundGateway gateway = new FtpOutboundGateway(template, verb, "payload");
        gateway.setBeanFactory(context);
        gateway.setLocalDirectory(Round.work("").toFile());
        gateway.setRenameExpressionString("headers['to']");
        gateway.setFileExistsMode(FileExistsMode.REPLACE);
        if (!options.isEmpty()) {
            gateway.setOptions(options);
        }
        QueueChannel answers = new QueueChannel();
        gateway.setOutputChannel(answers);
        gateway.afterPropertiesSet();
        gateway.handleMessage(MessageBuilder.withPayload(payload).copyHeaders(headers).build());
        Message<?> answer = answers.receive(0);
        return answer == null ? null : answer.getPayload();
    }

    private static Object ask(String verb, Object payload) {
        return ask(verb, payload, Map.of(), "");
    }

    /** Sends a file through the outbound adapter. */
    private static void send(Path file, String name, FileExistsMode mode, String directory) {
        FtpRemoteFileTemplate sending = template();
        sending.setUseTemporaryFileName(mode != FileExistsMode.APPEND);
        FtpMessageHandler handler = new FtpMessageHandler(sending, mode);
        handler.setBeanFactory(context);
        handler.setRemoteDirectoryExpression(new LiteralExpression(directory));
        handler.setAutoCreateDirectory(true);
        handler.setFileNameGenerator(message -> name);
        handler.afterPropertiesSet();
        handler.handleMessage(MessageBuilder.withPayload(file.toFile()).build());
    }

    private static void send(String source, String name) {
        send(Round.file(source), name, FileExistsMode.REPLACE, "/");
    }

    private static void get(String remote, String local) throws Exception {
        Files.deleteIfExists(Round.work(remote));
        ask("get", remote);
        if (!local.equals(remote)) {
            Files.move(Round.work(remote), Round.work(local));
        }
    }

    private static void list() {
        FTPFile[] files = template.list("/");
        Round.check(files.length == 3, "list has " + files.length);
        List<?> names = (List<?>) ask("ls", "/", Map.of(), "-1");
        Round.check(new TreeSet<>(names).toString().equals("[big, empty, small]"), names.toString());
        names = (List<?>) ask("nlst", "/");
        Round.check(names.size() == 3, names.toString());
    }

    private static void append() throws Exception {
        send(Round.file("small"), "up", FileExistsMode.APPEND, "/");
        byte[] found = Files.readAllBytes(Round.home("up"));
        byte[] more = Files.readAllBytes(Round.file("more"));
        byte[] small = Files.readAllBytes(Round.file("small"));
        byte[] both = Arrays.copyOf(more, more.length + small.length);
        System.arraycopy(small, 0, both, more.length, small.length);
        Round.check(Arrays.equals(found, both), "other bytes");
    }

    private static void directories() throws Exception {
        send(Round.file("small"), "inside", FileExistsMode.REPLACE, "/folder/below");
        Round.same(Round.home("folder/below/inside"), Round.file("small"));
        List<?> names = (List<?>) ask("ls", "/folder", Map.of(), "-1 -R");
        Round.check(names.toString().contains("below/inside"), names.toString());
        template.remove("/folder/below/inside");
        template.execute(session -> session.rmdir("/folder/below") && session.rmdir("/folder"));
        Round.check(Files.notExists(Round.home("folder")), "still there");
    }

    private static void names() throws Exception {
        String name = "gr\u00fcn \u65e5\u672c";
        send("small", name);
        Round.same(Round.home(name), Round.file("small"));
        Round.check(ask("nlst", "/").toString().contains(name), ask("nlst", "/").toString());
        get(name, "name");
        Round.same(Round.work("name"), Round.file("small"));
        Round.check(template.remove(name), "not removed");
    }

    private static void missing() {
        try {
            ask("get", "missing");
        } catch (MessagingException error) {
            Round.check(words(error).contains("missing"), words(error));
            return;
        }
        throw new AssertionError("a missing file was found");
    }

    private static String words(Throwable error) {
        return error == null ? "" : error + " " + words(error.getCause());
    }

    private static void dropped() throws Exception {
        Round.drop();
        Round.check(template.list("/").length >= 3, "list has " + template.list("/").length);
        get("small", "again");
        Round.same(Round.work("again"), Round.file("small"));
    }

    private static void cutDownload() {
        try {
            template.get("big", stream -> {
                stream.readNBytes(1000);
                dropNow();
                stream.readAllBytes();
            });
        } catch (MessagingException error) {
            return;
        }
        throw new AssertionError("whole");
    }

    private static void cutUpload() throws Exception {
        try (InputStream big = Files.newInputStream(Round.file("big"))) {
            InputStream source = new InputStream() {
                private long count;

                @Override
                public int read() throws IOException {
                    throw new IOException("one byte only");
                }

                @Override
                public int read(byte[] bytes, int from, int length) throws IOException {
                    int got = big.read(bytes, from, length);
                    if (count < 1_000_000 && count + got >= 1_000_000) {
                        dropNow();
                    }
                    count += got;
                    return got;
                }
            };
            template.execute(session -> {
                session.write(source, "cut");
                return null;
            });
        } catch (MessagingException error) {
            return;
        }
        throw new AssertionError("whole");
    }

    private static void dropNow() throws IOException {
        try {
            Round.drop();
        } catch (Exception error) {
            throw new IOException(error);
        }
    }

    /** The inbound adapter takes each file once, and a new one as soon as it is there. */
    private static void inbound() throws Exception {
        template.execute(session -> session.mkdir("/inbox"));
        send(Round.file("small"), "one", FileExistsMode.REPLACE, "/inbox");
        send(Round.file("empty"), "two", FileExistsMode.REPLACE, "/inbox");
        FtpInboundFileSynchronizer synchronizer = new FtpInboundFileSynchronizer(sessions);
        synchronizer.setBeanFactory(context);
        synchronizer.setRemoteDirectory("/inbox");
        synchronizer.setPreserveTimestamp(true);
        synchronizer.setFilter(
                new FtpPersistentAcceptOnceFileListFilter(new SimpleMetadataStore(), "round"));
        synchronizer.afterPropertiesSet();
        FtpInboundFileSynchronizingMessageSource source =
                new FtpInboundFileSynchronizingMessageSource(synchronizer);
        source.setBeanFactory(context);
        source.setBeanName("inbound");
        source.setLocalDirectory(Round.work("inbox").toFile());
        source.afterPropertiesSet();
        source.start();
        Round.check(received(source).equals(List.of("one", "two")), "not the first two");
        Round.check(received(source).isEmpty(), "a file came twice");
        send(Round.file("more"), "three", FileExistsMode.REPLACE, "/inbox");
        Round.check(received(source).equals(List.of("three")), "not the new one");
        Round.same(Round.work("inbox/three"), Round.file("more"));
        source.stop();
        for (String name : new String[] {"one", "two", "three"}) {
            Round.check(Boolean.TRUE.equals(ask("rm", "/inbox/" + name)), "rm " + name);
        }
        template.execute(session -> session.rmdir("/inbox"));
    }

    private static List<String> received(FtpInboundFileSynchronizingMessageSource source) {
        List<String> names = new ArrayList<>();
        for (Message<File> message = source.receive(); message != null; message = source.receive()) {
            names.add((String) message.getHeaders().get(FileHeaders.FILENAME));
        }
        names.sort(null);
        return names;
    }

    private static void exists() {
        for (FtpRemoteFileTemplate.ExistsMode mode : FtpRemoteFileTemplate.ExistsMode.values()) {
            template.setExistsMode(mode);
            Round.check(template.exists("/small"), mode + ": small is missing");
            // vsftpd takes STAT of a missing file for that of an empty directory.
            boolean isTold = mode != FtpRemoteFileTemplate.ExistsMode.STAT;
            Round.check(!isTold || !template.exists("/missing"), mode + ": missing is there");
        }
    }

    private static void put() throws Exception {
        Files.createDirectories(Round.work("several"));
        Files.copy(Round.file("small"), Round.work("several/a"));
        Files.copy(Round.file("more"), Round.work("several/b"));
        ask("mput", Round.work("several").toFile());
        Round.same(Round.home("a"), Round.file("small"));
        Round.same(Round.home("b"), Round.file("more"));
        ask("put", Round.work("several/b").toFile());
        ask("rm", "a");
        ask("rm", "b");
    }

    public static void main(String[] arguments) {
        System.out.println("version " + System.getenv("ROUND_VERSION"));
        context = new AnnotationConfigApplicationContext(Application.class);
        Round.operation("login", SpringIntegration::login);
        Round.operation("list", SpringIntegration::list);
        for (String name : new String[] {"small", "empty", "big"}) {
            Round.operation(name.equals("small") ? "download" : "download-" + name, () -> {
                get(name, name);
                Round.same(Round.work(name), Round.file(name));
            });
        }
        Round.operation("upload", () -> {
            send("small", "up");
            Round.same(Round.home("up"), Round.file("small"));
        });
        for (String name : new String[] {"empty", "big"}) {
            Round.operation("upload-" + name, () -> {
                send(name, "up-" + name);
                Round.same(Round.home("up-" + name), Round.file(name));
            });
        }
        Round.operation("overwrite", () -> {
            send("more", "up");
            Round.same(Round.home("up"), Round.file("more"));
        });
        Round.operation("append", SpringIntegration::append);
        System.out.println("lacks resume-download\nlacks resume-upload");
        Round.operation("rename", () -> {
            ask("mv", "up", Map.of("to", "renamed"), "");
            Round.check(Files.exists(Round.home("renamed")), "not renamed");
            Round.check(Files.notExists(Round.home("up")), "still there");
        });
        Round.operation("delete", () -> {
            ask("rm", "renamed");
            Round.check(Files.notExists(Round.home("renamed")), "still there");
        });
        Round.operation("directories", SpringIntegration::directories);
        Round.operation("names", SpringIntegration::names);
        Round.operation("missing", SpringIntegration::missing);
        Round.operation("exists", SpringIntegration::exists);
        Round.operation("inbound", SpringIntegration::inbound);
        Round.operation("put", SpringIntegration::put);
        Round.operation("dropped", SpringIntegration::dropped);
        Round.operation("cut-download", SpringIntegration::cutDownload);
        Round.operation("cut-upload", SpringIntegration::cutUpload);
        sessions.destroy();
        context.close();
        System.exit(0);
    }

    private SpringIntegration() {}
}
