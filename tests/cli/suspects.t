#!/usr/bin/env perl
# seep suspects against servers that answer as they are told (tests/servers/prometheus.py), and from files: what is asked and in
# which pages, and one clear line for each thing that can be wrong.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use POSIX ();
use Test::More;
use Fleet qw(fleet);
use Seep;

my @ask = ('--memory', 'memory', '--requests-by', 'requests', '-q');
my $server = root() . '/tests/servers/prometheus.py';
my $scratch = scratch();
my $number = 0;

# A server of its own for each kind; returns its URL and what it was asked so far.
sub served {
    my ($kind, @more) = @_;
    my ($port, $log) = (free_port(), "$scratch/asked-" . ++$number);
    start_server($port, $scratch, 'python3', $server, $port, $log, $kind, @more);
    return ((@more ? 'https' : 'http') . "://127.0.0.1:$port", sub { map { decode_json($_) } split /\n/, slurp($log) });
}

sub one_line { # exit code, pattern, what, arguments
    my ($code, $pattern, $what, @arguments) = @_;
    my $got = seep('suspects', @arguments);
    is($got->{exit}, $code, "$what: exit code") or diag($got->{err});
    like($got->{err}, $pattern, $what);
    is(scalar(() = $got->{err} =~ /\n/g), 1, "$what: one line");
    return $got;
}

subtest 'what is asked' => sub {
    my ($url, $asked) = served('fine');
    my $json = "$scratch/fine.json";
    my $got = seep('suspects', '--prometheus', "$url/", @ask, '--step', '1m', '--until', '2024-05-15T00:00:30Z', '--json', $json);
    ok($got->{exit} == 0 || $got->{exit} == 125, 'it answers') or diag($got->{err});
    my $result = json($json);
    is($result->{command}, 'suspects', 'as JSON');
    my @all = $asked->();
    is_deeply([grep { $_->{method} ne 'POST' } @all], [], 'by POST alone');
    my @pages = grep { $_->{form}{query} eq 'requests' } @all;
    cmp_ok(scalar @pages, '>=', 3, 'two weeks by the minute come in pages');
    my @points = map { ($_->{form}{end} - $_->{form}{start}) / $_->{form}{step} + 1 } @pages;
    is_deeply([grep { $_ > 11000 } @points], [], 'none above what a server gives');
    my $sum = 0;
    $sum += $_ for @points;
    is($sum, 14 * 1440, 'each moment once');
    is_deeply([grep { $_->{form}{start} % 60 || $_->{form}{end} % 60 } @pages], [], 'on the grid of the step');
    my @follow = map { $pages[$_]{form}{start} - $pages[$_ - 1]{form}{end} } 1 .. $#pages;
    is_deeply([grep { $_ != 60 } @follow], [], 'one behind the other');
    cmp_ok($pages[-1]{form}{end}, '==', 1715731200, 'up to --until');
};

subtest 'a step of its own' => sub {
    my ($url, $asked) = served('fine');
    seep('suspects', '--prometheus', $url, @ask, '--since', '7d');
    my %steps = map { $_->{form}{step} => 1 } grep { $_->{form}{query} eq 'memory' && $_->{form}{step} } $asked->();
    is_deeply([keys %steps], ['300.000'], 'a week by five minutes');
};

subtest 'a server that only takes GET' => sub {
    my ($url, $asked) = served('405');
    my $got = seep('suspects', '--prometheus', $url, @ask);
    isnt($got->{exit}, 200, 'is asked by GET') or diag($got->{err});
    my @all = $asked->();
    is(scalar(grep { $_->{method} eq 'POST' } @all), 1, 'after one POST');
};

