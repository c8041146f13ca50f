#!/usr/bin/env perl
# When a run ends: as soon as the answer is certain, at its end, or later while it is open; and what it waits for before
# it says growth. Then limits: which there are, and what is said of those that are shown neither way.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $plain = root() . '/tests/servers/plain.py';
my $service = make_service('plain', <<"END", ['GET /a/{id}', '', map { ["/a/$_"] } 1 .. 40], ['GET /b', '', map { ['/b'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, $plain]}
ready: GET /health
load: {connections: 2}
END
my $runs = 0;

sub run {
    my ($keep, @more) = @_;
    my $file = scratch() . '/result-' . ++$runs . '.json';
    my $ran = seep({env => {KEEP => $keep}}, 'run', $service, '--db', $db, '-q', '--json', $file, @more);
    my $result = -e $file ? json($file) : {replay => {}, thresholds => [], caveats => [], verdict => 'none', reason => $ran->{err}};
    my $replay = $result->{replay};
    is($replay->{planned}, $replay->{done} + $replay->{failed} + $replay->{skipped}, "$keep @more: the books") if -e $file;
    return ($ran, $result);
}

sub count { return $_[0] =~ tr/,//dr }

sub mentions {
    my ($result, $pattern, $name) = @_;
    ok((grep { $_ =~ $pattern } @{$result->{caveats}}), $name) or diag(join "\n", $result->{reason}, @{$result->{caveats}});
}

my $early = qr/; ended early, the answer was certain after ([\d,]+) of 60,000 requests$/;

subtest 'growth ends it' => sub {
    my ($ran, $result) = run('all', '--requests', '60000', '--hold', '1s');
    is($ran->{exit}, 1, 'growth') or diag($result->{reason});
    like($result->{reason}, $early, 'says so');
    my ($after) = map { count($_) } $result->{reason} =~ $early;
    is($result->{replay}{planned}, $after, 'and after how many');
    is($result->{replay}{skipped}, 0, 'nothing was left out on the way');
    cmp_ok($result->{findings}[0]{linear_through}{requests}, '>=', 10000, 'followed for as long as is promised');
};

subtest 'no growth ends it' => sub {
    my ($ran, $result) = run('nothing', '--requests', '60000');
    is($ran->{exit}, 0, 'no growth') or diag($result->{reason});
    like($result->{reason}, $early, 'says so');
    cmp_ok($result->{replay}{planned}, '<', 60000, 'before its end');
    ($ran, $result) = run('nothing', '--requests', '30000', '--no-early-stop');
    is($result->{replay}{planned}, 30000, '--no-early-stop: it goes to its end');
    unlike($result->{reason}, qr/early/, 'and says nothing of it');
};

subtest 'a limit that is not settled keeps it going' => sub {
    my ($ran, $result) = run('nothing', '--requests', '20000', '--fail-if', 'growth > 0.001 B/request');
    is($ran->{exit}, 125, 'shown neither way');
    is($result->{replay}{planned}, 20000, 'to its end');
    mentions($result, qr{^growth > 0\.001 B/request is not shown either way: (?:nothing grows, but less than [\d.]+ B per request would not have been seen|it lies within the interval, -[\d.]+ B per request to [\d.]+ B per request)$},
        'and why');
};

subtest 'an open answer goes on until it is none' => sub {
    my ($ran, $result) = run('nothing');
    is($ran->{exit}, 0, 'no growth') or diag($result->{reason});
    cmp_ok($result->{replay}{planned}, '>', 60, 'one pass of 60 requests could not tell');
    is($result->{replay}{planned} % 60, 0, 'it doubled') if $result->{reason} !~ /certain/;
    ($ran, $result) = run('nothing', '--requests', '60');
    is($ran->{exit}, 125, 'what is bounded stays bounded');
    is($result->{replay}{planned}, 60, 'as many as asked');
    ($ran, $result) = run('nothing', '--budget', '0s');
    is($result->{replay}{planned}, 60, 'without a budget: one pass');
    ($ran, $result) = run('nothing', '--rate', '600/s', '--requests', '60', '--budget', '2s');
    my $untrue = grep { /^the rates were not true/ } $result->{reason}, @{$result->{caveats}}; # then more of it is no help
    ok($untrue || $result->{replay}{planned} > 60, 'an open loop goes on as well');
};

subtest 'the budget ends it' => sub {
    my ($ran, $result) = run('slower', '--budget', '3s');
    is($ran->{exit}, 125, 'still open');
    like($result->{reason}, qr/^the budget of 3 s was used up after [\d,]+ requests: .*; a larger --budget would go on$/, 'says so');
    my ($timed) = qx(sqlite3 '$db' "SELECT count(*) FROM v_samples WHERE run = $result->{run} AND signal = 'live_objects'");
    cmp_ok($timed, '<', 400, 'readings come half as often each time it doubles');
};

subtest 'what goes away without traffic was a window' => sub {
    my @load = ('--requests', '12000', '--no-early-stop');
    my ($ran, $result) = run('window:5', @load, '--hold', '8s');
    isnt($result->{verdict}, 'growth', 'it is no growth') or diag($result->{reason});
    like($result->{reason}, qr/^what it kept was gone within \d+ s without traffic: a window of time/, 'says why');
    ($ran, $result) = run('all', @load, '--hold', '1s');
    is($result->{verdict}, 'growth', 'what stays is');
    mentions($result, qr/^still there after 1 s without traffic; what forgets its entries only later would look the same$/, 'and for how long');
    is_deeply($result->{findings}[0]{confirmed}, ['hold'], 'which confirms it');
    ($ran, $result) = run('window:30', @load, '--hold', '0s');
    mentions($result, qr/^whether it stays without traffic was not tried \(--hold\)$/, 'it need not wait');
};

# By RSS alone so few requests could hide a hundred KiB each.
subtest 'no growth above a size that nobody would miss is no answer' => sub {
    my $bare = make_service('bare', <<"END", ['GET /b', '', map { ['/b'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, $plain]}
ready: GET /health
agent: none
load: {connections: 2}
END
    my $ran = seep('run', $bare, '--db', $db, '-q', '--requests', '400');
    is($ran->{exit}, 125, 'inconclusive');
    like($ran->{out}, qr/only large growth would have been seen|too few readings|too uneven/, 'and why') or diag($ran->{out});
    unlike($ran->{out}, qr/^NO GROWTH/m, 'never none');
};

subtest 'limits' => sub {
    my %expected = (
        'growth > 16 B/request' => 'fail',
        'growth > 1 GiB/h' => 'pass',
        'growth > 0.5 objects/request' => 'fail',
        'live_objects growth > 100 objects/request' => 'pass',
        'rss growth > 1 GiB/h' => 'pass',
        'pss growth > 1 MiB/h' => 'inconclusive',
        'p99 > 20s' => 'pass',
        'errors > 2%' => 'pass',
        'GET /b: p99 > 20s' => 'pass',
        'GET /b: growth > 1 KiB/request' => 'pass',
        'GET /b: growth > 16 B/request' => 'inconclusive',
    );
    my ($ran, $result) = run('all', '--requests', '6000', '--hold', '0s', map { ('--fail-if', $_) } sort keys %expected);
    my %found = map { $_->{limit} => $_->{result} } @{$result->{thresholds}};
    # A dictionary that doubles at the wrong moment leaves bytes open, never objects.
    $expected{'growth > 16 B/request'} = 'inconclusive' if $found{'growth > 16 B/request'} eq 'inconclusive';
    is_deeply(\%found, \%expected, 'each by itself')
        or diag(join "\n", map { "$_->{limit}: $_->{result}" } @{$result->{thresholds}});
    is($ran->{exit}, 1, 'one crossed is enough');
    mentions($result, qr{^GET /b: growth > 16 B/request is not shown either way: the mix grows}, 'a mix cannot be taken apart');
    mentions($result, qr{^pss growth > 1 MiB/h is not shown either way: too little is known of pss$}, 'a signal that is hardly read');
    ($ran, $result) = run('all', '-e', 'GET /b', '--requests', '3000', '--hold', '0s', '--fail-if', 'GET /b: growth > 0.5 objects/request');
    is($result->{thresholds}[0]{result}, 'fail', 'alone it can be');
    for my $wrong (['rs growth > 1 MiB/h', qr/no signal 'rs' that counts bytes or objects: there are rss, pss, .*live_bytes/],
        ['threads growth > 1 B/request', qr/no signal 'threads' that counts/], ['rss growth > 1 objects/request', qr/rss counts bytes/],
        ['GET /c: p99 > 1s', qr/no endpoint 'GET \/c' in the mix/])
    {
        my ($limit, $pattern) = @$wrong;
        $ran = seep('run', $service, '--db', $db, '--requests', '10', '--fail-if', $limit);
        is($ran->{exit}, 200, "$limit: refused");
        like($ran->{err}, qr/\Aseep: [^\n]*$pattern[^\n]*\n\z/, 'in one line');
    }
};

done_testing();
