# What every Perl client shares: what it is told, and how it reports.
package Round;
use strict;
use warnings;
use Exporter "import";
use File::Compare ();

our @EXPORT = qw(%told operation file work home same bytes drop);

$| = 1;

our %told = map { lc s/^ROUND_//r => $ENV{$_} } grep { /^ROUND_/ } keys %ENV;

# A file that is to be moved, one of our own, and one at the server, as it is on the server's disk.
sub file { return "$told{files}/$_[0]" }
sub work { return "$told{work}/$_[0]" }
sub home { return "$told{home}/$_[0]" }

sub bytes {
    my ($path) = @_;
    open my $file, "<:raw", $path or die "$path: $!";
    local $/;
    return scalar <$file> // "";
}

sub same {
    my ($one, $other) = @_;
    die "$one and $other differ" if File::Compare::compare($one, $other) != 0;
}

# Ends every session of the server.
sub drop { system("sh", "-c", $told{drop}) == 0 or die "drop: $?" }

# Runs a function at once, and reports what came of it.
sub operation {
    my ($name, $work) = @_;
    if (eval { $work->(); 1 }) {
        print "ok $name\n";
    } else {
        my $words = $@ || "died";
        $words =~ s/\s+/ /g;
        print "failed $name: $words\n";
    }
}

1;
