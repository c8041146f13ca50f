#!/usr/bin/env perl
# Answers that no honest server gives, wherever seep reads one: to a replay in HTTP/1.1 and HTTP/2, from the pages of
# signals and snapshots, from agents and from a Prometheus. Each is counted with its reason, in bounded time and memory.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use MIME::Base64;
use Test::More;
use Hostile;
use Seep;
use Table;

my $db = scratch() . '/seep.db';
my $ok = "HTTP/1.1 200 OK\r\n";
my $chunked = "${ok}Transfer-Encoding: chunked\r\n\r\n";

sub then_closed { my ($bytes) = @_; return sub { said($_[0], $bytes); return 0 } }
sub then_silent { my ($bytes) = @_; return sub { said($_[0], $bytes); return until_closed($_[0]) } }
sub then_flood { my ($bytes, $piece) = @_; return sub { said($_[0], $bytes); return flood($_[0], $piece) } }

sub reset_within {
    my ($bytes) = @_;
    return sub {
        said($_[0], $bytes);
        setsockopt $_[0], Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'ii', 1, 0;
        close $_[0];
        return 0;
    };
}

my $over = qr/a header block or chunk line over its limit|too many header fields/;
my $late = qr/the answer was not whole within its time/;
my $no_status = qr/not an HTTP\/1\.x status line/;

