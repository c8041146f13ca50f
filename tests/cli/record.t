#!/usr/bin/env perl
# seep record: what clients and a service say to one another goes through as it was, each request is recorded once or counted
# under a reason, and nothing secret is written.
use strict;
use warnings;
use lib do { require File::Basename; File::Basename::dirname(__FILE__) };
use Seep;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use Test::More;

my $framings = free_port();
{
    local $ENV{PORT} = $framings;
    start_server($framings, root(), '/usr/bin/python3', 'tests/servers/framings.py');
}

# Starts a recorder on a free port; returns {job, port, directory}.
sub recorder {
    my ($name, $target, @options) = @_;
    my $directory = scratch() . "/$name.d";
    my $job = begin({name => $name}, 'record', '--listen', '0', '--target', $target, '-o', $directory,
        '--json', scratch() . "/$name.json", @options);
    my $port;
    for (1 .. 400) {
        last if ($port) = slurp("$job->{base}.err") =~ /127\.0\.0\.1:(\d+) passes on/;
        select undef, undef, undef, 0.02;
    }
    die slurp("$job->{base}.err") if !$port;
    return {job => $job, port => $port, directory => $directory};
}

sub ends {
    my ($recorder, $signal) = @_;
    kill $signal // 'INT', $recorder->{job}{pid};
    return gather($recorder->{job}, 60);
}

sub wire {
    my ($port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) // die "connect: $!";
}

# What comes until the other side closes, the pattern fits, or for 10 seconds nothing comes.
sub heard {
    my ($socket, $pattern) = @_;
    my ($select, $all) = (IO::Select->new($socket), '');
    while (!(defined $pattern && $all =~ $pattern) && $select->can_read(10)) {
        sysread($socket, my $piece, 65536) or last;
        $all .= $piece;
    }
    return $all;
}

sub says {
    my ($port, $text, $pattern) = @_;
    my $socket = wire($port);
    syswrite $socket, $text;
    return heard($socket, $pattern);
}

# All requests of a service directory, or of one file.
sub recorded {
    my ($place) = @_;
    my @lines = map { split /\n/, slurp($_) } -d $place ? glob("$place/*.jsonl") : $place;
    return map { decode_json($_) } grep { /"method"/ } @lines;
}

# What the first lines of its recordings say was redacted, all together.
sub redacted_in {
    my ($directory) = @_;
    my %sum;
    for my $path (glob "$directory/*.jsonl") {
        my $redacted = decode_json((split /\n/, slurp($path))[0])->{redacted};
        $sum{$_} += $redacted->{$_} for keys %$redacted;
    }
    return \%sum;
}

my $close = "Host: shop.example\r\nConnection: close\r\n\r\n";

