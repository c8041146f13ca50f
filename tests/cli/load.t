#!/usr/bin/env perl
# How requests arrive: recorded, by chance, at equal distances, ramped, together, too late; and what a long recording costs.
# Only counts: no time is asserted.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $plain = root() . '/tests/servers/plain.py';
my $yaml = "target: http://127.0.0.1:\${PORT}\nstart: {command: [/usr/bin/python3, $plain]}\nready: GET /health\n";
my $runs = 0;
my $sanitized = $ENV{ASAN_OPTIONS} || $ENV{TSAN_OPTIONS}; # which take memory of their own

sub run {
    my ($directory, $environment, @load) = @_;
    my $file = scratch() . '/result-' . ++$runs . '.json';
    my $ran = seep({env => $environment}, 'run', $directory, '--db', $db, '--json', $file, @load);
    my $result = -e $file ? json($file) : {replay => {}, endpoints => [], verdict => 'none'};
    diag($ran->{err}) if !-e $file;
    return ($ran, $result);
}

sub whole { # the books of a run, in all and by endpoint
    my ($result, $name) = @_;
    for my $books ($result->{replay}, @{$result->{endpoints}}) {
        my $of = $books->{name} // $name;
        is($books->{planned}, $books->{done} + $books->{failed} + $books->{skipped}, "$of: planned = done + failed + skipped");
    }
    for my $figure (qw(planned done failed skipped)) {
        my $sum = 0;
        $sum += $_->{$figure} for @{$result->{endpoints}};
        is($sum, $result->{replay}{$figure}, "$name: endpoints add up: $figure");
    }
}

sub all_done {
    my ($result, $name, $planned) = @_;
    whole($result, $name);
    is($result->{replay}{planned}, $planned, "$name: planned") if defined $planned;
    is($result->{replay}{done}, $result->{replay}{planned}, "$name: all done");
    is($_->{landed}, $_->{planned}, "$name: $_->{name} landed") for @{$result->{endpoints}};
}

# Two endpoints, three to one, recorded over 100 s.
my $shop = make_service('shop', $yaml,
    ['GET /a/{id}', "rate: 3/s\n", map { ["/a/$_", t_us => int(333_333 * $_), session => 'client ' . $_ % 20] } 1 .. 300],
    ['GET /b/{id}', "rate: 1/s\n", map { ["/b/$_", t_us => 1_000_000 * $_, session => 'client ' . $_ % 20] } 1 .. 100]);

sub of { # planned of an endpoint
    my ($result, $name) = @_;
    my ($endpoint) = grep { $_->{name} eq $name } @{$result->{endpoints}};
    return $endpoint->{planned} // 0;
}

subtest 'recorded times' => sub {
    for my $load (['--speed', '100x'], ['--speed', '100x', '--arrivals', 'recorded'], ['--speed', '100x', '--coalesce', '5ms'],
        ['--speed', '100x', '--ramp', '500ms'])
    {
        my ($ran, $result) = run($shop, {}, @$load, '--budget', '0s');
        all_done($result, "@$load", 400);
    }
};

subtest 'at equal distances, and by chance' => sub {
    my ($ran, $result) = run($shop, {}, '--rate', '400/s', '--arrivals', 'constant', '--requests', '400');
    all_done($result, 'constant', 400);
    cmp_ok(abs(of($result, 'GET /a/{id}') - 300), '<=', 1, 'three to one, but for where the first falls');
    ($ran, $result) = run($shop, {}, '--speed', '100x', '--arrivals', 'constant', '--duration', '1s');
    all_done($result, 'the rates of the endpoints');
    cmp_ok(abs(of($result, 'GET /b/{id}') - 100), '<=', 1, 'its own rate, 100 times as fast');
    ($ran, my $other) = run($shop, {}, '--speed', '100x', '--arrivals', 'constant', '--duration', '1s', '-e', 'GET /b/{id}');
    is(of($other, 'GET /b/{id}'), of($result, 'GET /b/{id}'), 'and the same without the other endpoint');
    my %planned;
    for my $seed (1, 1, 2) {
        ($ran, $result) = run($shop, {}, '--rate', '400/s', '--arrivals', 'poisson', '--duration', '1s', '--seed', $seed);
        all_done($result, "poisson, seed $seed");
        $planned{$seed}{of($result, 'GET /a/{id}') . ' ' . of($result, 'GET /b/{id}')}++;
        cmp_ok(abs($result->{replay}{planned} - 400), '<', 100, '400 expected, 5 standard deviations');
    }
    is(scalar keys %{$planned{1}}, 1, 'the same seed, the same arrivals');
    ok(!$planned{1}{(keys %{$planned{2}})[0]}, 'another seed, others');
};

