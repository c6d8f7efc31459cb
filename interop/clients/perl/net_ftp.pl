# Perl's Net::FTP.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Round;
use Net::FTP;

print "version $Net::FTP::VERSION (Perl $^V)\n";

my $ftp;

sub done {
    my ($done) = @_;
    die $ftp->code . " " . $ftp->message unless $done;
    return $done;
}

sub connected {
    my %tls = (SSL_verify_mode => 0);
    $ftp = Net::FTP->new(
        $told{host},
        Port => $told{port},
        Timeout => 30,
        Passive => $told{mode} eq "passive" ? 1 : 0,
        ($told{front} eq "implicit" ? (SSL => 1) : ()),
        %tls,
    ) or die "connect: $@";
    if ($told{front} eq "explicit") { done($ftp->starttls) }
    done($ftp->login($told{user}, $told{password}));
    if ($told{front} ne "plain") { done($ftp->prot("P")) }
    done($ftp->binary);
}

operation login => \&connected;

operation list => sub {
    my $names = join " ", sort $ftp->ls;
    die "names: $names" unless $names eq "big empty small";
    die "no small" unless grep { /small/ } $ftp->dir;
};

for ([download => "small"], ["download-empty" => "empty"], ["download-big" => "big"]) {
    my ($name, $file) = @$_;
    operation $name => sub {
        done($ftp->get($file, work($file)));
        same(work($file), file($file));
    };
}

for ([upload => "small", "up"], ["upload-empty" => "empty", "up-empty"],
    ["upload-big" => "big", "up-big"], [overwrite => "more", "up"]) {
    my ($name, $file, $remote) = @$_;
    operation $name => sub {
        done($ftp->put(file($file), $remote));
        same(home($remote), file($file));
    };
}

operation append => sub {
    done($ftp->append(file("small"), "up"));
    die "other bytes" unless bytes(home("up")) eq bytes(file("more")) . bytes(file("small"));
};

operation "resume-download" => sub {
    truncate work("big"), 3_000_000 or die $!;
    done($ftp->get("big", work("big"), 3_000_000));
    same(work("big"), file("big"));
};

operation "resume-upload" => sub {
    truncate home("up-big"), 6_000_000 or die $!;
    open my $file, "<:raw", file("big") or die $!;
    seek $file, 6_000_000, 0;
    sysseek $file, 6_000_000, 0;
    done($ftp->append($file, "up-big"));
    same(home("up-big"), file("big"));
};

operation rename => sub {
    done($ftp->rename("up", "renamed"));
    die "not renamed" unless -e home("renamed") && !-e home("up");
};

operation delete => sub {
    done($ftp->delete("renamed"));
    die "still there" if -e home("renamed");
};

operation directories => sub {
    done($ftp->mkdir("folder/below", 1));
    done($ftp->cwd("folder"));
    die $ftp->pwd unless $ftp->pwd eq "/folder";
    done($ftp->put(file("small"), "inside"));
    same(home("folder/inside"), file("small"));
    done($ftp->cdup);
    done($ftp->rmdir("folder", 1));
    die "still there" if -e home("folder");
};

operation names => sub {
    my $name = "gr\xc3\xbcn \xe6\x97\xa5\xe6\x9c\xac";
    done($ftp->put(file("small"), $name));
    same(home($name), file("small"));
    die "not listed" unless grep { $_ eq $name } $ftp->ls;
    done($ftp->delete($name));
};

operation missing => sub {
    die "a missing file was found" if $ftp->get("missing", work("missing"));
    die $ftp->code unless $ftp->code == 550;
};

operation dropped => sub {
    drop();
    done($ftp->get("small", work("again")));
    same(work("again"), file("small"));
};

operation "cut-download" => sub {
    my $data = $ftp->retr("big") or die $ftp->message;
    my ($block, $count) = ("");
    $data->read($block, 1000, 30);
    drop();
    do { $count = $data->read($block, 100_000, 30) } while $count;
    my $whole = defined $count && $data->close;
    my $code = $ftp->code;
    connected();
    die "it ended in order: $code" if $whole;
};

operation "cut-upload" => sub {
    my $data = $ftp->stor("cut") or die $ftp->message;
    local $SIG{PIPE} = "IGNORE";
    $data->write("x" x 1000, 1000, 30);
    drop();
    my $block = "x" x 100_000;
    my $written = 1;
    for (1 .. 500) { $written = $data->write($block, length $block, 30) or last }
    my $whole = $written && $data->close;
    my $code = $ftp->code;
    connected();
    die "it ended in order: $code" if $whole;
};

$ftp->quit if $ftp;
