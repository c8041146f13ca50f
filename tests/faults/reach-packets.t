#!/usr/bin/env perl
# Nothing is sent outside `allow`: each packet that leaves is counted, in a network namespace whose default route leads to an
# interface that swallows everything. Names are asked of a resolver on loopback, which is counted apart: getaddrinfo() asks it
# once for each name of the scenario, before anything is sent there, and at each start of a server again.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use IO::Socket::INET;
use IO::Socket::IP;
use IO::Socket::UNIX;
use JSON::PP;
use Test::More;
use Packets;
BEGIN {
    my $why = enter(__FILE__);
    plan(skip_all => $why) if defined $why;
}
use Seep;
use Table;

my $db = scratch() . '/seep.db';
my @children;
END { kill 'KILL', $_ for @children }

# --- what answers inside: each thing that it is asked for, with what the path asks for in its answer
my %said = (
    '/redirect' => ['302 Found', 'Location: http://192.0.2.1/stolen'], '/moved' => ['301 Moved', 'Location: //192.0.2.1/stolen'],
    '/name' => ['307 Temporary Redirect', 'Location: http://outside.example/stolen'], '/again' => ['308 Permanent Redirect', 'Location: https://[2001:db8::1]/stolen'],
    '/proxy' => ['305 Use Proxy', 'Location: http://192.0.2.1:3128/'], '/refresh' => ['200 OK', 'Refresh: 0; url=http://192.0.2.1/'],
    '/alternative' => ['200 OK', 'Alt-Svc: h2="192.0.2.1:80", h2c="192.0.2.1:80"; ma=86400; persist=1, h3=":443"'],
    '/strict' => ['200 OK', 'Strict-Transport-Security: max-age=86400; includeSubDomains; preload'],
    '/hints' => ['200 OK', 'Link: <http://192.0.2.1/a.css>; rel=preload, <//192.0.2.1>; rel=preconnect'],
    '/location' => ['200 OK', "Content-Location: http://192.0.2.1/\r\nLocation: http://192.0.2.1/"],
    '/cookie' => ['200 OK', 'Set-Cookie: a=b; Domain=192.0.2.1; Path=/'], '/wants' => ['401 Unauthorized', 'WWW-Authenticate: Bearer realm="http://192.0.2.1/token"'],
    '/through' => ['407 Proxy Authentication Required', 'Proxy-Authenticate: Negotiate'], '/misdirected' => ['421 Misdirected Request', 'X: y'],
    '/report' => ['200 OK', 'NEL: {"report_to":"x","max_age":9}' . "\r\n" . 'Report-To: {"group":"x","max_age":9,"endpoints":[{"url":"http://192.0.2.1/"}]}'],
);

