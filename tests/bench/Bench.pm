# What the parts of the bench share: processes that are measured or stopped by their id, cores, medians, a service
# directory for seep. Core Perl only.
package Bench;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX ();

our @EXPORT = qw(root seep build scratch slurp spit pin cores launch stop measure begin measured run_seep begin_seep measured_seep service arrivals_server
    median spread quantile commas progress free_port wait_for);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $scratch = tempdir('seep-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $owner = $$;
my %running;
chmod 0755, $scratch; # the worker of an nginx that root starts is somebody else

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);

sub root { return $root }
sub build { return $ENV{BUILD} // "$root/build" }
sub seep { return $ENV{SEEP} // build() . '/seep' }
sub scratch { return $scratch }
sub progress { print STDERR "  @_\n" if $ENV{BENCH_PROGRESS} || -t STDERR }

sub slurp {
    my ($path) = @_;
    open my $file, '<:raw', $path or return '';
    local $/;
    return scalar(<$file>) // '';
}

sub spit {
    my ($path, $text) = @_;
    make_path(dirname($path));
    open my $file, '>:raw', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    return $path;
}

# The cores that this process may use.
sub cores {
    my ($list) = slurp('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\S+)/m;
    return map { /^(\d+)-(\d+)$/ ? $1 .. $2 : $_ } split /,/, $list // '0';
}

# The words before a command that keep it on one core: the first for the target, the second for the driver.
sub pin {
    my ($who) = @_;
    my @cores = cores();
    return @cores < 2 ? () : ('taskset', '-c', $cores[$who eq 'driver']);
}

# Starts a command with its output in a file; stopped when the bench ends, if not before.
sub launch {
    my ($out, @command) = @_;
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $out;
        open STDERR, '>', "$out.err";
        exec @command or POSIX::_exit(127);
    }
    $running{$pid} = 1;
    return $pid;
}

sub stop {
    my ($pid) = @_;
    return if !delete $running{$pid};
    kill 'TERM', $pid;
    waitpid $pid, 0;
}

sub wait_for {
    my ($what, $test) = @_;
    for (1 .. 500) {
        my $got = $test->();
        return $got if $got;
        select undef, undef, undef, 0.01;
    }
    die "$what did not start\n";
}

# Starts a command that is measured; measured() waits for its end. In a leading hash: interrupt => seconds until
# SIGINT, wrap => words before the command (else the driver's core), limit => seconds until SIGKILL.
my $measurements = 0;

sub begin {
    my ($given, @command) = @_;
    my $to = "$scratch/measured." . ++$measurements;
    my $pid = launch("$to.out", @{$given->{wrap} // [pin('driver')]}, build() . '/bench/usage',
        $given->{interrupt} ? ('-i', $given->{interrupt}) : ('-k', $given->{limit} // 120), $to, @command);
    return {pid => $pid, to => $to};
}

# {user, system, cpu, elapsed (microseconds), rss (bytes), exit, out, err}
sub measured {
    my ($begun) = @_;
    my $to = $begun->{to};
    waitpid $begun->{pid}, 0;
    delete $running{$begun->{pid}};
    my ($user, $system, $elapsed, $kib, $exit) = split ' ', slurp($to) || '0 0 0 0 127';
    my $ran = {user => $user, system => $system, cpu => $user + $system, elapsed => $elapsed, rss => $kib * 1024, exit => $exit,
        out => slurp("$to.out"), err => slurp("$to.out.err")};
    unlink $to, "$to.out", "$to.out.err";
    return $ran;
}

sub measure {
    my $given = ref $_[0] ? shift : {};
    return measured(begin($given, @_));
}

# As begin(), of `seep run` on a service directory, with a store of its own; `under` stands before its name.
sub begin_seep {
    my $given = ref $_[0] ? shift : {};
    my ($directory, @arguments) = @_;
    my $name = "$scratch/run." . ($measurements + 1);
    my $begun = begin($given, @{$given->{under} // []}, seep(), 'run', $directory, '--db', "$name.db", '-q',
        '--json', "$name.json", @arguments);
    $begun->{name} = $name;
    return $begun;
}

# As measured(); adds seep's result as `json` ({} where it made none) and `why` it made none.
sub measured_seep {
    my ($begun) = @_;
    my ($ran, $name) = (measured($begun), $begun->{name});
    $ran->{json} = -e "$name.json" ? decode_json(slurp("$name.json")) : {};
    if (!%{$ran->{json}}) {
        ($ran->{why}) = $ran->{err} =~ m{^seep: (?:\Q$scratch\E/)?(.*)}m;
        my ($last) = $ran->{err} =~ m{(.*)\n*\z};
        $ran->{why} //= "exit $ran->{exit}: $last";
    }
    unlink map { "$name.$_" } qw(json db db-wal db-shm);
    return $ran;
}

sub run_seep { return measured_seep(begin_seep(@_)) }

sub request_line {
    my ($request) = @_;
    return JSON::PP->new->canonical->encode({method => 'GET', status => 200, t_us => 0, %$request}) . "\n";
}

# Writes a service directory that attaches to `url`: one endpoint, with the requests given ({url, t_us, header, body,
# method}) or a recording that is there (`recording`).
sub service {
    my ($name, %given) = @_;
    my $directory = "$scratch/$name";
    my $method = $given{method} // 'GET';
    my ($port) = $given{url} =~ /:(\d+)$/;
    spit("$directory/service.yaml", join '', "target: $given{url}\nallow: [127.0.0.1]\nwatch: {port: $port}\n",
        "load: {connections: 50}\nmethods: [GET, HEAD, POST]\n", $given{ca} ? "tls: {ca: $given{ca}}\n" : '');
    my $recording = $given{recording} // 'item.jsonl';
    spit("$directory/item.yaml", "endpoint: $method /item/{id}\nrecording: $recording\n");
    spit("$directory/item.jsonl", join '', map {
        $_->{body} = encode_base64($_->{body}, '') if defined $_->{body};
        request_line({method => $method, %$_})
    } @{$given{requests}}) if $given{requests};
    return $directory;
}

# tests/bench/arrivals.c; returns its pid and port.
sub arrivals_server {
    my ($out, @options) = @_;
    my $pid = launch("$scratch/port", pin('target'), build() . '/bench/arrivals', @options, defined $out ? $out : ());
    my $port = wait_for('arrivals', sub { slurp("$scratch/port") =~ /^(\d+)\n/ ? $1 : 0 });
    unlink "$scratch/port";
    return ($pid, $port);
}

sub free_port {
    require IO::Socket::INET;
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1) or die "socket: $!";
    return $socket->sockport;
}

sub quantile {
    my ($share, @values) = @_;
    my @sorted = sort { $a <=> $b } @values;
    return @sorted ? $sorted[int($share * $#sorted + 0.5)] : 0;
}

# The mean of the two in the middle where there are two.
sub median {
    my @sorted = sort { $a <=> $b } @_;
    return @sorted ? ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2 : 0;
}

# "0.91 (0.88-0.95)"
sub spread {
    my ($format, @values) = @_;
    return '-' if !@values;
    return sprintf "$format ($format-$format)", median(@values), quantile(0, @values), quantile(1, @values);
}

sub commas {
    my $text = sprintf '%.0f', $_[0];
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
    return $text;
}

END {
    if ($$ == $owner) {
        my $status = $?;
        stop($_) for keys %running;
        $? = $status;
    }
}

1;
