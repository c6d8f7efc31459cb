import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPSClient;

/** Apache Commons Net: FTPClient and FTPSClient. */
final class CommonsNet {
    private static FTPClient ftp;

    private static void done(boolean done) {
        Round.check(done, ftp.getReplyString());
    }

    private static void connect() throws Exception {
        connect("UTF-8");
    }

    private static void connect(String encoding) throws Exception {
        ftp = client();
        ftp.setControlEncoding(encoding);
        ftp.setConnectTimeout(30_000);
        ftp.setDefaultTimeout(30_000);
        ftp.setDataTimeout(java.time.Duration.ofSeconds(30));
        ftp.connect(Round.HOST, Round.PORT);
        done(ftp.login(Round.USER, Round.PASSWORD));
        if (ftp instanceof FTPSClient) {
            FTPSClient ftps = (FTPSClient) ftp;
            ftps.execPBSZ(0);
            ftps.execPROT("P");
        }
        done(ftp.setFileType(FTP.BINARY_FILE_TYPE));
        if (Round.PASSIVE) {
            ftp.enterLocalPassiveMode();
        }
    }

    private static FTPClient client() {
        if (Round.FRONT.equals("plain")) {
            return new FTPClient();
        }
        FTPSClient ftps = new FTPSClient(Round.FRONT.equals("implicit"));
        ftps.setTrustManager(Round.trust());
        return ftps;
    }

    private static void fetch(String name, String to) throws Exception {
        try (OutputStream target = Files.newOutputStream(Round.work(to))) {
            done(ftp.retrieveFile(name, target));
        }
    }

    private static void store(String source, String name) throws Exception {
        try (InputStream opened = Files.newInputStream(Round.file(source))) {
            done(ftp.storeFile(name, opened));
        }
    }

    private static void truncate(Path path, long size) throws Exception {
        try (FileChannel opened = FileChannel.open(path, StandardOpenOption.WRITE)) {
            opened.truncate(size);
        }
    }

    private static void list() throws Exception {
        String[] names = ftp.listNames();
        done(names != null);
        Arrays.sort(names);
        Round.check(String.join(" ", names).equals("big empty small"), Arrays.toString(names));
        FTPFile[] files = ftp.listFiles();
        Round.check(files.length == 3, "listFiles has " + files.length + ": " + ftp.getReplyString());
        FTPFile small = Arrays.stream(files).filter(it -> it.getName().equals("small")).findAny().get();
        Round.check(small.getSize() == 5000 && small.isFile(), small.toString());
    }

    private static void append() throws Exception {
        try (InputStream opened = Files.newInputStream(Round.file("small"))) {
            done(ftp.appendFile("up", opened));
        }
        byte[] found = Files.readAllBytes(Round.home("up"));
        byte[] more = Files.readAllBytes(Round.file("more"));
        byte[] small = Files.readAllBytes(Round.file("small"));
        byte[] both = Arrays.copyOf(more, more.length + small.length);
        System.arraycopy(small, 0, both, more.length, small.length);
        Round.check(Arrays.equals(found, both), "other bytes");
    }

    private static void resumeDownload() throws Exception {
        Path big = Round.work("big");
        truncate(big, 3_000_000);
        ftp.setRestartOffset(3_000_000);
        try (OutputStream target = Files.newOutputStream(big, StandardOpenOption.APPEND)) {
            done(ftp.retrieveFile("big", target));
        }
        Round.same(big, Round.file("big"));
    }

    private static void resumeUpload() throws Exception {
        truncate(Round.home("up-big"), 6_000_000);
        ftp.setRestartOffset(6_000_000);
        try (RandomAccessFile opened = new RandomAccessFile(Round.file("big").toFile(), "r")) {
            opened.seek(6_000_000);
            done(ftp.storeFile("up-big", Channels.newInputStream(opened.getChannel())));
        }
        Round.same(Round.home("up-big"), Round.file("big"));
    }

    private static void directories() throws Exception {
        done(ftp.makeDirectory("folder"));
        done(ftp.changeWorkingDirectory("folder"));
        Round.check("/folder".equals(ftp.printWorkingDirectory()), ftp.getReplyString());
        store("small", "inside");
        Round.same(Round.home("folder/inside"), Round.file("small"));
        Round.check(ftp.listFiles().length == 1, "not one file");
        done(ftp.deleteFile("inside"));
        Round.check(ftp.listFiles().length == 0, "not empty");
        done(ftp.changeToParentDirectory());
        done(ftp.removeDirectory("folder"));
        Round.check(Files.notExists(Round.home("folder")), "still there");
    }

