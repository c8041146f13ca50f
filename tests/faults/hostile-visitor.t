#!/usr/bin/env perl
# Visitors of the live page and clients of the recording proxy who mean harm: the run keeps its schedule, the proxy records whom it
# serves, nothing that is not offered is given, and memory stays bounded.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use HTTP::Tiny;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Hostile;
use Seep;
use Table;

my $here = $FindBin::Bin;
my $short = short_form();
my $many = $short ? 150 : 400;
$SIG{PIPE} = 'IGNORE';

sub dial { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_[0], Timeout => 5) }

# What comes within so many seconds.
sub heard {
    my ($socket, $seconds) = @_;
    my ($all, $until, $select) = ('', time + $seconds, IO::Select->new($socket));
    while (time < $until) {
        next if !$select->can_read(0.2);
        sysread($socket, $all, 65536, length $all) or last;
    }
    return $all;
}

# Writes until the peer has had enough, or the time is over.
sub pour {
    my ($port, $first, $piece, $seconds) = @_;
    my $socket = dial($port) or return;
    $socket->blocking(0);
    my ($until, $select, $bytes) = (time + $seconds, IO::Select->new($socket), $first . $piece x (1 + 65536 / length $piece));
    syswrite $socket, $first;
    while (time < $until) {
        next if !$select->can_write(0.2);
        my $sent = syswrite $socket, $bytes;
        last if !defined $sent && !$!{EAGAIN};
    }
    return;
}

sub hold { # many at once, a byte now and then
    my ($port, $text, $seconds) = @_;
    my @held = grep { defined } map { dial($port) } 1 .. $many;
    my $until = time + $seconds;
    for my $byte (split //, $text) {
        syswrite $_, $byte for @held;
        select undef, undef, undef, 0.3;
        last if time > $until;
    }
    return;
}

sub never_reads { # asks, and takes nothing of what comes
    my ($port, $request, $seconds) = @_;
    my @deaf = grep { defined } map { dial($port) } 1 .. 20;
    $_->blocking(0) for @deaf;
    my $until = time + $seconds;
    while (time < $until) {
        syswrite $_, $request x 50 for @deaf;
        select undef, undef, undef, 0.1;
    }
    return;
}

sub resets {
    my ($port, $seconds) = @_;
    my $until = time + $seconds;
    while (time < $until) {
        my $socket = dial($port) or next;
        syswrite $socket, "GET / HTTP/1.1\r\nHost: localhost\r\n";
        setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'ii', 1, 0;
        close $socket;
        select undef, undef, undef, 0.005;
    }
    return;
}

