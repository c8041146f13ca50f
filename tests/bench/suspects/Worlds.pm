# Simulated worlds (worlds.c), judged by seep and by plain correlation.
package Worlds;
use strict;
use warnings;
use Bench;

my %heading = (
    fleet => 'Simulated fleets: fresh seeds of the worlds that the analysis was made on',
    other => 'Simulated fleets of another build: nothing was chosen on them',
);

my $words = <<'END';
*Found*: the leaker is among the first three suspects, alone or in a group of no more than what moves with it (r >= 0.98 of
hourly requests) and two; with bounds at 95 %. *Group right*: with all that moves with it, and nothing else. *Missed*:
nothing is named; *wrong*: something is, but the leaker is not found. *Interval holds*: that of bytes per request, at 95 %.
*Beside*: suspects per world in which nothing leaks. *False*: worlds without a leaker in which an endpoint is named. *s*:
processor time of a world. *Collinear*: another endpoint moves with the leaker. *No leaker* leaves out
what is still filling. *Strength*: by how many standard deviations one who knows how memory moves without the leak could
tell the leaker from the third best of the other endpoints, and from time alone (`strength.h`): a bound on what can be
found. Below 4 a leaker is *faint*, and in no other row.
END

sub part {
    my ($report, $maker, $seconds) = @_;
    my $lines = root() . "/results/bench-suspects-$maker.tsv";
    my @command = (build() . '/bench/suspects/worlds', 'score', '-m', $maker, '-t', $lines, '-s', int $seconds,
        '-f', $ENV{BENCH_FIRST} // 100_001, '-n', $ENV{BENCH_SEEDS} // 60);
    progress("worlds of $maker, up to " . int($seconds) . ' s');
    my $ran = measure({wrap => [], limit => int($seconds) + 120}, @command);
    die "worlds: exit $ran->{exit}: $ran->{err}\n" if $ran->{exit} != 0;
    $report->heading($heading{$maker});
    $report->say($words);
    $report->add($ran->{out});
    $report->say(sprintf 'Took %.0f s, of processor time %.0f s; each leaker is a line of results/bench-suspects-%s.tsv.', $ran->{elapsed} / 1e6, $ran->{cpu} / 1e6, $maker);
}

1;
