#!/usr/bin/env perl
# The engine's cost in counts that neighbours on the machine do not change; the limits are in tests/bench/limits.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Bench;
use Counts;

my %limits = Counts::limits();
my %all = Counts::all();

# A figure that keeps its limit is a note, one that does not is said to whoever reads the log.
sub at_most {
    my ($value, $limit, $name, $figures) = @_;
    my $kept = ok(defined $value && $value <= $limit, $name);
    $kept ? note($figures) : diag($figures);
}

# How much one wake-up finds to do hangs on who else wants the processors: what is above its limit is counted once more.
sub above { my ($tool, $limit) = @_; return grep { ($_->{net} // 0) > $limit } values %{$all{$tool}} }
for my $tool (sort keys %all) {
    next if !above($tool, $limits{Counts::what($tool)});
    note("$tool: counted once more");
    my %again = Counts::all($tool);
    $all{$tool} = $again{$tool};
}

for my $tool (sort keys %all) {
    my $what = Counts::what($tool);
    for my $load (Counts::loads()) {
        my $counted = $all{$tool}{$load};
        SKIP: {
            skip("$tool cannot trace here: $counted->{why}", 1) if ($counted->{why} // '') =~ /Operation not permitted/;
            at_most($counted->{net}, $limits{$what}, "$what, $load: at most $limits{$what}",
                $counted->{why} // sprintf '%.3f (%.3f with what goes by the clock)', @$counted{qw(net gross)});
        }
    }
}
for my $work (qw(get six)) {
    my $growth = Counts::growth_percent($all{callgrind}, $work);
    my $most = $limits{growth_50_to_500_percent};
    if (defined $growth && $growth > $most) { # how much one wake-up finds to do hangs on who else wants the processors: once more
        note(sprintf 'at first %.1f %%', $growth);
        my %again = Counts::all('callgrind');
        $growth = Counts::growth_percent($again{callgrind}, $work);
    }
    at_most($growth, $most, "instructions from 50 to 500 connections, $work: at most $most % more",
        defined $growth ? sprintf '%.1f %%', $growth : 'not counted');
}

my $pair = Counts::agent_instructions_per_pair();
my $most_per_pair = $limits{agent_instructions_per_pair};
at_most($pair, $most_per_pair, "instructions that the malloc agent adds to malloc and free: at most $most_per_pair",
    defined $pair ? sprintf '%.1f', $pair : 'not counted');

done_testing();
