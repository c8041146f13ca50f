#!/usr/bin/env perl
# seep bisect against the real pricing service, whose truth is known. HUNTS=all: its rarer leaks as well, some minutes more.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $pricing = copy_service('pricing');
my $db = scratch() . '/seep.db';

sub bisect {
    my ($leak, @more) = @_;
    my $file = scratch() . "/$leak.json";
    unlink $file;
    my $ran = seep({env => {LEAK => $leak}}, 'bisect', $pricing, '--db', $db, '--json', $file, '--label', $leak, @more);
    my $result = -e $file ? json($file) : {};
    diag($ran->{err}) if !%$result;
    return ($ran, $result);
}

sub near { # within a share of the truth
    my ($got, $truth, $share, $name) = @_;
    ok(defined $got && abs($got - $truth) <= $share * $truth, $name) or diag('got ' . ($got // 'nothing') . ", truth $truth");
}

subtest 'the leak of the story' => sub {
    my ($ran, $result) = bisect('on', '--html', scratch() . '/on.html');
    is($ran->{exit}, 1, 'exit code: growth where no limit is set');
    is($result->{verdict}, 'growth', 'verdict');
    is(scalar @{$result->{findings} // []}, 1, 'one finding');
    my $finding = $result->{findings}[0] // {};
    is_deeply($finding->{endpoints}, ['GET /quote/{slug}'], 'the endpoint');
    is($finding->{kind}, 'alone', 'alone');
    near($finding->{objects_per_request}, 1, 0.02, 'objects per request within 2 %');
    near($finding->{bytes_per_request}, 40.2, 0.15, 'allocator bytes per request within 15 %');
    ok($finding->{interval}[0] <= $finding->{bytes_per_request} && $finding->{bytes_per_request} <= $finding->{interval}[1],
        'the interval holds the estimate');
    is_deeply([sort @{$finding->{confirmed} // []}], [qw(complement isolated long_solo)], 'confirmed three ways');
    cmp_ok($finding->{linear_through}{requests}, '>=', 10000, 'linear through 10,000 calls');
    my @sites = map { $_->{site} } @{$finding->{sites}};
    is(scalar @sites, 2, 'two sites') or diag("@sites");
    ok((grep { m{/timing\.py:11$} } @sites), 'the line that makes the float');
    ok((grep { m{/registry\.py:36$} } @sites), 'the line that keeps it');
    near($finding->{explained}, 1, 0.15, 'the sites explain the growth');
    is($_->{whose}, 'yours', "$_->{site} is yours") for @{$finding->{sites}};
    like($finding->{reproduce}, qr{^seep run \S+ -e 'GET /quote/\{slug\}'}, 'a command that reproduces it');
    cmp_ok($finding->{projection}{days}, '>', 0, 'days to the limit');
    my ($earliest, $latest) = @{$finding->{projection}{interval_days} // [1, 0]};
    ok($earliest <= $finding->{projection}{days} && $finding->{projection}{days} <= $latest, 'with an interval that holds them');
    near($finding->{projection}{bytes_per_day}, 582000, 0.15, 'bytes per day at the recorded rate');
    cmp_ok($result->{peak_bytes}, '>=', $result->{kept_bytes} // 0, 'the peak of a trial is at least what it kept');
    cmp_ok($result->{kept_bytes}, '>', 10_000_000, 'which is known');
    my ($identity) = map { $_->{done} + $_->{failed} + $_->{skipped} } $result->{replay};
    is($identity, $result->{replay}{planned}, 'planned = done + failed + skipped');
    my $named = join ' ', map { @{$_->{endpoints}} } @{$result->{cleared}};
    unlike($named, qr{GET /quote/\{}, 'the leaker is not cleared');
    my $page = slurp(scratch() . '/on.html');
    like($page, qr/registry\.py:36/, 'the page shows the line');
    unlike($page, qr{(?:src|href)="https?:}, 'the page asks nothing of the network');
};

subtest 'no leak' => sub {
    my ($ran, $result) = bisect('off');
    is($ran->{exit}, 0, 'exit code');
    is($result->{verdict}, 'no_growth', 'verdict') or diag($result->{reason} // '');
    is_deeply($result->{findings}, [], 'no finding');
    my ($bytes) = grep { $_->{name} eq 'live_bytes' } @{$result->{signals}};
    cmp_ok($bytes->{smallest_detectable_bytes_per_request}, '<', 40, 'says what it would have seen');
};

my @rare = ($ENV{HUNTS} // '') eq 'all' ? () : (skip_all => 'HUNTS=all (make test-hunts)');

subtest 'a leak bound to one parameter value' => sub {
    plan(@rare) if @rare;
    my ($ran, $result) = bisect('param');
    is($ran->{exit}, 1, 'exit code');
    my $finding = $result->{findings}[0] // {};
    is_deeply($finding->{endpoints}, ['GET /quote/{slug}'], 'the endpoint');
    near($finding->{objects_per_request}, 0.05, 0.1, 'one request in twenty');
};

subtest 'latched: it leaks once another was called' => sub {
    my ($ran, $result) = bisect('latched');
    is($ran->{exit}, 1, 'exit code');
    my $finding = $result->{findings}[0] // {};
    is($finding->{kind}, 'latched', 'kind');
    is_deeply($finding->{endpoints}, ['POST /open-book', 'GET /quote/{slug}'], 'the pair, the latch first');
    near($finding->{objects_per_request}, 1, 0.02, 'objects per request');
};

subtest 'consumed: each call of one lets the other keep something' => sub {
    plan(@rare) if @rare;
    my ($ran, $result) = bisect('consumed');
    is($ran->{exit}, 1, 'exit code');
    my $finding = $result->{findings}[0] // {};
    is_deeply([sort @{$finding->{endpoints} // []}], ['POST /flush', 'POST /hook'], 'the pair');
    is($finding->{kind}, 'consumed', 'kind');
    is($finding->{per}, 'POST /hook', 'per call of the one that pays');
};

subtest 'the run is in the store' => sub {
    my $again = seep('report', 'on', '--db', $db, '--json', '-');
    is($again->{exit}, 0, 'report of a stored run');
    my $first = json(scratch() . '/on.json');
    is_deeply(JSON::PP::decode_json($again->{out}), $first, 'says what the run said');
    my $check = `sqlite3 $db 'pragma integrity_check'`;
    is($check, "ok\n", 'integrity');
};

subtest 'an end by signal keeps what was measured' => sub {
    my $ran = seep({env => {LEAK => 'on'}, kill => [qr/[1-9][\d,]* requests/, 'INT']}, 'bisect', $pricing, '--db', $db, '--label', 'cut');
    is($ran->{exit}, 130, 'exit code');
    my $report = seep('report', 'cut', '--db', $db, '--json', '-');
    my $result = JSON::PP::decode_json($report->{out});
    is($result->{verdict}, 'inconclusive', 'inconclusive, never "no growth"');
    cmp_ok($result->{requests}, '>', 0, 'what was sent is there');
};

subtest 'a driver that died' => sub {
    my $ran = seep({env => {LEAK => 'on'}, kill => [3, 'KILL']}, 'bisect', $pricing, '--db', $db, '--label', 'died');
    is($ran->{exit}, 'signal 9', 'killed');
    my $report = seep('report', 'died', '--db', $db, '--json', '-');
    is($report->{exit}, 0, 'can be reported');
    my $result = JSON::PP::decode_json($report->{out});
    is($result->{verdict}, 'inconclusive', 'inconclusive');
    is(`sqlite3 $db 'pragma integrity_check'`, "ok\n", 'integrity');
};

done_testing();
