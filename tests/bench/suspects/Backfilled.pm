# Weeks of simulated worlds in the blocks of a real Prometheus, which seep suspects is then asked about.
package Backfilled;
use strict;
use warnings;
use Bench;
use JSON::PP;
use Prometheus;

my $most_samples = 2_500_000;
my @kinds = (0, 2, 5, 10, 1, 13, 3, 18); # of `worlds list`

sub worlds { return build() . '/bench/suspects/worlds' }

sub truth_of {
    my ($kind, $seed) = @_;
    my $program = worlds();
    return decode_json(qx('$program' truth -k $kind -f $seed));
}

# The first world of that kind that has a week at least, room in the blocks, and leaks that are not faint.
sub choose {
    my ($kind, $from) = @_;
    for my $seed ($from .. $from + 200) {
        my $truth = truth_of($kind, $seed);
        my $seconds = $truth->{to} - $truth->{from};
        my $samples = $seconds / $truth->{step} * $truth->{endpoints} * $truth->{instances} * 2;
        next if $seconds < 7 * 86_400 || $samples > $most_samples || grep { $_->{growth} < 0.03 } @{$truth->{leaks}};
        return {%$truth, number => $kind, job => "world-$kind-$seed"};
    }
    return undef;
}

sub backfill {
    my ($world, $data) = @_;
    my ($text, $program) = (scratch() . '/world.om', worlds());
    system("'$program' metrics -k $world->{number} -f $world->{seed} -j $world->{job} >'$text'") == 0 or die "worlds metrics\n";
    system("promtool tsdb create-blocks-from openmetrics --quiet --max-block-duration=720h '$text' '$data' >'$text.log' 2>&1") == 0
        or die 'promtool: ' . slurp("$text.log");
    unlink $text, "$text.log";
}

sub row {
    my ($prometheus, $world) = @_;
    my $result = $prometheus->suspects(
        '--memory', qq(process_resident_memory_bytes{job="$world->{job}"}),
        '--requests-by', qq(http_requests_total{job="$world->{job}"}),
        '--from', $world->{from}, '--until', $world->{to});
    my $truth = join '; ', map {
        sprintf '%s, %.3g B', join(' = ', $_->{endpoint}, @{$_->{with}}), $_->{bytes_per_request}
    } @{$world->{leaks}};
    my @ranks = map { Prometheus::rank($result, $_->{endpoint}) } @{$world->{leaks}};
    my $right = @ranks ? !grep({ $_ < 1 || $_ > 3 } @ranks) : !@{$result->{suspects} // []} && !$result->{why};
    return [$world->{kind}, sprintf('%.0f', ($world->{to} - $world->{from}) / 86_400), $world->{instances}, $world->{endpoints},
        $truth || 'none', Prometheus::told($result), $right ? 'yes' : 'no', sprintf '%.1f', $result->{seconds}];
}

sub part {
    my ($report, undef, $seconds) = @_;
    $report->heading('A real Prometheus, with weeks of simulated fleets');
    my $why = Prometheus::missing();
    return $report->say("Skipped: $why.") if $why;
    my ($data, $end) = (scratch() . '/blocks', time + $seconds);
    mkdir $data;
    my $most = $ENV{BENCH_WORLDS} // @kinds;
    my @worlds = grep { defined } map { choose($kinds[$_ % @kinds], ($ENV{BENCH_FIRST} // 100_001) + 1000 * int($_ / @kinds)) } 0 .. $most - 1;
    for my $world (@worlds) {
        progress("backfill of $world->{job}");
        backfill($world, $data);
    }
    my $prometheus = Prometheus::start($data);
    my @rows;
    for my $world (@worlds) {
        last if time > $end;
        progress("suspects of $world->{job}");
        push @rows, row($prometheus, $world);
    }
    $prometheus->stop_it;
    $report->table(['kind of world', 'days', 'instances', 'endpoints', 'truth', 'first suspects', 'right', 's'], @rows);
    $report->say(sprintf 'promtool made the blocks; `seep suspects` asked Prometheus for all of each world. %d of %d worlds asked about; s: with all queries.',
        scalar @rows, scalar @worlds);
}

1;