subtest 'every framing goes through' => sub {
    my $one = recorder('framed', "http://127.0.0.1:$framings");
    my $get = sub { says($one->{port}, "GET $_[0] HTTP/1.1\r\n$close") };
    like($get->('/length'), qr/\r\n\r\nlength\n\z/, 'a length');
    like($get->('/chunked'), qr/\r\n\r\n6\r\nchunk \r\n3\r\ned\.\r\n0\r\nX-After: yes\r\n\r\n\z/, 'chunks and their trailer, as they came');
    like(says($one->{port}, "GET /until-close HTTP/1.1\r\nHost: a\r\n\r\n"), qr/until the end\n\z/, 'a body that ends with the connection');
    like($get->('/none'), qr/^HTTP\/1\.1 204 .*\r\n\r\n\z/s, 'no body');
    like($get->('/status/304'), qr/^HTTP\/1\.1 304 /, 'not modified');
    like($get->('/early'), qr/^HTTP\/1\.1 103 Early Hints\r\nLink: .*HTTP\/1\.1 200 .*ok\z/s, 'an interim answer before');
    like(says($one->{port}, "HEAD /length HTTP/1.1\r\n$close"), qr/Content-Length: 7\r\n.*\r\n\r\n\z/s, 'HEAD');
    like(says($one->{port}, "GET /length HTTP/1.0\r\n\r\n"), qr/X-Head: GET \/length HTTP\/1\.0\r\n.*length\n\z/s, 'HTTP/1.0, closed after it');
    like(says($one->{port}, "POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${close}3\r\nabc\r\n2;x\r\nde\r\n0\r\nX: y\r\n\r\n"),
        qr/X-Body: 5\r\n/, 'a request in chunks');
    my $socket = wire($one->{port});
    syswrite $socket, "POST /length HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n$close";
    like(heard($socket, qr/\r\n\r\n/), qr/^HTTP\/1\.1 100 Continue\r\n\r\n\z/, 'Expect: 100-continue is answered by the service');
    syswrite $socket, 'body';
    like(heard($socket), qr/X-Body: 4\r\n/, 'and the body follows');
    my $pipelined = says($one->{port}, join('', map { "GET /status/20$_ HTTP/1.1\r\nHost: a\r\n\r\n" } 1 .. 3) . "GET /length HTTP/1.1\r\n$close");
    is(join(' ', $pipelined =~ /^HTTP\/1\.1 (\d+)/mg), '201 202 203 200', 'requests sent at once are answered in order');
    my $plain = says($one->{port}, "GET /length HTTP/1.1\r\nHost: shop.example\r\nX-Mine: 1\r\n\r\n", qr/length\n\z/);
    like($plain, qr/^X-Head: GET \/length HTTP\/1\.1 \| Host: shop\.example \| X-Mine: 1\r$/m, 'nothing is added to what the service sees');
    like($plain, qr/^Connection: keep-alive\r$/m, 'what the service says of the connection is passed on');
    unlike($plain, qr/^X-Hop/m, 'but for what is of its connection only');
    like(says($one->{port}, "GET /length HTTP/1.1\r\nX-Hop: 1\r\nTE: gzip\r\nHost: a\r\nConnection: close, X-Hop\r\n\r\n"),
        qr/^X-Head: GET \/length HTTP\/1\.1 \| Host: a \| Connection: close\r$/m, 'and so is what is of the client\'s');
    my $drip = wire($one->{port});
    for my $byte (split //, "POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${close}3\r\nabc\r\n0\r\n\r\n") {
        syswrite $drip, $byte;
        select undef, undef, undef, 0.0005;
    }
    like(heard($drip), qr/X-Body: 3\r\n.*length\n\z/s, 'a request that comes byte by byte');
    my $half = wire($one->{port});
    syswrite $half, "GET /length HTTP/1.1\r\nHost: a\r\n\r\n";
    shutdown $half, 1;
    like(heard($half, qr/length\n\z/), qr/length\n\z/, 'a client that sends no more gets its answer');
    like($get->('/garbage'), qr/^HTTP\/1\.1 502 /, 'what is no HTTP is a 502');
    like($get->('/silent'), qr/^HTTP\/1\.1 502 /, 'so is no answer');
    unlike($get->('/cut'), qr/502/, 'an answer that was cut is passed on as it is');
    my $ended = ends($one);
    is($ended->{exit}, 130, 'interrupted: 130, after it was written');
    is($ended->{result}{recorded}, 19, 'each is recorded') or diag(explain($ended->{result}));
    is_deeply($ended->{result}{not_recorded}, {'target not reached' => 2}, 'or counted');
    my @requests = recorded($one->{directory});
    is(scalar @requests, 19, 'as many stand in the directory');
    is_deeply([sort map { decode_base64($_->{body}) } grep { $_->{body} } @requests], ['abc', 'abcde', 'body'], 'with their bodies, unframed');
    is_deeply([sort map { $_->{status} } grep { $_->{url} =~ /^.status/ } @requests], [201, 202, 203, 304], 'and statuses');
    is((grep { exists $_->{header}{Host} || exists $_->{header}{Connection} || exists $_->{header}{'Transfer-Encoding'} } @requests), 0,
        'without the recorded host, and without what is of a connection');
    ok(!-e "$one->{directory}/recording.jsonl", 'what was kept meanwhile is gone');
};

