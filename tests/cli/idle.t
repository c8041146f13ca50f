#!/usr/bin/env perl
# What grows by itself is told as that, and no endpoint is blamed for it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';

sub start {
    my ($name, $environment, $command, @arguments) = @_;
    my $directory = make_service($name, <<"END", ['GET /keep', '', map { ['/keep'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: ["/usr/bin/python3", "@{[root()]}/tests/servers/ticking.py"], environment: {PORT: "\${PORT}"}}
ready: GET /health
agent: none
load: {connections: 4}
signals: [{name: live_bytes, url: /heap, pointer: /live_bytes, unit: bytes}]
END
    return begin({name => $name, env => $environment}, $command, $directory, '-q', @arguments, '--db', $db, '--json', "$directory.json");
}

my @run = ('run', '--no-early-stop', '--requests', 1500, '--hold', '1s');

# They wait more than they do: all at once.
my $leak = start('leak', {TIMER => 'leak'}, @run);
my $both = start('both', {TIMER => 'leak', KEEPS => 1}, @run);
my $ring = start('ring', {TIMER => 'ring'}, @run, '--rate', '400/s'); # it is full in the first third
my $hunt = start('hunt', {TIMER => 'leak'}, 'bisect');
my $slow = start('slow', {TIMER => 'leak', TICKS => 1.5}, 'bisect');

sub is_idle {
    my ($ran, $pattern, $per_second) = @_;
    my $result = $ran->{result};
    is($result->{verdict}, 'growth', 'is growth') or diag($ran->{out}, $ran->{err});
    like($result->{reason} // '', $pattern, 'of its own');
    is_deeply([map { $_->{kind} } @{$result->{findings}}], ['idle'], 'and nothing else is found') or diag($ran->{out});
    is_deeply($result->{findings}[0]{endpoints}, [], 'no endpoint is blamed');
    cmp_ok(abs(($result->{findings}[0]{bytes_per_second} // 0) - $per_second), '<', $per_second / 10, 'as fast as it does');
}

subtest 'a timer that leaks' => sub {
    is_idle(gather($leak), qr/^live_bytes grows by [\d.]+ KiB per second while nothing is sent/, 40_000);
};

subtest 'a timer that leaks beside an endpoint that does' => sub {
    my $ran = gather($both);
    my $result = $ran->{result};
    is($result->{verdict}, 'growth', 'is growth') or diag($ran->{out}, $ran->{err});
    is_deeply([sort map { $_->{kind} } @{$result->{findings}}], ['alone', 'idle'], 'both are found') or diag($ran->{out});
    my ($alone) = grep { $_->{kind} eq 'alone' } @{$result->{findings}};
    cmp_ok(abs(($alone->{bytes_per_request} // 0) - 100), '<', 20, 'what time adds is not in what the endpoint keeps');
};

subtest 'a timer that keeps the last few' => sub {
    my $ran = gather($ring);
    isnt($ran->{result}{verdict}, 'growth', 'is no growth') or diag($ran->{out}, $ran->{err});
    is_deeply($ran->{result}{findings}, [], 'and nothing is found');
};

subtest 'a hunt of a timer that leaks' => sub {
    my $ran = gather($hunt);
    is_idle($ran, qr/^it grows by itself, while nothing is sent/, 40_000);
    is($ran->{exit}, 1, 'exit code');
};

subtest 'a hunt of a timer that leaks more seldom than the mix takes for a pass' => sub {
    is_idle(gather($slow), qr/^it grows by itself, while nothing is sent/, 3000);
};

done_testing();
