#!/usr/bin/env perl
# seep compare: before and after a fix, by real runs against the pricing service; and what it refuses.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $pricing = copy_service('pricing');
my $db = scratch() . '/seep.db';
my $json = scratch() . '/compare.json';
my @quote = ('-e', 'GET /quote/{slug}');
my @two = (@quote, '-e', 'GET /rates');

sub run {
    my ($label, $leak, @arguments) = @_;
    my $ran = seep({env => {LEAK => $leak}}, 'run', $pricing, '--db', $db, '--label', $label, @arguments);
    ok((grep { $ran->{exit} eq $_ } 0, 1, 125), "run $label") or diag($ran->{err});
}

# A run at a rate, once more (three times at most) where the machine was too busy to keep it. Whether it was kept.
sub run_in_time {
    my ($label, $leak, @arguments) = @_;
    my $told = scratch() . '/in-time.json';
    for my $try (1 .. 3) {
        run("$label-$try", $leak, @arguments, '--json', $told);
        my $ran = json($told);
        return "$label-$try" unless grep { /the rates were not true/ } $ran->{reason}, @{$ran->{caveats}};
    }
    return;
}

sub compare {
    my ($before, $after, @arguments) = @_;
    unlink $json;
    my $ran = seep('compare', $before, $after, '--db', $db, @arguments);
    is(seep('compare', $before, $after, '--db', $db, @arguments, '--json', $json)->{exit}, $ran->{exit}, 'the same with --json');
    return ($ran, -e $json ? json($json) : {});
}

sub signal {
    my ($result, $name) = @_;
    my ($signal) = grep { $_->{name} eq $name } @{$result->{signals}};
    return $signal // {};
}

sub refused {
    my ($before, $after, $why, $name) = @_;
    my ($ran, $result) = compare($before, $after);
    is($ran->{exit}, 125, "$name: exit code");
    is($result->{answer}, 'refused', "$name: answer");
    like($result->{reason}, $why, "$name: why");
    is_deeply($result->{signals}, [], "$name: nothing is compared");
    like($ran->{out}, qr/^NOT COMPARED: /, "$name: said first");
}

run('leaks', 'on', @quote, '--connections', '4', '--requests', '3000');
run('leaks-longer', 'on', @quote, '--connections', '2', '--requests', '4000');
run('mended', 'off', @quote, '--connections', '4', '--requests', '3000');
run('short', 'off', @quote, '--connections', '1', '--requests', '20');
run('two', 'off', @two, '--connections', '2', '--requests', '400');
run('two-again', 'off', @two, '--connections', '2', '--requests', '300', '--seed', '7');
run('two-weighted', 'off', @quote, '-e', 'GET /rates@8', '--connections', '2', '--requests', '400');
my $slower = run_in_time('mended-slower', 'off', @quote, '--rate', '300/s', '--requests', '1200');

subtest 'a fix is shown, with what it gained and what was left to see' => sub {
    my ($ran, $result) = compare('leaks', 'mended');
    is($ran->{exit}, 0, 'exit code');
    is_deeply([@$result{qw(schema command verdict answer exit confidence)}], [1, 'compare', 'no_growth', 'below', 0, 0.95], 'outer fields');
    is_deeply($result->{runs}, [1, 3], 'the runs');
    is_deeply($result->{labels}, ['leaks', 'mended'], 'their labels');
    like($result->{reason}, qr{^live_bytes of GET /quote/\{slug\} is shown to be below 1 B/request at 95 %; improved by 4\d}, 'reason');
    like($result->{reason}, qr{; run 3 would have called it growth from [\d.]+ B/request$}, 'no growth says what it would have seen');
    like($ran->{out}, qr/^SHOWN BELOW: live_bytes/, 'first line');
    my $objects = signal($result, 'live_objects');
    cmp_ok(abs($objects->{before}{per_request} - 1), '<', 0.02, 'objects before');
    cmp_ok(abs($objects->{difference} + 1), '<', 0.02, 'objects gained');
    cmp_ok($objects->{interval}[0], '<=', $objects->{difference}, 'lower end');
    cmp_ok($objects->{interval}[1], '>=', $objects->{difference}, 'upper end');
    cmp_ok($objects->{at_most}, '<', 0.02, 'objects after, at most');
    cmp_ok($objects->{at_most}, '>=', 4 / 3001, 'never below what the run can tell');
    is($objects->{unit}, 'objects', 'unit');
    is($objects->{before}{verdict}, 'growth', 'verdict before');
    is($objects->{after}{requests}, 3000, 'requests after');
    my $rss = signal($result, 'rss');
    ok(!$rss->{decides}, 'RSS decides nothing beside what is counted');
    isnt($rss->{answer}, 'below', 'and shows nothing in so few requests');
};