# name => what is done to a port for so many seconds
my $host; # its line, with the port
my %attacks = (
    'slow loris' => sub { hold($_[0], "GET / HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", $_[1]) },
    'silent connections' => sub { hold($_[0], '', $_[1]); my @held = grep { defined } map { dial($_[0]) } 1 .. $many; sleep $_[1] },
    'endless headers' => sub { pour($_[0], "GET / HTTP/1.1\r\n$host", "X-A: b\r\n", 2) for 1 .. 3 },
    'an endless header line' => sub { pour($_[0], "GET / HTTP/1.1\r\n${host}X-A: ", 'b', 2) for 1 .. 3 },
    'an endless request line' => sub { pour($_[0], 'GET /', 'a', 2) for 1 .. 3 },
    'an endless body' => sub { pour($_[0], "POST / HTTP/1.1\r\n${host}Content-Length: 999999999999999\r\n\r\n", 'a', 2) for 1 .. 3 },
    'chunks of 2^64' => sub { pour($_[0], "POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 'a', 2) for 1 .. 3 },
    'a pipelined flood' => sub { pour($_[0], '', "GET /metrics HTTP/1.1\r\n$host\r\n", $_[1]) },
    'WebSocket nonsense' => sub { pour($_[0], "GET /events HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "\x81\xfe\xff\xff\x00\x00\x00\x00" . 'x' x 100, 2) for 1 .. 3 },
    'visitors who never read' => sub { never_reads($_[0], "GET /report HTTP/1.1\r\n$host\r\n", $_[1]) },
    'followers who never read' => sub { never_reads($_[0], "GET /events HTTP/1.1\r\n$host\r\n", $_[1]) },
    'noise' => sub { pour($_[0], '', join('', map { chr(($_ * 7919 + 13) % 256) } 1 .. 4096), 1) for 1 .. 5 },
    'NULs' => sub { pour($_[0], '', "\0", 1) for 1 .. 5 },
    'resets' => sub { resets(@_) },
);

sub attack { # all of them, each in a process of its own; returns the pids
    my ($port, $seconds) = @_;
    $host = "Host: localhost:$port\r\n";
    return map {
        my $attack = $attacks{$_};
        my $pid = fork() // die "fork: $!";
        if ($pid == 0) {
            alarm $seconds + 30;
            eval { $attack->($port, $seconds) };
            POSIX::_exit(0);
        }
        $pid;
    } sort keys %attacks;
}

sub hwm_mib { return slurp("/proc/$_[0]/status") =~ /^VmHWM:\s+(\d+) kB/m ? $1 / 1024 : -1 }

my $target = "target: http://127.0.0.1:\${PORT}\nstart: {command: [/usr/bin/python3, $here/target.py, \"\${PORT}\"]}\nready: GET /health\nagent: none\n";
my $seconds = $short ? 5 : 20;

subtest 'visitors of the live page' => sub {
    my $service = make_service('live', $target, ['GET /a', '', ['/a']], ['GET /b', '', ['/b']]);
    my $requests = 100 * ($seconds + 4);
    my $job = measured({name => 'live'}, 'run', $service, '--rate', '100/s', '--requests', $requests, '--no-early-stop', '--budget', '0s', '--hold', '0s', '--live', '0',
        '--db', scratch() . '/live.db', '--json', scratch() . '/live.json');
    my $port;
    for (1 .. 500) {
        ($port) = slurp("$job->{base}.err") =~ m{^seep: live: http://127\.0\.0\.1:(\d+)/ }m and last;
        select undef, undef, undef, 0.02;
    }
    $port or die slurp("$job->{base}.err");
    my ($seep) = split ' ', slurp("/proc/$job->{pid}/task/$job->{pid}/children");
    my ($server) = grep { slurp("/proc/$_/comm") eq "seep-live\n" } split ' ', slurp("/proc/$seep/task/$seep/children");
    ok($server, 'a process of its own serves it') or return;
    my @pids = attack($port, $seconds);
    # Meanwhile: what is not offered is not given.
    my $secret = spit(scratch() . '/secret', 'top secret');
    my ($answered, $most) = (0, 0);
    my @asked = (map({ ["GET $_ HTTP/1.1\r\n$host\r\n", qr/^HTTP\/1\.1 40[04] /] } '/../../../../../../etc/passwd', '/..%2f..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd',
        '//etc/passwd', '/.git/config', '/metrics/../../etc/passwd', "/$secret", '/metrics%00.html', '/' . 'a/../' x 500),
        ["GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", qr/^HTTP\/1\.1 403 /], ["GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example:$port\r\n\r\n", qr/^HTTP\/1\.1 403 /],
        ["GET http://evil.example/ HTTP/1.1\r\n$host\r\n", qr/^HTTP\/1\.1 40[03] /], ["CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", qr/^HTTP\/1\.1 40[035] /],
        ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", qr/^HTTP\/1\.1 (?:400|505) /], ["GET /metrics HTTP/1.1\r\n$host\r\n", qr/^HTTP\/1\.1 200 /]);
    for my $asked (@asked) {
        my $got = '';
        for (1 .. 20) { # all places may be taken by those who came first
            my $socket = dial($port) or next;
            syswrite $socket, $asked->[0] =~ s/\r\n\r\n\z/\r\nConnection: close\r\n\r\n/r;
            $got = heard($socket, 3);
            last if $got ne '';
            select undef, undef, undef, 0.2;
        }
        my ($line) = $asked->[0] =~ /^([^\r]{1,60})/;
        $answered += $got ne '';
        like($got, $asked->[1], $line) if $got ne '';
        unlike($got, qr/root:|top secret|\[core\]/, "$line: nothing of it") ;
        my $mib = hwm_mib($server);
        $most = $mib if $mib > $most;
    }
    cmp_ok($answered, '>', 0, 'who asks decently is answered meanwhile') or diag($answered);
    waitpid $_, 0 for @pids;
    my $mib = hwm_mib($server);
    $most = $mib if $mib > $most;
    my $ran = gather($job, 150);
    my $replay = $ran->{result}{replay};
    is($replay->{planned}, $requests, 'the schedule was kept: all were planned') or diag($ran->{err});
    is($replay->{done}, $requests, 'and sent, and answered');
    is($replay->{skipped}, 0, 'none was skipped');
    ok(!(grep { /served --live ended/ } @{$ran->{result}{caveats}}), 'the page was served to the end');
    cmp_ok($most, '<', 96, 'the process that serves: bounded memory') or diag($most);
    cmp_ok(mib_of($job), '<', 96, 'and the run') or diag(mib_of($job));
    tried("hostile visitors of the live page: $_", 1, "all $requests requests of the run were sent and answered", 'nothing') for sort keys %attacks;
    tried('what the live page does not offer', scalar @asked, sprintf('refused; %.0f MiB', $most), 'nothing');
};

subtest 'clients of the recording proxy' => sub {
    my $file = scratch() . '/heard';
    my ($origin) = serve(sub {
        my ($path, $head, $socket) = @_;
        open my $out, '>>', $file or die $!;
        syswrite $out, $head;
        return answer($socket, 'ok');
    });
    my $into = scratch() . '/recorded';
    my $job = measured({name => 'record'}, 'record', '--listen', '127.0.0.1:0', '--target', "http://127.0.0.1:$origin", '-o', $into);
    my $port;
    for (1 .. 500) {
        ($port) = slurp("$job->{base}.err") =~ m{127\.0\.0\.1:(\d+) passes on} and last;
        select undef, undef, undef, 0.02;
    }
    $port or die slurp("$job->{base}.err");
    my @pids = attack($port, $seconds);
    # Two requests in what one side takes for one.
    my @smuggled = ("POST /one HTTP/1.1\r\n${host}Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n$host\r\n",
        "POST /one HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd\r\nGET /smuggled HTTP/1.1\r\n$host\r\n",
        "GET /one HTTP/1.1\n${host}\nGET /smuggled HTTP/1.1\r\n$host\r\n", "GET /one HTTP/1.1\r\n${host}X: a\r\n b\r\nX-A: c\rGET /smuggled HTTP/1.1\r\n\r\n",
        "POST /one HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n$host\r\n", "GET /one HTTP/1.1\r\n${host}X\0: GET /smuggled\r\n\r\n");
    for my $bytes (@smuggled) {
        my $socket = dial($port) or next;
        syswrite $socket, $bytes;
        unlike(heard($socket, 2), qr{^HTTP/1\.1 2\d\d .*^HTTP/1\.1 2}ms, 'never two answers');
    }
    my $client = HTTP::Tiny->new(timeout => 20, keep_alive => 0);
    my $good = $short ? 50 : 200;
    my $served = grep { $client->get("http://127.0.0.1:$port/good?n=$_")->{status} == 200 } 1 .. $good;
    is($served, $good, 'who asks decently is served meanwhile');
    waitpid $_, 0 for @pids;
    my ($seep) = split ' ', slurp("/proc/$job->{pid}/task/$job->{pid}/children");
    kill 'INT', $seep;
    my $ran = gather($job, 60);
    is($ran->{exit}, 130, 'it ends as it should') or diag($ran->{err});
    my $recorded = () = join('', map { slurp($_) } glob "$into/*.jsonl") =~ m{"url":"/good\?n=\d+"}g;
    is($recorded, $good, 'each of them is recorded, once');
    unlike(slurp($file), qr{^GET /smuggled}m, 'the service heard no request that nobody sent');
    cmp_ok(mib_of($job), '<', 128, 'bounded memory') or diag(mib_of($job));
    tried('hostile clients of the recording proxy', keys(%attacks) + @smuggled, sprintf('%d of %d decent requests served and recorded; %.0f MiB', $served, $good, mib_of($job)), 'nothing');
};

done_testing();