    private static void names() throws Exception {
        String name = "gr\u00fcn \u65e5\u672c";
        store("small", name);
        Round.same(Round.home(name), Round.file("small"));
        Round.check(Arrays.asList(ftp.listNames()).contains(name), "not listed");
        fetch(name, "name");
        Round.same(Round.work("name"), Round.file("small"));
        done(ftp.deleteFile(name));
    }

    private static void missing() throws Exception {
        Round.check(!ftp.retrieveFile("missing", OutputStream.nullOutputStream()), "found");
        Round.check(ftp.getReplyCode() == 550, ftp.getReplyString());
    }

    private static void dropped() throws Exception {
        Round.drop();
        Round.check(ftp.listFiles().length >= 3, "listFiles: " + ftp.getReplyString());
        fetch("small", "again");
        Round.same(Round.work("again"), Round.file("small"));
    }

    private static void cutDownload() throws Exception {
        boolean inOrder = true;
        InputStream data = ftp.retrieveFileStream("big");
        done(data != null);
        try {
            data.readNBytes(1000);
            Round.drop();
            data.transferTo(OutputStream.nullOutputStream());
        } catch (IOException error) {
            inOrder = false;
        } finally {
            try {
                data.close();
            } catch (IOException error) {
                inOrder = false;
            }
        }
        boolean whole = ftp.completePendingCommand();
        String reply = ftp.getReplyString();
        ftp.disconnect();
        connect();
        Round.check(!whole && !inOrder, "whole: " + reply);
    }

    private static void cutUpload() throws Exception {
        OutputStream data = ftp.storeFileStream("cut");
        done(data != null);
        try {
            data.write(new byte[1000]);
            data.flush();
            Round.drop();
            Files.copy(Round.file("big"), data);
            data.close();
        } catch (IOException error) {
            try {
                data.close();
            } catch (IOException again) {
                System.err.println(again);
            }
        }
        boolean whole = ftp.completePendingCommand();
        String reply = ftp.getReplyString();
        ftp.disconnect();
        connect();
        Round.check(!whole, "whole: " + reply);
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("version " + System.getenv("ROUND_VERSION"));
        Round.operation("login", CommonsNet::connect);
        Round.operation("list", CommonsNet::list);
        for (String name : new String[] {"small", "empty", "big"}) {
            Round.operation(name.equals("small") ? "download" : "download-" + name, () -> {
                fetch(name, name);
                Round.same(Round.work(name), Round.file(name));
            });
        }
        Round.operation("upload", () -> {
            store("small", "up");
            Round.same(Round.home("up"), Round.file("small"));
        });
        for (String name : new String[] {"empty", "big"}) {
            Round.operation("upload-" + name, () -> {
                store(name, "up-" + name);
                Round.same(Round.home("up-" + name), Round.file(name));
            });
        }
        Round.operation("overwrite", () -> {
            store("more", "up");
            Round.same(Round.home("up"), Round.file("more"));
        });
        Round.operation("append", CommonsNet::append);
        Round.operation("resume-download", CommonsNet::resumeDownload);
        Round.operation("resume-upload", CommonsNet::resumeUpload);
        Round.operation("rename", () -> {
            done(ftp.rename("up", "renamed"));
            Round.check(Files.exists(Round.home("renamed")), "not renamed");
            Round.check(Files.notExists(Round.home("up")), "still there");
        });
        Round.operation("delete", () -> {
            done(ftp.deleteFile("renamed"));
            Round.check(Files.notExists(Round.home("renamed")), "still there");
        });
        Round.operation("directories", CommonsNet::directories);
        Round.operation("names", CommonsNet::names);
        Round.operation("missing", CommonsNet::missing);
        Round.operation("dropped", CommonsNet::dropped);
        Round.operation("cut-download", CommonsNet::cutDownload);
        Round.operation("cut-upload", CommonsNet::cutUpload);
        if (ftp.isConnected()) {
            ftp.logout();
            ftp.disconnect();
        }
    }

    private CommonsNet() {}
}
