# What a target does with an agent and without: the same server in its variants side by side, driven in turn.
package Load;
use strict;
use warnings;
use Bench;
use Targets;

my $rounds = $ENV{BENCH_ROUNDS} // 10;
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
    my ($name) = @_;
    my @servers = start_variants($name);
    for my $round (0 .. $rounds - 1) {
        push @{$_->{runs}}, drive($_->{server}, $slice_s) for @servers[map { ($round + $_) % @servers } 0 .. $#servers];
    }
    stop_target($_->{server}) for @servers;
    return @servers;
}

sub sum { my $sum = 0; $sum += $_ for @_; return $sum }

sub row {
    my ($name, $variant, $bare) = @_;
    my ($runs, $without) = ($variant->{runs}, $bare->{runs});
    my $ratio = sub {
        my ($key) = @_;
        return $variant == $bare ? '' : spread('%.3f', map { $runs->[$_]{$key} / $without->[$_]{$key} } 0 .. $#$runs);
    };
    my @row = ($name, $variant->{name}, spread('%.1f', map { $_->{cpu_us} } @$runs), $ratio->('cpu_us'),
        spread('%.0f', map { $_->{per_second} } @$runs), $ratio->('per_second'),
        commas(sum(map { $_->{requests} } @$runs)), sum(map { $_->{failed} } @$runs));
    progress("load: @row");
    return [@row];
}

sub part {
    my ($report) = @_;
    my (@rows, @skipped);
    for my $name (target_names()) {
        my $why = target_missing($name);
        push @skipped, "$name is left out: $why." if defined $why;
        next if defined $why;
        my @measured = measured_variants($name);
        push @rows, map { row($name . ' (' . target_agent($name) . ')', $_, $measured[0]) } @measured;
    }
    $report->heading('Under load');
    $report->say("CPU time of the target's processes per request in microseconds, and requests per second of wrk on 4 connections; then either over that of the server without an agent in the same round. Median (lowest-highest) of $rounds rounds of $slice_s s each, the variants in turn; all stand there throughout, one is driven. `without, again` is a second server without an agent: what chance does. Idle: the agent is there and nobody asks it.");
    $report->table(['server (agent)', 'variant', 'CPU us', 'x', 'requests/s', 'x', 'requests', 'failed'], @rows);
    $report->say($_) for @skipped;
}

1;