subtest 'runs of other length and rate' => sub {
    plan skip_all => 'the rate was not kept on this machine' unless $slower;
    my ($ran, $result) = compare('leaks-longer', $slower);
    is($ran->{exit}, 0, 'exit code') or diag($result->{reason});
    ok((grep { /1,200 requests after, 4,000 before/ } @{$result->{caveats}}), 'a much shorter run is minded') or diag(@{$result->{caveats}});
    cmp_ok(abs(signal($result, 'live_objects')->{difference} + 1), '<', 0.02, 'the difference is per request');
};

subtest 'no fix' => sub {
    my ($ran, $result) = compare('leaks', 'leaks-longer');
    is($ran->{exit}, 1, 'exit code');
    is_deeply([@$result{qw(verdict answer)}], ['growth', 'unimproved'], 'the same leak in runs of other length is no change');
    like($ran->{out}, qr/^NOT IMPROVED: /, 'first line');
};

subtest 'worse' => sub {
    my ($ran, $result) = compare('mended', 'leaks');
    is($ran->{exit}, 1, 'exit code');
    is($result->{answer}, 'worse', 'answer');
    like($ran->{out}, qr{^WORSE: live_bytes of GET /quote/\{slug\} grows by 4[\d.]+ B/request}, 'first line');
};

subtest 'nothing to mend' => sub {
    plan skip_all => 'the rate was not kept on this machine' unless $slower;
    my ($ran, $result) = compare('mended', $slower);
    like($result->{reason}, qr/run 3 showed no growth either/, 'it is said that nothing grew before');
};

subtest 'limits' => sub {
    my ($over, $failed) = compare('mended', 'leaks', '--fail-if', 'growth > 16 B/request');
    is($over->{exit}, 1, 'crossed');
    is_deeply([map { @$_{qw(limit result)} } @{$failed->{thresholds}}], ['growth > 16 B/request', 'fail'], 'said so');
    ok(!signal($failed, 'live_objects')->{decides}, 'what has no limit does not decide');
    my ($under, $kept) = compare('mended', 'leaks', '--fail-if', 'growth > 100 B/request', '--fail-if', 'growth > 2 objects/request');
    is($under->{exit}, 0, 'kept, although it grows');
    is($_->{result}, 'pass', $_->{limit}) for @{$kept->{thresholds}};
    is(scalar @{$kept->{thresholds}}, 2, 'both');
    my ($open, $unknown) = compare('leaks', 'mended', '--fail-if', 'rss growth > 16 B/request');
    is($open->{exit}, 125, 'RSS hides more than that');
    like($unknown->{reason}, qr/^no evidence either way: rss /, 'said so');
    like($open->{out}, qr/A run of about [\d,]+ requests after the fix may tell/, 'and what would help');
    is(compare('leaks', 'mended', '--fail-if', 'heap growth > 1 B/request')->{exit}, 125, 'of a signal that was not measured');
    is(seep('compare', 'leaks', 'mended', '--db', $db, '--fail-if', $_)->{exit}, 200, $_) for 'p99 > 5 ms', 'growth > 1 MiB/h', 'growth > 5';
};

subtest 'too short to tell' => sub {
    my ($ran, $result) = compare('leaks', 'short');
    is($ran->{exit}, 125, 'exit code');
    is($result->{answer}, 'no_evidence', 'answer');
    is($result->{confidence}, undef, 'no confidence');
    like($result->{reason}, qr/^no evidence either way: /, 'reason');
};

