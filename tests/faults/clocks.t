#!/usr/bin/env perl
# Clocks that are set, machines that sleep, hours that come twice: no duration is another, nothing is negative, no axis breaks.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use Test::More;
use Seep;
use Table;

my $shim = "$ENV{BUILD}/faults/clock.so";
plan skip_all => "no $shim: `make test-faults` builds it" if !-e $shim;

my $service = make_service('plain', "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nagent: none\nready: GET /\n"
    . 'start: {command: [python3, ' . root() . "/tests/servers/plain.py]}\n", ['GET /a', '', map { ['/a'] } 1 .. 20]);

sub value_of {
    my ($db, $query) = @_;
    open my $pipe, '-|', 'sqlite3', '-readonly', $db, $query or die "sqlite3: $!";
    local $/;
    return (<$pipe> // '') =~ s/\n\z//r;
}

# What happens to the clocks, and what is then to be said of it. 1761440395 is five seconds before the hour that Berlin had twice in
# October 2025, 1774745995 before the one that it did not have in March 2026, 1483228795 before a leap second at the end of a year.
my @cases = (
    ['set back', {CLOCK_SET => '-18000@1.2'}, qr/the system's clock was set back by 5 h 00 m during the run/],
    ['set forward', {CLOCK_SET => '10800@1.2'}, qr/the system's clock was set forward by 3 h 00 m during the run/],
    ['set by a year', {CLOCK_SET => '-31536000@1.2'}, qr/the system's clock was set back by 1\.0? ?years|the system's clock was set back by 365 d/],
    ['suspended', {CLOCK_SUSPEND => '7200@1.2'}, qr/the machine was suspended for 2 h 00 m/],
    ['an hour twice, in Berlin', {TZ => 'Europe/Berlin', CLOCK_AT => 1761440395}],
    ['no such hour, in Berlin', {TZ => 'Europe/Berlin', CLOCK_AT => 1774745995}],
    ['a leap second, at the end of a year', {CLOCK_AT => 1483228795, CLOCK_SET => '-1@3'}],
    ['a zone that is none', {TZ => ':no/such"zone<'}],
);
@cases = @cases[0, 3, 4, 6] if short_form();

# All at once: they mostly wait.
my @jobs;
for my $i (0 .. $#cases) {
    my $name = "clock-$i";
    push @jobs, begin({name => $name, env => {LD_PRELOAD => $shim, %{$cases[$i][1]}}}, 'run', $service, '--db', scratch() . "/$name.db",
        '--json', scratch() . "/$name.json", '--html', scratch() . "/$name.html", '--csv', scratch() . "/$name-csv", '--rate', '60/s', '--duration', '3s');
}

my $broken = 0;
for my $i (0 .. $#cases) {
    my ($what, $clocks, $said) = @{$cases[$i]};
    my $fine = subtest $what => sub {
        my $ran = gather($jobs[$i]);
        my $result = $ran->{result};
        my $db = scratch() . "/clock-$i.db";
        like($ran->{exit}, qr/^(?:0|125)$/, 'not growth') or diag($ran->{err});
        my ($caveats) = join "\n", @{$result->{caveats} // []};
        like($caveats, $said, 'it is told') if $said;
        unlike($caveats, qr/clock|suspended/, 'there is nothing to tell') if !$said;
        cmp_ok($result->{seconds}, '>', 3, 'the duration');
        cmp_ok($result->{seconds}, '<', 100, 'is that of the run');
        my $slept = ($clocks->{CLOCK_SUSPEND} // 0) =~ /^(\d+)/ ? $1 : 0;
        is(value_of($db, "SELECT abs((ended_us - started_us) / 1e6 - seconds - $slept) < 1 FROM run"), 1, 'it ended so much after it began');
        is(value_of($db, 'SELECT count(*) FROM sample, run WHERE at_us < 0 OR at_us > seconds * 1e6'), 0, 'no sample lies outside');
        is(value_of($db, 'SELECT count(*) FROM outcome, run WHERE second < 0 OR second > run.seconds OR outcome.lag_max_us < 0 OR service_sum_us < 0 OR service_max_us < 0'),
            0, 'nor an outcome, and none took less than no time');
        is(value_of($db, 'SELECT count(*) FROM trial WHERE ended_s < started_s') + value_of($db, 'SELECT count(*) FROM block WHERE ended_s < started_s'), 0,
            'nothing ends before it begins');
        unlike(slurp(scratch() . "/clock-$i.html"), qr/\b(?:nan|inf)\b|-\d+(?:\.\d+)? (?:s|m|h|d)\b/i, 'no axis of the page is broken');
        my $date = value_of($db, q{SELECT strftime('%Y-%m-%d %H:%M', started_us / 1000000, 'unixepoch') FROM run});
        like(seep({env => {TZ => $clocks->{TZ} // 'UTC'}}, 'runs', '--db', $db)->{out}, qr/ \Q$date\E /, "its date is UTC's, wherever it is looked at");
        is(value_of($db, q{SELECT substr(min(at), 1, 13) >= strftime('%Y-%m-%dT%H', started_us / 1000000, 'unixepoch') FROM v_samples, run}), 1, 'dates of samples follow it');
    };
    $broken += !$fine;
}
tried('a clock that is set, a machine that sleeps, DST, a leap second, TZ', scalar @cases, 'told where it changes dates; durations and order as ever',
    $broken ? "$broken times something" : 'nothing');

# Access logs say their offset with each line. Times as they are in Berlin; seconds since the first in UTC.
sub imported {
    my ($name, $environment, @lines) = @_;
    my $log = spit(scratch() . "/$name.log", join '', map { qq{10.0.0.1 - - [$_] "GET /a HTTP/1.1" 200 12 "-" "-"\n} } @lines);
    my $ran = seep({env => $environment}, 'import', $log, '-o', scratch() . "/$name");
    my @t = map { /"t_us":\s*(\d+)/ ? $1 / 1e6 : () } split /\n/, slurp(scratch() . "/$name/get_a.jsonl");
    return ($ran, @t);
}

my @logs = (
    ['an hour twice', [qw(0 1800 3600 5400 7200)], '26/Oct/2025:02:00:00 +0200', '26/Oct/2025:02:30:00 +0200', '26/Oct/2025:02:00:00 +0100', '26/Oct/2025:02:30:00 +0100', '26/Oct/2025:03:00:00 +0100'],
    ['no such hour', [qw(0 1 3601)], '29/Mar/2026:01:59:59 +0100', '29/Mar/2026:03:00:00 +0200', '29/Mar/2026:04:00:00 +0200'],
    ['out of order', [qw(0 1 2 3600)], '26/Oct/2025:02:00:02 +0100', '26/Oct/2025:03:00:00 +0100', '26/Oct/2025:02:00:00 +0100', '26/Oct/2025:02:00:01 +0100'],
    ['a leap second, and a year that ends', [qw(0 1 2)], '31/Dec/2016:23:59:59 +0000', '31/Dec/2016:23:59:60 +0000', '01/Jan/2017:00:00:01 +0000'],
    ['leap days', [0, 86400, 2 * 86400], '28/Feb/2024:12:00:00 +0000', '29/Feb/2024:12:00:00 +0000', '01/Mar/2024:12:00:00 +0000'],
);
my $wrong = 0;
for my $zone ('UTC', 'Europe/Berlin', ':no/such"zone<') {
    for my $i (0 .. $#logs) {
        my ($what, $seconds, @lines) = @{$logs[$i]};
        my ($ran, @t) = imported("log-$i", {TZ => $zone}, @lines);
        my $same = is_deeply([sort { $a <=> $b } @t], $seconds, "$what, where TZ is $zone") && is_deeply(\@t, [sort { $a <=> $b } @t], 'in their order');
        $wrong++ if !$same || $ran->{exit} != 0;
        system 'rm', '-rf', scratch() . "/log-$i";
    }
}
tried('access logs across DST, leap seconds, out of order', 3 * @logs, 'each request at its time since the first, whatever TZ is', $wrong ? "$wrong times something" : 'nothing');

done_testing();