subtest 'a ramp takes the rate up from zero' => sub {
    my @load = ('--rate', '400/s', '--arrivals', 'constant');
    my ($ran, $result) = run($shop, {}, @load, '--ramp', '1s', '--duration', '1500ms');
    all_done($result, 'ramped');
    cmp_ok(abs($result->{replay}{planned} - 400), '<=', 2, '400/s for 1.5 s, but for half of the first second');
    ($ran, $result) = run($shop, {}, @load, '--ramp', '500ms', '--coalesce', '2ms', '--requests', '300');
    all_done($result, 'ramped, and sent together', 300);
};

subtest 'a server that stalls: late ones are counted, too late ones skipped and counted' => sub {
    my ($ran, $result) = run($shop, {STALL_AFTER => 300, STALL_MS => 1500}, '--rate', '1000/s', '--requests', '2000', '--late-limit', '100ms');
    my $replay = $result->{replay};
    whole($result, 'stalled');
    is($replay->{planned}, 2000, 'planned');
    is($replay->{failed}, 0, 'none failed: the server answered at last');
    cmp_ok($replay->{too_late}, '>', 100, 'too late');
    is($replay->{skipped}, $replay->{too_late}, 'all that was skipped was too late');
    cmp_ok($replay->{late}, '>', 0, 'late, and yet sent');
    cmp_ok($replay->{late}, '<=', $replay->{done}, 'late ones are among those that were sent');
    is($ran->{exit}, 125, 'exit code');
    like(join("\n", $result->{reason}, @{$result->{caveats}}), qr/the rates were not true: .*late/, 'says so') or diag(explain($replay));
    ($ran, $result) = run($shop, {STALL_AFTER => 300, STALL_MS => 500}, '--rate', '1000/s', '--requests', '1000');
    whole($result, 'without a limit');
    is($result->{replay}{done}, 1000, 'without a limit all is sent');
    is($result->{replay}{too_late}, 0, 'and none is too late');
};

subtest 'a real log in its own times' => sub {
    my ($log) = grep { -r } map { "$_/access-combined-10k.log" } $ENV{SEEP_SHARED_DATA} // (), root() . '/../shared/data', root() . '/../../shared/data';
    plan skip_all => '../shared/data/access-combined-10k.log is not there (SEEP_SHARED_DATA names its folder)' if !$log;
    open my $lines, '<', $log or die "$log: $!";
    my @slice = grep { /"GET \/\S* HTTP\/1\.[01]" (?:200|304) / } map { scalar <$lines> } 1 .. 800;
    my $slice = spit(scratch() . '/slice.log', join '', @slice);
    my $directory = scratch() . '/real';
    is(seep('import', $slice, '-o', $directory)->{exit}, 0, 'imported');
    my $port = free_port();
    local $ENV{PORT} = $port;
    start_server($port, scratch(), '/usr/bin/python3', $plain);
    spit("$directory/service.yaml", "target: http://127.0.0.1:$port\nwatch: {port: $port}\n");
    my ($ran, $result) = run($directory, {}, '--speed', '20000x', '--budget', '0s');
    all_done($result, 'a slice of it', scalar @slice);
    my (%asked, %heard);
    $asked{(split / /)[6]}++ for @slice;
    %heard = %{JSON::PP::decode_json(`curl -s http://127.0.0.1:$port/heard`)};
    is_deeply(\%heard, \%asked, 'the server heard each path as often as the log has it');
};

sub refused {
    my ($pattern, $name, @arguments) = @_;
    my $ran = seep(@arguments, '--db', scratch() . '/refused.db');
    is($ran->{exit}, 200, "$name: exit code");
    like($ran->{err}, qr/\Aseep: [^\n]*\n\z/, "$name: one line") or diag($ran->{err});
    like($ran->{err}, $pattern, "$name: says what");
}

