import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPSClient;

/** Apache Commons Net: FTPClient and FTPSClient. */
final class CommonsNet extends Program {
    private FTPClient ftp;

    private void done(boolean done) {
        Round.check(done, ftp.getReplyString());
    }

    @Override
    void login() throws Exception {
        ftp = client();
        ftp.setControlEncoding("UTF-8");
        ftp.setConnectTimeout(30_000);
        ftp.setDefaultTimeout(30_000);
        ftp.setDataTimeout(Duration.ofSeconds(30));
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

    @Override
    Collection<String> names(String directory) throws Exception {
        FTPFile[] files = ftp.listFiles(directory);
        String[] names = ftp.listNames();
        done(names != null);
        Round.check(files.length == names.length, "listFiles has " + files.length + ": " + ftp.getReplyString());
        for (FTPFile file : files) {
            long size = Files.size(Round.home(file.getName()));
            Round.check(file.isFile() && file.getSize() == size, file.toString());
        }
        return List.of(names);
    }

    @Override
    void fetch(String remote, Path local) throws Exception {
        try (OutputStream target = Files.newOutputStream(local)) {
            done(ftp.retrieveFile(remote, target));
        }
    }

    @Override
    void store(Path local, String remote) throws Exception {
        try (InputStream source = Files.newInputStream(local)) {
            done(ftp.storeFile(remote, source));
        }
    }

    @Override
    void append(Path local, String remote) throws Exception {
        try (InputStream source = Files.newInputStream(local)) {
            done(ftp.appendFile(remote, source));
        }
    }

    @Override
    void resume(String remote, Path local, long offset) throws Exception {
        ftp.setRestartOffset(offset);
        try (OutputStream target = Files.newOutputStream(local, StandardOpenOption.APPEND)) {
            done(ftp.retrieveFile(remote, target));
        }
    }

    @Override
    void resume(Path local, String remote, long offset) throws Exception {
        ftp.setRestartOffset(offset);
        try (RandomAccessFile source = new RandomAccessFile(local.toFile(), "r")) {
            source.seek(offset);
            done(ftp.storeFile(remote, Channels.newInputStream(source.getChannel())));
        }
    }

    @Override
    void rename(String from, String to) throws Exception {
        done(ftp.rename(from, to));
    }

    @Override
    void delete(String remote) throws Exception {
        done(ftp.deleteFile(remote));
    }

    @Override
    void directories() throws Exception {
        done(ftp.makeDirectory("folder"));
        done(ftp.changeWorkingDirectory("folder"));
        Round.check("/folder".equals(ftp.printWorkingDirectory()), ftp.getReplyString());
        store(Round.file("small"), "inside");
        Round.same(Round.home("folder/inside"), Round.file("small"));
        Round.check(ftp.listFiles().length == 1, "not one file");
        done(ftp.deleteFile("inside"));
        Round.check(ftp.listFiles().length == 0, "not empty");
        done(ftp.changeToParentDirectory());
        done(ftp.removeDirectory("folder"));
        Round.check(Files.notExists(Round.home("folder")), "still there");
    }

    @Override
    void missing() throws Exception {
        Round.check(!ftp.retrieveFile("missing", OutputStream.nullOutputStream()), "found");
        Round.check(ftp.getReplyCode() == 550, ftp.getReplyString());
    }

    @Override
    void cutDownload() throws Exception {
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
        login();
        Round.check(!whole && !inOrder, "whole: " + reply);
    }

    @Override
    void cutUpload() throws Exception {
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
        login();
        Round.check(!whole, "whole: " + reply);
    }

    @Override
    void end() throws Exception {
        if (ftp.isConnected()) {
            ftp.logout();
            ftp.disconnect();
        }
    }

    public static void main(String[] arguments) throws Exception {
        new CommonsNet().round();
    }
}
