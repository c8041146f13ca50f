#!/usr/bin/env perl
# A real Prometheus scrapes a live run, and answers with the numbers of the store; its tool takes the metrics; and the dashboard
# for Grafana asks for nothing that is not there.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Metrics;
use Seep;

my ($prometheus) = grep { -x } map { "$_/prometheus" } split /:/, $ENV{PATH};
my $db = scratch() . '/seep.db';
my $pricing = copy_service('pricing');

sub get { # path, from a server on loopback
    my ($port, $path) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or return '';
    print $socket "GET $path HTTP/1.0\r\nHost: 127.0.0.1:$port\r\n\r\n";
    local $/;
    return (split /\r\n\r\n/, <$socket> // '', 2)[1] // '';
}

# The value that a query of one sample has now; undef: none.
sub query {
    my ($port, $query) = @_;
    (my $escaped = $query) =~ s/([^A-Za-z0-9_])/sprintf '%%%02X', ord $1/ge;
    my $answer = eval { decode_json(get($port, "/api/v1/query?query=$escaped")) } or return undef;
    return $answer->{data}{result}[0] ? $answer->{data}{result}[0]{value}[1] : undef;
}

sub until_true {
    my ($what) = @_;
    for (1 .. 300) {
        my $is = $what->();
        return $is if $is;
        select undef, undef, undef, 0.1;
    }
    return 0;
}

SKIP: {
    skip 'no prometheus (Debian: apt-get install prometheus)', 1 if !$prometheus;
    subtest 'a real Prometheus' => sub {
        my $job = begin({name => 'scraped', env => {LEAK => 'on'}}, 'run', $pricing, '--db', $db, '--json', scratch() . '/scraped.json',
            '-e', 'GET /quote/{slug}', '-e', 'GET /rates', '--connections', '2', '--requests', '6000', '--no-early-stop', '--hold', '0s',
            '--fail-if', 'growth > 16 B/request', '--live', '0', '--live-linger', '60s');
        my $port;
        ok(until_true(sub { ($port) = slurp("$job->{base}.err") =~ m{live: http://127\.0\.0\.1:(\d+)/} }), 'it listens') or return;
        my $at = free_port();
        my $yaml = spit(scratch() . '/prometheus.yml', "global: {scrape_interval: 1s}\nscrape_configs:\n" .
            "  - {job_name: seep, static_configs: [{targets: ['127.0.0.1:$port']}]}\n");
        start_server($at, scratch(), $prometheus, "--config.file=$yaml", '--storage.tsdb.path=' . scratch() . '/tsdb',
            "--web.listen-address=127.0.0.1:$at", '--log.level=warn');
        ok(until_true(sub { (query($at, 'seep_verdict{seep_verdict="under_way"}') // 1) == 0 }), 'it sees the run end');
        my %told = map { $_ => query($at, $_) } 'sum(seep_requests_total{outcome="done"})', 'sum(seep_requests_total)',
            'seep_requests_total{endpoint="GET /quote/{slug}",outcome="done"}', 'seep_exit_code', 'up', 'seep_finding_bytes_per_request',
            (map { qq(seep_verdict{seep_verdict="$_"}) } qw(growth no_growth inconclusive)),
            (map { qq(seep_threshold{seep_threshold="$_"}) } qw(pass fail inconclusive)), 'seep_request_duration_seconds{endpoint="GET /rates",quantile="0.99"}';
        my $type = eval { decode_json(get($at, '/api/v1/metadata?metric=seep_verdict'))->{data}{seep_verdict}[0]{type} } // '';
        kill 'TERM', $job->{pid};
        my $result = gather($job)->{result};
        my ($quote, $rates) = map { my $name = $_; grep { $_->{name} eq $name } @{$result->{endpoints}} } 'GET /quote/{slug}', 'GET /rates';
        is($told{up}, 1, 'it takes what it gets');
        is($type, 'stateset', 'in OpenMetrics');
        is($result->{replay}{planned}, 6000, 'the store has all that was asked for');
        is($told{'sum(seep_requests_total)'}, 6000, 'and so has Prometheus');
        is($told{'sum(seep_requests_total{outcome="done"})'}, $result->{replay}{done}, 'done');
        is($told{'seep_requests_total{endpoint="GET /quote/{slug}",outcome="done"}'}, $quote->{done}, 'of one endpoint');
        is($told{'seep_exit_code'}, $result->{exit}, 'exit code');
        is($told{qq(seep_verdict{seep_verdict="$_"})}, $result->{verdict} eq $_ ? 1 : 0, "verdict: $_") for qw(growth no_growth inconclusive);
        is($told{qq(seep_threshold{seep_threshold="$_"})}, $result->{thresholds}[0]{result} eq $_ ? 1 : 0, "limit: $_") for qw(pass fail inconclusive);
        my $finding = $result->{findings}[0];
        is(defined $told{seep_finding_bytes_per_request}, defined $finding->{bytes_per_request}, 'a finding, where there is one');
        cmp_ok(abs($told{seep_finding_bytes_per_request} - $finding->{bytes_per_request}), '<', 0.01, 'its growth') if $finding->{bytes_per_request};
        cmp_ok(abs($told{'seep_request_duration_seconds{endpoint="GET /rates",quantile="0.99"}'} * 1e6 - $rates->{service_p99_us}), '<', 1, 'p99');
    };
}

seep({env => {LEAK => 'on'}}, 'run', $pricing, '--db', $db, '-e', 'GET /rates', '--connections', '2', '--requests', '500', '--hold', '0s')
    if !$prometheus;
my $page = scratch() . '/page';
is(seep('report', 'last', '--db', $db, '--prometheus', $page)->{exit}, 0, 'the classic text of a stored run');
ok(eval { Metrics::parse(slurp($page), 'classic') }, 'is that') or diag($@);
SKIP: {
    my ($promtool) = grep { -x } map { "$_/promtool" } split /:/, $ENV{PATH};
    skip 'no promtool (Debian: apt-get install prometheus)', 1 if !$promtool;
    is(qx($promtool check metrics <$page 2>&1), '', 'promtool has nothing to say against it');
    is($?, 0, 'nor for its exit code');
}

# Of a run and of a hunt together: each name that any of them could ask for.
my $source = slurp(root() . '/harness/report/openmetrics.c');
my %exported = map { $_ => 1 } $source =~ /^    \{"(seep_[a-z_]+)"/mg;
cmp_ok(scalar keys %exported, '>', 20, 'families of metrics');
my $dashboard = json(root() . '/docker/grafana-dashboard.json');
my @queries = map { map { $_->{expr} // () } @{$_->{targets} // []} } @{$dashboard->{panels}};
cmp_ok(scalar @queries, '>=', 8, 'the dashboard asks');
my @asked = map { /\b(seep_[a-z_]+)(?=\s*[\[{)]|\s|$)/g } map { my $query = $_; $query =~ s/\{[^}]*\}/{}/g; $query =~ s/\b(?:by|on|ignoring|group_left)\s*\([^)]*\)//g; $query } @queries,
    map { ref $_->{query} ? $_->{query}{query} : $_->{query} // () } @{$dashboard->{templating}{list}};
for my $name (sort keys %{{map { $_ => 1 } @asked}}) {
    (my $family = $name) =~ s/_(?:total|info|count|sum)$//;
    ok($exported{$name} || $exported{$family}, "$name is exported");
}
my %ids;
$ids{$_->{id}}++ for @{$dashboard->{panels}};
is_deeply([grep { $ids{$_} > 1 } keys %ids], [], 'each panel has an id of its own');
done_testing();
