import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;

/** What every Java client does, each in its own way. What it lacks, it does not override. */
abstract class Program {
    /** Logs in, anew if it has done so before. */
    abstract void login() throws Exception;

    /** The names in a directory. */
    abstract Collection<String> names(String directory) throws Exception;

    abstract void fetch(String remote, Path local) throws Exception;

    abstract void store(Path local, String remote) throws Exception;

    void append(Path local, String remote) throws Exception {
        throw new Lacking();
    }

    /** Fetches the rest of a file whose beginning is there. */
    void resume(String remote, Path local, long offset) throws Exception {
        throw new Lacking();
    }

    /** Stores the rest of a file whose beginning is there. */
    void resume(Path local, String remote, long offset) throws Exception {
        throw new Lacking();
    }

    void rename(String from, String to) throws Exception {
        throw new Lacking();
    }

    void delete(String remote) throws Exception {
        throw new Lacking();
    }

    /** Makes a folder with a file, lists it, and removes both. */
    abstract void directories() throws Exception;

    /** Checks how it says that a file is missing. */
    abstract void missing() throws Exception;

    /** Fetches the big file, and has the server's sessions ended in the middle. Fails unless it notices. */
    abstract void cutDownload() throws Exception;

    /** Stores a file, and has the server's sessions ended in the middle. Fails unless it notices. */
    abstract void cutUpload() throws Exception;

    /** Does what only this client has, each as an operation of its own. */
    void special() {}

    void end() throws Exception {}

    /** Does everything. */
    final void round() throws Exception {
        System.out.println("version " + System.getenv("ROUND_VERSION"));
        Round.operation("login", this::login);
        Round.operation("list", () -> {
            Collection<String> names = new TreeSet<>(names("/"));
            Round.check(names.toString().equals("[big, empty, small]"), names.toString());
        });
        fetched("download", "small");
        fetched("download-empty", "empty");
        fetched("download-big", "big");
        stored("upload", "small", "up");
        stored("upload-empty", "empty", "up-empty");
        stored("upload-big", "big", "up-big");
        stored("overwrite", "more", "up");
        Round.operation("append", () -> {
            append(Round.file("small"), "up");
            byte[] more = Files.readAllBytes(Round.file("more"));
            byte[] small = Files.readAllBytes(Round.file("small"));
            byte[] both = Arrays.copyOf(more, more.length + small.length);
            System.arraycopy(small, 0, both, more.length, small.length);
            Round.check(Arrays.equals(Files.readAllBytes(Round.home("up")), both), "other bytes");
        });
        Round.operation("resume-download", () -> {
            truncate(Round.work("big"), 3_000_000);
            resume("big", Round.work("big"), 3_000_000);
            Round.same(Round.work("big"), Round.file("big"));
        });
        Round.operation("resume-upload", () -> {
            truncate(Round.home("up-big"), 6_000_000);
            resume(Round.file("big"), "up-big", 6_000_000);
            Round.same(Round.home("up-big"), Round.file("big"));
        });
        Round.operation("rename", () -> {
            rename("up", "renamed");
            Round.check(Files.exists(Round.home("renamed")), "not renamed");
            Round.check(Files.notExists(Round.home("up")), "still there");
        });
        Round.operation("delete", () -> {
            delete("renamed");
            Round.check(Files.notExists(Round.home("renamed")), "still there");
        });
        Round.operation("directories", this::directories);
        Round.operation("names", () -> {
            String name = "gr\u00fcn \u65e5\u672c";
            store(Round.file("small"), name);
            Round.same(Round.home(name), Round.file("small"));
            Round.check(names("/").contains(name), names("/").toString());
            fetch(name, Round.work("name"));
            Round.same(Round.work("name"), Round.file("small"));
            Files.delete(Round.home(name));
        });
        Round.operation("missing", this::missing);
        special();
        Round.operation("dropped", () -> {
            Round.drop();
            Round.check(names("/").size() >= 3, names("/").toString());
            fetch("small", Round.work("again"));
            Round.same(Round.work("again"), Round.file("small"));
        });
        Round.operation("cut-download", this::cutDownload);
        Round.operation("cut-upload", this::cutUpload);
        end();
    }

    private void fetched(String operation, String name) {
        Round.operation(operation, () -> {
            fetch(name, Round.work(name));
            Round.same(Round.work(name), Round.file(name));
        });
    }

    private void stored(String operation, String source, String name) {
        Round.operation(operation, () -> {
            store(Round.file(source), name);
            Round.same(Round.home(name), Round.file(source));
        });
    }

    private static void truncate(Path path, long size) throws Exception {
        try (FileChannel opened = FileChannel.open(path, StandardOpenOption.WRITE)) {
            opened.truncate(size);
        }
    }

    /** The client has no such operation. */
    static final class Lacking extends Exception {
        private static final long serialVersionUID = 1;
    }
}
