#!/usr/bin/env perl
# A leak hunter does not leak, judged by itself: one seep watches the memory of another while that one replays, records,
# is followed live, or hunts, with the signals and the verdict that any server gets. Each of the outer's requests lets the
# other one's server answer so many (counting.c), so what it says per request is of so many, and while it sends nothing the
# other waits.
# Growth is what is above half a byte per request, or 4 KiB per trial. SELF_REQUESTS (10,000,000) of each kind, SELF_TRIALS
# (1,000); SELF=short: 100,000 and 96.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../cli";
use IO::Socket::INET;
use List::Util qw(max min);
use POSIX qw(WNOHANG);
use Test::More;
use Seep;

my $build = $ENV{BUILD} // root() . '/build';
my $short = ($ENV{SELF} // '') eq 'short';
my $requests = $ENV{SELF_REQUESTS} // ($short ? 100_000 : 10_000_000);
my $trials = $ENV{SELF_TRIALS} // ($short ? 96 : 1_000);
my $per = $requests >= 1_000_000 ? 1_000 : 100; # of the inner's requests to one of the outer's
my $agent = "$build/libseep-malloc.so";
my $parts = 10;   # endpoints of the service that is hunted, all of which it takes to make it grow:
my $of_hunt = 20; # trials of each hunt, as many as the outer seep lets pass between readings, so that these see each hunt alike

sub counting { my ($port, @more) = @_; start_server($port, scratch(), "$build/self/counting", $port, @more); return $port }

sub dial { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_[0]) }

# The body of an answer that ends with its connection, or what came of it within some seconds.
sub ask {
    my ($port, $path) = @_;
    my $socket = dial($port) or return '';
    my $all = '';
    local $SIG{ALRM} = sub { die "late\n" };
    eval {
        alarm 20;
        print {$socket} "GET $path HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nConnection: close\r\n\r\n";
        1 while sysread($socket, $all, 65536, length $all) && $all !~ /\r\n\r\nok\n\z/;
        alarm 0;
    };
    alarm 0;
    return $all;
}

sub until_it_accepts {
    my ($port) = @_;
    for (1 .. 200) {
        return if dial($port);
        select undef, undef, undef, 0.05;
    }
    die "nothing listens on $port\n";
}