subtest 'mixes' => sub {
    refused('two', 'mended', qr{^the mixes differ: run \d+ did not replay GET /rates, \d+ % of run \d+$}, 'an endpoint more');
    refused('mended', 'two', qr{^the mixes differ: run \d+ did not replay GET /rates}, 'the other way round');
    refused('two', 'two-weighted', qr{^the mixes differ: \S+ \S+ is [\d.]+ % of run \d+ and [\d.]+ % of run \d+, more than 1.5 times apart$}, 'other weights');
    my ($ran, $result) = compare('two', 'two-again');
    isnt($result->{answer}, 'refused', 'the same weights in other order') or diag($result->{reason});
    is(signal($result, 'live_bytes')->{mix}, 'the mix of 2 endpoints', 'what is compared');
};

subtest 'runs that say nothing' => sub {
    my $plain = make_service('plain', "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nready: GET /\nagent: none\n"
        . 'start: {command: [/usr/bin/python3, ' . root() . "/tests/servers/plain.py, \"\${PORT}\"]}\n",
        ['GET /', '', ['/']], ['GET /other', '', ['/other', status => 404]]);
    my @plain = ('run', $plain, '--db', $db, '--connections', '2');
    seep(@plain, '--label', 'plain', '-e', 'GET /', '--requests', '300');
    refused('leaks', 'plain', qr{^no endpoint in common: run 1 is of \S+/pricing, run \d+ of \S+/plain$}, 'another service');
    seep(@plain, '--label', 'astray', '-e', 'GET /other', '--requests', '300');
    refused('plain', 'astray', qr{^the replay of run \d+ did not land: of 300 requests 0 were answered as recorded$}, 'not landed');
    seep({kill => [qr/replaying/, 'INT']}, @plain, '--label', 'stopped', '-v', '-e', 'GET /', '--duration', '1m');
    refused('plain', 'stopped', qr{^run \d+ was interrupted}, 'interrupted');
    seep({kill => [qr/replaying/, 'KILL']}, @plain, '--label', 'dead', '-v', '-e', 'GET /', '--duration', '1m');
    refused('plain', 'dead', qr{^run \d+ was not ended: it is still under way, or seep died$}, 'not ended');
};

subtest 'usage' => sub {
    for my $bad (['leaks'], ['leaks', 'mended', 'two'], ['leaks', 'leaks'], ['leaks', 'nowhere'], ['leaks', 'mended', '--json', '-', '--markdown', '-']) {
        my $ran = seep('compare', @$bad, '--db', $db);
        is($ran->{exit}, 200, "@$bad");
        like($ran->{err}, qr/^seep: [^\n]+\n\z/, 'one line');
    }
    is(seep('compare', 'leaks', 'mended', '--db', scratch() . '/none.db')->{exit}, 200, 'no store');
    my $page = seep('compare', 'leaks', 'mended', '--db', $db, '--html', '-')->{out};
    like($page, qr/<h1>live_\w+ of GET \S+ is shown to be below/, 'a page');
    my @lines = $page =~ /data-l="(before|after)" data-t="(c\d+x\dt)" d="(M[^"]*)"/g;
    ok(@lines >= 6, 'a line for each of two runs in two signals');
    while (my ($when, $rows, $drawn) = splice @lines, 0, 3) {
        my ($body) = $page =~ /<tbody id="$rows">(.*?)<\/tbody>/s;
        is(scalar(() = $body =~ /<tr><td>/g), scalar(() = $drawn =~ /[ML]/g), "$rows: $when has its points in the table");
    }
    is(scalar(() = $page =~ /<script/g), 1, 'one script');
    my $markdown = seep('compare', 'leaks', 'mended', '--db', $db, '--markdown', '-')->{out};
    like($markdown, qr/\A### seep compare: SHOWN BELOW\n/, 'markdown');
    like($markdown, qr/^\| live\\?_bytes of GET .* \| 4[\d.]+ B .* \| -?0(\.00\d+)? B /m, 'its table') or diag($markdown);
    like(seep('help', 'compare')->{out}, qr/--fail-if LIMIT/, 'help');
};

done_testing();