subtest 'what a replay cannot play is passed on, and counted' => sub {
    my $one = recorder('marked', "http://127.0.0.1:$framings", '--requests', 2);
    my $socket = wire($one->{port});
    syswrite $socket, "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n";
    like(heard($socket, qr/\r\n\r\n/), qr/^HTTP\/1\.1 101 .*Upgrade: websocket/s, 'a WebSocket is opened');
    for my $frame ("\x81\x85abcd\x09\x0e\x06\x0b\x0e", "\x82\xfe\x00", 'x' x 200_000) {
        my $sent = 0;
        my $back = '';
        while (length $back < length $frame) {
            $sent += syswrite($socket, $frame, 16384, $sent) if $sent < length $frame;
            $back .= heard($socket, qr/./s);
        }
        ok($back eq $frame, length($frame) . ' bytes of it go both ways, untouched');
    }
    like(says($one->{port}, "GET /events HTTP/1.1\r\nHost: a\r\n\r\n"), qr/data: 0\r\n\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n\z/, 'events pass');
    like(says($one->{port}, "GET /length HTTP/1.1\r\nX-Seep-Run: 7\r\n$close"), qr/X-Seep-Run: 7/, 'a replay of ours passes, and is not recorded');
    like(says($one->{port}, "OPTIONS * HTTP/1.1\r\n$close"), qr/OPTIONS \*/, 'what has no path passes');
    says($one->{port}, "GET /length HTTP/1.1\r\n$close") for 1 .. 2;
    my $ended = gather($one->{job}, 60);
    is($ended->{exit}, 0, '--requests ends it, with 0');
    is_deeply($ended->{result}{not_recorded}, {websocket => 1, 'event stream' => 1, 'X-Seep-Run' => 1, 'no path' => 1}, 'each under its reason');
    is($ended->{result}{recorded}, 2, 'none of them is recorded');
};