# What a process has: descriptors, threads, children by pid.
sub census {
    my ($pid) = @_;
    my @descriptors = glob("/proc/$pid/fd/*");
    my ($threads) = slurp("/proc/$pid/status") =~ /^Threads:\s+(\d+)/m;
    my @children = map { split ' ', slurp($_) } glob("/proc/$pid/task/*/children");
    return {descriptors => scalar @descriptors, threads => $threads // 0, children => scalar @children, pids => \@children};
}

# An inner seep that the malloc agent looks into; `leaks`: with the leak of leaking.c.
sub inner {
    my ($name, $leaks, @arguments) = @_;
    my $agents = scratch() . "/agents-$name";
    mkdir $agents, 0700;
    my %environment = (SEEP_AGENT_DIR => $agents, LD_PRELOAD => join ':', ($leaks ? "$build/self/leaking.so" : ()), $agent);
    my $job = begin({name => $name, env => \%environment}, @arguments, '--db', scratch() . "/$name.db");
    return {%$job, name => $name, agents => $agents};
}

# The outer seep, for so many requests of it after the first $before of the inner one: its result, and the censuses meanwhile.
sub judged {
    my ($inner, $port, $before, $count, $per, $limit, $signal) = @_;
    my $name = "outer-$inner->{name}";
    ask($port, "/let/$before");
    my $service = make_service($name, <<"YAML", ['GET /let/{n}', '', ["/let/$per"]]);
target: http://127.0.0.1:$port
timeout: {total: 10m}
watch: {pid: $inner->{pid}}
agent: malloc
agent_dir: $inner->{agents}
signals:
  - {name: own, url: /status/$inner->{pid}, pattern: 'RssAnon:\\s+(\\d+ kB)'}
YAML
    my $outer = begin({name => $name}, 'run', $service, '--db', scratch() . "/$name.db", '--json', scratch() . "/$name.json",
        qw(--connections 1 --no-early-stop --budget 0s --requests), $count, defined $limit ? ('--fail-if', "growth > $limit B/request") : (),
        defined $signal ? ('--signal', $signal) : ());
    my @censuses;
    while (waitpid($outer->{pid}, WNOHANG) == 0) {
        push @censuses, census($inner->{pid});
        select undef, undef, undef, 0.1;
    }
    my $exit = $? >> 8;
    push @censuses, census($inner->{pid});
    return {exit => $exit, result => eval { json("$outer->{base}.json") } // {}, out => slurp("$outer->{base}.out") . slurp("$outer->{base}.err"),
        censuses => \@censuses};
}

sub bytes { my ($value) = @_; return defined $value ? sprintf('%.3g', $value) : 'unknown' }

# Ends the inner seep; what it started is gone with it.
sub ended {
    my ($inner, $judged) = @_;
    kill 'INT', $inner->{pid};
    my $job = gather($inner, 300);
    my %seen = map { $_ => 1 } map { @{$_->{pids}} } @{$judged->{censuses}};
    select undef, undef, undef, 0.2;
    is(scalar(grep { slurp("/proc/$_/status") =~ /^PPid:\s+(?:$inner->{pid}|1)$/m } keys %seen), 0,
        'none of the ' . keys(%seen) . ' child processes that it had is left');
    return $job;
}

sub middle { my @sorted = sort { $a <=> $b } @_; return $sorted[@sorted / 2] }

sub flat {
    my ($judged, $per, $of, $must) = @_;
    my @signals = @{$judged->{result}{signals} // []};
    like(join(' ', sort map { $_->{name} } @signals), $must // qr/^live_bytes live_objects rss$/, 'bytes, objects and resident memory are judged')
        or diag($judged->{out});
    if ($short) { # too few requests and trials for "no growth" by each signal
        is(scalar(grep { $_->{verdict} eq 'growth' } @signals), 0, 'by none of them it grows') or diag($judged->{out});
    } else {
        is($judged->{result}{verdict}, 'no_growth', 'no growth is shown') or diag($judged->{out});
        is($judged->{exit}, 0, 'and the exit code says so');
    }
    for my $signal (@signals) {
        my $least = $signal->{smallest_detectable_bytes_per_request} // $signal->{smallest_detectable_objects_per_request};
        note("$signal->{name}: $signal->{verdict}; growth from " . bytes(defined $least ? $least / $per : undef) . " per $of would have been seen");
    }
    my @censuses = @{$judged->{censuses}};
    my $quarter = int(@censuses / 4) || 1;
    for my $what (qw(descriptors threads children)) {
        my ($first, $last) = map { middle(map { $_->{$what} } @$_) } [@censuses[0 .. $quarter - 1]], [@censuses[@censuses - $quarter .. $#censuses]];
        cmp_ok($last, '<=', $first, "$what: as many at the end as at the beginning");
        note("$what: mostly $first in the first quarter, $last in the last, at most " . max(map { $_->{$what} } @censuses));
    }
}

sub recorded {
    my ($name, $port, $keys, $session) = @_;
    return make_service($name, "target: http://127.0.0.1:$port\ntimeout: {total: 10m}\n$keys", # the outer one may keep it waiting
        ['GET /item/{n}', '', map { ["/item/$_", session => 's' . int($_ / $session), t_us => 1000 * $_] } 0 .. 999]);
}

my @endless = qw(--connections 8 --no-early-stop --requests 1000000000);

subtest 'seep run' => sub {
    my $port = counting(free_port());
    my $inner = inner('run', 0, 'run', recorded('run', $port, "reuse: always\n", 1000), @endless);
    my $judged = judged($inner, $port, 2_000, $requests / $per, $per, $per / 2);
    flat($judged, $per, 'request');
    my $job = ended($inner, $judged);
    is($job->{exit}, 130, 'it was interrupted, and ended as it should');
};

subtest 'seep run --live, followed and scraped; new connections, too' => sub {
    my $port = counting(free_port());
    my $inner = inner('live', 0, 'run', recorded('live', $port, '', 25), @endless, '--live', '0');
    my $live;
    for (1 .. 200) {
        ($live) = slurp("$inner->{base}.err") =~ m{^seep: live: http://127\.0\.0\.1:(\d+)/ }m and last;
        select undef, undef, undef, 0.05;
    }
    my $visitor = fork() // die "fork: $!";
    if ($visitor == 0) {
        my $follower = fork() // POSIX::_exit(1);
        if ($follower == 0) {
            my ($socket, $buffer) = (dial($live));
            print {$socket} "GET /events HTTP/1.1\r\nHost: 127.0.0.1:$live\r\n\r\n";
            1 while sysread $socket, $buffer, 65536;
            POSIX::_exit(0);
        }
        for (my $second = 0; dial($live); $second++) {
            ask($live, '/metrics');
            ask($live, '/report') if $second % 10 == 0;
            sleep 1;
        }
        waitpid $follower, 0;
        POSIX::_exit(0);
    }
    my $judged = judged($inner, $port, 2_000, $requests / $per, $per, $per / 2);
    flat($judged, $per, 'request');
    is(max(map { $_->{children} } @{$judged->{censuses}}), 2, 'a second process serves the page, beside the guard of what is kept for the target');
    ended($inner, $judged);
    kill 'TERM', $visitor;
    waitpid $visitor, 0;
};

subtest 'seep record' => sub {
    my ($port, $proxy) = (counting(free_port()), free_port());
    my $inner = inner('record', 0, 'record', '--listen', "127.0.0.1:$proxy", '--target', "http://127.0.0.1:$port", '-o', scratch() . '/recorded');
    until_it_accepts($proxy);
    my $clients = start_server($proxy, scratch(), "$build/self/clients", $proxy, 8);
    my $judged = judged($inner, $port, 2_000, $requests / $per, $per, $per / 2);
    flat($judged, $per, 'request');
    my $job = ended($inner, $judged);
    my ($kept) = $job->{out} =~ /requests: ([\d,]+) recorded/;
    cmp_ok(($kept // 0) =~ tr/,//dr, '>=', $requests, 'and it recorded them') or diag($job->{out} . $job->{err});
};

# A hunt for the smallest mix that grows asks for so many trials; one after another in one process.
sub hunts {
    my ($name, $leaks, $times, $port) = @_;
    my $needs = sprintf '%x', (1 << $parts) - 1;
    my $service = make_service($name, <<"YAML", map { my $part = $_; ["GET /part/$part/{n}", '', map { ["/part/$part/$_"] } 1 .. 3] } 0 .. $parts - 1);
target: http://127.0.0.1:\${PORT}
start: {command: ["$build/self/counting", "\${PORT}", "$port", "$needs"], environment: {LD_PRELOAD: "", SEEP_AGENT_DIR: ""}}
ready_timeout: 10m
agent: none
signals:
  - {name: live_objects, url: /kept, pointer: /objects, unit: objects}
YAML
    local $ENV{SEEP} = "$build/self/again";
    return inner($name, $leaks, $times, 'bisect', $service, qw(--fresh --strategy ddmin --signal live_objects --connections 1));
}

subtest 'seep bisect, trial by trial' => sub {
    my $port = counting(free_port());
    my $inner = hunts('hunts', 0, 100_000, $port);
    my $judged = judged($inner, $port, $of_hunt, $trials, 1, 4096, 'own');
    flat($judged, 1, 'trial', qr/\bown\b/);
    ended($inner, $judged);
};

subtest 'a seep that does leak is told so' => sub {
    my $port = counting(free_port());
    my $inner = inner('leaking', 1, 'run', recorded('leaking', $port, "reuse: always\n", 1000), @endless);
    my $judged = judged($inner, $port, 2_000, min($requests, 50_000) / 100, 100);
    is($judged->{result}{verdict}, 'growth', 'growth') or diag($judged->{out});
    is($judged->{exit}, 1, 'exit code 1');
    my $finding = $judged->{result}{findings}[0] // {};
    cmp_ok(abs(($finding->{bytes_per_request} // 0) / 100 - 72), '<=', 16, 'as much as it keeps of each request: 64 bytes, in slots of 80')
        or diag($judged->{out});
    note('per request: ' . bytes(($finding->{bytes_per_request} // 0) / 100));
    ended($inner, $judged);
};

done_testing();
