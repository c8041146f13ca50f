# Which hunts are run, and in which order: one that is broken off has had of everything.
package Plan;
use strict;
use warnings;
use Exporter qw(import);
use Grounds;
use Kinds;

our @EXPORT = qw(plan);

my $pricing_endpoints = 25;

sub with_id {
    my ($case) = @_;
    $case->{id} = join '-', $case->{server}, $case->{leak} // $case->{kind}, @$case{qw(endpoints seed strategy)};
    return $case;
}

sub made_case {
    my ($server, $kind, $endpoints, $seed, $strategy) = @_;
    my $ground = ground($server);
    return with_id(make_case({server => $server, kind => $kind, endpoints => $endpoints, seed => $seed, strategy => $strategy,
        exact => $ground->{exact}, rounding => $ground->{rounding}}));
}

sub pricing_cases {
    my ($kind, $seed, $strategy) = @_;
    return map { with_id({server => 'pricing', endpoints => $pricing_endpoints, seed => $seed, strategy => $strategy, bytes => [], %$_}) }
        grep { $_->{kind} eq $kind } pricing_switches();
}

# Pricing has one number of endpoints: it comes with the first.
sub cases_of {
    my ($server, $kind, $endpoints, $seed, $strategy, $first) = @_;
    return made_case($server, $kind, $endpoints, $seed, $strategy) if $server ne 'pricing';
    return $first ? pricing_cases($kind, $seed, $strategy) : ();
}

# Each kind on each server, by each strategy.
sub across {
    my ($kinds, $servers, $strategies, $endpoints, $seed, $first) = @_;
    my @cases;
    for my $kind (@$kinds) {
        for my $server (@$servers) {
            push @cases, map { cases_of($server, $kind, $endpoints, $seed, $_, $first) } @$strategies;
        }
    }
    return @cases;
}

sub leaking {
    my ($given) = @_;
    my @kinds = grep { $_ ne 'none' } @{$given->{kinds}};
    my @own = grep { $_ eq 'seep' } @{$given->{strategies}};
    my @others = grep { $_ ne 'seep' } @{$given->{strategies}};
    my @cases;
    for my $seed (@{$given->{seeds}}) {
        for my $endpoints (@{$given->{sizes}}) {
            my $first = $endpoints == $given->{sizes}[0];
            push @cases, across(\@kinds, $given->{servers}, \@own, $endpoints, $seed, $first);
            push @cases, across(\@kinds, $given->{compared}, \@others, $endpoints, $seed, 1) if $first && $seed == $given->{seeds}[0];
        }
    }
    return @cases;
}

sub leak_free {
    my ($given) = @_;
    my @servers = @{$given->{servers}};
    my @sizes = @{$given->{sizes}};
    return if !@servers || !grep({ $_ eq 'none' } @{$given->{kinds}}) || !grep({ $_ eq 'seep' } @{$given->{strategies}});
    return map {
        my $round = int($_ / @servers);
        cases_of($servers[$_ % @servers], 'none', $sizes[$round % @sizes], $given->{seeds}[0] + $round, 'seep', 1)
    } 0 .. $given->{leak_free} - 1;
}

# Two lists as one, each spread evenly over it.
sub interleaved {
    my ($left, $right) = @_;
    my %at;
    for my $list ($left, $right) {
        $at{$list->[$_]} = ($_ + 0.5) / @$list for 0 .. $#$list;
    }
    return sort { $at{$a} <=> $at{$b} } @$left, @$right;
}

# Given lists of words and numbers: servers, kinds, sizes, seeds, strategies, compared (servers for strategies other than
# seep's), and the number leak_free.
sub plan {
    my (%given) = @_;
    return interleaved([leak_free(\%given)], [leaking(\%given)]);
}

1;
