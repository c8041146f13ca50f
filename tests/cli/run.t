#!/usr/bin/env perl
# seep run: the soak; and what must never happen, whatever is asked.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $pricing = copy_service('pricing');
my $db = scratch() . '/seep.db';
my $json = scratch() . '/run.json';

sub run {
    my ($leak, @arguments) = @_;
    unlink $json;
    my $ran = seep({env => {LEAK => $leak}}, 'run', $pricing, '--db', $db, '--json', $json, @arguments);
    my $result = -e $json ? json($json) : {};
    diag($ran->{err}) if !%$result;
    return ($ran, $result);
}

subtest 'growth of one endpoint, as the finding says to reproduce it' => sub {
    my ($ran, $result) = run('on', '-e', 'GET /quote/{slug}', '--connections', '4', '--requests', '6000');
    is($ran->{exit}, 1, 'exit code');
    is($result->{verdict}, 'growth', 'verdict') or diag($result->{reason});
    my $finding = $result->{findings}[0] // {};
    cmp_ok(abs(($finding->{objects_per_request} // 0) - 1), '<', 0.02, 'objects per request');
    is($result->{replay}{planned}, 6000, 'as many as asked');
    is($result->{replay}{done}, 6000, 'all done');
    is($result->{replay}{$_}, 0, "none $_") for qw(late too_late uncorrelated abandoned lag_max_us);
    my ($endpoint) = @{$result->{endpoints}};
    is($endpoint->{total_p99_us}, $endpoint->{service_p99_us}, 'a closed loop has no due times');
    cmp_ok($endpoint->{achieved_per_second}, '>', 0, 'what was achieved');
};

# The service keeps 400 sessions, and takes some 11,000 requests to open so many: a shorter run sees it fill. A table
# that doubles late leaves it open, which is an honest answer; growth never is.
subtest 'no growth of the mix' => sub {
    my %answers;
    for my $seed (1 .. 4) {
        my ($ran, $result) = run('off', '--connections', '4', '--requests', '50000', '--seed', $seed);
        $answers{$ran->{exit}}++;
        isnt($result->{verdict}, 'growth', "seed $seed: no growth") or diag($result->{reason});
        last if $ran->{exit} eq '0';
    }
    ok($answers{0}, 'shown not to grow') or diag(join ', ', %answers);
};

subtest 'a limit decides the exit code' => sub {
    my @load = ('-e', 'GET /quote/{slug}', '--connections', '4', '--requests', '6000');
    my ($over, $crossed) = run('on', @load, '--fail-if', 'growth > 16 B/request');
    is($over->{exit}, 1, 'crossed');
    is($crossed->{thresholds}[0]{result}, 'fail', 'said so');
    my ($under, $kept) = run('on', @load, '--fail-if', 'growth > 100 B/request', '--fail-if', 'errors > 1%');
    is($under->{exit}, 0, 'kept');
    is($_->{result}, 'pass', $_->{limit}) for @{$kept->{thresholds}};
};

subtest 'recorded times' => sub {
    my ($ran, $result) = run('off', '--speed', '400x', '--budget', '0s');
    is($result->{replay}{planned}, 2418, 'one pass of the recording');
    is($result->{replay}{done}, 2418, 'all done');
    ok((grep { $ran->{exit} eq $_ } 0, 125), 'too short to be sure, or sure; never growth');
    my @endpoints = @{$result->{endpoints}};
    my %sum;
    for my $endpoint (@endpoints) {
        $sum{$_} += $endpoint->{$_} for qw(planned done failed skipped landed);
        cmp_ok($endpoint->{total_p99_us}, '>=', $endpoint->{service_p99_us}, "$endpoint->{name}: from the due time it takes longer");
        cmp_ok($endpoint->{lag_p50_us}, '<=', $endpoint->{lag_max_us}, 'lag');
    }
    is($sum{$_}, $result->{replay}{$_}, "endpoints add up: $_") for qw(planned done failed skipped);
    cmp_ok($result->{replay}{lag_max_us}, '>=', $result->{replay}{lag_p99_us}, 'the longest lag');
    my $shown = seep('report', 'last', '--db', $db)->{out};
    like($shown, qr/^  endpoint +done +achieved +p50 +p99 +p99 from due$/m, 'times from the due time are shown');
};

subtest 'rates that no machine keeps' => sub {
    my ($ran, $result) = run('off', '--speed', '100000x');
    is($ran->{exit}, 125, 'exit code');
    is($result->{verdict}, 'inconclusive', 'verdict');
    my $said = join "\n", $result->{reason}, @{$result->{caveats}};
    like($said, qr/^the rates were not true: requests went out [\d.]+ m?s late at the median \(target or machine too slow for \d+\/s\)$/m,
        'said with figures');
    cmp_ok($result->{replay}{late}, '>', 1000, 'late ones are counted');
    is($result->{replay}{done}, 2418, 'and yet all done');
};

subtest 'a short run is inconclusive, not "no growth"' => sub {
    my ($ran, $result) = run('on', '-e', 'GET /quote/{slug}', '--connections', '1', '--requests', '20');
    is($ran->{exit}, 125, 'exit code');
    is($result->{verdict}, 'inconclusive', 'verdict');
};

subtest 'an address that is not allowed gets nothing' => sub {
    my $port = free_port();
    my $other = copy_service('elsewhere', 'target: \S+', "target: http://127.0.0.1:$port", 'allow: \[127.0.0.1\]', 'allow: [192.0.2.7]',
        'start:\n(?:  .*\n)+', '');
    start_server($port, scratch(), '/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1', $port);
    my $before = slurp(scratch() . '/server.log');
    my $ran = seep('run', $other, '--db', $db, '--connections', '1', '--requests', '5');
    is($ran->{exit}, 201, 'refused');
    like($ran->{err}, qr/^seep: .*127\.0\.0\.1.*allow/m, 'one clear line');
    is(slurp(scratch() . '/server.log'), $before, 'the server heard nothing');
};

subtest 'methods that change data need to be allowed on a server that seep did not start' => sub {
    my $port = free_port();
    my $attached = copy_service('attached', 'target: \S+', "target: http://127.0.0.1:$port", 'start:\n(?:  .*\n)+', "watch: {port: $port}\n");
    local $ENV{LEAK} = 'off';
    start_server($port, root() . '/docker/staging/pricing', '/usr/bin/python3', '-m', 'gunicorn', '-w', '1', '-b', "127.0.0.1:$port", 'app:app');
    my $ran = seep('run', $attached, '--db', $db, '--json', $json, '--connections', '2', '--requests', '1500');
    my $result = json($json);
    my %left = map { $_ => 1 } map { @{$_->{endpoints}} } @{$result->{not_looked_at}};
    ok($left{'POST /quote'} && $left{'DELETE /cart/{id}/items/{id2}'}, 'POST and DELETE are not looked at')
        or diag(join ', ', sort keys %left);
    ok(!$left{'GET /quote/{slug}'}, 'GET is');
    isnt($result->{verdict}, 'growth', 'no leak');
    seep('run', $attached, '--db', $db, '--json', $json, '--connections', '2', '--requests', '1500', '--methods', 'POST');
    %left = map { $_ => 1 } map { @{$_->{endpoints}} } @{json($json)->{not_looked_at}};
    ok(!$left{'POST /quote'}, '--methods allows it');
};

done_testing();
