#!/usr/bin/env perl
# Where requests go, what they carry, and what never leaves: counted by a server that writes down all it hears.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';

# Answers everything with `status` and `header`, and writes each request's head to a file.
sub listener {
    my ($address, $status, $header) = @_;
    my $heard = scratch() . '/heard.' . $address . '.' . int(rand(1e9));
    my $socket = IO::Socket::INET->new(LocalAddr => $address, LocalPort => 0, Listen => 64, ReuseAddr => 1) or die "$address: $!";
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        open my $log, '>>', $heard or POSIX::_exit(1);
        $log->autoflush(1);
        while (my $peer = $socket->accept) {
            my $head = '';
            while (defined(my $line = <$peer>)) {
                $head .= $line;
                last if $line =~ /^\r?\n$/;
            }
            print $log $head;
            my $body = $head =~ m{^GET /debug/memory} ? '{"live_objects": 5000, "live_bytes": 400000}' : '{}';
            my $line = $head =~ m{^GET /debug/memory} ? '200 OK' : $status;
            print $peer "HTTP/1.1 $line\r\n${header}Content-Length: ", length $body, "\r\nConnection: close\r\n\r\n",
                $head =~ /^HEAD / ? '' : $body;
            close $peer;
        }
        POSIX::_exit(0);
    }
    my $port = $socket->sockport;
    close $socket;
    return {port => $port, pid => $pid, heard => sub { slurp($heard) }};
}

sub attach { # scenarios/pricing, attached to a port, with edits
    my ($name, $target, @edits) = @_;
    return copy_service($name, 'target: \S+', "target: $target", 'start:\n(?:  .*\n)+', '', @edits);
}

my @short = ('--db', $db, '--connections', '2', '--requests', '60', '-q');
my @servers;
END { kill 'KILL', $_->{pid} for @servers }

subtest 'nothing goes outside `allow`, whatever the name resolves to' => sub {
    my $server = listener('127.0.0.1', '200 OK', '');
    my $other = listener('127.0.0.2', '200 OK', '');
    push @servers, $server, $other;
    my $elsewhere = 0;
    for my $case (['127.0.0.2', '127.0.0.1', 201], ['127.0.0.2', '127.0.0.0/31', 201], ['localhost', '192.0.2.0/24', 201],
                  ['127.0.0.1', '127.0.0.2', 201]) {
        my ($host, $allow, $code) = @$case;
        my $port = $host eq '127.0.0.2' ? $other->{port} : $server->{port};
        my $service = attach('allow' . $elsewhere++, "http://$host:$port", 'allow: \[127.0.0.1\]', "allow: [$allow]");
        for my $command ('run', 'bisect', 'check') {
            my $ran = seep($command, $service, $command eq 'check' ? () : ('--db', $db, '-q'));
            is($ran->{exit}, $code, "$command: $host is not in $allow");
            like($ran->{err}, qr/^seep: [^\n]*allow[^\n]*\n\z/, 'one line') or diag($ran->{err});
        }
    }
    is($server->{heard}->() . $other->{heard}->(), '', 'neither heard a byte');
    for my $case (['127.0.0.2', '127.0.0.0/30', $other], ['localhost', '127.0.0.1, "::1"', $server], ['127.0.0.1', 'localhost', $server]) {
        my ($host, $allow, $by) = @$case;
        my $before = length $by->{heard}->();
        seep('run', attach('allow' . $elsewhere++, "http://$host:$by->{port}", 'allow: \[127.0.0.1\]', "allow: [$allow]"), @short);
        cmp_ok(length $by->{heard}->(), '>', $before, "$host is in $allow");
    }
};

subtest 'redirects, proxies, methods and the mark of the run' => sub {
    my $bait = listener('127.0.0.1', '200 OK', '');
    my $server = listener('127.0.0.1', '302 Found', "Location: http://127.0.0.1:$bait->{port}/stolen\r\n");
    push @servers, $bait, $server;
    my $proxy = "http://127.0.0.1:$bait->{port}";
    my $service = attach('redirects', "http://127.0.0.1:$server->{port}", 'ready: GET /health\n', '');
    my %proxies = map { $_ => $proxy } qw(http_proxy HTTP_PROXY https_proxy ALL_PROXY all_proxy);
    my $ran = seep({env => {%proxies, no_proxy => '', NO_PROXY => ''}}, 'run', $service, @short);
    is($ran->{exit}, 125, 'a target that redirects is not judged');
        is($bait->{heard}->(), '', 'nobody was asked by way of a redirect or a proxy');
    seep('check', $service);
    my @heads = split /(?<=\r\n\r\n)/, $server->{heard}->();
    cmp_ok(scalar @heads, '>=', 60, 'requests came');
    is(scalar(grep { !/^X-Seep-Run: \S+\r$/m } @heads), 0, 'each carries X-Seep-Run');
    is(scalar(grep { !/^(GET|HEAD) / } @heads), 0, 'none but GET and HEAD to a server that seep did not start');
    like(join('', @heads), qr{^GET /debug/memory}m, 'signals were asked for as well');
};