# name => [what is answered, the reason that is told]; no reason: it is taken as an answer
my %cases = (
    'headers-endless' => [then_flood($ok, "X-A: b\r\n"), $over],
    'header-line-endless' => [then_flood("${ok}X-A: ", 'b'), $over],
    'header-name-endless' => [then_flood($ok, 'b'), $over],
    'status-endless' => [then_flood('HTTP/1.1 200 ', 'OK '), $over],
    'interim-flood' => [then_flood('', "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), qr/too many interim answers/],
    'noise' => [then_flood('', join '', map { chr(($_ * 7919 + 13) % 256) } 1 .. 4096), $no_status],
    'nuls' => [then_flood('', "\0"), $no_status],
    'http-0.9' => [then_closed("hello\n"), $no_status],
    'http-2' => [then_silent(pack('H*', '000000040000000000')), $no_status],
    'tls' => [then_silent("\x15\x03\x01\x00\x02\x02\x28"), $no_status],
    'status-nul' => [then_closed("HTTP/1.1 2\x000 OK\r\n\r\n"), qr/status is not a number/],
    'status-nul-behind' => [then_closed("HTTP/1.1 200\0OK\r\n\r\n"), $no_status],
    'status-999' => [then_closed("HTTP/1.1 999 Odd\r\n\r\n"), qr/status is not a number/],
    'status-negative' => [then_closed("HTTP/1.1 -20 Odd\r\n\r\n"), qr/status is not a number/],
    'chunk-4GB' => [then_silent("${chunked}FFFFFFFF\r\nabc"), $late],
    'chunk-4GB-flood' => [then_flood("${chunked}FFFFFFFF\r\n", 'abc'), $late],
    'chunk-2^64' => [then_closed("${chunked}10000000000000000\r\nabc"), qr/a chunk size out of range/],
    'chunk-2^64-1' => [then_closed("${chunked}FFFFFFFFFFFFFFFF\r\nabc"), qr/a chunk size out of range/],
    'chunk-zeros' => [then_flood($chunked, '0'), $over],
    'chunk-negative' => [then_closed("${chunked}-1\r\nabc"), qr/a chunk size that is not a number/],
    'chunk-0x' => [then_closed("${chunked}0x5\r\nabcde\r\n0\r\n\r\n"), qr/a chunk size that is not a number/],
    'chunk-longer' => [then_closed("${chunked}3\r\nabcdef\r\n0\r\n\r\n"), qr/a chunk longer than its size/],
    'chunk-extension' => [then_flood("${chunked}3;", 'x=y;'), $over],
    'chunks-endless' => [then_flood($chunked, "1\r\na\r\n"), $late],
    'trailers-endless' => [then_flood("${chunked}0\r\n", "X-A: b\r\n"), $over],
    'length-negative' => [then_closed("${ok}Content-Length: -5\r\n\r\nhello"), qr/Content-Length is not a number/],
    'length-2^64' => [then_closed("${ok}Content-Length: 18446744073709551621\r\n\r\nhello"), qr/Content-Length is not a number/],
    'length-hex' => [then_closed("${ok}Content-Length: 0x5\r\n\r\nhello"), qr/Content-Length is not a number/],
    'length-empty' => [then_closed("${ok}Content-Length: \r\n\r\nhello"), qr/Content-Length is not a number/],
    'length-twice' => [then_closed("${ok}Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello"), qr/two values of Content-Length/],
    'length-list' => [then_closed("${ok}Content-Length: 5, 5\r\n\r\nhello"), qr/Content-Length is not a number/],
    'length-exabyte' => [then_flood("${ok}Content-Length: 999999999999999999\r\n\r\n", 'abc'), $late],
    'chunked-not-last' => [then_closed("${ok}Transfer-Encoding: chunked, gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), qr/chunked is not the last/],
    'body-endless' => [then_flood("$ok\r\n", 'abc'), $late],
    'drip' => [sub { drip($_[0], "${ok}Content-Length: 5\r\n\r\nhello") }, $late],
    'silent' => [then_silent(''), qr/nothing came within its time/],
    'half-header' => [then_closed("${ok}Content-Le"), qr/closed within the header/],
    'half-body' => [then_closed("${ok}Content-Length: 500\r\n\r\nhello"), qr/closed short of Content-Length/],
    'half-silent' => [then_silent("${ok}Content-Length: 500\r\n\r\nhello"), $late],
    'reset' => [reset_within("${ok}Content-Length: 500\r\n\r\nhello"), qr/the connection broke|closed short/],
    'closed' => [then_closed(''), qr/closed before an answer/],
    'header-blank' => [then_closed("${ok}Content-Length : 5\r\n\r\nhello"), qr/a header/],
    'fold-of-length' => [then_closed("${ok}Content-Length: 5\r\n 0\r\n\r\nhello"), qr/a folded header field/],
    'no-colon' => [then_closed("${ok}nonsense\r\nContent-Length: 5\r\n\r\nhello"), qr/a header/],
    'both-lengths' => [sub { said($_[0], "${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n") }, undef],
    'second-answer' => [sub { said($_[0], "${ok}Content-Length: 5\r\n\r\nhelloHTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n") }, undef],
    # Of these nothing is read, and nothing goes out again.
    'fold' => [sub { said($_[0], "${ok}X-A: a\r\n b\r\nContent-Length: 5\r\n\r\nhello") }, undef],
    'header-nul' => [sub { said($_[0], "${ok}X-A: a\0b\r\nContent-Length: 5\r\n\r\nhello") }, undef],
    'header-cr' => [sub { said($_[0], "${ok}X-A: a\rX-B: b\r\nContent-Length: 5\r\n\r\nhello") }, undef],
    'header-escapes' => [sub { said($_[0], "${ok}X-A: \e[31m\x7f\xff\r\nContent-Length: 5\r\n\r\nhello") }, undef],
    'ok' => [sub { answer($_[0], 'hello') }, undef],
);

my ($port, $server) = serve(sub {
    my ($path, undef, $socket) = @_;
    my $case = $cases{substr $path, 1};
    return $case ? $case->[0]->($socket) : answer($socket, '{}');
});

subtest 'to a replay' => sub {
    my @names = sort keys %cases;
    my $service = make_service('replayed', <<"END", map { ["GET /$_", '', ["/$_"]] } @names);
target: http://127.0.0.1:$port
watch: {pid: $server}
agent: none
timeout: {total: 2s}
END
    my $times = short_form() ? 1 : 5;
    my $job = measured({name => 'replayed'}, 'run', $service, '--connections', '32', '--requests', $times * @names, '-q', '--hold', '0s',
        '--db', $db, '--json', scratch() . '/replayed.json');
    my $ran = gather($job, 200);
    my $result = $ran->{result};
    is($ran->{exit}, 125, 'inconclusive') or diag($ran->{err});
    like($result->{reason}, qr/^the replay did not land: .* got no answer/, 'says so');
    is($result->{replay}{planned}, $times * @names, 'all were planned');
    is($result->{replay}{done} + $result->{replay}{failed}, $times * @names, 'each ended once');
    my %of = map { (my $name = $_->{name}) =~ s{^GET /}{}; ($name => $_) } @{$result->{endpoints}};
    my %why;
    for my $remark (@{$result->{not_looked_at}}) {
        $why{$_} = $remark->{why} for map { s{^GET /}{}r } @{$remark->{endpoints}};
    }
    for my $name (@names) {
        my $reason = $cases{$name}[1];
        if (defined $reason) {
            is($of{$name}{failed}, $of{$name}{planned}, "$name: failed");
            like($why{$name} // 'none', $reason, "$name: with its reason");
        } else {
            is($of{$name}{done}, $of{$name}{planned}, "$name: taken");
            is($why{$name}, undef, "$name: as recorded");
        }
    }
    cmp_ok(mib_of($job), '<', 64, 'in bounded memory') or diag(mib_of($job));
    tried('hostile answers in HTTP/1.1', $times * @names, 'each failed with its reason, or was taken as RFC 9112 says; ' . sprintf('%.0f MiB', mib_of($job)), 'nothing');
};

# What an answer gave goes out again: in a cookie, a header, a URL, a body. None of it may end a line.
subtest 'nothing of an answer becomes a line of a request' => sub {
    my $heard = scratch() . '/heard';
    my @gifts = map { "t$_" } 0 .. 6;
    my @evil = ("a\rX-Evil: 1", "a\0X-Evil: 1", "a\x0bX-Evil: 1", "a\x7fX-Evil: 1");
    my ($giver, $pid) = serve(sub {
        my ($path, $head, $socket) = @_;
        open my $file, '>>', $heard or die $!;
        syswrite $file, $head;
        my @fields = map { ("Set-Cookie: c$_=$evil[$_]", "X-T$_: $evil[$_]") } 0 .. $#evil;
        return $path eq '/give' ? answer($socket, '{"a": "a\r\nX-Evil: 1", "b": "a\u0000\nX-Evil: 1"}', @fields) : answer($socket, '{}');
    });
    my $service = make_service('evil', "target: http://127.0.0.1:$giver\nwatch: {pid: $pid}\nagent: none\nmethods: [POST]\n",
        ['GET /give', 'capture: {' . join(', ', (map { "t$_: {header: X-T$_}" } 0 .. 3), 't4: {json: /a}', 't5: {json: /b}', "t6: {body: '(?s)(.*)'}") . "}\n", ['/give', session => 's']],
        map({ ["POST /use$_", "after: [GET /give]\nheaders: {X-Use: '{{t$_}}'}\n", ["/use$_?x={{t$_}}", session => 's', body => encode_base64("a={{t$_}}", '')]] } 0 .. $#gifts));
    my $ran = gather(begin({name => 'evil'}, 'run', $service, '--connections', '2', '--requests', '200', '-q', '--hold', '0s', '--db', $db, '--json', scratch() . '/evil.json'));
    my $wire = slurp($heard);
    like($wire, qr/^GET \/give /m, 'it was asked for') or diag($ran->{err});
    unlike($wire, qr/^X-Evil/m, 'and gave no line of its own');
    unlike($wire, qr/\r(?!\n)|\0/, 'no CR alone, no NUL');
    cmp_ok($ran->{result}{replay}{uncorrelated}, '>', 0, 'requests that would have had one were not sent, and counted');
    tried('lines that answers would put into requests', 4 * 2 + 3, 'none reached the wire; those requests are counted as uncorrelated', 'nothing');
};

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}

# The frames' types, and an answer's header: 200, in the static table of HPACK.
my ($data, $headers, $rst, $settings, $push, $ping, $goaway, $window, $continuation) = (0, 1, 3, 4, 5, 6, 7, 8, 9);
my $two_hundred = "\x88";
sub literal { my ($name, $value) = @_; return "\x40" . pack('C', length $name) . $name . ("\x7f" . pack('CC', 0x80 | (length($value) - 127) % 128, int((length($value) - 127) / 128))) . $value }

# name => what is said on the stream of a request once its header came
my %frames = (
    'settings-flood' => sub { flood($_[0], frame($settings, 0, 0, pack 'nN', 4, 65535)) },
    'settings-empty-flood' => sub { flood($_[0], frame($settings, 0, 0, '')) },
    'ping-flood' => sub { flood($_[0], frame($ping, 0, 0, 'flooding')) },
    'reset-flood' => sub { flood($_[0], frame($rst, 0, $_[1], pack 'N', 0)) },
    'continuation-flood' => sub { said($_[0], frame($headers, 0, $_[1], $two_hundred)) && flood($_[0], frame($continuation, 0, $_[1], "\x00\x01a\x01b" x 100)) },
    'continuation-empty-flood' => sub { said($_[0], frame($headers, 0, $_[1], $two_hundred)) && flood($_[0], frame($continuation, 0, $_[1], '')) },
    'header-bomb' => sub { said($_[0], frame($headers, 0, $_[1], $two_hundred . literal('x-a', 'b' x 3900))) && flood($_[0], frame($continuation, 0, $_[1], "\xbe" x 16000)) },
    'interim-flood' => sub { flood($_[0], frame($headers, 4, $_[1], "\x08\x03103")) },
    'window-overflow' => sub { flood($_[0], frame($window, 0, $_[1], pack 'N', 0x7fffffff)) },
    'data-endless' => sub { said($_[0], frame($headers, 4, $_[1], $two_hundred)) && flood($_[0], frame($data, 0, $_[1], 'x' x 16000)) },
    'data-empty-flood' => sub { said($_[0], frame($headers, 4, $_[1], $two_hundred)) && flood($_[0], frame($data, 0, $_[1], '')) },
    'data-padding' => sub { said($_[0], frame($headers, 4, $_[1], "$two_hundred\x0f\x0d\x0250")) && flood($_[0], frame($data, 8, $_[1], "\x05abc")) },
    'push' => sub { flood($_[0], frame($push, 4, $_[1], pack('N', 2) . "\x82\x84\x86")) },
    'frame-of-16MB' => sub { said($_[0], "\xff\xff\xff\x00\x00" . pack('N', $_[1])) && flood($_[0], 'x') },
    'unknown-flood' => sub { flood($_[0], frame(0xbe, 0xef, $_[1], 'grease')) },
    'goaway' => sub { said($_[0], frame($goaway, 0, 0, pack 'NN', 0, 11)); return until_closed($_[0]) },
    'hpack-nonsense' => sub { said($_[0], frame($headers, 5, $_[1], "\xff\xff\xff\xff\xff\xff\x7f")); return until_closed($_[0]) },
    'header-controls' => sub { said($_[0], frame($headers, 5, $_[1], "$two_hundred\x40\x03x-a\x08a\r\nb: c\0")); return until_closed($_[0]) },
    'other-stream' => sub { said($_[0], frame($headers, 5, 99, $two_hundred)); return until_closed($_[0]) },
    'http-1.1' => sub { answer($_[0], 'hello'); return until_closed($_[0]) },
    'silent' => sub { return until_closed($_[0]) },
);

# Each connection: the preface and frames in, until a request's header; then what the case says.
sub speak_http2 {
    my ($case, $socket) = @_;
    my ($heard, $at) = ('', 24);
    said($socket, frame($settings, 0, 0, '')) if $case ne 'http-1.1';
    while (1) {
        sysread($socket, $heard, 65536, length $heard) or return 0;
        while (length $heard >= $at + 9) {
            my ($high, $low, $type, undef, $stream) = unpack 'CnCCN', substr $heard, $at, 9;
            my $length = $high << 16 | $low;
            last if length $heard < $at + 9 + $length;
            $at += 9 + $length;
            return $frames{$case}->($socket, $stream) if $type == $headers;
        }
        return $frames{$case}->($socket, 1) if $case eq 'http-1.1';
    }
}

subtest 'to a replay in HTTP/2' => sub {
    my @jobs = map {
        my $case = $_;
        my ($at, $pid) = serve(sub { return speak_http2($case, $_[2]) }, raw => 1);
        my $service = make_service("h2-$case", "target: http://127.0.0.1:$at\nhttp: 2\nwatch: {pid: $pid}\nagent: none\ntimeout: {total: 2s}\n", ['GET /a', '', ['/a']]);
        [$case, measured({name => "h2-$case"}, 'run', $service, '--connections', '1', '--requests', '2', '-q', '--hold', '0s', '--db', scratch() . "/h2-$case.db",
            '--json', scratch() . "/h2-$case.json")];
    } some_of(3, sort keys %frames);
    my $most = 0;
    for my $pair (@jobs) {
        my ($case, $job) = @$pair;
        my $ran = gather($job, 100);
        my $replay = $ran->{result}{replay};
        is($ran->{exit}, 125, "$case: inconclusive") or diag($ran->{err});
        is($replay->{failed}, $replay->{planned}, "$case: failed");
        like($ran->{result}{not_looked_at}[0]{why} // 'none', qr/^2 of 2 requests got no answer: \S/, "$case: with a reason");
        cmp_ok(mib_of($job), '<', 64, "$case: in bounded memory");
        note("$case: ", $ran->{result}{not_looked_at}[0]{why} // '', sprintf ', %.1f MiB', mib_of($job));
        $most = mib_of($job) if mib_of($job) > $most;
    }
    tried('hostile answers in HTTP/2', 2 * @jobs, 'each failed with its reason; ' . sprintf('%.0f MiB', $most), 'nothing');
};

# Packed, a hundred megabytes take a few hundred bytes or kilobytes.
sub packed {
    my ($coding, $mib) = @_;
    my $file = scratch() . "/bomb-$mib.$coding";
    if (!-e $file) {
        my $make = {gzip => 'createGzip({level: 1})', deflate => 'createDeflate({level: 1})',
            br => 'createBrotliCompress({params: {[z.constants.BROTLI_PARAM_QUALITY]: 1}})'}->{$coding};
        system('node', '-e', "const z = require('zlib'), p = z.$make; p.pipe(require('fs').createWriteStream('$file'));"
            . "const b = Buffer.alloc(1 << 20, 32); let n = 0; const w = () => { while (n++ < $mib) if (!p.write(b)) return p.once('drain', w); p.end(); }; w();") == 0 or die 'node';
    }
    return slurp($file);
}

sub coded { my ($coding, $bytes) = @_; return sub { answer($_[0], $bytes, "Content-Encoding: $coding"); return 0 } }

subtest 'to what an endpoint expects of a body' => sub {
    packed($_, 16) for qw(gzip deflate br);
    my $larger = qr/^body is larger than what is read$/;
    my %bodies = (
        'gzip' => [coded('gzip', packed('gzip', 16)), $larger],
        'deflate' => [coded('deflate', packed('deflate', 16)), $larger],
        'br' => [coded('br', packed('br', 16)), qr/^body cannot be read: its coding is neither gzip nor deflate$/],
        'gzip-twice' => [coded('gzip, gzip', packed('gzip', 16)), qr/^body cannot be read: its coding/],
        'gzip-nonsense' => [coded('gzip', 'not gzip at all'), qr/^body is not gzip or deflate$/],
        'gzip-cut' => [coded('gzip', substr packed('gzip', 1), 0, 500), qr/^body is cut short$/],
        'plain' => [sub { answer($_[0], ' ' x (4 << 20)) }, $larger],
        'deep' => [sub { answer($_[0], '[' x 900_000) }, qr/^body is not JSON$/],
        'wide' => [sub { answer($_[0], '[' . '1,' x 500_000 . '1]') }, qr{^/ok is missing$}],
        'nuls' => [sub { answer($_[0], "\0" x 900_000) }, qr/^body is not JSON$/],
    );
    my ($at, $pid) = serve(sub { my ($path, undef, $socket) = @_; return ($bodies{substr $path, 1} // [sub { answer($_[0], '{}') }])->[0]->($socket) });
    my $service = make_service('bodies', "target: http://127.0.0.1:$at\nwatch: {pid: $pid}\nagent: none\n",
        map { ["GET /$_", "expect: {json: {/ok: '^true\$'}}\n", ["/$_"]] } sort keys %bodies);
    my $job = measured({name => 'bodies'}, 'run', $service, '--connections', '8', '--requests', 4 * keys %bodies, '-q', '--hold', '0s', '--db', $db,
        '--json', scratch() . '/bodies.json');
    my $ran = gather($job, 100);
    is($ran->{exit}, 125, 'inconclusive') or diag($ran->{err});
    my %why;
    for my $remark (@{$ran->{result}{not_looked_at}}) {
        $why{$_} = $remark->{why} for map { s{^GET /}{}r } @{$remark->{endpoints}};
    }
    like($why{$_} // 'none', $bodies{$_}[1], "$_: not as expected, and why") for sort keys %bodies;
    cmp_ok(mib_of($job), '<', 128, 'in bounded memory') or diag(mib_of($job));
    tried('bodies that unpack to more, or nest deep', 4 * keys %bodies, 'read up to 1 MiB, then not as expected; ' . sprintf('%.0f MiB', mib_of($job)), 'nothing');
};

# Pages of signals and snapshots. What is asked for there is asked for unpacked; a bomb is bytes like any others.
my $longer = qr/the answer is longer than \d+ bytes/;
my %pages = (
    'body-endless' => [then_flood("$ok\r\n", '1'), $longer],
    'chunks-endless' => [then_flood($chunked, "4\r\n1111\r\n"), $longer],
    'length-exabyte' => [then_flood("${ok}Content-Length: 999999999999999999\r\n\r\n", '1'), $longer],
    'length-2^64' => [then_closed("${ok}Content-Length: 18446744073709551621\r\n\r\nhello"), qr/not JSON|no line/],
    'length-negative' => [then_closed("${ok}Content-Length: -5\r\n\r\nhello"), qr/Content-Length/],
    'length-twice' => [then_closed("${ok}Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello"), qr/transfer closed with 2 bytes remaining/],
    'half-body' => [then_closed("${ok}Content-Length: 500\r\n\r\nhello"), qr/transfer closed with 495 bytes remaining/],
    'chunk-2^64' => [then_closed("${chunked}10000000000000000\r\nabc"), qr/chunked-encoding/],
    'headers-endless' => [then_flood($ok, "X-A: b\r\n"), qr/Too large response headers/],
    'header-line-endless' => [then_flood("${ok}X-A: ", 'b'), qr/a header line that is longer than is read/],
    'interim-flood' => [then_flood('', "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), qr/Too large response headers/],
    'noise' => [then_flood('', join '', map { chr(($_ * 7919 + 13) % 256) } 1 .. 4096), qr/HTTP\/0\.9|Header without colon|nonsense|weird/i],
    'nuls-in-header' => [then_closed("${ok}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}"), qr/nothing at|no line|Nul byte/],
    'nuls' => [sub { answer($_[0], "\0" x 10_000); return 0 }, qr/not JSON|no line/],
    'deep' => [sub { answer($_[0], '[' x 10_000_000); return 0 }, qr/not JSON|no line/],
    'numbers' => [sub { said($_[0], "$ok\r\n["); said($_[0], '1,' x 1_000_000) for 1 .. 30; said($_[0], '1]'); return 0 }, qr/nothing at|no line/],
    'keys' => [sub { my ($at) = @_; said($at, "$ok\r\n{"); said($at, join '', map { qq("$_":[{}],) } 1 .. 1_000_000); said($at, '"y":1}'); return 0 }, qr/nothing at|no line/],
    'redirect' => [then_closed("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), qr/answered 302/],
    'gzip-bomb' => [sub { coded('gzip', packed('gzip', 16))->($_[0]) }, qr/not JSON|no line/],
    'br-bomb' => [sub { coded('br', packed('br', 16))->($_[0]) }, qr/not JSON|no line/],
    'drip' => [sub { drip($_[0], "${ok}Content-Length: 500\r\n\r\n" . '1' x 500) }, qr/timed out/],
    'silent' => [then_silent(''), qr/timed out/],
);

subtest 'to pages of signals and snapshots' => sub {
    my ($at, $pid) = serve(sub { my ($path, undef, $socket) = @_; return ($pages{substr $path, 1} // [sub { answer($_[0], '{}') }])->[0]->($socket) });
    my @names = some_of(3, grep { !short_form() || !/drip|silent|chunks-endless|length-exabyte/ } sort keys %pages);
    my $head = "target: http://127.0.0.1:$at\nwatch: {pid: $pid}\nagent: none\n";
    my @jobs;
    for my $name (@names) {
        my $slow = $name =~ /drip|silent/;
        my $signal = make_service("signal-$name", "${head}signals: [{name: asked, url: /$name, pointer: /x, unit: objects}]\n", ['GET /a', '', ['/a']]);
        my $snapshot = make_service("snapshot-$name", "${head}snapshots: [{name: asked, url: /$name, format: tracemalloc}]\n", ['GET /a', '', ['/a']]);
        push @jobs, [$name, 'signal', measured({name => "signal-$name"}, 'check', $signal)];
        push @jobs, [$name, 'snapshot', measured({name => "snapshot-$name"}, 'check', $snapshot)] if !$slow; # which takes two minutes
    }
    my $most = 0;
    for my $job (@jobs) {
        my ($name, $kind, $begun) = @$job;
        my $ran = gather($begun, 150);
        is($ran->{exit}, 0, "$name: the check of a $kind ends") or diag("$ran->{out}$ran->{err}");
        like($ran->{out}, $kind eq 'signal' ? qr/^asked +- +GET .*$pages{$name}[1]/m : qr/^snapshot asked: .*$pages{$name}[1]/m, "$name: a $kind that is not there, and why")
            or diag(grep { /asked|snapshot/ } split /^/, $ran->{out});
        $most = mib_of($begun) if mib_of($begun) > $most;
    }
    cmp_ok($most, '<', 160, 'in bounded memory') or diag($most);
    tried('hostile pages of signals and snapshots', scalar @jobs, 'each a gap with its reason; ' . sprintf('%.0f MiB', $most), 'nothing');
};

# The same from an agent: whoever can put a socket there. Its reading is a mebibyte at most.
subtest 'to agents' => sub {
    my ($target, $pid) = serve(sub { answer($_[2], '{}') });
    my $folder = scratch() . '/g';
    mkdir $folder, 0700;
    my @names = some_of(4, grep { !short_form() || !/drip|silent/ } sort keys %pages);
    my ($number, @jobs) = (0);
    for my $name (@names) {
        my $directory = "$folder/" . ++$number;
        mkdir $directory, 0700;
        serve(sub { return $pages{$name}[0]->($_[2]) }, unix => "$directory/python-1-1.sock");
        my $service = make_service("agent-$name", "target: http://127.0.0.1:$target\nwatch: {pid: $pid}\nagent_dir: $directory\n", ['GET /a', '', ['/a']]);
        push @jobs, [$name, measured({name => "agent-$name"}, 'check', $service)];
    }
    my $most = 0;
    for my $job (@jobs) {
        my ($name, $begun) = @$job;
        my $ran = gather($begun, 150);
        like($ran->{exit}, qr/^(0|200)$/, "$name: the check ends") or diag("$ran->{out}$ran->{err}");
        like($ran->{out}, qr/^live_objects +- +the python agent of process 1[ :]\S.*/m, "$name: nothing is counted, and why") or diag(grep { /live/ } split /^/, $ran->{out});
        note("$name: ", $ran->{out} =~ /^live_objects +- +(.*)/m);
        $most = mib_of($begun) if mib_of($begun) > $most;
    }
    cmp_ok($most, '<', 128, 'in bounded memory') or diag($most);
    tried('hostile agents', scalar @jobs, 'each a gap with its reason; ' . sprintf('%.0f MiB', $most), 'nothing');
};

# Compression is asked for here, so that it is undone: up to 256 MiB.
subtest 'from a Prometheus' => sub {
    my $series = '{"status":"success","data":{"resultType":"matrix","result":[';
    my %more = (
        'points-endless' => [then_flood("$ok\r\n$series" . '{"metric":{"__name__":"m","instance":"a"},"values":[', '[1700000000,"1"],'), $longer],
        'series-deep' => [sub { answer($_[0], $series . '[' x 1_000_000); return 0 }, qr/not JSON|expected/],
        'label-long' => [sub { answer($_[0], $series . '{"metric":{"a":"' . 'b' x 20_000_000 . '"},"values":[]}]}}'); return 0 }, qr/./],
        'gzip-bomb' => [sub { coded('gzip', packed('gzip', 320))->($_[0]) }, $longer],
        'deflate-bomb' => [sub { coded('deflate', packed('deflate', 320))->($_[0]) }, $longer],
        'br-bomb' => [sub { coded('br', packed('br', 320))->($_[0]) }, $longer],
        'warnings-many' => [sub { answer($_[0], '{"status":"success","warnings":[' . join(',', map { qq("$_") } 1 .. 300_000) . '],"data":{"resultType":"matrix","result":[]}}'); return 0 }, qr/./],
        'labels-many' => [sub { answer($_[0], $series . '{"metric":{' . join(',', map { qq("l$_":"") } 1 .. 300_000) . '},"values":[]}]}}'); return 0 }, qr/a series of more than 256 labels/],
        'series-many' => [sub { answer($_[0], $series . join(',', map { qq({"metric":{"l":"$_"},"values":[[1,"1"]]}) } 1 .. 400_000) . ']}}'); return 0 }, qr/more series than can be held/],
        'gzip-nonsense' => [coded('gzip', 'not gzip at all'), qr/./],
        'gzip-many' => [coded(join(', ', ('gzip') x 100), 'x'), qr/./],
    );
    my %all = (%pages, %more);
    packed($_, 320) for short_form() ? 'gzip' : qw(gzip deflate br);
    my @names = short_form() ? qw(gzip-bomb gzip-many labels-many warnings-many headers-endless) : grep { !/drip|silent/ } sort keys %all;
    my ($most, @jobs) = (0);
    my $one = sub {
        my ($name, $begun) = @{shift @jobs};
        my $ran = gather($begun, 150);
        like($ran->{exit}, qr/^(125|200)$/, "$name: it ends") or diag("$ran->{out}$ran->{err}");
        like($ran->{err}, qr/\Aseep: [^\n]*\n\z/, "$name: one line");
        like($ran->{err}, $more{$name}[1], "$name: and why") if $more{$name};
        unlike($ran->{err}, qr/[\x00-\x09\x0b-\x1f]/, "$name: without control characters");
        note("$name: $ran->{err}", sprintf '%.0f MiB', mib_of($begun));
        $most = mib_of($begun) if mib_of($begun) > $most;
    };
    for my $name (@names) {
        my ($at) = serve(sub { return $all{$name}[0]->($_[2]) });
        push @jobs, [$name, measured({name => "prom-$name"}, 'suspects', '--prometheus', "http://127.0.0.1:$at", '--memory', 'm', '--requests-by', 'r', '-q')];
        $one->() if @jobs == 4; # each may take 256 MiB
    }
    $one->() while @jobs;
    cmp_ok($most, '<', 900, 'in bounded memory') or diag($most);
    tried('hostile Prometheus, bombs of 320 MiB included', scalar @names, 'each one line; ' . sprintf('%.0f MiB', $most), 'nothing');
};

done_testing();
