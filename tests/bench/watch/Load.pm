# What a target does with an agent and without: the same server in its variants side by side, driven in turn.
package Load;
use strict;
use warnings;
use Bench;
use List::Util qw(sum0);
use Targets;

my $rounds = $ENV{BENCH_ROUNDS} // 10;
my $rounds_least = 3; # where time is short
my $slice_s = 0.6; # of wrk, per variant and round
my $warm_s = 2; # first: compilers of what is hot, caches

# agent: is there; snapshots: allocation sites are kept
my @variants = (
    {name => 'without'},
    {name => 'without, again'}, # what two servers differ by that are the same
    {name => 'agent, idle', agent => 1},
    {name => 'agent, snapshots on', agent => 1, snapshots => 1},
);

sub start_variants {
    my ($name) = @_;
    my @servers = map { {%$_, server => start_target($name, $_->{agent} ? target_agent($name) : undef), runs => []} } @variants;
    for my $variant (@servers) {
        Targets::ask_all($variant->{server}, '/snapshot/start') if $variant->{snapshots};
        drive($variant->{server}, $warm_s);
    }
    return @servers;
}

# Each round begins with another variant, so that none always follows the same one.
sub measured_variants {
    my ($name, $until) = @_;
    my @servers = start_variants($name);
    for my $round (0 .. $rounds - 1) {
        last if $round >= $rounds_least && time > $until;
        push @{$_->{runs}}, drive($_->{server}, $slice_s) for @servers[map { ($round + $_) % @servers } 0 .. $#servers];
    }
    stop_target($_->{server}) for @servers;
    return @servers;
}

sub row {
    my ($name, $variant, $bare) = @_;
    my ($runs, $without) = ($variant->{runs}, $bare->{runs});
    my $ratio = sub {
        my ($key) = @_;
        return $variant == $bare ? '' : spread('%.3f', map { $runs->[$_]{$key} / $without->[$_]{$key} } 0 .. $#$runs);
    };
    my @row = ($name, $variant->{name}, spread('%.1f', map { $_->{cpu_us} } @$runs), $ratio->('cpu_us'),
        spread('%.0f', map { $_->{per_second} } @$runs), $ratio->('per_second'),
        scalar @$runs, commas(sum0(map { $_->{requests} } @$runs)), sum0(map { $_->{failed} } @$runs));
    progress("load: @row");
    return [@row];
}

sub part {
    my ($report, $end) = @_;
    my %why = map { $_ => target_missing($_) } target_names();
    my @skipped = map { defined $why{$_} ? "$_ is left out: $why{$_}." : () } target_names();
    my @names = grep { !defined $why{$_} } target_names();
    my @rows;
    while (my $name = shift @names) {
        my @measured = measured_variants($name, time + ($end - time) / (@names + 1));
        push @rows, map { row($name . ' (' . target_agent($name) . ')', $_, $measured[0]) } @measured;
    }
    $report->heading('Under load');
    $report->say("CPU time of the target's processes per request in microseconds, and requests per second of wrk on 4 connections; then either over that of the server without an agent in the same round. Median (lowest-highest) of up to $rounds rounds of $slice_s s each, the variants in turn; all stand there throughout, one is driven. `without, again` is a second server without an agent: what chance does. Idle: the agent is there and nobody asks it.");
    $report->table(['server (agent)', 'variant', 'CPU us', 'x', 'requests/s', 'x', 'rounds', 'requests', 'failed'], @rows);
    $report->say($_) for @skipped;
}

1;
