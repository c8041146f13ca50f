#!/usr/bin/env perl
# The servers of `make bench-bisect` keep what tests/servers/bisect/README.md says, seen without seep: memory is read from
# an agent's socket, Go's heap page, the JVM's attach socket. And its cases hold together.
# BISECT_BENCH_FULL=1 also tries Express, Go and Java, as `make bench-bisect` built them (half a minute).
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../bench", "$FindBin::Bin/../bench/bisect";
use IO::Socket::INET;
use IO::Socket::UNIX;
use List::Util qw(sum0);
use Test::More;
use Seep;

my $build = $ENV{BUILD} // root() . '/build';
my $sources = root() . '/tests/servers/bisect';
my $built = "$build/servers/bisect";
my @gunicorn = qw(/usr/bin/python3 -m gunicorn -w 1 -b);

# ---- asking ----

my ($port, $connection);

sub connected {
    return $connection if $connection;
    for (1 .. 300) {
        $connection = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) and return $connection;
        select undef, undef, undef, 0.02;
    }
    die 'the server does not answer: ' . slurp(scratch() . '/server.log');
}

sub ask {
    my ($path) = @_;
    my $socket = connected();
    print $socket "GET $path HTTP/1.1\r\nHost: a\r\n\r\n";
    my ($head, $body) = ('', '');
    while (defined(my $line = <$socket>)) {
        last if $line eq "\r\n";
        $head .= $line;
    }
    read $socket, $body, $1 if $head =~ /^Content-Length: (\d+)/mi;
    while ($head =~ /^Transfer-Encoding: chunked/mi) {
        my $length = hex(<$socket> =~ s/\s+$//r);
        read $socket, $body, $length, length $body;
        <$socket>;
        last if $length == 0;
    }
    undef $connection if $head =~ /^Connection: close/mi;
    die "$path: $head" if $head !~ m{^HTTP/1\.1 200};
    return $body;
}

my $asked = 0;

sub drive {
    my ($calls, @places) = @_;
    for (1 .. $calls) {
        $asked++;
        ask(sprintf '/p%02d?key=%d&user=%d&currency=%d', $_, $asked % 50, $asked % 7, $asked % 20) for @places;
    }
}

# ---- reading ----

sub all_of {
    my ($socket, $request) = @_;
    print $socket $request;
    local $/;
    return scalar(<$socket>) // '';
}

sub by_agents {
    my @sockets = map { IO::Socket::UNIX->new(Peer => $_) // () } glob(scratch() . '/agents/*.sock');
    return sum0(map { all_of($_, "GET /read?gc=1 HTTP/1.0\r\n\r\n") =~ /"live_bytes": ?(\d+)/ ? $1 : 0 } @sockets);
}

sub by_heap_page { return ask('/debug/pprof/heap?gc=1&debug=1') =~ /^# HeapAlloc = (\d+)/m ? $1 : 0 }

# Source: HotSpot, attachListener_linux.cpp: SIGQUIT with this file there opens the socket.
sub by_attach {
    my ($pid) = @_;
    my $path = "/tmp/.java_pid$pid";
    if (!-S $path) {
        spit("/proc/$pid/cwd/.attach_pid$pid", '');
        kill 'QUIT', $pid;
    }
    for (1 .. 200) {
        my $socket = IO::Socket::UNIX->new(Peer => $path);
        unlink "/proc/$pid/cwd/.attach_pid$pid" if $socket;
        return all_of($socket, "1\0inspectheap\0-live\0\0\0") =~ /^Total\s+\d+\s+(\d+)/m ? $1 : 0 if $socket;
        select undef, undef, undef, 0.02;
    }
    return 0;
}

my $reading;

# Until a collection frees nothing more.
sub live_bytes {
    my $least = $reading->();
    for (1 .. 6) {
        my $now = $reading->();
        last if $now >= $least;
        $least = $now;
    }
    return $least;
}

# ---- servers ----

# `noise`: bytes that two readings of the same state may be apart; `warm`: calls of each endpoint, three times, before anything
# counts; `calls`: then, of each. Node compiles as it goes, which would drown what is kept here: it is told not to.
my @servers = (
    {name => 'C', warm => 60, calls => 100, command => ["$built/native"], noise => 2000, rounding => 16, there => sub { -x "$built/native" },
        environment => {LD_PRELOAD => "$build/libseep-malloc.so"}},
    {name => 'Flask', warm => 60, calls => 100, command => [@gunicorn, '127.0.0.1:PORT', '--chdir', $sources, 'flask_app:app'], noise => 4000, rounding => 18,
        there => sub { system("/usr/bin/python3 -c 'import flask, gunicorn' 2> /dev/null") == 0 }, environment => {PYTHONPATH => "$build/agents/python"}},
    {name => 'Express', slow => 1, warm => 200, calls => 200, command => [qw(node --no-opt --no-sparkplug --no-flush-bytecode), "$sources/express.js"], noise => 9000, rounding => 9, there => sub { -d "$built/node_modules/express" },
        environment => {NODE_PATH => "$built/node_modules", NODE_OPTIONS => "--require $build/agents/node/agent.js"}},
    {name => 'Go', slow => 1, warm => 60, calls => 200, command => ["$built/go"], noise => 9000, rounding => 8, there => sub { -x "$built/go" }, reading => sub { \&by_heap_page }},
    {name => 'Java', slow => 1, warm => 150, calls => 200, command => ['java', '-Xmx256m', '-cp', $built, 'Server'], noise => 9000, rounding => 8, there => sub { -e "$built/Server.class" },
        reading => sub { my ($pid) = @_; sub { by_attach($pid) } }},
);

my @words = qw(plain:20 burst:1 lru:30 ring:100 sessions:60 lazy:80 sawtooth:100 leak:24 leak:40 leak:64 leak:256 leak:1024 leak:4096
    param:4096 latch latched:256 hook flush:256 first second third:256);
my %place = map { $words[$_] => $_ } 0 .. $#words;

sub begin_server {
    my ($server) = @_;
    $port = free_port();
    undef $connection;
    mkdir scratch() . '/agents', 0700;
    unlink glob(scratch() . '/agents/*');
    my %environment = (%{$server->{environment} // {}}, PORT => $port, ROLES => "@words", SEEP_AGENT_DIR => scratch() . '/agents');
    my $pid = start_server($port, scratch(), 'env', (map { "$_=$environment{$_}" } sort keys %environment), map { s/PORT/$port/r } @{$server->{command}});
    $reading = $server->{reading} ? $server->{reading}->($pid) : \&by_agents;
    return $pid;
}

# Bytes that one round of calls of these endpoints leaves.
sub kept_by {
    my ($calls, @named) = @_;
    my $before = live_bytes();
    drive($calls, @place{@named});
    return (live_bytes() - $before) / $calls;
}

sub keeps {
    my ($server, $calls, $bytes, $share, @named) = @_;
    my ($kept, $slack) = (kept_by($calls, @named), $server->{noise} / $calls);
    my ($low, $high) = ($bytes * $share - $slack - 1, ($bytes + $server->{rounding}) * $share + $slack);
    ok($low <= $kept && $kept <= $high, join(' and ', @named) . " keeps $bytes B") or diag("$kept of $low to $high");
}

# In one of three rounds: a runtime settles as well, while what leaks goes on.
sub stops {
    my ($server, $calls, $named) = @_;
    my @kept;
    for (1 .. 3) {
        push @kept, kept_by($calls, $named);
        last if abs($kept[-1]) <= $server->{noise} / $calls;
    }
    ok(abs($kept[-1]) <= $server->{noise} / $calls, "$named keeps nothing more") or diag("@kept");
}

sub roles_hold {
    my ($server) = @_;
    my @decoys = @words[0 .. 6];
    for (1 .. 3) {
        drive($server->{warm}, @place{@decoys});
        drive(20, @place{grep { /^leak/ } @words});
        live_bytes();
    }
    my $calls = $server->{calls};
    stops($server, $calls, $_) for @decoys;
    keeps($server, $_ < 60 ? 3 * $calls : $calls, $_, 1, "leak:$_") for 24, 40, 64, 256, 1024, 4096;
    keeps($server, $calls, 4096, 1 / 20, 'param:4096');
    stops($server, $calls, $_) for qw(latched:256 flush:256 first third:256);
    drive(1, @place{qw(latch second)});
    keeps($server, $calls, 256, 1, @$_) for ['latched:256'], ['third:256'], ['hook', 'flush:256'];
}

for my $server (@servers) {
    subtest $server->{name} => sub {
        plan skip_all => 'only with BISECT_BENCH_FULL=1' if $server->{slow} && !$ENV{BISECT_BENCH_FULL};
        plan skip_all => 'it is not there (make bench-bisect builds it)' if !$server->{there}->();
        my $pid = begin_server($server);
        roles_hold($server);
        kill 'TERM', -$pid;
    };
}

subtest 'cases' => sub {
    require Kinds;
    Kinds->import;
    for my $kind (kind_names()) {
        for my $endpoints (8, 64) {
            my ($case, $again) = map { make_case({server => 'c', kind => $kind, endpoints => $endpoints, seed => 3, exact => 1, rounding => 16}) } 1, 2;
            is_deeply($case, $again, "$kind of $endpoints: the same again");
            is(scalar(@{$case->{roles}}), $endpoints, 'a role for each');
            my %named = map { $_ => 1 } map { @{$_->{endpoints}} } @{$case->{truth}};
            is(scalar(keys %named), leaks_of($kind), 'the truth names what leaks');
            is(scalar(grep { $case->{roles}[$_] !~ /^(?:plain|burst|lru|ring|sessions|lazy|sawtooth):/ } 0 .. $endpoints - 1), leaks_of($kind), 'and nothing else does');
            is(scalar(grep { @$_ < 30 || @$_ > 120 } @{$case->{requests}}), 0, '30 to 120 requests of each');
        }
    }
};

subtest 'scores' => sub {
    require Score;
    Score->import;
    my $pair = {strategy => 'seep', truth => [{endpoints => ['GET /a', 'GET /b'], told => ['latched'], per => 'GET /b', low => 40, high => 48}]};
    my $free = {strategy => 'seep', truth => []};
    my $said = sub {
        my ($verdict, @findings) = @_;
        return {verdict => $verdict, findings => [map { {kind => 'latched', per => 'GET /b', interval => [41, 45], endpoints => $_} } @findings]};
    };
    is(score($pair, $said->('growth', ['GET /a', 'GET /b']))->{outcome}, 'right', 'a pair');
    is(score($pair, $said->('growth', ['GET /a', 'GET /b']))->{held}, 1, 'whose interval holds the truth');
    is(score($pair, $said->('growth', ['GET /b', 'GET /a']))->{order}, 0, 'told the other way round');
    is(score($pair, $said->('growth', ['GET /b']))->{outcome}, 'part', 'one of them');
    is(score($pair, $said->('growth', ['GET /b', 'GET /c']))->{outcome}, 'false', 'one of them and an innocent');
    is(score($pair, $said->('no_growth'))->{outcome}, 'missed', 'nothing, though it leaks');
    is(score($pair, $said->('inconclusive'))->{outcome}, 'open', 'no answer');
    is(score($pair, {})->{outcome}, 'failed', 'no result');
    is(score($free, $said->('no_growth'))->{outcome}, 'right', 'nothing, and nothing leaks');
    is(score($free, $said->('growth'))->{outcome}, 'false', 'growth, and nothing leaks');
    is(sprintf('%.1f', bound_bits(20, 2)), '7.6', 'log2 C(20, 2)');
};

done_testing;