subtest 'what could be read in two ways is refused' => sub {
    my $one = recorder('smuggled', "http://127.0.0.1:$framings");
    my @bad = (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc",
    );
    like(says($one->{port}, $_), qr/^HTTP\/1\.1 400 .*seep record: /s, (split /\n/, s/\r//gr)[2] // 'bare LF') for @bad;
    like(says($one->{port}, "GET / HTTP/1.1\r\nHost: a\r\nX: " . 'x' x 70_000 . "\r\n\r\n"), qr/^HTTP\/1\.1 431 /, 'a header without end');
    like(says($one->{port}, "GET /length HTTP/1.1\r\n$close"), qr/length\n\z/, 'the next client is served');
    my $ended = ends($one, 'TERM');
    is($ended->{exit}, 143, 'SIGTERM: 143');
    is($ended->{result}{refused}, @bad + 1, 'they are counted');
    is($ended->{result}{recorded}, 1, 'and not recorded');
};

subtest 'bodies of 100 MB go through in little memory' => sub {
    my $one = recorder('large', "http://127.0.0.1:$framings");
    my $size = 100_000_000;
    my $file = scratch() . '/large';
    system("head -c $size /dev/zero >$file");
    my $got = `curl -s -o /dev/null -w '%{http_code} %{size_download}' http://127.0.0.1:$one->{port}/download/$size`;
    is($got, "200 $size", 'down');
    my $head = `curl -s -D - -o /dev/null -T $file http://127.0.0.1:$one->{port}/length`;
    like($head, qr/X-Body: $size\r/, 'up');
    $head = `curl -s -D - -o /dev/null -H 'Transfer-Encoding: chunked' -T $file http://127.0.0.1:$one->{port}/length`;
    like($head, qr/X-Body: $size\r/, 'up in chunks');
    unlink $file;
    # Who reads nothing holds back the service, not the proxy's memory.
    my $slow = wire($one->{port});
    syswrite $slow, "GET /download/$size HTTP/1.1\r\nHost: a\r\n\r\n";
    select undef, undef, undef, 0.5;
    my ($peak) = slurp("/proc/$one->{job}{pid}/status") =~ /VmHWM:\s+(\d+)/;
    $peak < 40_000 ? pass("the proxy's peak is below 40 MB") : fail("the proxy's peak is $peak kB") unless $ENV{ASAN_OPTIONS} || $ENV{TSAN_OPTIONS};
    close $slow;
    says($one->{port}, "GET /length HTTP/1.1\r\n$close");
    my $ended = ends($one);
    is($ended->{result}{without_body}, 2, 'both uploads are recorded without their bodies, and counted');
    my @left = map { $_->{body_left_out} // () } recorded($one->{directory});
    is_deeply(\@left, [$size, $size], 'and say how much was left out');
    is((grep { $_->{status} == 499 } recorded($one->{directory})), 0, 'a client that hung up within an answer has its status');
};

subtest 'fifty clients that keep their connections' => sub {
    my $port = free_port();
    {
        local $ENV{PORT} = $port;
        start_server($port, root(), '/usr/bin/python3', 'tests/servers/plain.py');
    }
    my $one = recorder('kept-open', "http://127.0.0.1:$port");
    my @sockets = map { wire($one->{port}) } 1 .. 50;
    my $answered = 0;
    my %sent;
    for my $round (1 .. 40) {
        for my $i (0 .. $#sockets) {
            syswrite $sockets[$i], "GET /$i/$round HTTP/1.1\r\nHost: a\r\nUser-Agent: client-$i\r\n\r\n";
            $sent{"/$i/$round"} = 1;
        }
        $answered += heard($_, qr/plain\n\z/) =~ /^HTTP\/1\.1 200 / for @sockets;
    }
    is($answered, 2000, 'each request got its answer');
    my $ended = ends($one);
    is($ended->{result}{clients}, 50, 'on fifty connections');
    is($ended->{result}{recorded}, 2000, 'and was recorded');
    my @requests = recorded($one->{directory});
    is_deeply({map { $_->{url} => 1 } @requests}, \%sent, 'each of them');
    is(scalar(keys %{{map { $_->{session} => 1 } @requests}}), 50, 'who has no token is known by address and User-Agent');
    my %by_session;
    push @{$by_session{$_->{session}}}, $_->{t_us} for sort { $a->{t_us} <=> $b->{t_us} } @requests;
    is((grep { @$_ != 40 } values %by_session), 0, 'with all that was theirs');
};

# What was recorded of the pricing service: [method, url, body], some hundred of them.
sub traffic {
    my @all = map { [@$_{qw(method url)}, decode_base64($_->{body} // '')] }
        map { (recorded($_))[0 .. 39] } map { root() . "/scenarios/pricing/$_.jsonl" } qw(get_quote_slug get_products get_tax get_cart_id post_quote);
    return ((grep { defined $_->[0] } @all), map { ['GET', "/no/such/$_", ''] } 1 .. 10);
}

subtest 'fifty clients in front of the pricing service' => sub {
    my $port = free_port();
    start_server($port, root() . '/docker/staging/pricing', '/usr/bin/python3', '-m', 'gunicorn', '-w', '1', '-b', "127.0.0.1:$port", 'app:app');
    my $one = recorder('pricing', "http://127.0.0.1:$port");
    my @traffic = traffic();
    my (@config, %sent);
    for (@traffic) {
        my ($method, $url, $body) = @$_;
        $sent{"$method $url"}++;
        my $data = $body eq '' ? '' : 'data = "' . $body =~ s/(["\\])/\\$1/gr . "\"\nheader = \"Content-Type: application/json\"\n";
        push @config, "next\nsilent\nurl = \"http://127.0.0.1:$one->{port}$url\"\noutput = \"/dev/null\"\nwrite-out = \"%{http_code}\\n\"\n"
            . "header = \"Authorization: Bearer hunter2-token\"\ncookie = \"session=hunter2-cookie\"\nrequest = $method\n$data";
    }
    my $config = spit(scratch() . '/clients', join '', @config);
    my @statuses = split /\n/, `curl --silent --show-error --no-progress-meter --parallel --parallel-max 50 -K $config`;
    is(scalar @statuses, scalar @traffic, 'each request got its answer');
    `curl -s -o /dev/null -d 'password=hunter2-password&api_key=hunter2-key' 'http://127.0.0.1:$one->{port}/session/login?token=hunter2-query'`;
    my $spooled;
    for (1 .. 500) {
        $spooled = slurp("$one->{directory}/recording.jsonl");
        last if $spooled =~ m{session/login};
        select undef, undef, undef, 0.02;
    }
    my $ended = ends($one);
    is($ended->{result}{recorded}, @traffic + 1, 'and was recorded once') or diag(explain($ended->{result}));
    my @requests = grep { $_->{url} !~ /login/ } recorded($one->{directory});
    my (%kept, %answered, %status);
    $kept{"$_->{method} $_->{url}"}++ for @requests;
    is_deeply(\%kept, \%sent, 'each of them, none twice');
    $answered{$_}++ for @statuses;
    $status{$_->{status}}++ for @requests;
    is_deeply(\%status, \%answered, 'with the status that its client got');
    ok(keys %status > 1, 'of which there are several');
    is(scalar(keys %{{map { $_->{session} => 1 } @requests}}), 1, 'what has one token is one session');
    ok($spooled =~ m{session/login} && $spooled !~ /hunter2/ && join('', map { decode_base64($_) } $spooled =~ /"body":"(.*?)"/g) !~ /hunter2/,
        'nothing secret was written meanwhile');
    is((grep { slurp($_) =~ /hunter2/ || bodies($_) =~ /hunter2/ } glob("$one->{directory}/*")), 0, 'nor at the end');
    is_deeply(redacted_in($one->{directory}), {header => 2 * @traffic, form => 2, query => 1}, 'their first lines count what was taken out');
    is_deeply($ended->{result}{redacted}, redacted_in($one->{directory}), 'as the recorder did');
    is((grep { (stat $_)[2] & 077 } glob("$one->{directory}/*.jsonl")), 0, 'recordings are for their owner only');
    spit("$one->{directory}/service.yaml", "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nmethods: [GET, POST]\n");
    my $run = seep('--db', scratch() . '/record.db', 'run', $one->{directory}, '--connections', 4, '--requests', 400, '--json', scratch() . '/run.json',
        map { ('-e', $_->{endpoint}) } grep { $_->{endpoint} !~ /login/ } @{$ended->{result}{endpoints}});
    my $replay = json(scratch() . '/run.json')->{replay};
    is("$replay->{done} done, $replay->{failed} failed", '400 done, 0 failed', 'a replay is answered as it was recorded') or diag($run->{out}, $run->{err});
};

# The bodies of a recording, decoded.
sub bodies { return $_[0] =~ /jsonl$/ ? join "\n", map { decode_base64($_->{body} // '') } recorded($_[0]) : '' }

subtest 'a recorder that was killed' => sub {
    my $one = recorder('killed', "http://127.0.0.1:$framings");
    says($one->{port}, "GET /status/20$_?token=hunter2-$_ HTTP/1.1\r\nCookie: sid=" . $_ % 2 . "\r\n$close") for 1 .. 5;
    my $spool = "$one->{directory}/recording.jsonl";
    for (1 .. 500) {
        last if recorded($spool) == 5;
        select undef, undef, undef, 0.02;
    }
    ends($one, 'KILL');
    my $again = seep('record', '--listen', '0', '--target', "http://127.0.0.1:$framings", '-o', $one->{directory});
    is($again->{exit}, 200, 'what it left is not written over');
    like($again->{err}, qr/^seep: \S+recording\.jsonl: of a recording that did not end.*`seep import/, 'and the way out is said');
    my $import = seep('import', $spool, '-o', scratch() . '/rescued');
    is($import->{exit}, 0, 'what it left can be imported');
    my @rescued = recorded(scratch() . '/rescued');
    is(scalar @rescued, 5, 'all of it');
    is(scalar(keys %{{map { $_->{session} => 1 } @rescued}}), 2, 'with its sessions');
    is_deeply(redacted_in(scratch() . '/rescued'), {header => 5, query => 5}, 'and what was taken out stays counted');
    like($import->{out}, qr/^redacted: nothing\nredacted before this import: header 5, query 5$/m, 'and said');
};

subtest 'whose request it is, by rules' => sub {
    my $ask = sub {
        my ($port, $client) = @_;
        return says($port, "POST /length?user=$client HTTP/1.1\r\nX-Client: $client\r\nCookie: sid=same\r\nContent-Length: 14\r\n$close" . qq({"user": "u$client"}));
    };
    for (['the cookie', 1], ['a header', 3, 'header:X-Client'], ['the query', 3, 'query:user'], ['the body', 3, 'json:/user'], ['the connection', 6, 'connection'],
        ['the address', 1, 'address'], ['the first rule that fits', 3, 'cookie:none, header:x-client, address'], ['nothing', 0, 'none']) {
        my ($by, $sessions, $rules) = @$_;
        my $one = recorder("by-$by" =~ tr/ /-/r, "http://127.0.0.1:$framings", '--requests', 6, $rules ? ('--session', $rules) : ());
        $ask->($one->{port}, $_ % 3) for 1 .. 6;
        gather($one->{job}, 60);
        my %seen = map { ($_->{session} // '') => 1 } recorded($one->{directory});
        delete $seen{''};
        is(scalar keys %seen, $sessions, "by $by: $sessions sessions");
    }
    my @wrong = map { my @command = @$_; seep(@command, '--session', 'cookie, colour') }
        ['record', '--listen', '0', '--target', 'http://127.0.0.1:1', '-o', scratch() . '/by.x'], ['import', '/dev/null', '-o', scratch() . '/by.x'];
    like($wrong[0]{err}, qr/^seep: --session: 'colour': no such rule; rules are [^\n]*\n\z/, 'a rule that is none');
    is("$wrong[0]{exit} $wrong[0]{err}", "$wrong[1]{exit} $wrong[1]{err}", 'is what it is for import');
    ok(!-e scratch() . '/by.x', 'and nothing is left behind');
};

subtest '--keep-secrets' => sub {
    my $one = recorder('kept', "http://127.0.0.1:$framings", '--keep-secrets');
    like(slurp("$one->{job}{base}.err"), qr/^seep: WARNING: --keep-secrets: credentials are written into \S+kept\.d as they come/m, 'said loudly before the first request');
    says($one->{port}, "GET /length?token=hunter2-query HTTP/1.1\r\nAuthorization: Bearer hunter2\r\n$close");
    my $ended = ends($one);
    like($ended->{err}, qr/^seep: WARNING: --keep-secrets: credentials stand in the recordings as they were \(header 1, query 1\)$/m, 'and at the end');
    unlike($ended->{out}, qr/redacted/, 'nothing is called redacted');
    ok($ended->{result}{kept_secrets}, 'the result says so');
    my ($request) = recorded($one->{directory});
    is($request->{url}, '/length?token=hunter2-query', 'they are there');
    is($request->{header}{Authorization}[0], 'Bearer hunter2', 'all of them');
    is_deeply(redacted_in($one->{directory}), {}, 'and not counted as taken out');
    like(slurp("$one->{directory}/get_length.jsonl"), qr/SECRETS WERE KEPT \(--keep-secrets\)/, 'the recording says so');
    is((grep { (stat $_)[2] & 077 } glob("$one->{directory}/*.jsonl")), 0, 'which is for its owner only all the same');
};

subtest 'TLS on both sides' => sub {
    my ($key, $certificate) = map { scratch() . "/$_.pem" } qw(key certificate);
    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 " .
        "-addext subjectAltName=IP:127.0.0.1 -keyout $key -out $certificate 2>/dev/null") == 0 or die 'openssl';
    my $behind = recorder('behind', "http://127.0.0.1:$framings", '--tls-cert', $certificate, '--tls-key', $key);
    my $front = recorder('front', "https://127.0.0.1:$behind->{port}", '--tls-ca', $certificate, '--tls-cert', $certificate, '--tls-key', $key);
    my $got = `curl -s --cacert $certificate -w ' %{http_code}' -d body https://127.0.0.1:$front->{port}/length`;
    is($got, "length\n 200", 'a request goes through two recorders');
    $got = `curl -s --cacert $certificate -o /dev/null -w '%{http_code} %{size_download}' https://127.0.0.1:$front->{port}/download/10000000`;
    is($got, '200 10000000', 'so do 10 MB');
    $got = `curl -s --cacert $certificate -o /dev/null -w '%{http_code}' https://127.0.0.1:$front->{port}/until-close`;
    is($got, '200', 'and a body that ends with the connection');
    my $doubting = recorder('doubting', "https://127.0.0.1:$behind->{port}");
    like(says($doubting->{port}, "GET / HTTP/1.1\r\n$close"), qr/^HTTP\/1\.1 502 /, 'a target that nobody vouches for is not asked');
    is(ends($_)->{result}{recorded}, 3, 'recorded by each') for $front, $behind;
    is(ends($doubting)->{exit}, 130, 'nothing recorded, interrupted: 130');
};

subtest 'what is wrong is said in a line' => sub {
    my $free = free_port();
    my $gone = recorder('gone', "http://127.0.0.1:$free", '--duration', '1s');
    like(says($gone->{port}, "GET / HTTP/1.1\r\n$close"), qr/^HTTP\/1\.1 502 .*127\.0\.0\.1:$free cannot be reached/s, 'nobody listens at the target: 502');
    my $ended = gather($gone->{job}, 30);
    is($ended->{exit}, 200, '--duration ends it; nothing was recorded: 200');
    like($ended->{err}, qr/^seep: nothing was recorded/m, 'and says so');
    is($ended->{result}{not_recorded}{'target not reached'}, 1, 'the request is counted');
    for (['--listen', '0', '--target', 'http://127.0.0.1:1', qr/needs -o DIR/], ['-o', 'x', '--target', 'http://127.0.0.1:1', qr/needs --listen/],
        ['--listen', '0', '-o', 'x', '--target', 'shop', qr/'shop' is not a URL/], ['--listen', 'x y', '-o', 'x', '--target', 'http://127.0.0.1:1', qr/no address to listen on/],
        ['--listen', "127.0.0.1:$framings", '-o', 'x', '--target', 'http://127.0.0.1:1', qr/Address already in use/],
        ['--listen', '0', '-o', root() . '/scenarios/pricing', '--target', 'http://127.0.0.1:1', qr/has endpoints already/],
        ['--listen', '0', '-o', 'x', '--target', 'http://127.0.0.1:1', '--tls-cert', '/dev/null', qr{/dev/null: no start line}]) {
        my @arguments = @$_;
        my $pattern = pop @arguments;
        my $result = seep('record', @arguments);
        ok($result->{exit} == 200 && $result->{err} =~ /^seep: [^\n]*$pattern[^\n]*\n\z/, "$pattern") or diag(explain($result));
    }
    my $wide = begin({name => 'wide'}, 'record', '--listen', '0.0.0.0:0', '--target', "http://127.0.0.1:$framings", '-o', scratch() . '/wide.d', '--duration', '100ms');
    like(gather($wide, 30)->{err}, qr/^seep: WARNING: 0\.0\.0\.0:\d+ is no address of this machine alone/m, 'an address that others reach is said loudly');
};

done_testing();
