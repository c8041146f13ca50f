#!/usr/bin/env perl
# The simulated worlds of `make bench-suspects`: the same for a seed, with counts that add up in every form, and a truth that
# their memory bears out; their scores add up.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use List::Util qw(sum0 max min);
use Test::More;
use Seep;

my $worlds = ($ENV{BUILD} // root() . '/build') . '/bench/suspects/worlds';
plan skip_all => "$worlds is not built" if !-x $worlds;
# Kind and seed of small worlds.
my %small = (fleet => [[0, 3], [2, 4], [5, 6], [10, 6], [18, 6]], other => [[2, 2], [5, 5], [12, 6]]);

sub worlds { return scalar qx('$worlds' @_) }

# {instance => [{seconds, bytes, requests => {endpoint => n}}, ...]}
sub table {
    my ($head, @lines) = split /\n/, worlds('table', @_);
    my (undef, undef, undef, @endpoints) = split /\t/, $head;
    my %rows;
    for (@lines) {
        my ($instance, $seconds, $bytes, @requests) = split /\t/;
        my %requests;
        @requests{@endpoints} = @requests;
        push @{$rows{$instance}}, {seconds => $seconds, bytes => $bytes, requests => \%requests};
    }
    return \%rows;
}

subtest 'a seed is a world' => sub {
    for my $maker (sort keys %small) {
        my ($kind, $seed) = @{$small{$maker}[0]};
        my $first = worlds("table -m $maker -k $kind -f $seed");
        is(worlds("table -m $maker -k $kind -f $seed"), $first, "$maker: the same again");
        isnt(worlds("truth -m $maker -k $kind -f 77"), worlds("truth -m $maker -k $kind -f $seed"), "$maker: another seed, another world");
    }
};

# What counters rose by, a fall being a start from 0.
sub risen {
    my ($text) = @_;
    my (%last, %risen);
    while ($text =~ /^http_requests_total\{job="[^"]*",instance="([^"]*)",method="([^"]*)",route="([^"]*)",status="(\d+)"\} (\d+) /mg) {
        my ($series, $key) = ("$1 $2 $3 $4", "$1 $2 $3");
        my $before = $last{$series} // 0;
        $risen{$key} += $5 >= $before ? $5 - $before : $5;
        $last{$series} = $5;
    }
    return \%risen;
}

subtest 'counters rise by what came' => sub {
    for my $case (['fleet', 5, 6], ['fleet', 2, 4], ['other', 2, 2]) {
        my ($maker, $kind, $seed) = @$case;
        my $rows = table("-m $maker -k $kind -f $seed");
        my $metrics = worlds("metrics -m $maker -k $kind -f $seed -j shop");
        like($metrics, qr/\n# EOF\n\z/, "$maker $kind: it has an end");
        my ($risen, $starts) = (risen($metrics), {});
        $starts->{$1}{$2} = 1 while $metrics =~ /^process_start_time_seconds\{job="shop",instance="([^"]*)"\} (\S+) /mg;
        my @wrong;
        for my $instance (sort keys %$rows) {
            my $lives = keys %{$starts->{$instance} // {}} || 1;
            for my $endpoint (sort keys %{$rows->{$instance}[0]{requests}}) {
                my $came = sum0(map { $_->{requests}{$endpoint} } grep { $_->{requests}{$endpoint} !~ /nan/ && $_->{bytes} !~ /nan/ } @{$rows->{$instance}});
                my $less = $came - ($risen->{"$instance $endpoint"} // 0);
                push @wrong, "$instance $endpoint: $less of $came" if $less < -1e-3 || $less > 2 * $lives;
            }
        }
        is_deeply(\@wrong, [], "$maker $kind: to a part of a request for each process and status");
    }
};

# Bytes that leaked while monitoring looked, as a share of the base, of one process.
sub leaked {
    my ($truth, $rows, $leak) = @_;
    my $came = sum0(map { my $rows_of = $_; map { $_->{requests}{$leak->{endpoint}} } grep { $_->{bytes} !~ /nan/ && $_->{requests}{$leak->{endpoint}} !~ /nan/ } @$rows_of } values %$rows);
    return $came * $leak->{bytes_per_request} / $truth->{base_bytes};
}

subtest 'the truth' => sub {
    for my $maker (sort keys %small) {
        for my $case (@{$small{$maker}}) {
            my ($kind, $seed) = @$case;
            my $truth = decode_json(worlds("truth -m $maker -k $kind -f $seed"));
            my $rows = table("-m $maker -k $kind -f $seed");
            my $endpoints = keys %{(values %$rows)[0][0]{requests}};
            is($endpoints, $truth->{endpoints}, "$truth->{kind}: as many endpoints as it says");
            is(keys %$rows, $truth->{instances}, 'and instances');
            my $lowest = min(map { $_->{bytes} } grep { $_->{bytes} !~ /nan/ } map { @$_ } values %$rows);
            cmp_ok($lowest, '>', 0.6 * $truth->{base_bytes}, 'memory stands on the base');
            is(@{$truth->{leaks}} > 0 || $truth->{idle_bytes_per_hour} > 0, $truth->{kind} !~ /^none/, 'it leaks if it is called so');
            for my $leak (@{$truth->{leaks}}) {
                my $leaked = leaked($truth, $rows, $leak);
                cmp_ok($leaked, '>', $leak->{growth} / 10, sprintf '%s: %.3g of the base leaked in all, %.3g in a usual life', $leak->{endpoint}, $leaked, $leak->{growth});
            }
        }
    }
};

subtest 'scores add up' => sub {
    my $lines = scratch() . '/lines';
    my $printed = worlds("score -n 1 -p 2 -f 40 -t $lines");
    is($?, 0, 'it runs');
    my ($head, @rows) = split /\n/, slurp($lines);
    my @names = split /\t/, $head;
    @rows = map { my %row; @row{@names} = split /\t/; \%row } @rows;
    my %worlds = map { ("$_->{number} $_->{seed}" => 1) } @rows;
    is(keys %worlds, ($printed =~ /: (\d+) worlds/)[0], 'a line for each world');
    is_deeply([grep { $_->{found} && ($_->{rank} < 1 || $_->{rank} > 3) } @rows], [], 'what was found is among the first three');
    is_deeply([grep { $_->{group_right} && !$_->{found} } @rows], [], 'a group is right only where it was found');
    my $apart = grep { $_->{leaker} ne '-' && $_->{strength} >= 4 && $_->{collinear} == 0 } @rows;
    like($printed, qr/^\| \*\*leakers apart\*\* \| \d+ \| $apart \|/m, 'the leakers apart are those of the lines');
    my ($two, $three) = map { worlds("score -n 3 -k 9 -p $_ -f 40") } 2, 3;
    s/ \d+\.\d\d \|$/ |/mg for $two, $three;
    is($three, $two, 'other processes, the same scores');
};

done_testing();
