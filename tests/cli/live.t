#!/usr/bin/env perl
# --live: metrics and a page of a run while it is under way; whom it answers, and what cannot take the run down.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Metrics;
use Seep;

my $quote = "GET /a/{id}\"\\<script>alert(1)</script>";
my $port = free_port();
spit(scratch() . '/answer.py', <<'PYTHON');
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = 'HTTP/1.1', 1 << 16
    def do_GET(self):
        self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'ok')
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
PYTHON
my $service = make_service('shop', <<"YAML", ['GET /a/{id}', '', ['/a/1'], ['/a/2']], ['GET /b', '', ['/b']]);
target: http://127.0.0.1:\${PORT}
allow: [127.0.0.1]
start: {command: [python3, @{[scratch()]}/answer.py]}
agent: none
YAML
my $db = scratch() . '/seep.db';

# A run with --live, once it listens: as of begin(), with `port`.
sub live {
    my ($name, @arguments) = @_;
    my $job = begin({name => $name}, 'run', $service, '--db', $db, '--json', scratch() . "/$name.json", '--no-early-stop',
        '--hold', '1s', '--budget', '0s', '--live', '0', @arguments);
    for (1 .. 500) {
        ($job->{port}) = slurp("$job->{base}.err") =~ m{^seep: live: http://127\.0\.0\.1:(\d+)/ }m;
        return $job if $job->{port};
        select undef, undef, undef, 0.02;
    }
    die slurp("$job->{base}.err");
}

sub dial { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_[0]) }

# What comes to bytes that are sent, until its end; {status, head, body}.
sub raw {
    my ($port, $bytes, $seconds) = @_;
    my $socket = dial($port) or return {status => 0};
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, $bytes;
    my ($all, $until, $select) = ('', time + ($seconds // 10), IO::Select->new($socket));
    while (time < $until && $select->can_read(0.5) ? 1 : time < $until ? next : 0) {
        sysread($socket, $all, 65536, length $all) or last;
    }
    my ($head, $body) = split /\r\n\r\n/, $all, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+) };
    return {status => $status // 0, head => $head // '', body => $body // ''};
}

sub ask {
    my ($port, $path, %fields) = @_;
    my $method = delete $fields{method} // 'GET';
    %fields = (Host => "127.0.0.1:$port", Connection => 'close', %fields);
    return raw($port, "$method $path HTTP/1.1\r\n" . join('', map { defined $fields{$_} ? "$_: $fields{$_}\r\n" : () } sort keys %fields) . "\r\n");
}

sub until_true {
    my ($what) = @_;
    for (1 .. 500) {
        my $is = $what->();
        return $is if $is;
        select undef, undef, undef, 0.02;
    }
    return 0;
}

sub gone { my ($pid) = @_; return !kill(0, $pid) || slurp("/proc/$pid/stat") =~ /\) Z / }

# The process that serves: a child of the run's that says so.
sub server_of {
    my ($pid) = @_;
    my @children = split ' ', slurp("/proc/$pid/task/$pid/children");
    return (grep { slurp("/proc/$_/comm") eq "seep-live\n" } @children)[0];
}

