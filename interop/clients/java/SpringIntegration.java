import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
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
import org.springframework.integration.ftp.session.FtpFileInfo;
import org.springframework.integration.ftp.session.DefaultFtpSessionFactory;
import org.springframework.integration.ftp.session.DefaultFtpsSessionFactory;
import org.springframework.integration.ftp.session.FtpRemoteFileTemplate;
import org.springframework.integration.metadata.SimpleMetadataStore;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessagingException;

/** Spring Integration FTP: adapters, gateway verbs, and the session factory that keeps sessions. */
final class SpringIntegration extends Program {
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

    @Override
    void login() {
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

    private static FtpOutboundGateway gateway(String verb, String directory) {
        FtpRemoteFileTemplate asked = template();
        asked.setRemoteDirectoryExpression(new LiteralExpression(directory));
        asked.setAutoCreateDirectory(true);
        FtpOutboundGateway gateway = new FtpOutboundGateway(asked, verb, "payload");
        gateway.setBeanFactory(context);
        gateway.setLocalDirectory(Round.work("").toFile());
        gateway.setRenameExpressionString("headers['to']");
        gateway.setFileExistsMode(FileExistsMode.REPLACE);
        return gateway;
    }

    /** Asks the outbound gateway for one of its verbs; uploads go to a directory. */
    private static Object ask(
            String verb, Object payload, Map<String, Object> headers, String options, String directory) {
        FtpOutboundGateway gateway = gateway(verb, directory);
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

    private static Object ask(String verb, Object payload, Map<String, Object> headers, String options) {
        return ask(verb, payload, headers, options, "/");
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

    @Override
    Collection<String> names(String directory) {
        FTPFile[] files = template.list(directory);
        List<?> names = (List<?>) ask("nlst", directory);
        Round.check(files.length >= names.size(), "list has " + files.length);
        List<?> listed = (List<?>) ask("ls", directory, Map.of(), "-1 -dirs");
        // vsftpd puts the directory before each name of NLST.
        Collection<String> plain = new TreeSet<>();
        names.forEach(name -> plain.add(new File((String) name).getName()));
        Round.check(new TreeSet<>(listed).equals(plain), listed + " and " + names);
        return plain;
    }

    @Override
    void fetch(String remote, Path local) throws Exception {
        Path fetched = Round.work(remote);
        Files.deleteIfExists(fetched);
        ask("get", remote);
        if (!local.equals(fetched)) {
            Files.move(fetched, local);
        }
    }

    @Override
    void store(Path local, String remote) {
        send(local, remote, FileExistsMode.REPLACE, "/");
    }

    @Override
    void append(Path local, String remote) {
        send(local, remote, FileExistsMode.APPEND, "/");
    }

    @Override
    void rename(String from, String to) {
        ask("mv", from, Map.of("to", to), "");
    }

    @Override
    void delete(String remote) {
        ask("rm", remote);
    }

    @Override
    void directories() throws Exception {
        send(Round.file("small"), "inside", FileExistsMode.REPLACE, "/folder/below");
        Round.same(Round.home("folder/below/inside"), Round.file("small"));
        List<?> names = (List<?>) ask("ls", "/folder", Map.of(), "-1 -R");
        Round.check(names.toString().contains("below/inside"), names.toString());
        template.remove("/folder/below/inside");
        template.execute(session -> session.rmdir("/folder/below") && session.rmdir("/folder"));
        Round.check(Files.notExists(Round.home("folder")), "still there");
    }

    @Override
    void missing() {
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

    @Override
    void cutDownload() {
        try {
            template.get("big", stream -> {
                stream.readNBytes(1000);
                Round.drop();
                stream.readAllBytes();
            });
        } catch (MessagingException error) {
            return;
        }
        throw new AssertionError("whole");
    }

    @Override
    void cutUpload() throws Exception {
        try (InputStream source = Round.dropping(Files.newInputStream(Round.file("big")))) {
            template.execute(session -> {
                session.write(source, "cut");
                return null;
            });
        } catch (MessagingException error) {
            return;
        }
        throw new AssertionError("whole");
    }

    /** The inbound adapter takes each file once, and a new one as soon as it is there. */
    private void inbound() throws Exception {
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

    private void exists() {
        for (FtpRemoteFileTemplate.ExistsMode mode : FtpRemoteFileTemplate.ExistsMode.values()) {
            template.setExistsMode(mode);
            Round.check(template.exists("/small"), mode + ": small is missing");
            // vsftpd takes STAT of a missing file for that of an empty directory.
            boolean isTold = mode != FtpRemoteFileTemplate.ExistsMode.STAT;
            Round.check(!isTold || !template.exists("/missing"), mode + ": missing is there");
        }
    }

    /** What the verbs of the outbound gateway have beyond the usual operations. */
    private void verbs() throws Exception {
        Path several = Round.work("several");
        Files.createDirectories(several.resolve("below"));
        Files.copy(Round.file("small"), several.resolve("a"));
        Files.copy(Round.file("more"), several.resolve("below/b"));
        template.execute(session -> session.mkdir("/verbs"));
        List<?> put = (List<?>) ask("mput", several.toFile(), Map.of(), "-R", "/verbs");
        Round.check(put.size() == 2, "mput: " + put);
        Round.same(Round.home("verbs/a"), Round.file("small"));
        Round.same(Round.home("verbs/below/b"), Round.file("more"));
        Round.check("/verbs/a".equals(ask("put", several.resolve("a").toFile(), Map.of(), "", "/verbs")), "put");
        List<?> files = (List<?>) ask("ls", "/verbs", Map.of(), "-R");
        Round.check(files.size() == 2 && files.get(0) instanceof FtpFileInfo, "ls: " + files);
        Round.check(ask("ls", "/verbs", Map.of(), "-1 -dirs").toString().contains("below"), "ls -dirs");
        List<?> got = (List<?>) ask("mget", "/verbs/*", Map.of(), "-R -P");
        Round.check(got.size() == 2, "mget: " + got);
        Round.same(Round.work("a"), Round.file("small"));
        Round.same(Round.work("b"), Round.file("more"));
        streamed();
        ask("mv", "/verbs/a", Map.of("to", "/verbs/new/c"), "");
        Round.same(Round.home("verbs/new/c"), Round.file("small"));
        ask("get", "/verbs/new/c", Map.of(), "-D");
        Round.check(Files.notExists(Round.home("verbs/new/c")), "get -D: still there");
        Round.check(Boolean.TRUE.equals(ask("rm", "/verbs/below/b")), "rm");
        template.execute(session -> session.rmdir("/verbs/below") && session.rmdir("/verbs/new") && session.rmdir("/verbs"));
        Round.check(Files.notExists(Round.home("verbs")), "still there");
    }

    /** A stream keeps its session until it is closed. */
    private void streamed() throws Exception {
        FtpOutboundGateway gateway = gateway("get", "/");
        gateway.setOptions("-stream");
        QueueChannel answers = new QueueChannel();
        gateway.setOutputChannel(answers);
        gateway.afterPropertiesSet();
        gateway.handleMessage(MessageBuilder.withPayload("/small").build());
        Message<?> answer = answers.receive(0);
        try (InputStream stream = (InputStream) answer.getPayload()) {
            byte[] bytes = stream.readAllBytes();
            Round.check(Arrays.equals(bytes, Files.readAllBytes(Round.file("small"))), "get -stream: other bytes");
        } finally {
            new IntegrationMessageHeaderAccessor(answer).getCloseableResource().close();
        }
    }

    /** The sessions are few, and each is good for more than one use. */
    private void cached() throws Exception {
        try (Session<FTPFile> first = sessions.getSession(); Session<FTPFile> second = sessions.getSession()) {
            Round.check(first.exists("/small") && second.exists("/small"), "exists");
        }
        for (int n = 0; n < 20; n++) {
            Round.check(template.exists("/small"), "exists");
        }
        Round.drop();
        try (Session<FTPFile> session = sessions.getSession()) {
            Round.check(session.test(), "the session in the cache does not work");
        }
        sessions.resetCache();
        Round.check(template.exists("/small"), "exists after resetCache");
    }

    @Override
    void special() {
        Round.operation("exists", this::exists);
        Round.operation("inbound", this::inbound);
        Round.operation("verbs", this::verbs);
        Round.operation("cached", this::cached);
    }

    @Override
    void end() {
        sessions.destroy();
        context.close();
        System.exit(0);
    }

    public static void main(String[] arguments) throws Exception {
        context = new AnnotationConfigApplicationContext(Application.class);
        new SpringIntegration().round();
    }
}