subtest 'who asks' => sub {
    my ($url, $asked) = served('401');
    one_line(200, qr/answers 401.*--token-file FILE.*SEEP_PROMETHEUS_TOKEN/, '401 without a token', '--prometheus', $url, @ask);
    my $wrong = spit("$scratch/wrong", "sesame-0000\n");
    my $got = one_line(200, qr/answers 401: the token that was given is not accepted/, '401 with a token', '--prometheus', $url, @ask,
        '--token-file', $wrong);
    unlike($got->{err} . $got->{out}, qr/sesame/, 'which is not shown');
    my $right = spit("$scratch/right", "sesame-7731\n");
    my $json = "$scratch/token.json";
    $got = seep('suspects', '--prometheus', $url, @ask, '--token-file', $right, '--json', $json, '-v');
    isnt($got->{exit}, 200, 'the right token') or diag($got->{err});
    unlike($got->{err} . $got->{out} . slurp($json), qr/sesame/, 'is not shown either');
    $got = seep({env => {SEEP_PROMETHEUS_TOKEN => 'sesame-7731'}}, 'suspects', '--prometheus', $url, @ask, '--json', $json);
    isnt($got->{exit}, 200, 'from the environment') or diag($got->{err});
    (my $with = $url) =~ s{//}{//reader:hush%21@};
    $got = one_line(200, qr/answers 401: the user or password/, 'user and password', '--prometheus', $with, @ask);
    unlike($got->{err}, qr/hush|reader/, 'are not shown');
    is(($asked->())[-1]{headers}{Authorization}, 'Basic cmVhZGVyOmh1c2gh', 'but sent');
    $got = one_line(200, qr/a token .* and a user in the URL/, 'both', '--prometheus', $with, @ask, '--token-file', $right);
    unlike($got->{err}, qr/hush|reader|sesame/, 'and neither is shown');
    seep('suspects', '--prometheus', $url, @ask, '--header', 'X-Scope-OrgID: shop');
    is(($asked->())[-1]{headers}{'X-Scope-OrgID'}, 'shop', '--header');
    one_line(200, qr/--header: expected a line NAME: VALUE/, 'a header that is none', '--prometheus', $url, @ask, '--header', 'x');
    one_line(200, qr/--token-file: .*expected a token and nothing else/, 'a file that is no token', '--prometheus', $url, @ask,
        '--token-file', spit("$scratch/two", "a b\n"));
    ($url) = served('403');
    one_line(200, qr/answers 403.*--token-file/, 'a 403', '--prometheus', $url, @ask);
};

subtest 'answers that are none' => sub {
    my %said = (page => qr/a page instead of JSON: a login/, redirect => qr{answers 302, to http://127\.0\.0\.1:1/login: no redirect is followed},
        502 => qr/answers 502/, base => qr{has no /api/v1/query_range \(404\): the URL has to be the base}, cut => qr/:\d+:\d+: .*unfinished/,
        histogram => qr/--requests-by: the answer holds native histograms; histogram_count/);
    for my $kind (sort keys %said) {
        my ($url) = served($kind);
        one_line(200, $said{$kind}, "it answers: $kind", '--prometheus', $url, @ask);
        isnt(seep('suspects', '--prometheus', "$url/base", @ask)->{exit}, 200, 'and with the right base') if $kind eq 'base';
    }
    my $port = free_port();
    one_line(200, qr/--prometheus: .*127\.0\.0\.1:$port.*refused/, 'nobody there', '--prometheus', "http://127.0.0.1:$port", @ask);
    one_line(200, qr/there is no host 'no\.such\.host\.invalid'/, 'no such host', '--prometheus', 'http://no.such.host.invalid', @ask);
    one_line(200, qr{expected a URL of the form}, 'no URL', '--prometheus', 'prometheus:9090', @ask);
};

subtest 'queries' => sub {
    my ($url, $asked) = served('fine');
    my @server = ('--prometheus', $url, '-q');
    one_line(200, qr/^seep: --memory: bad_data: .* 1:4: parse error/, 'a query that cannot be parsed, at its own column', @server, '--memory', 'mem!!',
        '--requests-by', 'requests');
    one_line(200, qr/^seep: --requests-by: bad_data/, 'the other one', @server, '--memory', 'memory', '--requests-by', 'x!!');
    one_line(200, qr/^seep: --memory: no series: there is no metric mermory at that time/, 'an empty answer', @server, '--memory', 'mermory',
        '--requests-by', 'requests');
    one_line(200, qr/^seep: --requests-by: no series: nothing of requests has job="shpo"; there is "shop", "cart"/, 'a matcher that fits nothing',
        @server, '--memory', 'memory', '--requests-by', 'requests{job="shpo"}');
    one_line(200, qr/^seep: --memory: execution: .*too many samples.*--step.*--since/, 'a query that is too heavy', @server, '--memory', 'heavy',
        '--requests-by', 'requests');
    my $before = () = $asked->();
    one_line(200, qr/^seep: --requests-by: about 1,000,002 series over 14 d at a step of 10 m 00 s are [\d,]{13} points, which are not asked for: a shorter --since, or/,
        'more points than can be read', @server, '--memory', 'memory', '--requests-by', 'huge', '--step', '10m');
    my @after = $asked->();
    is_deeply([grep { $_->{form}{query} eq 'huge' } @after[$before .. $#after]], [], 'are not asked for');
};

subtest '10 million points' => sub {
    my ($url, $asked) = served('many');
    one_line(200, qr/^seep: --requests-by: about 302 series over 14 d at a step of 30 s are 12,\d{3},\d{3} points, which are not asked for: --step 5m would do/,
        'the step that would do', '--prometheus', $url, @ask, '--step', '30s');
    is_deeply([grep { $_->{form}{query} eq 'requests' } $asked->()], [], 'none is asked for');
    isnt(seep('suspects', '--prometheus', $url, @ask, '--step', '5m')->{exit}, 200, 'and it does');
    my @pages = grep { $_->{form}{query} eq 'requests' } $asked->();
    my @points = map { 300 * (($_->{form}{end} - $_->{form}{start}) / $_->{form}{step} + 1) } @pages;
    is_deeply([grep { $_ > 500_000 } @points], [], 'no page holds more than half a million points');
};

subtest 'what belongs to nothing' => sub {
    my ($url) = served('gone');
    one_line(200, qr/no label with a value in common \(memory has instance; requests have .*instance.*\): say --join/, 'no instance in common',
        '--prometheus', $url, @ask);
    one_line(200, qr/--join: no series of memory has the label 'pod' \(they have instance\)/, '--join that is not there', '--prometheus', $url, @ask,
        '--join', 'pod');
    my $json = "$scratch/spread.json";
    isnt(seep('suspects', '--prometheus', $url, @ask, '--join', 'none', '--json', $json)->{exit}, 200, '--join none');
    like(slurp($json), qr/spread evenly over the 2 instances/, 'says what it does');
    ($url) = served('warns');
    seep('suspects', '--prometheus', $url, @ask, '--json', $json);
    like(slurp($json), qr/the server warns: PromQL warning: one store did not answer/, 'warnings of the server are caveats');
    seep('suspects', '--prometheus', $url, '--memory', 'memory', '--requests-by', 'requests', '--starts', 'nothing', '-q', '--json', $json);
    like(slurp($json), qr/--starts: no series/, 'what was asked for and is not there, too');
};

subtest 'Ctrl-C' => sub {
    my ($url, $asked) = served('slow');
    my $job = begin({name => 'slow'}, 'suspects', '--prometheus', $url, @ask);
    for (1 .. 400) { last if $asked->(); select undef, undef, undef, 0.05 }
    kill 'INT', $job->{pid};
    my $got = gather($job, 30);
    is($got->{exit}, 130, 'ends it');
    like($got->{err}, qr/interrupted/, 'and is said');
};

subtest 'TLS' => sub {
    my $pem = "$scratch/tls.pem";
    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 " .
        "-keyout $scratch/tls.key -out $scratch/ca.pem 2>/dev/null && cat $scratch/tls.key $scratch/ca.pem >$pem") == 0 or die 'openssl';
    my ($url) = served('fine', $pem);
    one_line(200, qr/certificate is not trusted.*--ca FILE.*--insecure/, 'an unknown certificate', '--prometheus', $url, @ask);
    isnt(seep('suspects', '--prometheus', $url, @ask, '--ca', "$scratch/ca.pem")->{exit}, 200, '--ca');
    isnt(seep('suspects', '--prometheus', $url, @ask, '--insecure')->{exit}, 200, '--insecure');
    one_line(200, qr/^seep: --ca: .*nowhere/, 'a file that is not there', '--prometheus', $url, @ask, '--ca', "$scratch/nowhere");
};

subtest 'options' => sub {
    one_line(200, qr/whose memory\? Give --memory QUERY/, 'no memory', '--prometheus', 'http://127.0.0.1:1');
    one_line(200, qr/which requests\? Give --requests-by QUERY/, 'no requests', '--prometheus', 'http://127.0.0.1:1', '--memory', 'x');
    one_line(200, qr/--prometheus URL is missing/, 'no server', '--memory', 'x', '--requests-by', 'y');
    one_line(200, qr/unknown 'flsk' \(did you mean 'flask'\?\)/, 'a preset', '--prometheus', 'http://127.0.0.1:1', '--preset', 'flsk');
    one_line(200, qr/--select: 'shop': expected matchers, as/, 'no matchers', '--prometheus', 'http://127.0.0.1:1', '--preset', 'flask', '--select', 'shop');
    one_line(200, qr/--from 'monday': expected a time/, 'no time', '--prometheus', 'http://127.0.0.1:1', @ask, '--from', 'monday');
    one_line(200, qr/--requests-are 'gauge': expected counter, rate or increase/, 'no kind', '--prometheus', 'http://127.0.0.1:1', @ask,
        '--requests-are', 'gauge');
    my ($url, $asked) = served('fine');
    seep('suspects', '--prometheus', $url, '--preset', 'flask,kube-state', '--select', 'namespace="shop",app=~"pri.*"', '--memory', 'memory',
        '--requests-by', 'requests');
    my %queries = map { $_->{form}{query} => 1 } $asked->();
    ok($queries{"count($_\n)"}, $_) for 'kube_pod_container_resource_limits{namespace="shop",app=~"pri.*",resource="memory"}',
        'process_start_time_seconds{namespace="shop",app=~"pri.*"}', 'memory';
};

subtest 'files' => sub {
    my $fleet = fleet(from => 1714521600, days => 6, step => 600, instances => 2, seed => 3,
        endpoints => [['GET', '/quote/<slug>', 2, 150], ['GET', '/rates', 4], ['POST', '/cart/:id', 1]]);
    my ($times, @all) = ($fleet->{times}, @{$fleet->{instances}});
    my $memory = spit("$scratch/memory.csv", join "\n", qq("Time","$all[0]{name}","{instance=""$all[1]{name}""}"),
        map { my $row = $_; join ',', $times->[$row] * 1000, map { $_->{memory}[$row] } @all } 0 .. $#$times);
    my $requests = spit("$scratch/requests.csv", join "\n", 'endpoint;value;instance;time', map { my $instance = $_;
        map { my $e = $_; map { "$fleet->{endpoints}[$e][0] $fleet->{endpoints}[$e][1];$instance->{requests}[$e][$_];$instance->{name};" .
            POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $times->[$_]) } 0 .. $#$times } 0 .. 2 } @all);
    my $json = "$scratch/files.json";
    my $got = seep('suspects', '--memory-file', $memory, '--requests-file', $requests, '--memory-limit', '512 MiB', '--json', $json, '-q');
    is($got->{exit}, 0, 'CSV of both forms') or diag($got->{err}, $got->{out});
    is(json($json)->{suspects}[0]{endpoints}[0], 'GET /quote/{slug}', 'the leaker, spelled as endpoints are');
    my $answer = spit("$scratch/memory.json", encode_json({status => 'success', data => {resultType => 'matrix', result => [map { my $instance = $_;
        {metric => {instance => $instance->{name}}, values => [map { [$times->[$_], "$instance->{memory}[$_]"] } 0 .. $#$times]} } @all]}}));
    $got = seep('suspects', '--memory-file', $answer, '--requests-file', $requests, '-q');
    is($got->{exit}, 0, 'a saved answer') or diag($got->{err}, $got->{out});

    my $service = make_service('shop', "target: http://127.0.0.1:5000\nallow: [127.0.0.1] # ours\n", ['GET /rates', '', ['/rates']],
        ['GET /quote/{slug}', '', ['/quote/kb-7']]);
    $got = seep('suspects', '--memory-file', $memory, '--requests-file', $requests, '--memory-limit', '512 MiB', '--write', $service, '--json', $json, '-q');
    is($got->{exit}, 0, '--write') or diag($got->{err}, $got->{out});
    is(json($json)->{written}, $service, 'says what it told');
    my $yaml = slurp("$service/service.yaml");
    like($yaml, qr{^suspects:.*GET /quote/\{slug\}}ms, 'where a hunt looks first');
    like($yaml, qr/^memory_limit: 512 MiB$/m, 'and what memory is limited to');
    like($yaml, qr/# ours$/m, 'and leaves the rest as it was');
    is(seep('check', $service, '--offline')->{exit}, 0, 'as a service directory has it');

    # The same requests as lines of an access log, a thousandth of them, of one instance.
    my ($one, @lines) = ($all[0]);
    my %path = (0 => sub { '/quote/kb-' . (1000 + $_[0] % 400) }, 1 => sub { '/rates' }, 2 => sub { '/cart/' . (17 + $_[0] % 300) });
    my $alone = spit("$scratch/alone.csv", join "\n", 'time,memory', map { "$times->[$_],$one->{memory}[$_]" } 0 .. $#$times);
    my $total = 0;
    for my $row (1 .. $#$times) {
        for my $e (0 .. 2) {
            my $came = int(($one->{requests}[$e][$row] - $one->{requests}[$e][$row - 1]) / 30 + 0.5);
            push @lines, map { sprintf '10.0.0.9 - - [%s +0000] "%s %s HTTP/1.1" 200 12', POSIX::strftime('%d/%b/%Y:%H:%M:%S', gmtime $times->[$row] - 1 - $_),
                $fleet->{endpoints}[$e][0], $path{$e}->($total++) } 0 .. $came - 1;
        }
    }
    my $log = spit("$scratch/access.log", join("\n", @lines, 'not a line') . "\n");
    $got = seep('suspects', '--memory-file', $alone, '--access-log', $log, '--json', $json, '-q');
    is($got->{exit}, 0, 'an access log') or diag($got->{err}, $got->{out});
    my $first = json($json)->{suspects}[0];
    is($first->{endpoints}[0], 'GET /quote/{slug}', 'its endpoints are learned');
    cmp_ok(abs($first->{bytes_per_request} / 30 - 150), '<', 20, 'a thirtieth of the requests, thirty times the bytes');
    like(slurp($json), qr/1 of [\d,]+ lines of the access log are no requests/, 'what is no request is counted');

    my @bad = (["time,instance,value\n2024-05-01,a,12x\n", qr/:2:14: '12x': expected a number/], ["when,a\n1,2\n", qr/:1:1: no column is named time/],
        ["time,a,b\n1714521600,1\n", qr/:2:1: 2 fields, where line 1 names 3/], ["time,a\nyesterday,1\n", qr/:2:1: 'yesterday': expected a time/],
        ["time,\"a\n1,2", qr/:1:6: a quote that is not closed/], ['', qr/the file is empty/], ["time,a\n", qr/there is no point in it/],
        ['{"status":"success"} ', qr/:1:\d+: expected an answer of Prometheus/], ['{"data":{"result":[{"metric":{},"values":[[1,"x"]]}]}}', qr/:1:\d+: expected a number in quotes/],
        ['{"status":"error","errorType":"bad_data","error":"no"}', qr/an error that Prometheus answered: bad_data: no/]);
    for my $case (@bad) {
        my $file = spit("$scratch/bad", $case->[0]);
        one_line(200, $case->[1], "a file with '" . substr($case->[0], 0, 20) =~ s/\n/\\n/gr . "'", '--memory-file', $file, '--requests-file', $requests);
    }
    one_line(200, qr/nowhere: No such file/, 'a file that is not there', '--memory-file', "$scratch/nowhere", '--requests-file', $requests);
    one_line(200, qr/% of their changes are falls, so they are no counters: say --requests-are/, 'what falls is no counter', '--memory-file', $memory,
        '--requests-file', $memory);
};

done_testing();
