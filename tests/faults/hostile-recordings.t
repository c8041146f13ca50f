#!/usr/bin/env perl
# Recordings and scenarios that mean harm: lines of a gigabyte, lines of a request within a URL or a header, JSON and YAML without a
# bottom, more routes, headers and cookies than there can be. Each is counted, or refused in one line, in the bounds that `seep help sizes` names.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use Encode ();
use JSON::PP;
use MIME::Base64;
use Test::More;
use Hostile;
use Seep;
use Table;

my $short = short_form();
my $seep = $ENV{SEEP} // root() . '/build/seep';
my $number = 0;

# `seep import` of what a shell command writes; {exit, out, err, mib, into, result}.
sub imported {
    my ($shell, $format, @more) = @_;
    my $into = scratch() . '/into-' . ++$number;
    my $kib = scratch() . "/kib-$number";
    my ($out, $err, $json) = map { scratch() . "/$_-$number" } qw(out err json);
    my @quoted = map { "'$_'" } @more;
    system('bash', '-c', "{ $shell; } 2>/dev/null | timeout 250 python3 $FindBin::Bin/measured.py $kib $seep import - --format $format -o $into --json $json @quoted >$out 2>$err");
    return {exit => $? >> 8, out => slurp($out), err => slurp($err), mib => (slurp($kib) =~ /(\d+)/ ? $1 / 1024 : -1), into => $into,
        result => -e $json ? JSON::PP::decode_json(slurp($json)) : {}};
}

sub lines_of { return grep { !/"seep":1,/ } map { split /\n/, slurp($_) } glob "$_[0]/*.jsonl" }

my $log = '10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "-"';
my $entry = '{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"GET","url":"http://h/a","headers":[]},"response":{"status":200}}';
my $recorded = '{"method":"GET","url":"/a","t_us":1,"status":200}';

