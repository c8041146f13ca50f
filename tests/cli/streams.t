#!/usr/bin/env perl
# seep import of files as they lie about: packed, rotated, split, piped; GoReplay's, of a real server, replayed against it;
# and curl command lines, held to what a real curl sends for them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(time);
use Seep;

my $home = scratch();
my $mark = "\n\x{f0}\x{9f}\x{90}\x{b5}\x{f0}\x{9f}\x{99}\x{88}\x{f0}\x{9f}\x{99}\x{89}\n";

sub command { system('sh', '-ec', "cd $home; $_[0]") == 0 or die "failed: $_[0]" }
sub is_one_line { like($_[0]{err}, qr/\Aseep: [^\n]*\n\z/, 'one line') or diag($_[0]{err}) }

# Imports; returns what ran, its result as JSON and every request of its recordings.
sub import_of {
    my ($name, @arguments) = @_;
    my $ran = seep({in => $home}, 'import', @arguments, '-o', "$home/$name", '--json', "$home/$name.json");
    my @requests = map { JSON::PP::decode_json($_) } grep { /^\{"method"/ } map { split /\n/, slurp($_) } glob("$home/$name/*.jsonl");
    return ($ran, -e "$home/$name.json" ? json("$home/$name.json") : {}, @requests);
}

sub line { # SECOND PATH: of an access log
    sprintf qq{10.0.0.1 - - [17/May/2025:10:00:%02d +0000] "GET %s HTTP/1.1" 200 3 "-" "curl/8"\n}, @_;
}

subtest 'a log and what rotation made of it' => sub {
    spit("$home/logs/access.log", line(30, '/third') . line(31, '/fourth'));
    spit("$home/logs/access.log.1", line(20, '/second'));
    spit("$home/logs/access.log.2", line(10, '/first'));
    command('gzip logs/access.log.1 logs/access.log.2');
    my ($ran, $result, @requests) = import_of('rotated', 'logs/access.log*');
    is($ran->{exit}, 0, 'exit code') or diag($ran->{err});
    is_deeply([map { $_->{file} } @{$result->{sources}}], [map { "logs/access.log$_" } '', '.1.gz', '.2.gz'], 'sorted by name');
    is_deeply([map { $_->{url} } sort { $a->{t_us} <=> $b->{t_us} } @requests], [qw(/first /second /third /fourth)],
        'one axis of time');
    command("cat logs/access.log.2.gz logs/access.log.1.gz | $ENV{SEEP} import - -o $home/piped --json piped.json >/dev/null");
    is(json("$home/piped.json")->{imported}, 2, 'two members from a pipe');
};

subtest 'a file that is cut short' => sub {
    spit("$home/long.log", join '', map { line($_ % 60, "/page/$_/" . rand) } 1 .. 2000);
    command('gzip -c long.log | head -c 20000 >cut.log.gz');
    my ($ran, $result) = import_of('cut', 'cut.log.gz');
    my ($source) = @{$result->{sources}};
    is($ran->{exit}, 0, 'exit code') or diag($ran->{err});
    cmp_ok($source->{imported}, '>', 100, 'read as far as it goes');
    is($source->{read}, $source->{imported} + 1, 'and counted');
    is($source->{skipped}{truncated}, 1, 'its last line is named');
    like("@{$source->{notes}}", qr/gzip data is cut short/, 'and why');
};

subtest 'times and none' => sub {
    spit("$home/one.sh", "curl http://h/a\n");
    spit("$home/two.txt", "GET http://h/b\n");
    my ($mixed) = import_of('mixed', 'logs/access.log', 'one.sh');
    is($mixed->{exit}, 200, 'not together');
    is_one_line($mixed);
    like($mixed->{err}, qr{one.sh: has no recorded times, and logs/access.log has such}, 'said');
    my ($ran, $result) = import_of('untimed', 'one.sh', 'two.txt');
    is($result->{imported}, 2, 'those without, together');
};

subtest 'what is no file' => sub {
    my %said = (
        "logs/none*" => 'logs/none*: no file matches this pattern',
        "logs" => 'logs: is a directory',
        "lo*s" => 'logs: is a directory',
        "logs/access.log.9" => 'logs/access.log.9: No such file or directory',
    );
    for my $given (sort keys %said) {
        my ($ran) = import_of('none', $given);
        is($ran->{exit}, 200, "$given: exit code");
        is_one_line($ran);
        like($ran->{err}, qr/\Q$said{$given}\E/, 'said');
    }
    my ($ran) = import_of('none', 'logs/access.log', "$home/logs/*");
    is($ran->{exit}, 200, 'the same file twice');
    like($ran->{err}, qr/access.log: given twice, also as/, 'said');
    ok(!-e "$home/none", 'nothing is left behind');
};

# --- GoReplay's files, after the grammar of its sources: there is no Debian package of it
sub record { # TYPE, NUMBER, MICROSECONDS, MESSAGE
    my ($type, $number, $t_us, $message) = @_;
    return sprintf("%d c7a413887f000001%08x %d000 0\n%s%s", $type, $number, $t_us, $message, $mark);
}

sub ask { # what a server answers, byte by byte
    my ($port, $request) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
    print $socket $request;
    local $/;
    return scalar(<$socket>);
}

sub replay_of { # what became of the requests, and how many of each endpoint landed
    my ($service) = @_;
    my $ran = seep({in => $home}, 'run', "$home/$service", '--db', "$home/seep.db", '--connections', 2, '--requests', 120,
        '--json', "$home/run.json");
    my $result = json("$home/run.json");
    diag($ran->{err}) if !$result->{replay};
    return ($result->{replay}, map { ($_->{name} => $_->{landed}) } @{$result->{endpoints}});
}

subtest 'a capture of GoReplay, replayed' => sub {
    my $port = free_port();
    my @server = ('/usr/bin/python3', root() . '/tests/servers/stdlib/server.py');
    $ENV{PORT} = $port;
    start_server($port, $home, @server);
    my ($number, $t_us, @files) = (0, 1_747_000_000_000_000, '', '');
    my %statuses;
    for my $round (1 .. 30) {
        for my $asked (["GET /words/pear$round"], ["GET /nothing/$round"], ["POST /note/$round", '{"a":"b"}'], ["POST /login/user$round", 'x=1']) {
            my ($what, $body) = @$asked;
            my $head = "$what HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\nAuthorization: Bearer planted01\r\n";
            $head .= "Content-Type: text/plain\r\nContent-Length: " . length($body) . "\r\n" if defined $body;
            my $message = "$head\r\n" . ($body // '');
            my $answer = ask($port, $message);
            my ($status) = $answer =~ m{^HTTP/1\.\d (\d+)};
            $statuses{$what} = $status;
            my $half = \$files[$round > 15];
            $$half .= record(1, ++$number, $t_us += 10_000, $message);
            $$half .= record(2, $number, $t_us + 500, $answer) . record(3, $number, $t_us, "HTTP/1.1 500 Oops\r\n\r\n");
        }
    }
    spit("$home/gor/shop_0.gor", $files[0]);
    spit("$home/gor/shop_1.gor", substr $files[1], 0, -5); # its last separator is cut
    command('gzip gor/shop_0.gor');
    my ($ran, $result, @requests) = import_of('gor.d', 'gor/shop_*');
    is($ran->{exit}, 0, 'exit code') or diag($ran->{err});
    is($result->{imported}, 120, 'every request');
    is_deeply($result->{skipped}, {'a response' => 240}, 'and every response counted');
    is_deeply({map { ("$_->{method} $_->{url}", $_->{status}) } @requests}, \%statuses, 'with the status that the server gave');
    is(scalar(grep { ($_->{session} // '') ne '' } @requests), 120, 'of one connection');
    my %found = map { $_ => 1 } values %statuses;
    cmp_ok(scalar(keys %found), '>', 1, 'which are several') or diag(join ' ', keys %found);
    unlike(join('', map { slurp($_) } glob("$home/gor.d/*")), qr/planted01/, 'no credential is left');
    spit("$home/gor.d/service.yaml", "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nready: GET /words/x\nmethods: [GET, POST]\n");
    my ($replay, %landed) = replay_of('gor.d');
    is($replay->{done}, 120, 'all are replayed');
    is($replay->{$_}, 0, "none $_") for qw(failed skipped);
    is_deeply([values %landed], [(30) x 4], 'and answered as they were recorded');
    my ($words) = glob("$home/gor.d/get_words*.jsonl");
    spit($words, slurp($words) =~ s/"status":200/"status":404/gr);
    (undef, %landed) = replay_of('gor.d');
    is($landed{'GET /words/{slug}'}, 0, 'which would show if they were not');
};

# --- curl, asked itself
sub listen_for { # COUNT requests, into a file of records
    my ($count, $path) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 9) or die "listen: $!";
    my $pid = fork() // die "fork: $!";
    return ($pid, $listener->sockport) if $pid;
    my $records = '';
    for my $number (1 .. $count) {
        my $client = $listener->accept or last;
        my $message = '';
        while (sysread $client, my $piece, 65536) {
            $message .= $piece;
            my ($head) = $message =~ /\A(.*?\r\n\r\n)/s or next;
            my ($length) = $head =~ /^content-length: *(\d+)/im;
            last if length($message) >= length($head) + ($length // 0);
        }
        print $client "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        close $client;
        $records .= record(1, $number, 1_747_000_000_000_000 + $number * 10_000, $message);
    }
    spit($path, $records);
    POSIX::_exit(0);
}

subtest 'curl command lines' => sub {
    plan skip_all => 'no curl' if system('curl --version >/dev/null 2>&1') != 0;
    my @commands = (
        q{curl URL/plain},
        q{curl -sS 'URL/query?a=b%20c&d=[1]&e={x}' -g},
        q{curl "URL/escaped/\[2\]"},
        q{curl URL/post -d a=b -d 'c=d e' --data-raw @not-a-file},
        q{curl -X PUT -H 'Content-Type: application/json' --data-binary $'{"a":"it\'s\n\u00e9\\\\"}' URL/put},
        q{curl -G URL/get --data-urlencode 'q=a b&c/d~e' --data-urlencode '=é+' -d n=1},
        q{curl 'URL/get2?x=1' -G -d y=2},
        q{curl URL/form --data-urlencode 'text=50 % & more' --data-urlencode plain},
        q{curl --json '{"a":1' --json ',"b":2}' URL/json},
        q{curl -u 'jo:pass word' URL/login},
        q{curl --oauth2-bearer abc URL/bearer},
        q{curl -b 'sid=1; a=b' -A 'agent/1 (x)' -e 'https://h.example/;auto' URL/said},
        q{curl -H 'X-Empty;' -H 'Accept:' -H 'X-A:  spaced ' -H "X-B: \"q\" \$1" URL/headers},
        q{curl -sSXDELETE URL/short -Hx-c:d},
        q{curl -I URL/head},
        q{curl URL/first --next -X POST URL/second -d ''},
        q{curl --compressed -r 0-99 URL/range},
        qq{curl 'URL/lines' \\\n  -H 'A: b' \\\n  --data-raw 'one\ntwo' \\\n  --insecure ;},
        q{curl --url URL/url --url-query 'a=b c' --url-query +d=e},
        q{curl http://us%40er:p%3Aw@HOST/userinfo},
    );
    my ($listener, $port) = listen_for(@commands + 1, "$home/curl.gor");
    s/URL/http:\/\/127.0.0.1:$port/g, s/HOST/127.0.0.1:$port/g for @commands;
    spit("$home/curl.sh", join "\n", '#!/bin/bash', @commands, '');
    local @ENV{qw(HOME LC_ALL)} = ($home, "C.UTF-8"); # no .curlrc; what bash makes of \u is the locale's
    system("cd $home && http_proxy= timeout 60 bash ./curl.sh >curl.out 2>&1 </dev/null");
    waitpid $listener, 0;
    my ($ran, $result, @typed) = import_of('typed', 'curl.sh', '--keep-secrets');
    my ($again, $captured, @sent) = import_of('sent', 'curl.gor', '--keep-secrets');
    is($result->{imported}, @commands + 1, 'every command is imported') or diag(JSON::PP->new->encode($result->{skipped}), $ran->{err});
    is($captured->{imported}, @commands + 1, 'every one was sent') or diag(slurp("$home/curl.out"));
    $_->{url} =~ s/(%\w\w)/uc $1/ge for @typed, @sent; # curl 7.88 writes the digits of a query small, later ones do not
    my %sent = map { ("$_->{method} $_->{url}" => $_) } @sent;
    for my $one (@typed) {
        my $what = "$one->{method} $one->{url}";
        my $other = $sent{$what};
        ok($other, $what) or next;
        is(decode_base64($one->{body} // ''), decode_base64($other->{body} // ''), 'body');
        my %own = map { (lc, join ', ', @{$one->{header}{$_}}) } keys %{$one->{header} // {}};
        my %real = map { (lc, join ', ', @{$other->{header}{$_}}) } keys %{$other->{header}};
        exists $own{$_} or delete $real{$_} for qw(accept user-agent); # curl's own, unless they were typed
        $_->{'accept-encoding'} && ($_->{'accept-encoding'} =~ s/, br|, zstd//g) for \%own, \%real;
        is_deeply(\%own, \%real, 'headers');
    }
};

done_testing();
