# What the suites of seep's own faults share: small services, what must hold of a store afterwards, who is left.
package Own;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use lib "$FindBin::Bin/../cli";
use Seep;

our @EXPORT = qw(native_service whole asked left none_left documented one_line lines);

my $build = $ENV{BUILD} // root() . '/build';
our $tag = "own-$$";
$ENV{SEEP_TEST_TAG} = $tag;

# Two endpoints of the C server, one of which keeps 400 bytes a call where `leak` is on.
sub native_service {
    my ($name, $leak, @lines) = @_;
    my $yaml = "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nagent: malloc\n"
        . "start: {command: [$build/servers/native, \"\${PORT}\"], environment: {LEAK: $leak}}\nready: GET /health\n" . join('', @lines);
    return make_service($name, $yaml, ['GET /leak', '', map { ["/leak?bytes=400&n=$_"] } 1 .. 60],
        ['GET /ok', '', map { ['/ok?bytes=' . 64 * $_] } 1 .. 60]);
}

# "" where the store is whole; one that is not there or has nothing in it yet is so, too.
sub whole {
    my ($db) = @_;
    return '' if !-s $db;
    my $said = asked($db, 'pragma integrity_check; pragma foreign_key_check');
    return $said eq 'ok' ? '' : "not whole: $said";
}

# What the sqlite3 shell says.
sub asked {
    my ($db, $query) = @_;
    my $said = `sqlite3 '$db' "$query" 2>&1`;
    chomp $said;
    return $said;
}

# Processes of ours that still run: of this test, or those begun with SEEP_TEST_TAG=$which.
sub left {
    my ($which) = @_;
    my $text = 'SEEP_TEST_TAG=' . ($which // $tag);
    my @pids;
    for my $file (glob '/proc/[0-9]*/environ') {
        my ($pid) = $file =~ m{(\d+)/};
        push @pids, $pid if $pid != $$ && slurp($file) =~ /(?:^|\0)\Q$text\E@{[defined $which ? '\0' : '']}/;
    }
    return @pids;
}

sub none_left { # the kernel needs a moment to end them
    my ($which) = @_;
    for (1 .. 200) {
        return '' if !left($which);
        select undef, undef, undef, 0.05;
    }
    return join ' ', map { "$_ " . slurp("/proc/$_/cmdline") =~ tr/\0/ /r } left($which);
}

# What `seep help exit` has, without signals.
sub documented { return $_[0] =~ /^(?:0|1|125|200|201|202)$/ }

# "" where standard error holds one line of seep's and nothing else.
sub one_line {
    my ($err) = @_;
    return $err =~ /\Aseep: [^\n]+\n\z/ ? '' : "not one line: '$err'";
}

# The same where several things fail: a line for each.
sub lines {
    my ($err) = @_;
    return $err =~ /\A(?:seep: [^\n]+\n){1,3}\z/ ? '' : "not lines of seep's: '$err'";
}

1;
