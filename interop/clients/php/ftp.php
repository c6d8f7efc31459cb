<?php
// PHP's ftp extension: ftp_connect and ftp_ssl_connect.

// A file that is to be moved, one of our own, and one at the server, as it is on the server's disk.
function told(string $name): string { return getenv("ROUND_$name"); }
function file_of(string $name): string { return told("FILES") . "/$name"; }
function work(string $name): string { return told("WORK") . "/$name"; }
function home(string $name): string { return told("HOME") . "/$name"; }

function check(mixed $right, string $words = ""): void
{
    if (!$right) {
        throw new Exception($words ?: (error_get_last()["message"] ?? "false"));
    }
}

function same(string $one, string $other): void
{
    clearstatcache();
    check(hash_file("sha256", $one) === hash_file("sha256", $other), "$one and $other differ");
}

// Ends every session of the server.
function drop(): void
{
    exec(told("DROP"));
}

// Runs a function at once, and reports what came of it.
function operation(string $name, callable $work): void
{
    try {
        error_clear_last();
        $work();
        echo "ok $name\n";
    } catch (Throwable $error) {
        echo "failed $name: ", preg_replace('/\s+/', " ", $error->getMessage()), "\n";
    }
}

$ftp = null;

function connect(): void
{
    global $ftp;
    $open = told("FRONT") === "plain" ? "ftp_connect" : "ftp_ssl_connect";
    $ftp = @$open(told("HOST"), (int) told("PORT"), 30);
    check($ftp);
    check(@ftp_login($ftp, told("USER"), told("PASSWORD")));
    check(@ftp_pasv($ftp, told("MODE") === "passive"));
}

echo "version ", PHP_VERSION, "\n";
operation("login", connect(...));
operation("list", function () {
    global $ftp;
    $names = @ftp_nlist($ftp, ".");
    check($names);
    $names = array_map(basename(...), $names);
    sort($names);
    check($names === ["big", "empty", "small"], implode(" ", $names));
    check(count(@ftp_rawlist($ftp, "-a")) >= 3, "rawlist");
});
foreach (["download" => "small", "download-empty" => "empty", "download-big" => "big"] as $name => $remote) {
    operation($name, function () use ($remote) {
        global $ftp;
        check(@ftp_get($ftp, work($remote), $remote));
        same(work($remote), file_of($remote));
    });
}
foreach ([
    ["upload", "small", "up"],
    ["upload-empty", "empty", "up-empty"],
    ["upload-big", "big", "up-big"],
    ["overwrite", "more", "up"],
] as [$name, $local, $remote]) {
    operation($name, function () use ($local, $remote) {
        global $ftp;
        check(@ftp_put($ftp, $remote, file_of($local)));
        same(home($remote), file_of($local));
    });
}
operation("append", function () {
    global $ftp;
    check(@ftp_append($ftp, "up", file_of("small")));
    $both = file_get_contents(file_of("more")) . file_get_contents(file_of("small"));
    check(file_get_contents(home("up")) === $both, "other bytes");
});
operation("resume-download", function () {
    global $ftp;
    $target = fopen(work("big"), "r+");
    ftruncate($target, 3000000);
    fclose($target);
    check(@ftp_get($ftp, work("big"), "big", FTP_BINARY, 3000000));
    same(work("big"), file_of("big"));
});
operation("resume-upload", function () {
    global $ftp;
    $target = fopen(home("up-big"), "r+");
    ftruncate($target, 6000000);
    fclose($target);
    check(@ftp_put($ftp, "up-big", file_of("big"), FTP_BINARY, FTP_AUTORESUME));
    same(home("up-big"), file_of("big"));
});
operation("rename", function () {
    global $ftp;
    check(@ftp_rename($ftp, "up", "renamed"));
    clearstatcache();
    check(file_exists(home("renamed")) && !file_exists(home("up")), "not renamed");
});
operation("delete", function () {
    global $ftp;
    check(@ftp_delete($ftp, "renamed"));
    clearstatcache();
    check(!file_exists(home("renamed")), "still there");
});
operation("directories", function () {
    global $ftp;
    check(@ftp_mkdir($ftp, "folder"));
    check(@ftp_chdir($ftp, "folder"));
    check(@ftp_pwd($ftp) === "/folder", (string) @ftp_pwd($ftp));
    check(@ftp_put($ftp, "inside", file_of("small")));
    same(home("folder/inside"), file_of("small"));
    check(@ftp_delete($ftp, "inside"));
    check(@ftp_cdup($ftp));
    check(@ftp_rmdir($ftp, "folder"));
    clearstatcache();
    check(!file_exists(home("folder")), "still there");
});
operation("names", function () {
    global $ftp;
    $name = "gr\u{fc}n \u{65e5}\u{672c}";
    check(@ftp_put($ftp, $name, file_of("small")));
    same(home($name), file_of("small"));
    check(str_contains(implode("/", @ftp_nlist($ftp, ".")), $name), "not listed");
    check(@ftp_get($ftp, work("name"), $name));
    same(work("name"), file_of("small"));
    check(@ftp_delete($ftp, $name));
});
operation("missing", function () {
    global $ftp;
    check(!@ftp_get($ftp, work("missing"), "missing"), "a missing file was found");
    // The reason in the words of the server.
    check(str_starts_with(error_get_last()["message"], "ftp_get(): "), "no reason");
});
operation("dropped", function () {
    global $ftp;
    drop();
    check(@ftp_get($ftp, work("again"), "small"));
    same(work("again"), file_of("small"));
});
operation("cut-download", function () {
    global $ftp;
    $state = @ftp_nb_get($ftp, work("cut"), "big");
    drop();
    while ($state === FTP_MOREDATA) {
        $state = @ftp_nb_continue($ftp);
    }
    connect();
    check($state === FTP_FAILED, "it ended in order");
});
operation("cut-upload", function () {
    global $ftp;
    $state = @ftp_nb_put($ftp, "cut", file_of("big"));
    drop();
    while ($state === FTP_MOREDATA) {
        $state = @ftp_nb_continue($ftp);
    }
    connect();
    check($state === FTP_FAILED, "it ended in order");
});
@ftp_close($ftp);
