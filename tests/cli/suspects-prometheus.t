#!/usr/bin/env perl
# seep suspects against a real Prometheus, whose blocks hold two weeks of a small fleet of which the truth is known.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Fleet qw(fleet openmetrics);
use Seep;

sub found { my ($name) = @_; my ($path) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH}; return $path }

my ($prometheus, $promtool) = (found('prometheus'), found('promtool'));
plan skip_all => 'no prometheus and promtool (Debian: apt-get install prometheus)' if !$prometheus || !$promtool;

my $scratch = scratch();
my $now = time();
$now -= $now % 600;
my $leak = 120;
my $fleet = fleet(from => $now - 14 * 86400, days => 14, step => 300, instances => 3, seed => 11, deploys => [4.3, 9.7], endpoints =>
    [['GET', '/quote/<slug>', 2, $leak], ['GET', '/rates', 5], ['POST', '/cart/<int:id>', 1], ['GET', '/search', 3], ['GET', '/health', 0.5]]);
my $text = spit("$scratch/fleet.om", openmetrics($fleet, 'shop'));
my $port = free_port();
mkdir "$scratch/tsdb";
is(system($promtool, 'tsdb', 'create-blocks-from', '--max-block-duration=128h', 'openmetrics', '-q', $text, "$scratch/tsdb"), 0, 'blocks of two weeks');
my $yaml = spit("$scratch/prometheus.yml", "global: {scrape_interval: 5m}\n");
start_server($port, $scratch, $prometheus, "--config.file=$yaml", "--storage.tsdb.path=$scratch/tsdb", '--storage.tsdb.retention.time=10y',
    "--web.listen-address=127.0.0.1:$port", '--web.route-prefix=/prometheus', '--log.level=warn');

sub ready {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return 0;
    print $socket "GET /prometheus/-/ready HTTP/1.0\r\n\r\n";
    return (<$socket> // '') =~ / 200 /;
}
for (1 .. 200) { last if ready(); select undef, undef, undef, 0.1 }

my @ask = ('suspects', '--prometheus', "http://127.0.0.1:$port/prometheus", '-q', '--until', $now);
my @query = ('--memory', 'process_resident_memory_bytes{job="shop"}', '--requests-by', 'http_requests_total{job="shop"}');

subtest 'two weeks' => sub {
    my $json = "$scratch/weeks.json";
    my $got = seep(@ask, @query, '--memory-limit', '512 MiB', '--json', $json, '--html', "$scratch/weeks.html", '--markdown', "$scratch/weeks.md");
    is($got->{exit}, 0, 'ranked') or return diag($got->{err}, $got->{out});
    my $result = json($json);
    my $first = $result->{suspects}[0];
    is_deeply($first->{endpoints}, ['GET /quote/{slug}'], 'the leaker, spelled as endpoints are');
    cmp_ok($first->{interval}[0], '<=', $leak, 'what it keeps is');
    cmp_ok($first->{interval}[1], '>=', $leak, 'within the interval');
    cmp_ok(abs($first->{bytes_per_request} - $leak), '<', 10, 'and near the truth');
    is(scalar @{$result->{suspects}}, 1, 'nothing else is suspected');
    is(scalar @{$result->{instances}}, 3, 'of each instance');
    is(scalar @{$result->{restarts}}, 6, 'two deploys of three');
    is($result->{step_seconds}, 600, 'in steps of ten minutes');
    my $sum = 0;
    for my $instance (@{$fleet->{instances}}) {
        for my $counter (@{$instance->{requests}}) {
            my $last;
            for my $value (@$counter) {
                $sum += !defined $last ? 0 : $value < $last ? $value : $value - $last;
                $last = $value;
            }
        }
    }
    cmp_ok(abs($result->{requests} / $sum - 1), '<', 0.03, 'requests are counted through restarts');
    cmp_ok(-s "$scratch/weeks.html", '>', 10_000, 'a page');
    like($got->{out}, qr/GET \/quote\/\{slug\}/, 'on the terminal');
};

subtest 'as a rate' => sub {
    my $json = "$scratch/rate.json";
    my $got = seep(@ask, '--memory', 'process_resident_memory_bytes{job="shop"}', '--requests-by',
        'sum by (instance, method, handler) (rate(http_requests_total{job="shop"}[10m]))', '--json', $json);
    is($got->{exit}, 0, 'ranked') or return diag($got->{err}, $got->{out});
    my $first = json($json)->{suspects}[0];
    is_deeply($first->{endpoints}, ['GET /quote/{slug}'], 'the leaker');
    cmp_ok(abs($first->{bytes_per_request} - $leak), '<', 20, 'near the truth');
    seep(@ask, '--memory', 'process_resident_memory_bytes{job="shop"}', '--requests-by', 'rate(http_requests_total{job="shop"}[15m])',
        '--step', '30m', '--json', $json);
    like(slurp($json), qr/--requests-by looks at 15 m 00 s before each step of 30 m 00 s/, 'a window that is too short is said');
};

subtest 'restarts that only counters tell of' => sub {
    my $json = "$scratch/scalar.json";
    my $got = seep(@ask, '--memory', 'scalar(process_resident_memory_bytes{instance="10.2.0.1:8080"})', '--requests-by',
        'http_requests_total{instance="10.2.0.1:8080"}', '--json', $json);
    is($got->{exit}, 0, 'ranked') or return diag($got->{err}, $got->{out});
    my $result = json($json);
    is(scalar @{$result->{restarts}}, 2, 'both deploys');
    is_deeply($result->{suspects}[0]{endpoints}, ['GET /quote/{slug}'], 'the leaker');
};

subtest 'a preset' => sub {
    my $got = seep(@ask, '--preset', 'fastapi', '--select', 'job="shop"', '--since', '6d');
    ok($got->{exit} == 0 || $got->{exit} == 125, 'it knows its queries') or diag($got->{err});
    like($got->{out}, qr/process_resident_memory_bytes\{job="shop"\}/, 'and says them');
};

sub one_line {
    my ($pattern, $what, @arguments) = @_;
    my $got = seep(@ask, @arguments);
    is($got->{exit}, 200, "$what: exit code") or diag($got->{out});
    like($got->{err}, $pattern, $what);
    is(scalar(() = $got->{err} =~ /\n/g), 1, "$what: one line");
}

subtest 'what can be wrong' => sub {
    my @memory = @query[0, 1];
    one_line(qr/^seep: --memory: bad_data: .*1:31: parse error/, 'a query that cannot be parsed', '--memory', 'process_resident_memory_bytes{', @query[2, 3]);
    one_line(qr/^seep: --requests-by: no series: there is no metric http_request_total at that time/, 'a metric that is not there', @memory,
        '--requests-by', 'http_request_total');
    one_line(qr/^seep: --requests-by: no series: nothing of http_requests_total has job="shpo"; there is "shop"/, 'a label that fits nothing', @memory,
        '--requests-by', 'http_requests_total{job="shpo"}');
    one_line(qr/^seep: --requests-by: about 33 series over 360 d at a step of 1 s are [\d,]{10,} points, which are not asked for: --step \d+[mh] would do/, 'too many points',
        @query, '--since', '360d', '--step', '1s');
    one_line(qr/^seep: requests: the series of 2 metrics \(http_requests_total, process_start_time_seconds\)/, 'two metrics', @memory, '--requests-by',
        '{__name__=~"http_requests_total|process_start_time_seconds"}');
    one_line(qr{has no /api/v1/query_range \(404\)}, 'without its base path', '--prometheus', "http://127.0.0.1:$port", @query);
};

done_testing();
