#!/usr/bin/env perl
# What grows by itself is told as that, and no endpoint is blamed for it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $runs = 0;

sub run {
    my (%environment) = @_;
    my $name = 'ticking-' . ++$runs;
    my $directory = make_service($name, <<"END", ['GET /keep', '', map { ['/keep'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: ["/usr/bin/python3", "@{[root()]}/tests/servers/ticking.py"], environment: {PORT: "\${PORT}"}}
ready: GET /health
agent: none
load: {connections: 4}
signals: [{name: live_bytes, url: /heap, pointer: /live_bytes, unit: bytes}]
END
    my $file = scratch() . "/$name.json";
    my $ran = seep({env => \%environment}, 'run', $directory, '-q', '--no-early-stop', '--requests', 3000, '--hold', '2s', '--db', $db, '--json', $file);
    return -e $file ? json($file) : {verdict => 'none', reason => $ran->{err}, findings => [], caveats => []};
}

sub said {
    my ($result) = @_;
    return join "\n", $result->{verdict}, $result->{reason}, @{$result->{caveats}};
}

subtest 'a timer that leaks' => sub {
    my $result = run(TIMER => 'leak');
    is($result->{verdict}, 'growth', 'is growth') or diag(said($result));
    like($result->{reason}, qr/^live_bytes grows by [\d.]+ KiB per second while nothing is sent/, 'of its own');
    is_deeply([map { $_->{kind} } @{$result->{findings}}], ['idle'], 'and nothing else is found');
    is_deeply($result->{findings}[0]{endpoints}, [], 'no endpoint is blamed');
};

subtest 'a timer that leaks beside an endpoint that does' => sub {
    my $result = run(TIMER => 'leak', KEEPS => 1);
    is($result->{verdict}, 'growth', 'is growth') or diag(said($result));
    is_deeply([sort map { $_->{kind} } @{$result->{findings}}], ['alone', 'idle'], 'both are found') or diag(said($result));
    my ($alone) = grep { $_->{kind} eq 'alone' } @{$result->{findings}};
    cmp_ok(abs(($alone->{bytes_per_request} // 0) - 100), '<', 20, 'what time adds is not in what the endpoint keeps');
};

subtest 'a timer that keeps the last few' => sub {
    my $result = run(TIMER => 'ring');
    isnt($result->{verdict}, 'growth', 'is no growth') or diag(said($result));
    is_deeply($result->{findings}, [], 'and nothing is found');
};

done_testing;