subtest 'an absolute URL in a recording goes to the target' => sub {
    my $bait = listener('127.0.0.1', '200 OK', '');
    my $server = listener('127.0.0.1', '200 OK', '');
    push @servers, $bait, $server;
    my $service = attach('absolute', "http://127.0.0.1:$server->{port}");
    my $recording = slurp("$service/get_tax.jsonl");
    $recording =~ s{"url":"/}{"url":"http://127.0.0.1:$bait->{port}/}g;
    spit("$service/get_tax.jsonl", $recording);
    my $ran = seep('run', $service, @short, '-e', 'GET /tax');
    is($bait->{heard}->(), '', 'not to the host that it names');
    ok((grep { $ran->{exit} eq $_ } 125, 200), 'replayed on the target, or refused');
};

subtest 'what a replay sent is not replayed again' => sub {
    my $server = listener('127.0.0.1', '200 OK', '');
    push @servers, $server;
    my $service = attach('loop', "http://127.0.0.1:$server->{port}");
    my $recording = slurp("$service/get_tax.jsonl");
    $recording =~ s/"header":\{/"header":{"X-Seep-Run":["7"],/ or $recording =~ s/("url":"[^"]*")/$1,"header":{"X-Seep-Run":["7"]}/;
    spit("$service/get_tax.jsonl", $recording);
    for my $command ('run', 'bisect', 'check') {
        my $ran = seep($command, $service, $command eq 'check' ? () : ('--db', $db, '-q'));
        is($ran->{exit}, 201, "$command refuses it");
        like($ran->{err}, qr/get_tax\.jsonl:\d+:\d+: carries X-Seep-Run/, 'and says where');
    }
    is($server->{heard}->(), '', 'nothing was sent');
    my ($file, $directory) = (scratch() . '/loop.jsonl', scratch() . '/loop-made');
    spit($file, qq({"method":"GET","url":"/a","header":{"x-seep-run":["7"]}}\n));
    my $ran = seep('import', $file, '-o', $directory);
    is($ran->{exit}, 201, 'import of nothing else refuses it');
    like($ran->{err}, qr/sent by a replay/, 'and says why');
    spit($file, qq({"method":"GET","url":"/a","header":{"x-seep-run":["7"]}}\n{"method":"GET","url":"/b"}\n));
    is(($ran = seep('import', $file, '-o', $directory))->{exit}, 0, 'among others');
    like($ran->{out}, qr/1 skipped \(1 sent by a replay\)|sent by a replay/, 'it is skipped under its reason');
};

subtest 'no shell' => sub {
    my $trap = scratch() . '/trap';
    my $service = copy_service('shell', 'command: \[.*\]', "command: [/bin/echo, \"\$(touch $trap)\", \"`touch $trap`\", \"; touch $trap\"]");
    my $ran = seep('run', $service, '--db', $db);
    is($ran->{exit}, 125, 'it ended before it was ready');
    like($ran->{err}, qr/\$\(touch/, 'its words reached it as they are') or diag($ran->{err});
    ok(!-e $trap, 'none was obeyed');
};

subtest 'secrets stay out of every file' => sub {
    my $secret = 'hunter2-S3cr3t-5f1d';
    my $log = join '', map { my $second = sprintf '%02d', $_ % 60;
        qq{10.0.0.1 - - [17/May/2025:10:05:$second +0000] "GET /rates?api_key=$secret&currency=EUR HTTP/1.1" 200 5 "http://h/?token=$secret" "agent"\n} } 1 .. 60;
    my $har = {log => {version => '1.2', entries => [map { {
        startedDateTime => sprintf('2025-05-17T10:05:%02d.000Z', $_ % 60), response => {status => 200},
        request => {method => 'POST', url => "http://h/session/login?access_token=$secret", headers => [
                {name => 'Authorization', value => "Bearer $secret"}, {name => 'Cookie', value => "session=$secret"},
                {name => 'X-Api-Key', value => $secret}, {name => 'Content-Type', value => 'application/json'}],
            postData => {mimeType => 'application/json', text => qq({"user":"a","password":"$secret"})}}} } 1 .. 40]}};
    my $into = scratch() . '/secrets';
    my $ran = seep('import', spit(scratch() . '/secret.log', $log), spit(scratch() . '/secret.har', JSON::PP::encode_json($har)), '-o', $into, '--show-skipped');
    is($ran->{exit}, 0, 'imported') or diag($ran->{err});
    my $said = $ran->{out} . $ran->{err};
    my $yaml = slurp(copy_service('plain') . '/service.yaml');
    spit("$into/service.yaml", $yaml);
    spit("$into/get_rates.yaml", slurp("$into/get_rates.yaml") . qq(headers: {Authorization: "Bearer \${SEEP_TEST_TOKEN}"}\n));
    my $out = scratch() . '/outputs';
    mkdir $out;
    $ran = seep({env => {LEAK => 'off', SEEP_TEST_TOKEN => $secret}}, 'run', $into, '--db', "$out/seep.db", '--connections', '2', '--requests', '4000',
        '--html', "$out/page.html", '--json', "$out/run.json", '--junit', "$out/junit.xml", '--markdown', "$out/run.md", '--issue', "$out/issue.md", '--github', "$out/github.log", '--csv', "$out/csv");
    like($ran->{exit}, qr/^(0|125)$/, 'ran') or diag($ran->{err});
    $said .= $ran->{out} . $ran->{err};
    unlike($said, qr/\Q$secret\E/, 'not on the terminal');
    my @found = grep { -f && index(slurp($_), $secret) >= 0 } glob("$into/* $out/* $out/csv/*");
    is("@found", '', 'in no file');
    is((stat "$out/seep.db")[2] & 0777, 0600, 'the store is for its owner alone');
    is((stat $_)[2] & 0777, 0600, 'so is a recording') for (glob "$into/*.jsonl")[0];
};

done_testing();
