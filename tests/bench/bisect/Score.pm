# What a hunt said, held to the truth of its case.
package Score;
use strict;
use warnings;
use Exporter qw(import);
use List::Util qw(max sum0);

our @EXPORT = qw(score bound_bits outcomes);

# right     exactly the endpoints that leak, together as they leak, and told as the kind that it is
# part      something of it, and nothing else
# missed    "no growth", though it leaks
# false     an endpoint that does not leak, or growth where nothing leaks
# open      inconclusive
# failed    no result
my @outcomes = qw(right part missed false open failed);
sub outcomes { return @outcomes }

sub same_set {
    my ($left, $right) = @_;
    return join("\0", sort @$left) eq join("\0", sort @$right);
}

# The finding that names the endpoints of one truth.
sub finding_of {
    my ($truth, @findings) = @_;
    return (grep { same_set($_->{endpoints}, $truth->{endpoints}) } @findings)[0];
}

# Strategies for comparison only tell sets.
sub told_right {
    my ($truth, $finding, $strategy) = @_;
    return $strategy ne 'seep' || grep { $_ eq $finding->{kind} } @{$truth->{told}};
}

sub outcome {
    my ($case, $result) = @_;
    my @findings = @{$result->{findings} // []};
    my @truths = @{$case->{truth}};
    my %leaks = map { $_ => 1 } map { @{$_->{endpoints}} } @truths;
    return 'failed' if !$result->{verdict};
    return 'false' if grep { !$leaks{$_} } map { @{$_->{endpoints}} } @findings;
    return {growth => 'false', no_growth => 'right'}->{$result->{verdict}} // 'open' if !@truths;
    my @named = grep {
        my $finding = finding_of($_, @findings);
        $finding && told_right($_, $finding, $case->{strategy})
    } @truths;
    return 'right' if @named == @truths && @findings == @named;
    return 'part' if @findings || $result->{verdict} eq 'growth';
    return $result->{verdict} eq 'no_growth' ? 'missed' : 'open';
}

# Of pairs and threes that were named: 1 where who comes last, or who pays, was told as it is; undef where none was named.
sub order_right {
    my ($case, $result) = @_;
    my ($truth) = grep { @{$_->{endpoints}} > 1 } @{$case->{truth}};
    my $finding = $truth && finding_of($truth, @{$result->{findings} // []});
    return undef if !$finding;
    return ($finding->{per} // '') eq $truth->{per} ? 1 : 0 if $truth->{told}[0] eq 'consumed';
    return $finding->{endpoints}[-1] eq $truth->{endpoints}[-1] ? 1 : 0;
}

# How many intervals were stated of what was named, and how many hold the truth.
sub intervals {
    my ($case, $result) = @_;
    my ($stated, $held) = (0, 0);
    for my $truth (@{$case->{truth}}) {
        my $finding = finding_of($truth, @{$result->{findings} // []}) or next;
        my ($low, $high) = @{$finding->{interval} // []};
        next if !defined $low || !defined $high || ($finding->{per} // '') ne $truth->{per};
        $stated++;
        $held++ if $low <= $truth->{high} && $truth->{low} <= $high;
    }
    return ($stated, $held);
}

# When the last of what leaks was named; undef where that is not told.
sub named_after {
    my ($case, $result) = @_;
    my @found = map { finding_of($_, @{$result->{findings} // []}) } @{$case->{truth}};
    my @after = map { $_->{named_after_seconds} } grep { defined } @found;
    return @after && @after == @{$case->{truth}} && !grep({ !defined } @after) ? max(@after) : undef;
}

# Requests of the steps that had ended by then.
sub named_by {
    my ($result, $after) = @_;
    return undef if !defined $after || !@{$result->{steps} // []};
    return sum0(map { $_->{requests} } grep { $_->{at_seconds} <= $after + 0.01 } @{$result->{steps}});
}

sub score {
    my ($case, $result) = @_;
    my ($stated, $held) = intervals($case, $result);
    my ($order, $named_after) = (order_right($case, $result), named_after($case, $result));
    return {outcome => outcome($case, $result), order => $order, stated => $stated, held => $held, named_after => $named_after,
        named_by => named_by($result, $named_after)};
}

# log2 C(n, k): answers of yes or no that tell k of n apart from any other k.
sub bound_bits {
    my ($n, $k) = @_;
    my $bits = 0;
    $bits += log(($n - $_ + 1) / $_) / log 2 for 1 .. $k;
    return $bits;
}

1;