subtest 'what does not go together' => sub {
    refused(qr/go with speed or rate/, "--connections @$_", 'run', $shop, '--connections', '4', @$_)
        for ['--ramp', '1s'], ['--coalesce', '1ms'], ['--arrivals', 'constant'];
    refused(qr/recorded arrivals go with speed/, '--rate, recorded', 'run', $shop, '--rate', '5/s', '--arrivals', 'recorded');
    refused(qr/--arrivals 'sometimes': expected recorded, poisson or constant/, 'arrivals of no kind', 'run', $shop, '--rate', '5/s', '--arrivals', 'sometimes');
    refused(qr/--ramp.*unit/, 'a ramp without its unit', 'run', $shop, '--ramp', '5');
    my %wrong = (
        '{connections: 4, ramp: 1s}' => qr/go with speed or rate/,
        '{rate: 5/s, arrivals: recorded}' => qr/recorded arrivals go with speed/,
        '{speed: 1x, rate: 5/s}' => qr/one of/,
        '{speed: 1x, arrivals: sometimes}' => qr/'sometimes'.*recorded, poisson.*constant/,
        '{rate: 5/s, ramp: 5}' => qr/unit/,
        '{rate: 5/s, coalesce: -1ms}' => qr/-1ms/,
        '{rate: 5/s, rampe: 5s}' => qr/unknown key 'rampe' \(did you mean 'ramp'\?\)/,
    );
    for my $load (sort keys %wrong) {
        my $directory = make_service('wrong', "${yaml}load: $load\n", ['GET /a/{id}', '', ['/a/1']]);
        refused(qr/service\.yaml:4:\d+: /, "load: $load: where", 'check', $directory, '--offline');
        refused($wrong{$load}, "load: $load: what", 'check', $directory, '--offline');
    }
};

subtest 'how a service says it' => sub {
    my $directory = make_service('says', "${yaml}load: {rate: 300/s, arrivals: constant, ramp: 500ms, coalesce: 2ms}\n",
        ['GET /a/{id}', '', map { ["/a/$_"] } 1 .. 150]);
    like(seep('check', $directory, '--offline')->{out},
        qr/^load:   300\/s in all, each endpoint at equal distances, rising from zero within 500 ms, together what is due within 2 ms$/m,
        'check says how they arrive');
    like(seep('check', $shop, '--offline')->{out}, qr/^load:   at the recorded times$/m, 'and without `load`');
    my ($ran, $result) = run($directory, {}, '--requests', '200');
    all_done($result, 'as the service says', 200);
    ($ran, $result) = run($directory, {}, '--connections', '2', '--requests', '500');
    all_done($result, 'an option takes its place', 500);
    is($result->{replay}{lag_max_us}, 0, 'nothing is due in a closed loop');
};

subtest 'a limit on our own memory ends the run, and what was measured stays' => sub {
    my ($ran, $result) = run($shop, {}, '--connections', '2', '--requests', '2000000', '--mem-limit', '4MiB', '--label', 'small');
    is($ran->{exit}, 125, 'exit code');
    like($result->{reason}, qr/--mem-limit/, 'the reason');
    whole($result, 'ended early');
    cmp_ok($result->{replay}{done}, '<', 2000000, 'it did not go on to the end');
    my $again = seep('report', 'small', '--db', $db, '--json', '-');
    is_deeply(JSON::PP::decode_json($again->{out}), $result, 'the store has it');
    is(`sqlite3 $db 'pragma integrity_check'`, "ok\n", 'whole');
    my $ballast = 'x' x (100 * 1024 * 1024); # of this test, which seep is forked from
    ($ran, $result) = run($shop, {}, '--connections', '2', '--requests', '400', '--mem-limit', '64MiB');
    all_done($result, 'what started us does not count', 400);
    cmp_ok($result->{own}{max_rss_bytes}, '<', 64 * 1024 * 1024, 'own memory is our own') unless $sanitized;
};

subtest 'a recording of 200,000 requests costs no more memory than one of 2,000' => sub {
    my %own;
    for my $count (2_000, 200_000) {
        my $directory = make_service("long-$count", "${yaml}reuse: always\n", ['GET /item/{id}', '', ['/item/0']]);
        open my $file, '>', "$directory/get_item_id_.jsonl" or die $!;
        print $file qq({"seep":1,"source":["made"]}\n);
        printf $file qq({"method":"GET","url":"/item/%d","t_us":%d,"session":"c%d","endpoint":"GET /item/{id}","status":200}\n),
            $_ % 1000, 1000 * $_, $_ % 5000 for 1 .. $count;
        close $file;
        my ($ran, $result) = run($directory, {}, '--connections', '8', '--requests', $count, '--no-early-stop');
        all_done($result, $count, $count);
        $own{$count} = $result->{own}{max_rss_bytes};
    }
    cmp_ok($own{200_000} - $own{2_000}, '<=', 2 * 1024 * 1024, 'at most 2 MiB more') or diag("$own{2_000}, $own{200_000}") unless $sanitized;
    note("own memory: $own{2_000} and $own{200_000} bytes");
};

done_testing();