subtest 'a line of a gigabyte' => sub {
    my $size = $short ? '128M' : '1G';
    my $much = "head -c $size /dev/zero | tr '\\0' a";
    my %streams = (
        combined => "echo '$log'; printf '10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET /'; $much; echo ' HTTP/1.1\" 200 1'; echo '$log'",
        har => "printf '{\"log\":{\"version\":\"1.2\",\"entries\":[$entry,{\"startedDateTime\":\"'; $much; printf '\"},$entry]}}'",
        seep => "echo '{\"seep\":1}'; echo '$recorded'; printf '{\"method\":\"GET\",\"url\":\"/'; $much; echo '\"}'; echo '$recorded'",
        json => "echo '{\"time\":\"2026-01-01T00:00:00Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200}'; printf '{\"time\":\"2026-01-01T00:00:00Z\",\"method\":\"GET\",\"path\":\"/'; $much; echo '\"}'; echo '{\"time\":\"2026-01-01T00:00:00Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200}'",
        curl => "echo 'curl http://h/a'; printf 'curl http://h/'; $much; echo; echo 'curl http://h/a'",
        vegeta => "echo 'GET http://h/a'; echo; printf 'GET http://h/'; $much; echo; echo; echo 'GET http://h/a'",
        gor => join('', map { "printf '1 aaaaaaaaaaaaaaaaaaaaaaa$_ 1700000000000000000 0\\nGET /a'; " . ($_ == 2 ? "$much; " : '')
            . "printf ' HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\\n\xf0\x9f\x90\xb5\xf0\x9f\x99\x88\xf0\x9f\x99\x89\\n'; " } 1 .. 3) . 'true',
    );
    $streams{"nuls"} = "echo '$log'; head -c $size /dev/zero; echo; echo '$log'";
    for my $kind ($short ? qw(combined har nuls) : sort keys %streams) {
        my $ran = imported($streams{$kind}, $kind eq 'nuls' ? 'combined' : $kind);
        is($ran->{exit}, 0, "$kind: the rest is imported") or diag($ran->{err});
        is(scalar(lines_of($ran->{into})), 2, "$kind: what stands around it");
        like($ran->{out} . $ran->{err}, qr/[12] skipped \(.*(?:too long|malformed \w+|not in this format|control characters|not JSON|truncated) 1/, "$kind: and one is counted") or diag($ran->{out});
        cmp_ok($ran->{mib}, '<', 100, "$kind: in bounded memory") or diag($ran->{mib});
        tried("a line of $size, $kind", 1, sprintf('counted as skipped; %.0f MiB', $ran->{mib}), 'nothing');
    }
};

# What would be a line of its own on the wire, wherever recordings have bytes: by import and by hand.
subtest 'no line of a recording becomes a line of a request' => sub {
    my $heard = scratch() . '/heard';
    my ($at, $pid) = serve(sub {
        my (undef, $head, $socket) = @_;
        open my $file, '>>', $heard or die $!;
        syswrite $file, $head;
        return answer($socket, 'ok');
    });
    my @evil = ("\r\nX-Evil: 1", "\nX-Evil: 1", "\rX-Evil: 1", "\0X-Evil: 1", " HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET /evil", "\x{2028}X-Evil: 1", "\x{10a}X-Evil: 1", "\x0b\x0cX-Evil: 1", "%0d%0aX-Evil: 1");
    my $coder = JSON::PP->new->canonical->ascii;
    my @requests = map {
        my $evil = $_;
        ({url => "/a$evil"}, {url => "/a?x=$evil"}, {method => "GET$evil"}, {header => {"X-A$evil" => ['b']}}, {header => {'X-A' => ["b$evil"]}}, {header => {Host => ["h$evil"]}},
            {header => {Cookie => ["a=b$evil"]}}, {header => {'Transfer-Encoding' => ['chunked'], 'Content-Length' => ['5'], 'Connection' => ["X-A$evil"]}},
            {body => encode_base64(Encode::encode('UTF-8', "a=b$evil"), '')}, {endpoint => "GET /a$evil"}, {session => "s$evil"})
    } @evil;
    my ($went, $refused, $skipped) = (0, 0, 0);
    # By import: one at a time, so that each is either imported or counted.
    for my $case ($short ? @requests[grep { $_ % 19 == 0 } 0 .. $#requests] : @requests) {
        my $line = $coder->encode({method => 'GET', url => '/a', t_us => 1, status => 200, %$case});
        my $file = spit(scratch() . '/evil.jsonl', "{\"seep\":1}\n$recorded\n$line\n");
        my $into = scratch() . '/evil-' . ++$number;
        my $ran = seep('import', $file, '-o', $into);
        is($ran->{exit}, 0, 'imported') or diag("$line: $ran->{err}");
        my $count = lines_of($into);
        ok($count == 2 || "$ran->{out}$ran->{err}" =~ /3 lines: 1 imported, 2 skipped \(.*header line 1/, 'taken, or counted') or diag($line);
        $skipped += $count < 2;
    }
    # By hand: a service directory with it, run. A body may hold whatever it likes: its length is said.
    @requests = grep { !exists $_->{body} } @requests;
    for my $case ($short ? @requests[grep { $_ % 13 == 1 } 0 .. $#requests] : @requests) {
        my $directory = scratch() . '/hand-' . ++$number;
        spit("$directory/service.yaml", "target: http://127.0.0.1:$at\nwatch: {pid: $pid}\nagent: none\nmethods: [POST]\n");
        spit("$directory/a.yaml", "endpoint: GET /a\nrecording: a.jsonl\n");
        spit("$directory/a.jsonl", "{\"seep\":1}\n" . $coder->encode({method => 'GET', url => '/a', t_us => 1, status => 200, endpoint => 'GET /a', %$case}) . "\n");
        my $ran = seep('run', $directory, '--connections', '1', '--requests', '2', '--hold', '0s', '-q', '--db', scratch() . '/hand.db');
        like($ran->{exit}, qr/^(?:125|200)$/, 'run, or refused') or diag($ran->{err});
        like($ran->{err}, qr/\Aseep: \S+:\d+:\d+: [^\n]*\n\z/, 'in one line, with its place') or diag($coder->encode($case)) if $ran->{exit} eq '200';
        $ran->{exit} eq '200' ? $refused++ : $went++;
    }
    # What a person writes into the scenario.
    for my $yaml ('headers: {X-A: "b\r\nX-Evil: 1"}', 'headers: {"X-A\r\nX-Evil": "1"}', 'headers: {X-A: "b\0c"}') {
        my $directory = make_service('own-' . ++$number, "target: http://127.0.0.1:$at\nwatch: {pid: $pid}\nagent: none\n", ['GET /a', "$yaml\n", ['/a']]);
        my $ran = seep('run', $directory, '--connections', '1', '--requests', '2', '--hold', '0s', '-q', '--db', scratch() . '/hand.db');
        is($ran->{exit}, 200, "$yaml: refused") or diag($ran->{out});
        like($ran->{err}, qr/\Aseep: [^\n]*\n\z/, 'in one line');
        $refused++;
    }
    for my $key ('host: "h\r\nX-Evil: 1"', 'host: "h\nX-Evil: 1"') {
        my $directory = make_service('own-' . ++$number, "target: http://127.0.0.1:$at\nwatch: {pid: $pid}\nagent: none\n$key\n", ['GET /a', '', ['/a']]);
        is(seep('run', $directory, '--connections', '1', '--requests', '2', '--hold', '0s', '-q', '--db', scratch() . '/hand.db')->{exit}, 200, "$key: refused");
        $refused++;
    }
    my $wire = slurp($heard);
    cmp_ok($wire =~ tr/\n//, '>', 10, 'something was heard') or diag($wire);
    unlike($wire, qr/^X-Evil/m, 'but no line that nobody wrote');
    unlike($wire, qr/\r(?!\n)|(?<!\r)\n|\0/, 'no CR or LF alone, no NUL');
    unlike($wire, qr{^GET /evil}m, 'and no second request');
    unlike($wire, qr/^(?:Transfer-Encoding|Connection): /mi, 'nor what says where a message ends');
    tried('CR, LF, NUL in URLs, methods, names, values, cookies, hosts', $went + $refused + $skipped, "$refused refused in one line, $skipped skipped and counted, $went sent in a safe form", 'nothing');
};

sub counted { # the second of two requests is left out, and counted
    my ($what, $ran, $reason, $mib) = @_;
    is($ran->{exit}, 0, "$what: the rest is imported") or diag($ran->{err});
    is(scalar(lines_of($ran->{into})), 1, "$what: the other one");
    like("$ran->{out}$ran->{err}", $reason, "$what: is counted") or diag("$ran->{out}$ran->{err}");
    cmp_ok($ran->{mib}, '<', $mib, "$what: in bounded memory") or diag($ran->{mib});
    tried($what, 1, sprintf('skipped and counted; %.0f MiB', $ran->{mib}), 'nothing');
    return;
}

subtest 'JSON without a bottom, and more headers than there can be' => sub {
    my $deep = '[' x 100_000 . ']' x 100_000;
    my $headers = $short ? 20_000 : 700_000;
    my %file = (
        'deep.jsonl' => "{\"seep\":1}\n$recorded\n" . substr($recorded, 0, -1) . ",\"x\":$deep}\n",
        'deep.har' => "{\"log\":{\"version\":\"1.2\",\"entries\":[$entry," . substr($entry, 0, -1) . ",\"x\":$deep}]}}",
        'headers.jsonl' => "{\"seep\":1}\n$recorded\n" . substr($recorded, 0, -1) . ',"header":{' . join(',', map { qq("h$_":["v"]) } 1 .. $headers) . "}}\n",
        'headers.har' => "{\"log\":{\"version\":\"1.2\",\"entries\":[$entry," . ($entry =~ s/"headers":\[\]/'"headers":[' . join(',', map { qq({"name":"h$_","value":"v"}) } 1 .. $headers) . ']'/er) . ']}}',
        'headers-257.jsonl' => "{\"seep\":1}\n$recorded\n" . substr($recorded, 0, -1) . ',"header":{' . join(',', map { qq("h$_":["v"]) } 1 .. 257) . "}}\n",
        'utf8.jsonl' => "{\"seep\":1}\n$recorded\n" . substr($recorded, 0, -1) . ",\"x\":\"\xff\xfe\xc0\x80\"}\n",
    );
    for my $name (sort keys %file) {
        my $path = spit(scratch() . "/$name", $file{$name});
        counted($name, imported("cat $path", $name =~ /har$/ ? 'har' : 'seep'), $name eq 'headers.har' ? qr/more than 256 headers 1/ : qr/not JSON 1|not in this format 1/, 1024);
    }
    my $path = spit(scratch() . '/most.jsonl', "{\"seep\":1}\n" . substr($recorded, 0, -1) . ',"header":{' . join(',', map { qq("h$_":["v"]) } 1 .. 256) . "}}\n");
    is(scalar(lines_of(imported("cat $path", 'seep')->{into})), 1, '256 headers are taken');
    my $hand = make_service('hand', "target: http://127.0.0.1:1\n", ['GET /a', '', ['/a', header => {map { ("h$_" => ['v']) } 1 .. 257}]]);
    like(seep('check', '--offline', $hand)->{err}, qr/\Aseep: \S+get_a\.jsonl:2:\d+: [^\n]*more than 256 headers\n\z/, 'one more in a service directory: one line');
};

subtest 'invalid UTF-8' => sub {
    my $bytes = "\xff\xfe\xc0\x80\xed\xa0\x80";
    my $path = spit(scratch() . '/utf8.log', "$log\n" . ($log =~ s{/a}{/$bytes}r) . "\n" . ($log =~ s{"-" "-"}{"$bytes" "$bytes"}r) . "\n");
    my $ran = imported("cat $path", 'combined');
    is($ran->{exit}, 0, 'imported') or diag($ran->{err});
    ok((eval { JSON::PP->new->utf8->decode($_) } || 0), 'each line is JSON, and UTF-8') for lines_of($ran->{into});
    my $service = make_service('utf8', "target: http://127.0.0.1:1\nhost: $bytes\n", ['GET /a', '', ['/a']]);
    like(seep('check', '--offline', $service)->{err}, qr/\Aseep: \S+service\.yaml:\d+[^\n]*\n\z/, 'in YAML: one line');
    tried('invalid UTF-8, in a log and in YAML', 2, 'coded or replaced; one line', 'nothing');
};

subtest 'YAML that unfolds, or has no bottom' => sub {
    my $laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" . join('', map { my $n = chr(ord('a') + $_); my $before = chr(ord('a') + $_ - 1); "$n: &$n [" . join(',', ("*$before") x 9) . "]\n" } 1 .. 12);
    my %yaml = (
        'a billion laughs' => [$laughs, qr/anchors/],
        '100,000 levels, flow' => ['target: ' . '[' x 100_000, qr/nested more than 32/],
        '100,000 levels, block' => [join('', map { ' ' x $_ . "a:\n" } 0 .. 1200), qr/nested more than 32|larger than/],
        'a key of a megabyte' => ['a' x 900_000 . ': 1', qr/./],
        'more than a megabyte' => ["# " . 'a' x (2 << 20) . "\ntarget: http://127.0.0.1:1\n", qr/larger than 1048576 bytes/],
        'a hundred thousand keys' => [join('', map { "k$_: 1\n" } 1 .. 90_000), qr/more than 16384 keys in one map/],
        'NULs' => ["\0" x 10_000, qr/./],
    );
    for my $name (some_of(2, sort keys %yaml)) {
        my ($text, $why) = @{$yaml{$name}};
        my $job = measured({name => 'yaml-' . ++$number}, 'check', '--offline', make_service("yaml-$number", $text, ['GET /a', '', ['/a']]));
        my $ran = gather($job, 60);
        is($ran->{exit}, 200, "$name: exit code");
        like($ran->{err}, qr/\Aseep: [^\n]{1,1200}\n\z/, "$name: one line") or diag(substr $ran->{err}, 0, 300);
        like($ran->{err}, $why, "$name: why");
        cmp_ok(mib_of($job), '<', 64, "$name: in bounded memory") or diag(mib_of($job));
        my $routes = spit(scratch() . "/routes-$number.yaml", $name eq 'a billion laughs' ? "openapi: '3.0.0'\n${text}paths: *m\n" : $text);
        my $one = spit(scratch() . '/one.jsonl', "{\"seep\":1}\n$recorded\n");
        $ran = seep('import', $one, '-o', scratch() . "/routed-$number", '--routes', $routes);
        like($ran->{exit}, qr/^(?:0|200)$/, "$name, as routes: it ends");
        unlike($ran->{err}, qr/\n.*\n.*\n.*\n/, "$name, as routes: few words") or diag(substr $ran->{err}, 0, 500);
        tried("YAML: $name", 2, 'refused in one line, as scenario and as routes', 'nothing');
    }
};

subtest 'a million routes, and a million sessions' => sub {
    my $count = $short ? 60_000 : 1_000_000;
    my $routes = 'for (1 .. ' . $count . ') { my $n = $_; printf qq(10.0.0.1 - - [01/Jan/2026:00:%02d:%02d +0000] "GET /%s/%s HTTP/1.1" 200 1 "-" "-"\n), $n / 60 % 60, $n % 60,'
        . ' map { my $x = $_; join "", map { chr(97 + ($x * 7919 * ($_ + 3) + ($x >> $_)) % 26) } 1 .. 8 } $n, int($n / 3) }';
    my $ran = imported('perl -e ' . "'" . $routes . "'", 'combined');
    is($ran->{exit}, 0, 'routes: imported') or diag($ran->{err});
    is(scalar(lines_of($ran->{into})), $count, 'routes: no request is lost');
    my $endpoints = () = glob "$ran->{into}/*.jsonl";
    cmp_ok($endpoints, '<', 30_000, 'routes: those that hardly anybody asked for are one') or diag($endpoints);
    cmp_ok($ran->{mib}, '<', 128, 'routes: in bounded memory') or diag($ran->{mib});
    tried("$count requests of as many routes", 1, sprintf('%d endpoints; %.0f MiB', $endpoints, $ran->{mib}), 'nothing');
    my $cookies = 'for (1 .. ' . $count . ') { printf qq({"method":"GET","url":"/a","t_us":%d,"status":200,"header":{"Cookie":["sid=x%07dabcdefgh"]}}\n), $_ * 1000, $_ }';
    $ran = imported("echo \"{\\\"seep\\\":1}\"; perl -e '$cookies'", 'seep');
    is($ran->{exit}, 0, 'sessions: imported') or diag($ran->{err});
    is(scalar(lines_of($ran->{into})), $count, 'sessions: no request is lost');
    cmp_ok($ran->{mib}, '<', 128, 'sessions: in bounded memory') or diag($ran->{mib});
    tried("$count requests with as many session cookies", 1, sprintf('imported; %.0f MiB', $ran->{mib}), 'nothing');
};

# The jar of a session keeps 50, whatever a server sets.
subtest 'more cookies than a session keeps' => sub {
    my $heard = scratch() . '/cookies';
    my $count = $short ? 20 : 200;
    my ($at, $pid) = serve(sub {
        my (undef, $head, $socket) = @_;
        open my $file, '>>', $heard or die $!;
        syswrite $file, $head;
        my $first = int rand 1e9;
        return answer($socket, 'ok', map { "Set-Cookie: c" . ($first + $_) . '=' . 'v' x 200 } 1 .. 200);
    });
    my $service = make_service('jar', "target: http://127.0.0.1:$at\nwatch: {pid: $pid}\nagent: none\n", ['GET /a', '', map { ['/a', session => 's'] } 1 .. 20]);
    my $job = measured({name => 'jar'}, 'run', $service, '--connections', '1', '--requests', $count, '-q', '--hold', '0s', '--db', scratch() . '/jar.db', '--json', scratch() . '/jar.json');
    my $ran = gather($job, 100);
    is($ran->{result}{replay}{done}, $count, 'all were answered') or diag($ran->{err});
    my ($most) = sort { $b <=> $a } map { scalar(() = /=v/g) } slurp($heard) =~ /^Cookie: (.*)$/mg;
    is($most, 50, 'fifty went out at most');
    cmp_ok(mib_of($job), '<', 64, 'in bounded memory') or diag(mib_of($job));
    tried(200 * $count . ' cookies, all distinct, set in one session', 1, sprintf('50 kept; %.0f MiB', mib_of($job)), 'nothing');
};

done_testing();
