# What the black-box tests share: running seep, reading its JSON, servers on free ports. Core Perl only.
package Seep;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX qw(WNOHANG);

our @EXPORT = qw(seep begin gather root scratch slurp spit json copy_service make_service start_server free_port run_shell);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $scratch = tempdir('seep-test-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $owner = $$;
my @servers;

$SIG{HUP} = 'DEFAULT'; # under nohup it is ignored, and stays so in what is started here

sub root { return $root }
sub scratch { return $scratch }

# Runs build/seep with arguments; returns {exit, out, err}. Options in a leading hash: env => {...}, timeout => seconds,
# kill => [seconds, or a pattern that standard error is to match first, signal], by => [a command that runs it].
sub seep {
    my %given = ref $_[0] ? %{shift()} : ();
    my @arguments = @_;
    spit("$scratch/err", ''); # what the one before said must not be taken for a match
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        $ENV{$_} = $given{env}{$_} for keys %{$given{env} // {}};
        chdir($given{in} // $scratch);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$scratch/out";
        open STDERR, '>', "$scratch/err";
        exec @{$given{by} // []}, $ENV{SEEP} // "$root/build/seep", @arguments or POSIX::_exit(127);
    }
    my $until = time() + ($given{timeout} // 400);
    if ($given{kill}) {
        my $when = $given{kill}[0];
        if (ref $when) {
            select undef, undef, undef, 0.02 while slurp("$scratch/err") !~ $when && time() < $until && kill 0, $pid;
        } else {
            select undef, undef, undef, $when;
        }
        kill $given{kill}[1], $pid;
    }
    my $status;
    while (waitpid($pid, WNOHANG) == 0) {
        if (time() > $until) {
            kill 'KILL', $pid;
            waitpid $pid, 0;
            return {exit => 'timed out', out => slurp("$scratch/out"), err => slurp("$scratch/err")};
        }
        select undef, undef, undef, 0.02;
    }
    $status = $?;
    my $exit = $status & 127 ? 'signal ' . ($status & 127) : $status >> 8;
    return {exit => $exit, out => slurp("$scratch/out"), err => slurp("$scratch/err")};
}

# Starts seep beside us; gather() waits for it. given: name => of its output in the scratch directory and of the
# NAME.json that gather() reads, env => {...}, by => [a command that runs it].
sub begin {
    my ($given, @arguments) = @_;
    my $base = "$scratch/$given->{name}";
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        $ENV{$_} = $given->{env}{$_} for keys %{$given->{env} // {}};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$base.out";
        open STDERR, '>', "$base.err";
        exec @{$given->{by} // []}, $ENV{SEEP} // "$root/build/seep", @arguments or POSIX::_exit(127);
    }
    return {pid => $pid, base => $base};
}

# Returns {exit, out, err, result}: what NAME.json holds.
sub gather {
    my ($job, $seconds) = @_;
    local $SIG{ALRM} = sub { kill 'KILL', $job->{pid} };
    alarm($seconds // 150);
    waitpid $job->{pid}, 0;
    alarm 0;
    my $exit = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    my $result = eval { json("$job->{base}.json") } // {};
    return {exit => $exit, out => slurp("$job->{base}.out"), err => slurp("$job->{base}.err"), result => $result};
}

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

# What is read here is held to the schema of results at the end of the test, all at once.
my %results;

sub json {
    my ($path) = @_;
    my $document = decode_json(slurp($path));
    push @{$results{$$}}, JSON::PP->new->canonical->encode($document)
        if ref $document eq 'HASH' && defined $document->{schema} && !ref $document->{schema} && defined $document->{command};
    return $document;
}

sub misfits {
    my $documents = $results{$$} or return '';
    my $file = spit("$scratch/results.jsonl", join("\n", @$documents) . "\n");
    return scalar qx(python3 '$root/tests/validate.py' '$root/harness/report/result.schema.json' '$file');
}

# A copy of scenarios/pricing whose paths still hold, in the scratch directory; with edits to service.yaml.
sub copy_service {
    my ($name, @edits) = @_;
    my $directory = "$scratch/$name";
    make_path($directory);
    system('cp', '-r', glob("$root/scenarios/pricing/*.yaml"), glob("$root/scenarios/pricing/*.jsonl"), $directory) == 0
        or die 'cp';
    my $yaml = slurp("$directory/service.yaml");
    $yaml =~ s{\.\./\.\./docker}{$root/docker};
    while (my ($from, $to) = splice @edits, 0, 2) {
        $yaml =~ s/$from/$to/ or die "no $from in service.yaml";
    }
    spit("$directory/service.yaml", $yaml);
    return $directory;
}

# A service directory in the scratch directory: service.yaml, and for each endpoint its name, its keys as YAML, and its
# requests as [url, more fields of the recording]; they are a second apart unless `t_us` says otherwise.
sub make_service {
    my ($name, $yaml, @endpoints) = @_;
    my ($directory, $coder) = ("$scratch/$name", JSON::PP->new->canonical);
    spit("$directory/service.yaml", $yaml);
    for my $endpoint (@endpoints) {
        my ($title, $keys, @requests) = @$endpoint;
        my ($method) = split / /, $title;
        (my $file = lc $title) =~ s/\W+/_/g;
        my $number = 0;
        my @lines = map {
            my ($url, %more) = @$_;
            $coder->encode({method => $method, url => $url, t_us => 1_000_000 * $number++, endpoint => $title, status => 200, %more});
        } @requests;
        spit("$directory/$file.jsonl", join "\n", '{"seep":1,"source":["made"]}', @lines, '');
        spit("$directory/$file.yaml", "endpoint: $title\nrecording: $file.jsonl\n$keys");
    }
    return $directory;
}

sub free_port {
    require IO::Socket::INET;
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1) or die "socket: $!";
    return $socket->sockport;
}

# Starts a command in a directory; stopped by pid when the test ends. Waits until the port accepts.
sub start_server {
    my ($port, $directory, @command) = @_;
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        setpgrp(0, 0);
        chdir $directory or POSIX::_exit(126);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$scratch/server.log";
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    push @servers, $pid;
    require IO::Socket::INET;
    for (1 .. 200) {
        return $pid if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        select undef, undef, undef, 0.05;
    }
    die 'the server did not start: ' . slurp("$scratch/server.log");
}

END {
    if ($$ == $owner) {
        my $status = $?;
        my $misfits = misfits();
        print STDERR "# results that do not fit their schema:\n$misfits" if $misfits ne '';
        $status ||= 1 if $misfits ne '';
        for my $pid (@servers) {
            kill 'TERM', -$pid;
            waitpid $pid, 0;
        }
        $? = $status;
    }
}

1;
