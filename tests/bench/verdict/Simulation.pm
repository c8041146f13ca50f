# Simulated servers whose truth is known (simulate.c), judged by seep and by what is in common use.
package Simulation;
use strict;
use warnings;
use Bench;

sub part {
    my ($report) = @_;
    my $runs = $ENV{BENCH_RUNS} // 300;
    my $lines = root() . '/results/bench-verdict.tsv';
    my $ran = measure({wrap => [], limit => 600}, build() . '/bench/verdict/simulate',
        '-t', $lines, defined $ENV{BENCH_SEED} ? ('-s', $ENV{BENCH_SEED}) : (), $runs);
    die "simulate: exit $ran->{exit}: $ran->{err}\n" if $ran->{exit} != 0;
    $report->heading('Simulation');
    $report->say(sprintf 'What the shapes and the counts are, stands in tests/bench/verdict/*.h; took %.0f s of processor time; each row of counts is in %s.',
        $ran->{cpu} / 1e6, 'results/bench-verdict.tsv');
    $report->add("\n$ran->{out}");
}

1;