my $open_type = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
my %open = (Accept => 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5');

my $job = live('first', '--connections', '2', '--duration', '6s', '--live-host', 'seep', '--live-linger', '20s');
subtest 'metrics while it runs' => sub {
    my $metrics;
    ok(until_true(sub {
        my $answer = ask($job->{port}, '/metrics', %open);
        is($answer->{status}, 200, 'they are there') if $answer->{status} != 200;
        $metrics = eval { Metrics::parse($answer->{body}, 'open') } or diag($@);
        return ($metrics->value('seep_requests_total', endpoint => 'GET /b', outcome => 'done') // 0) > 0;
    }), 'requests are counted');
    is($metrics->value('seep_verdict', seep_verdict => 'under_way'), 1, 'under way');
    is($metrics->value('seep_run_info', service => $service, command => 'run'), 1, 'of this run');
    cmp_ok($metrics->value('seep_signal', signal => 'rss', trial => 1), '>', 1 << 20, 'memory of the target');
    cmp_ok($metrics->value('seep_own_resident_max_bytes'), '>', 1 << 20, 'and of seep');
    like($metrics->value('seep_budget_left_seconds'), qr/^[0-5](?:\.|$)/, 'what is left of it');
    is($metrics->sum('seep_requests_planned_total'), $metrics->sum('seep_requests_total'), 'planned = done + failed + skipped');
};

subtest 'in the form that is asked for' => sub {
    my @asked = (
        [$open{Accept}, $open_type], [undef, 'text/plain; version=0.0.4; charset=utf-8'],
        ['text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text/plain; version=0.0.4; charset=utf-8'],
        ['application/openmetrics-text;version=1.0.0;q=0.2, text/plain;q=0.3', 'text/plain; version=0.0.4; charset=utf-8'],
        ['application/openmetrics-text; version=1.0.0; q=0, */*', 'text/plain; version=0.0.4; charset=utf-8'],
    );
    for my $asked (@asked) {
        my $answer = ask($job->{port}, '/metrics', Accept => $asked->[0]);
        like($answer->{head}, qr/^Content-Type: \Q$asked->[1]\E\r?$/m, $asked->[0] // 'nothing said');
        my $form = $asked->[1] eq $open_type ? 'open' : 'classic';
        ok(eval { Metrics::parse($answer->{body}, $form) }, "and it is $form") or diag($@);
    }
};

subtest 'who is answered' => sub {
    my $at = $job->{port};
    is(ask($at, '/', Host => $_)->{status}, 200, "Host: $_") for "127.0.0.1:$at", "localhost:$at", "[::1]:$at", "127.8.9.1:$at", 'seep', 'SEEP:9464';
    is(ask($at, '/metrics', Host => $_)->{status}, 403, "not Host: $_")
        for "evil.example:$at", "evil.example", "127.0.0.1.evil.example:$at", "127.0.0.1:1", '10.1.2.3', "seep.evil.example:$at";
    is(ask($at, '/', Host => $_)->{status}, 400, defined $_ ? "nonsense as Host: '$_'" : 'no Host') for undef, '', 'a b', 'user@seep';
    is(raw($at, "GET / HTTP/1.1\r\nHost: seep\r\nHost: seep\r\n\r\n")->{status}, 400, 'Host twice');
    is(raw($at, "GET / HTTP/1.0\r\n\r\n")->{status}, 400, 'HTTP/1.0 without Host');
    is(ask($at, '/', Origin => "http://127.0.0.1:$at")->{status}, 200, 'its own origin');
    is(ask($at, '/events', Origin => $_)->{status}, 403, "not the origin $_") for 'http://evil.example', 'null', "http://localhost:$at";
    is(ask($at, '/metrics', 'Sec-Fetch-Site' => $_)->{status}, 403, "not $_") for 'cross-site', 'same-site';
    is(ask($at, '/', 'Sec-Fetch-Site' => 'none')->{status}, 200, 'an address that was typed');
};

subtest 'only reading' => sub {
    my $at = $job->{port};
    for my $method (qw(POST PUT DELETE PATCH OPTIONS TRACE CONNECT get)) {
        my $answer = ask($at, '/', method => $method);
        is($answer->{status}, 405, $method);
        like($answer->{head}, qr/^Allow: GET, HEAD\r?$/m, 'and what would be right');
    }
    my ($head, $get) = map { ask($at, '/report', method => $_) } qw(HEAD GET);
    is($head->{status}, 200, 'HEAD');
    is($head->{body}, '', 'has no body');
    like($get->{body}, qr/^<!doctype html>/i, 'the report so far');
    is(ask($at, '/nothing')->{status}, 404, 'no such page');
    is(ask($at, '/metrics?x=1')->{status}, 200, 'a query changes nothing');
    is(ask($at, 'http://127.0.0.1/')->{status}, 400, 'no path');
    is(raw($at, "GET / HTTP/1.1\r\nHost: seep\r\nContent-Length: 5\r\n\r\nhello")->{status}, 413, 'a body');
    is(raw($at, "GET / HTTP/1.1\r\nHost: seep\r\nX: " . 'y' x 9000 . "\r\n\r\n")->{status}, 431, 'a header too long');
    is(raw($at, "GET / HTTP/1.1\r\nHost : seep\r\n\r\n")->{status}, 400, 'no HTTP');
    is(raw($at, "\x16\x03\x01\x02\r\n\r\n")->{status}, 400, 'TLS');
    my @two = raw($at, "GET /metrics HTTP/1.1\r\nHost: seep\r\n\r\nGET /metrics HTTP/1.1\r\nHost: seep\r\nConnection: close\r\n\r\n")->{body} =~ /HTTP\/1\.1 200 OK/g;
    is(scalar @two, 1, 'two requests on one connection');
};

subtest 'the page, and what it is told' => sub {
    my ($page, $other) = map { ask($job->{port}, '/') } 1, 2;
    my ($nonce) = $page->{head} =~ /script-src 'nonce-([0-9a-f]{32})'/;
    ok($nonce, 'a policy with a nonce');
    like($page->{head}, qr/Content-Security-Policy: default-src 'none';/, 'and nothing else');
    like($page->{body}, qr/<script nonce="$nonce">/, 'that its script has');
    unlike($other->{body}, qr/$nonce/, 'and no other');
    unlike($page->{body}, qr/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|https?:\/\/(?!www\.w3\.org)/, 'text stays text');
};

subtest 'slow and many' => sub {
    my @held = map { my $socket = dial($job->{port}); syswrite $socket, "GET / HT"; $socket } 1 .. 80;
    is(ask($job->{port}, '/metrics')->{status}, 200, 'eighty that never finish keep nobody out');
    my @followers = map { my $socket = dial($job->{port}); syswrite $socket, "GET /events HTTP/1.1\r\nHost: seep\r\n\r\n"; $socket } 1 .. 12;
    for my $follower (@followers) { IO::Select->new($follower)->can_read(5); sysread $follower, my $bytes, 100 }
    my $refused = ask($job->{port}, '/events');
    is($refused->{status}, 503, 'no more than so many follow');
    is(ask($job->{port}, '/metrics')->{status}, 200, 'and they keep nobody out either');
    my ($kib) = slurp('/proc/' . server_of($job->{pid}) . '/status') =~ /^VmHWM:\s+(\d+) kB/m;
    cmp_ok($kib, '<', 64 << 10, 'in bounded memory');
};

subtest 'events, to the verdict; then the same numbers as the store' => sub {
    my $events = raw($job->{port}, "GET /events HTTP/1.1\r\nHost: seep\r\n\r\n", 1);
    like($events->{head}, qr/^Content-Type: text\/event-stream/m, 'a stream');
    ok(until_true(sub { Metrics::parse(ask($job->{port}, '/metrics', %open)->{body}, 'open')->value('seep_verdict', seep_verdict => 'under_way') == 0 }),
        'the run ends, and is served for as long as was asked');
    my ($last) = reverse raw($job->{port}, "GET /events HTTP/1.1\r\nHost: seep\r\n\r\n", 1)->{body} =~ /^event: state\ndata: (.*)$/mg;
    my $state = decode_json($last);
    ok($state->{ended}, 'events know it');
    my $metrics = Metrics::parse(ask($job->{port}, '/metrics', %open)->{body}, 'open');
    kill 'TERM', $job->{pid};
    my $ran = gather($job);
    my $result = $ran->{result};
    is($ran->{exit}, $result->{exit}, 'a signal ends the rest; the exit code is the verdict');
    is($metrics->sum('seep_requests_total', outcome => $_), $result->{replay}{$_}, $_) for qw(done failed skipped);
    is($metrics->value('seep_requests_total', endpoint => $_->{name}, outcome => 'done'), $_->{done}, $_->{name}) for @{$result->{endpoints}};
    is($metrics->value('seep_verdict', seep_verdict => $result->{verdict}), 1, 'verdict');
    is($metrics->value('seep_exit_code'), $result->{exit}, 'exit code');
    is($state->{requests}, $result->{requests}, 'the page knows as much');
    ok(!dial($job->{port}), 'nobody listens any more');
    my $stored = scratch() . '/stored';
    is(seep('report', 'last', '--db', $db, '--openmetrics', "$stored.om", '--prometheus', "$stored.prom")->{exit}, 0, 'as files');
    my ($open, $classic) = (Metrics::parse(slurp("$stored.om"), 'open'), Metrics::parse(slurp("$stored.prom"), 'classic'));
    is($_->sum('seep_requests_total', outcome => 'done'), $result->{replay}{done}, 'the same number') for $open, $classic;
    is_deeply([map { "$_->{name} $_->{value}" } grep { $_->{name} !~ /_own_/ } @{$open->{list}}],
        [map { "$_->{name} $_->{value}" } grep { $_->{name} !~ /_own_/ } @{$metrics->{list}}], 'as served, so stored');
};

subtest 'what is outside stays text' => sub {
    my $metrics = ask_labels('a"b\\c<script>' . "\x{1b}[2J");
    is($metrics->all('seep_run_info') + 0, 1, 'one run');
    is(($metrics->all('seep_run_info'))[0]{labels}{label}, 'a"b\\c<script>\\x1b[2J', 'a label is escaped, and comes back');
};

sub ask_labels {
    my ($label) = @_;
    seep('run', $service, '--db', $db, '--label', $label, '--connections', '1', '--requests', '20', '--hold', '0s');
    return Metrics::parse(seep('report', 'last', '--db', $db, '--openmetrics', '-')->{out}, 'open');
}

subtest 'what cannot be served is said before anything is sent' => sub {
    my $taken = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1);
    my $runs = seep('runs', '--db', $db)->{out};
    my @wrong = (
        [['--live', $taken->sockport], qr/^seep: --live: \d+: Address already in use$/],
        [['--live', 'no address'], qr/^seep: --live: 'no address' is no address to listen on; expected HOST:PORT or PORT$/],
        [['--live', '0', '--live-host', 'a/b'], qr/^seep: --live-host 'a\/b': expected NAME or NAME:PORT$/],
        [['--live-host', 'seep'], qr/^seep: --live-host needs --live ADDR$/],
    );
    for my $wrong (@wrong) {
        my $ran = seep('run', $service, '--db', $db, @{$wrong->[0]});
        is($ran->{exit}, 200, "@{$wrong->[0]}");
        like($ran->{err}, $wrong->[1], 'one line');
    }
    is(seep('bisect', $service, '--db', $db, '--live', $taken->sockport)->{exit}, 200, 'of bisect as well');
    is(seep('runs', '--db', $db)->{out}, $runs, 'no run was begun');
};

subtest 'a driver that is killed takes it along' => sub {
    my $job = live('killed', '--connections', '1', '--duration', '60s');
    my $follower = dial($job->{port});
    syswrite $follower, "GET /events HTTP/1.1\r\nHost: localhost:$job->{port}\r\n\r\n";
    my $server = server_of($job->{pid});
    ok($server, 'a process of its own');
    until_true(sub { ask($job->{port}, '/metrics')->{body} =~ /^seep_requests_total/m });
    kill 'KILL', $job->{pid};
    waitpid $job->{pid}, 0;
    ok(until_true(sub { gone($server) }), 'ends with it');
    my $heard = '';
    1 while sysread $follower, $heard, 65536, length $heard;
    like($heard, qr/^event: gone$/m, 'and says so to whoever follows');
};

subtest 'one that dies does not take the run along' => sub {
    my $job = live('dies', '--connections', '1', '--requests', '2000');
    kill 'KILL', server_of($job->{pid});
    my $ran = gather($job);
    is($ran->{result}{replay}{done}, 2000, 'the run goes on');
    ok((grep { /the process that served --live ended before the run \(killed by signal 9\)/ } @{$ran->{result}{caveats}}), 'and says so');
    ok(!-e "$db-wal", 'the store is as tidy as ever');
};

subtest 'elsewhere than on loopback' => sub {
    my $ran = seep('run', $service, '--db', $db, '--live', '0.0.0.0:0', '--connections', '1', '--requests', '20', '--hold', '0s');
    like($ran->{err}, qr{^seep: live: http://0\.0\.0\.0:\d+/ .*; who reaches that address can read both$}m, 'is said');
};

done_testing();
