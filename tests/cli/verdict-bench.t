#!/usr/bin/env perl
# The simulation of `make bench-verdict`, with few runs: its books add up, and seep errs less than a fitted line.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use List::Util qw(sum0);
use Test::More;
use Seep;

my $simulate = ($ENV{BUILD} // root() . '/build') . '/bench/verdict/simulate';
my ($runs, $shapes, $signals) = (8, 16, 3);
plan skip_all => "$simulate is not built" if !-x $simulate;

# Rows by name of column, and what was printed.
sub simulate {
    my ($seed) = @_;
    my $file = scratch() . "/counts.$seed";
    my $printed = `$simulate -s $seed -t $file $runs`;
    is($?, 0, "seed $seed runs");
    my ($head, @lines) = split /\n/, slurp($file);
    my @names = split /\t/, $head;
    return ($printed, map { my %row; @row{@names} = split /\t/; \%row } @lines);
}

sub total {
    my ($what, @rows) = @_;
    return sum0(map { $_->{$what} } @rows);
}

my ($printed, @rows) = simulate(7);

subtest 'the books add up' => sub {
    my %by;
    push @{$by{"$_->{shape}, $_->{signal}, $_->{method}"}}, $_ for @rows;
    is(keys %by, $shapes * $signals * 5, 'shapes, signals and methods');
    is_deeply([grep { total('leak_free', @{$by{$_}}) != $runs } sort keys %by], [], 'as many runs without a leak as asked for');
    is_deeply([grep { total('twice', @{$by{$_}}) + total('unstated', @{$by{$_}}) < $runs && /seep/ } sort keys %by], [],
        'and each again with twice what it stated');
    my @parts = (['false_alarms', 'stopped'], ['so_far', 'filling'], ['missed', 'twice'], ['called', 'stated'], ['called_covered', 'called'],
        ['stated', 'leaking'], ['stated_covered', 'stated']);
    for my $part (@parts) {
        is_deeply([grep { $_->{$part->[0]} > $_->{$part->[1]} } @rows], [], "$part->[0] of $part->[1]");
    }
    is_deeply([grep { $_->{stopped} + $_->{filling} != $_->{leak_free} } @rows], [], 'each without a leak is one or the other');
    is_deeply([grep { $_->{false_alarms} + $_->{so_far} + $_->{cleared} > $_->{leak_free} } @rows], [], 'one answer for each run');
};

subtest 'seep beside a fitted line' => sub {
    for my $signal (qw(objects bytes rss)) {
        my %false = map {
            my $method = $_;
            $method => total('false_alarms', grep { $_->{signal} eq $signal && $_->{method} eq $method } @rows)
        } 'seep', 'OLS', 'last - first';
        cmp_ok($false{seep}, '<=', 0.02 * $runs * $shapes, "$signal: seep rarely calls bounded growth a leak");
        cmp_ok($false{OLS}, '>', 0.2 * $runs * $shapes, "$signal: a fitted line often does");
        cmp_ok($false{'last - first'}, '>', $false{OLS}, "$signal: last less first more often still");
    }
};

my ($again) = simulate(7);
is($again, $printed, 'the same seed gives the same tables');
my ($other) = simulate(8);
isnt($other, $printed, 'another seed gives others');
like($printed, qr/^\| flat +\| 0\.0 % /m, 'a share is printed');

done_testing();