sub serve {
    my ($socket, $answer) = @_;
    my $heard = scratch() . '/heard.' . scalar @children;
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        open my $log, '>>', $heard or POSIX::_exit(1);
        $log->autoflush(1);
        $SIG{CHLD} = 'IGNORE';
        while (my $peer = $socket->accept) {
            next if fork();
            $answer->($peer, $log);
            POSIX::_exit(0);
        }
        POSIX::_exit(0);
    }
    push @children, $pid;
    return $heard;
}
sub listening { # an answering server; {port, heard}
    my ($address, $answer) = @_;
    my $socket = IO::Socket::IP->new(LocalAddr => $address, LocalPort => 0, Listen => 64) or die "$address: $!";
    return {port => $socket->sockport, heard => serve($socket, $answer)};
}
sub http {
    my ($peer, $log) = @_;
    my $head = '';
    while (defined(my $line = <$peer>)) {
        $head .= $line;
        next if $line !~ /^\r?\n$/;
        print $log $head;
        read $peer, my $body, $1 if $head =~ /^Content-Length: (\d+)/mi;
        my ($path) = $head =~ m{^\S+ (?:http://[^/]*)?(/[a-z]*)};
        my ($status, $fields) = @{$said{$path // ''} // ['200 OK', 'X: y']};
        my $text = '{"status":"success","objects":5000,"data":{"resultType":"vector","result":[]}}';
        print $peer "HTTP/1.1 $status\r\n$fields\r\nContent-Type: application/json\r\nContent-Length: ", length $text, "\r\n\r\n", $head =~ /^HEAD/ ? '' : $text;
        $head = '';
    }
}
# HTTP/2 with all that could lead elsewhere: ALTSVC, ORIGIN, a promise of a request to another host, GOAWAY with words.
sub http2 {
    my ($peer, $log) = @_;
    my $frame = sub { my ($type, $flags, $stream, $payload) = @_; print $peer substr(pack('N', length $payload), 1), pack('C C N', $type, $flags, $stream), $payload; $peer->flush };
    read $peer, my $preface, 24;
    $frame->(4, 0, 0, '');
    while (read $peer, my $head, 9) {
        my ($length, $type, $flags, $stream) = (unpack('N', "\0" . substr $head, 0, 3), unpack 'x3 C C N', $head);
        my $payload = '';
        read $peer, $payload, $length if $length;
        $frame->(4, 1, 0, '') if $type == 4 && !($flags & 1);
        next if $type != 1;
        print $log "request $stream\n";
        $frame->(10, 0, 0, pack('n/a', 'http://192.0.2.1') . 'h2="192.0.2.1:80"');
        $frame->(12, 0, 0, pack('n/a', 'http://192.0.2.1') . pack('n/a', 'https://outside.example'));
        $frame->(1, 4, $stream, "\x88"); # :status 200
        $frame->(0, 1, $stream, '{"objects":5000}');
    }
}

my $inside = listening('127.0.0.1', \&http);
my $other = listening('127.0.0.2', \&http);
my $second = listening('127.0.0.1', \&http2);
my $six = listening('::1', \&http);
my ($port, $port2) = ($inside->{port}, $second->{port});
my @here = ("127.0.0.1:$port", "127.0.0.1:$port2");

my %flips = ('inside.example' => ['127.0.0.1'], 'outside.example' => ['192.0.2.1'], 'several.example' => ['192.0.2.7', '127.0.0.1', '198.51.100.7'],
    'mapped.example' => [], 'six.example' => []);
my %answers = map { my $name = $_; ($name => sub { $_[1] eq 'A' ? @{$flips{$name}} : () }) } keys %flips;
$answers{'mapped.example'} = sub { $_[1] eq 'AAAA' ? '::ffff:192.0.2.1' : () };
$answers{'six.example'} = sub { $_[1] eq 'AAAA' ? '2001:db8::7' : '127.0.0.1' };
$answers{'rebind.example'} = sub { $_[1] eq 'A' ? ($_[0] == 0 ? '127.0.0.1' : '192.0.2.9') : () };      # the second time elsewhere
$answers{'turns.example'} = sub { $_[1] eq 'A' ? ($_[0] % 2 == 0 ? '127.0.0.1' : '192.0.2.9') : () };
$answers{"late$_.example"} = do { my $times = $_; sub { $_[1] eq 'A' ? ($_[0] < $times ? '127.0.0.1' : '192.0.2.9') : () } } for 2 .. 4;
push @children, resolver(scratch(), \%answers);

# --- a service that attaches, with a recording; and the count of a command
my $made = 0;
my $pointer = '{name: live_objects, url: /debug/memory?gc=1, pointer: /objects, unit: objects}';
sub attached {
    my ($yaml, @requests) = @_;
    @requests = (['/a']) if !@requests;
    return make_service('service' . $made++, "ready_timeout: 1s\nsignals: [$pointer]\n$yaml", ['GET /a', '', (@requests) x (6 / @requests + 1)]);
}
my @few = ('--db', $db, '-q', '--connections', '2', '--requests', '12', '--no-early-stop', '--hold', '10ms');
my (%tries, %sent);

# Runs commands; no packet to another place than those of @here (and `also`); the code and the words, where they are given.
sub stays {
    my ($group, $name, $given, @command) = @_;
    my %env = %{$given->{env} // {}};
    my $counted = counted([@here, @{$given->{also} // []}], sub { seep({env => \%env, timeout => 60}, @command) });
    my $ran = $counted->{code};
    my $what = "$name: " . join ' ', map { m{/} ? () : $_ } @command[0, $#command > 3 ? () : 1 .. $#command];
    is("@{$counted->{outside}}", '', "$what: no packet outside") or diag($ran->{out}, $ran->{err});
    like($ran->{exit}, qr/^(?:$given->{exit})$/, "$what: ends with $given->{exit}") or diag($ran->{out}, $ran->{err}) if defined $given->{exit};
    like($ran->{err}, qr/\Aseep: [^\n]*(?:$given->{says})[^\n]*\n\z/, "$what: one line says why") or diag($ran->{err}) if defined $given->{says};
    cmp_ok($counted->{allowed}, '>', 0, "$what: but to its own target") if $given->{asks};
    $tries{$group}++;
    $sent{$group} += @{$counted->{outside}};
    return $counted;
}
sub some { return short_form() ? @_[grep { $_ % 3 == 0 } 0 .. $#_] : @_ }

sub row {
    my ($group, $fault, $happened) = @_;
    tried($fault, $tries{$group}, $happened, ($sent{$group} ? $sent{$group} : 'no') . ' packet outside');
}

subtest 'the count counts' => sub {
    my $none = counted([@here], sub { IO::Socket::INET->new("127.0.0.1:$port") or die; 0 });
    is("@{$none->{outside}} $none->{allowed}", ' 1', 'a connection to the target is one to the target');
    my $out = counted([@here], sub {
        for my $to ('192.0.2.1', '198.51.100.1', '2001:db8::1') {
            my $socket = IO::Socket::IP->new(PeerHost => $to, PeerPort => 80, Blocking => 0) or die "$to: $!";
        }
        IO::Socket::IP->new(PeerHost => '127.0.0.2', PeerPort => $other->{port}) or die;
    });
    is(join(' ', sort @{$out->{outside}}), "127.0.0.2:$other->{port} 192.0.2.1:80 198.51.100.1:80 2001:db8::1:80", 'connections elsewhere are not');
    my $allowed = counted([], sub { seep({timeout => 30}, 'check', attached("target: http://192.0.2.1\nallow: [192.0.2.0/31]\n")) });
    my %to = map { $_ => 1 } @{$allowed->{outside}};
    is_deeply([keys %to], ['192.0.2.1:80'], 'what `allow` names is asked, and is seen') or diag($allowed->{code}{err});
    my $named = counted([@here], sub { seep('check', attached("target: http://inside.example:$port\nallow: [127.0.0.1]\n")) });
    cmp_ok($named->{dns}, '>', 0, 'what is asked of the resolver is counted apart');
    is("@{$named->{outside}}", '', 'and is nothing outside');
};

subtest 'targets, however they are spelled' => sub {
    my @outside = ('192.0.2.1', '0xC0000201', '3221225985', '0300.0.2.1', '192.0.513', '0xc0.0.2.1', '[::ffff:192.0.2.1]', '[::ffff:c000:201]', '[2001:db8::1]',
        '[::192.0.2.1]', '[64:ff9b::c000:201]', 'outside.example', 'outside.example.', 'OUTSIDE.example', 'mapped.example', '127.0.0.2', '0.0.0.0', '0', '[::]', '[::1]');
    my @none = ('192.0.2.1.', '192.0.2.1@127.0.0.1', '127.0.0.1@192.0.2.1', '127.0.0.1:80@192.0.2.1', '127.0.0.1#@192.0.2.1', '127.0.0.1/@192.0.2.1', '127.0.0.1?@192.0.2.1', '127.0.0.1\\@192.0.2.1',
        '[fe80::1%25out]', '[fe80::1%out]', "127.0.0.1%00.192.0.2.1", '127.0.0.1 192.0.2.1', '127.0.0.1,192.0.2.1', '[127.0.0.1]192.0.2.1', '[::1]:80:192.0.2.1');
    my @commands = short_form() ? ('check') : ('check', 'run', 'bisect');
    for my $host (some(@outside)) {
        my $service = attached("target: \"http://$host:$port\"\nallow: [127.0.0.1]\n");
        stays('spelled', $host, {exit => 201, says => 'allow'}, $_, $service, $_ eq 'check' ? () : ('--db', $db, '-q')) for @commands;
    }
    for my $host (some(@none)) {
        (my $quoted = $host) =~ s/\\/\\\\/g;
        stays('spelled', $host, {exit => '200|201', says => ''}, 'check', attached("target: \"http://$quoted:$port\"\nallow: [127.0.0.1]\n"));
    }
    for my $host (some('0x7f.1', '2130706433', '017700000001', '127.1', '[::ffff:127.0.0.1]', 'localhost', 'inside.example')) {
        stays('spelled', "$host is this machine", {exit => 0, asks => 1}, 'check', attached("target: \"http://$host:$port\"\nallow: [127.0.0.1]\n"));
    }
    row('spelled', 'a target outside, spelled in some way (octal, hex, mapped, user@, trailing dot, by name)', 'refused with 201 or 200, one line');
};

subtest 'edges of what `allow` names' => sub {
    for (some(['192.0.2.128', '192.0.2.0/25'], ['192.0.1.255', '192.0.2.0/24'], ['198.51.100.0', '192.0.2.0/24'], ['192.0.2.2', '192.0.2.0/31'], ['192.0.2.1', '192.0.2.2/32'],
         ['[2001:db8::2]', '2001:db8::/127'], ['[2001:db8:1::]', '2001:db8::/48'], ['192.0.2.1', '::/0'], ['192.0.2.1', '::/64'], ['192.0.2.1', '::ffff:127.0.0.0/104'], ['[2001:db8::1]', '0.0.0.0/0'],
         ['192.0.2.1', 'unix:/run/x.sock'], ['192.0.2.1', 'inside.example'])) {
        my ($host, $allow) = @$_;
        stays('edges', "$host and $allow", {exit => 201, says => 'allow'}, 'check', attached("target: \"http://$host\"\nallow: [\"$allow\"]\n"));
    }
    for my $allow (some('192.0.2', '0x7f.1', '3221225985', '192.0.2.1/33', '*', '192.0.2.1/0x18', '192.0.2.0/24,198.51.100.0/24', ' 192.0.2.1')) {
        stays('edges', "allow $allow", {exit => 200, says => 'allow'}, 'check', attached("target: http://127.0.0.1:$port\nallow: [\"$allow\"]\n"));
    }
    row('edges', '`allow` with CIDRs that end beside the target, of the other family, or that are none', 'refused with 201 or 200, one line');
};

subtest 'names' => sub {
    stays('names', 'of several addresses only what is allowed', {exit => '0|1|125', asks => 1}, 'run', attached("target: http://several.example:$port\nallow: [127.0.0.1]\n"), @few);
    stays('names', 'allowed by address, of both families', {exit => '0|1|125', asks => 1}, 'run', attached("target: http://six.example:$port\nallow: [127.0.0.1]\n"), @few);
    stays('names', 'that changes', {exit => '0|1|125|201'}, 'run', attached("target: http://rebind.example:$port\nallow: [127.0.0.1]\n"), @few);
    stays('names', 'that changes back and forth', {exit => '0|1|125|201'}, $_, attached("target: http://turns.example:$port\nallow: [turns.example]\n"), @few[0 .. 2]) for 'check', 'run';
    for my $times (short_form() ? 3 : 2 .. 4) { # asked for once to be checked, and at each start again
        my $service = make_service("late$times", "target: http://late$times.example:\${PORT}\nallow: [127.0.0.1]\nready_timeout: 3s\nagent: none\n"
            . "start: {command: [/usr/bin/python3, $FindBin::Bin/../servers/plain.py], environment: {PORT: \"\${PORT}\"}}\n", ['GET /a', '', (['/a']) x 6], ['GET /b', '', (['/b']) x 6]);
        stays('names', "that changes after $times questions", {also => ['127.0.0.1'], asks => $times > 2, exit => 201, says => 'is 192.0.2.9, which `allow` does not name'}, 'bisect', $service, '--db', $db,
            '-q', '--budget', '10s', '--confirm', '100');
    }
    row('names', 'a name with addresses outside, one that changes between questions (DNS rebinding)', 'the allowed address, or refused with 201');
};

subtest 'what a recording says' => sub {
    my $host = sub { header => {Host => [$_[0]]} };
    my @requests = (['http://192.0.2.1/a'], ['http://192.0.2.1:80/a?x=http://192.0.2.1/'], ['//192.0.2.1/a'], ['http://outside.example/a'], ['https://[2001:db8::1]/a'], ['/a', $host->('192.0.2.1')],
        ['/a', $host->('outside.example')], ['/a', header => {Forwarded => ['host=192.0.2.1'], 'X-Forwarded-Host' => ['192.0.2.1'], 'X-Original-URL' => ['http://192.0.2.1/']}],
        ['/a', header => {':authority' => ['192.0.2.1'], ':scheme' => ['http']}], ['/a', header => {'Proxy-Connection' => ['keep-alive'], Connection => ['upgrade'], Upgrade => ['h2c, websocket']}],
        ['/a', header => {Origin => ['http://192.0.2.1'], Referer => ['http://192.0.2.1/'], Cookie => ['a=b']}], ['192.0.2.1:80'], ['*'], ['/a@192.0.2.1'], ['\\\\192.0.2.1\\a'], ['/\\192.0.2.1/a'],
        ["/a HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\nGET http://192.0.2.1/"], ['/../..//192.0.2.1/'], ['ftp://192.0.2.1/a'], ['file:///etc/passwd'], ['gopher://192.0.2.1:70/_a'], ['unix:/var/run/docker.sock']);
    for my $request (some(@requests)) {
        (my $shown = $request->[0]) =~ s/[^ -~]+/ /g;
        $shown .= ' with ' . join ' ', sort keys %{$request->[2]} if @$request > 1;
        stays('recorded', $shown, {exit => '0|1|125|200'}, 'run', attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\n", $request), @few);
        next if short_form();
        stays('recorded', "$shown in HTTP/2", {exit => '0|1|125|200'}, 'run', attached("target: http://127.0.0.1:$port2\nallow: [127.0.0.1]\nhttp: 2\n", $request), @few);
    }
    for my $method (some('CONNECT', 'OPTIONS', 'TRACE', 'PRI')) {
        my $service = make_service("method$method", "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nmethods: [$method, GET]\nready_timeout: 1s\nsignals: [$pointer]\n",
            ["$method /a", '', ($method eq 'CONNECT' ? ['192.0.2.1:443'] : ['*']) x 6], ['GET /a', '', (['/a']) x 6]);
        stays('recorded', $method, {exit => '0|1|125|200|201'}, 'run', $service, @few);
    }
    row('recorded', 'absolute URLs, Host and forwarding fields, CONNECT, line breaks and other schemes in a recording', 'sent to the target, or refused');
};

subtest 'what the target answers' => sub {
    my $service = sub { attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\n$_[0]", @_[1 .. $#_]) };
    for my $path (some(sort keys %said)) {
        stays('answers', "$path to a request", {exit => '0|1|125', asks => 1}, 'run', $service->('', [$path]), @few);
        next if short_form();
        stays('answers', "$path to the question if it is ready", {asks => 1}, 'check', $service->("ready: GET $path\n"));
        stays('answers', "$path to a login", {asks => 1}, 'run', $service->("setup: [{request: GET $path}]\n"), @few);
        (my $signal = $pointer) =~ s{/debug/memory\?gc=1}{$path};
        stays('answers', "$path to a signal", {asks => 1}, 'check', make_service('signal' . $made++, "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nready_timeout: 1s\nsignals: [$signal]\nsnapshots: [{name: s, url: $path, format: tracemalloc}]\n",
            ['GET /a', '', ['/a']]));
    }
    stays('answers', 'ALTSVC and ORIGIN of HTTP/2', {exit => '0|1|125', asks => 1}, 'run', attached("target: http://127.0.0.1:$port2\nallow: [127.0.0.1]\nhttp: 2\n", ['/a']), @few);
    like(slurp($second->{heard}), qr/request/, 'which were sent');
    row('answers', 'redirects, Alt-Svc, HSTS, Link, Refresh, 305, 401, 421, cookies of other hosts; ALTSVC and ORIGIN of HTTP/2', 'not followed');
};

subtest 'proxies' => sub {
    my %proxies = map { ($_ => 'http://192.0.2.99:3128', uc $_ => 'http://192.0.2.99:3128') } qw(http_proxy https_proxy all_proxy ftp_proxy socks_proxy);
    my %env = (%proxies, no_proxy => '', NO_PROXY => '', HTTP2_PROXY => 'x', ALL_PROXY => 'socks5h://192.0.2.99:1080');
    my $service = attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\n");
    stays('proxies', 'in the environment', {env => \%env, exit => '0|1|125', asks => 1}, 'run', $service, @few);
    stays('proxies', 'in the environment', {env => \%env, exit => 0, asks => 1}, 'check', $service);
    stays('proxies', 'in the environment', {env => \%env}, 'check', attached("target: https://127.0.0.1:$port\nallow: [127.0.0.1]\ntls: {insecure: true}\n"));
    stays('proxies', 'in the environment', {env => \%env, asks => 1}, 'run', attached("target: http://127.0.0.1:$port2\nallow: [127.0.0.1]\nhttp: 2\n"), @few);
    stays('proxies', 'in the environment', {env => \%env, asks => 1}, 'suspects', '--prometheus', "http://127.0.0.1:$port", '--memory', 'up', '--requests-by', 'up');
    stays('proxies', "in the scenario: $_", {exit => 201, says => 'proxy: .*allow'}, 'check', attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nproxy: $_\n"))
        for 'http://192.0.2.99:3128', 'socks5://outside.example:1080', 'socks5://[2001:db8::9]:1080', 'http://0xc0000263:3128';
    stays('proxies', "in the scenario: $_", {exit => 200, says => 'proxy'}, 'check', attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nproxy: $_\n"))
        for 'socks5h://127.0.0.1:1080', 'socks4a://127.0.0.1:1080', 'https://127.0.0.1:3128', 'http://user:pass@127.0.0.1:3128';
    stays('proxies', 'that is allowed, for a target that is not', {exit => 201, says => 'allow'}, 'check', attached("target: http://$_\nallow: [127.0.0.1]\nproxy: http://127.0.0.1:$port\n")) for '192.0.2.1', 'outside.example';
    unlike(slurp($inside->{heard}), qr/CONNECT (?!127\.0\.0\.1:)/, 'no proxy was asked for anything else');
    row('proxies', 'proxies in the environment, outside `allow`, or that would resolve the name', 'not taken, or refused with 201 or 200');
};

subtest 'signals, snapshots, agents, Docker' => sub {
    my $signal = sub { my ($url) = @_; make_service('elsewhere' . $made++, "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nready_timeout: 1s\nsignals: [$pointer, {name: far, url: \"$url\", pointer: /objects, unit: bytes}]\n",
        ['GET /a', '', (['/a']) x 6]) };
    for my $url (some('http://192.0.2.1/m', 'http://outside.example/m', 'http://[2001:db8::1]/m', 'http://rebind.example:9/m', "http://127.0.0.2:$other->{port}/m", 'https://192.0.2.1/m', 'http://0xc0000201/m', 'http://a@192.0.2.1/m')) {
        my $checked = stays('watched', $url, {}, 'check', $signal->($url));
        like($checked->{code}{out} . $checked->{code}{err}, qr/allow|not a URL|expected/, 'and the reason is said') or diag($checked->{code}{out}, $checked->{code}{err});
        stays('watched', $url, {}, 'run', $signal->($url), @few) if !short_form();
    }
    my $agents = scratch() . '/agents';
    mkdir $agents, 0700;
    my $docker = IO::Socket::UNIX->new(Local => scratch() . '/docker.sock', Listen => 8) or die $!;
    my $heard = serve($docker, \&http);
    symlink scratch() . '/docker.sock', "$agents/python-1-1.sock" or die;
    stays('watched', 'a link among the sockets of agents', {}, 'check', attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nagent_dir: $agents\n"));
    is(slurp($heard), '', 'is not followed');
    for my $host ('tcp://192.0.2.1:2375', 'ssh://root@192.0.2.1', 'http://192.0.2.1', 'fd://x', 'unix://') {
        stays('watched', "DOCKER_HOST=$host", {env => {DOCKER_HOST => $host}, exit => 200}, 'check', attached("target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nwatch: {container: web}\n"));
    }
    row('watched', 'signals and snapshots elsewhere, links among agents, DOCKER_HOST', 'a gap that says why, or refused with 200');
};

subtest 'Unix sockets' => sub {
    my $path = scratch() . '/app.sock';
    my $heard = serve(IO::Socket::UNIX->new(Local => $path, Listen => 8), \&http);
    stays('unix', 'not in the list', {exit => 201, says => 'allow'}, 'check', attached("target: unix:$path\nallow: [127.0.0.1, \"unix:$path.other\"]\n"));
    is(slurp($heard), '', 'heard nothing');
    stays('unix', 'spelled otherwise', {exit => '200|201'}, 'check', attached("target: \"unix:$_\"\nallow: [\"unix:$path\"]\n")) for "$path/", scratch() . '/./app.sock', scratch() . '//app.sock', '@app', 'app.sock';
    is(slurp($heard), '', 'heard nothing');
    stays('unix', 'in the list', {exit => 0}, 'check', attached("target: unix:$path\nallow: [\"unix:$path\"]\n"));
    isnt(slurp($heard), '', 'heard it');
    row('unix', 'Unix sockets that `allow` does not name, or not so', 'refused with 201');
};

subtest 'other commands' => sub {
    my $home = scratch();
    spit("$home/curl.txt", "curl 'http://192.0.2.1/a' -x http://192.0.2.99:3128 --resolve outside.example:80:192.0.2.1 -d \@/etc/passwd\ncurl http://192.0.2.1/b -L\n");
    spit("$home/x.har", encode_json({log => {version => '1.2', entries => [map { {startedDateTime => "2025-01-01T00:00:0$_.000Z", request => {method => 'GET', url => 'http://192.0.2.1/a', headers => []}, response => {status => 200, content => {}, headers => []}} } 1 .. 5]}}));
    spit("$home/targets", "GET http://192.0.2.1/a\n\nPOST http://outside.example/b\n\@/etc/passwd\n");
    spit("$home/api.json", '{"openapi":"3.0.0","info":{},"servers":[{"url":"http://192.0.2.1/"}],"paths":{"/a":{"$ref":"http://192.0.2.1/p.json"},"/b":{"get":{"externalDocs":{"url":"http://192.0.2.1/"}}}}}');
    stays('other', "import $_", {exit => 0}, 'import', "$home/$_", '-o', "$home/made-$_", '--force') for 'curl.txt', 'x.har', 'targets';
    unlike(join('', map { slurp($_) } glob "$home/made-*/*"), qr/root:|cm9vdD/, 'no file of this machine is in it');
    stays('other', 'import --routes', {}, 'import', "$home/x.har", '-o', "$home/made-routes", '--routes', "$home/api.json");
    stays('other', "import $_", {exit => 200}, 'import', $_, '-o', "$home/none") for 'http://192.0.2.1/access.log', '//192.0.2.1/x', 'file://192.0.2.1/x';
    stays('other', 'the one-line form', {exit => 201, says => 'allow|machine|service directory'}, 'run', "$home/x.har", '--target', $_, '--db', $db) for 'http://192.0.2.1', 'outside.example:80';
    stays('other', 'the one-line form', {asks => 1}, 'run', "$home/x.har", '--target', "http://127.0.0.1:$port", @few);
    stays('other', "$_->[0]", {}, @$_, '--db', $db) for ['runs'], ['report', 'last'], ['report', 'last', '--html', "$home/page.html"], ['help'], ['compare', '1', '2'];
    for my $redirecting ('redirect', 'name') {
        stays('other', 'suspects, answered by a redirect', {asks => 1}, 'suspects', '--prometheus', "http://127.0.0.1:$port/$redirecting", '--memory', 'up', '--requests-by', 'up', '--since', '1h');
    }
    stays('other', 'suspects, by a name that changes', {}, 'suspects', '--prometheus', "http://turns.example:$port/", '--memory', 'up', '--requests-by', 'up', '--since', '1h');
    my $asked = counted([@here], sub { seep({timeout => 20, kill => [1, 'TERM']}, 'suspects', '--prometheus', 'http://192.0.2.1:9090', '--memory', 'up', '--requests-by', 'up', '--since', '1h') });
    my %to = map { $_ => 1 } @{$asked->{outside}};
    is_deeply([keys %to], ['192.0.2.1:9090'], 'suspects asks the server that was named, and it alone');
    row('other', 'import, report, compare, help, the one-line form; suspects by redirects and changing names', 'suspects asks the server that was named; else nothing is asked');
};

subtest 'seep record' => sub {
    my $listen = free_port();
    my $directory = scratch() . '/recorded';
    my %env = map { ($_ => 'http://192.0.2.99:3128', uc $_ => 'http://192.0.2.99:3128') } qw(http_proxy https_proxy all_proxy);
    my $counted = counted([@here, "127.0.0.1:$listen"], sub {
        my $job = begin({name => 'record', env => \%env}, 'record', '--listen', "127.0.0.1:$listen", '--target', "http://inside.example:$port", '-o', $directory);
        select undef, undef, undef, 0.05 until -e "$directory/recording.jsonl" || !kill 0, $job->{pid};
        for my $head ("GET http://192.0.2.1/a HTTP/1.1\r\nHost: 192.0.2.1\r\n", "CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\n", "GET /a HTTP/1.1\r\nHost: outside.example\r\n",
                      "GET //192.0.2.1/a HTTP/1.1\r\nHost: x\r\n", "GET /redirect HTTP/1.1\r\nHost: x\r\n", "GET /alternative HTTP/1.1\r\nHost: x\r\nProxy-Connection: keep-alive\r\n", "OPTIONS * HTTP/1.1\r\nHost: 192.0.2.1\r\n",
                      "GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: 192.0.2.1\r\nForwarded: host=192.0.2.1\r\n") {
            my $socket = IO::Socket::INET->new("127.0.0.1:$listen") or die "record: $!";
            print $socket "${head}Connection: close\r\n\r\n";
            local $SIG{ALRM} = sub { die "no answer to $head" };
            alarm 10;
            1 while sysread $socket, my $answer, 4096;
            alarm 0;
            $tries{record}++;
        }
        kill 'TERM', $job->{pid};
        gather($job, 30);
    });
    is("@{$counted->{outside}}", '', 'no client leads it elsewhere');
    cmp_ok($counted->{allowed}, '>', 5, 'the target was asked');
    $sent{record} = @{$counted->{outside}};
    row('record', 'seep record: absolute URLs, CONNECT, other hosts, proxies in the environment', 'passed to --target, or refused');
};

done_testing();
