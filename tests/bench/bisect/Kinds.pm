# Kinds of leaks, as roles of endpoints (tests/servers/bisect/README.md), and services made of them by a seed: what each
# endpoint does, what was recorded of it, and the truth that a hunt is held to.
package Kinds;
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Exporter qw(import);
use List::Util qw(shuffle);

our @EXPORT = qw(kind_names leaks_of make_case sizes_in_bytes);

my @sizes = (24, 40, 64, 256, 1024, 4096);
my $currencies = 20;
my $leaking_currency = 7;

# Each finding: places in `roles`, in the order in which they are to be told; the kinds that it may be told as; whose
# requests are the denominator.
my @kinds = (
    {name => 'none', roles => [], findings => []},
    {name => 'alone', roles => ['leak'], findings => [{members => [0], told => ['alone'], per => 0}]},
    {name => 'two', roles => ['leak', 'leak'], findings => [map { {members => [$_], told => ['alone'], per => $_} } 0, 1]},
    {name => 'latched', roles => ['latch', 'latched'], findings => [{members => [0, 1], told => ['latched'], per => 1}]},
    {name => 'consumed', roles => ['hook', 'flush'], findings => [{members => [0, 1], told => ['consumed'], per => 0}]},
    {name => 'param', roles => ['param'], findings => [{members => [0], told => ['alone'], per => 0}]},
    {name => 'joint', roles => ['first', 'second', 'third'],
        findings => [{members => [0, 1, 2], told => ['joint', 'latched'], per => 2}]},
);
my %keeps = map { $_ => 1 } qw(leak latched flush param third);

my @decoys = (
    sub { 'lru:' . (20 + int rand 200) },
    sub { 'ring:' . (100 + int rand 400) },
    sub { 'sessions:' . (60 + int rand 300) },
    sub { 'burst:' . (1 + int rand 4) },
    sub { 'lazy:' . (100 + int rand 300) },
    sub { 'sawtooth:' . (150 + int rand 250) },
);

sub kind_names { return map { $_->{name} } @kinds }
sub sizes_in_bytes { return @sizes }
sub kind_of { my ($name) = @_; return (grep { $_->{name} eq $name } @kinds)[0] }

# How many endpoints leak together: the k of log2 C(N, k).
sub leaks_of { return scalar @{kind_of($_[0])->{roles}} }

# Whole numbers from a text, the same everywhere.
sub hash_of { return hex substr md5_hex($_[0]), 0, 7 }

# Sizes go round, so that a few cases show all of them. Where only bytes are counted, and not to the byte, one call in
# twenty that keeps little cannot be seen.
sub size_for {
    my ($case, $place, $turn) = @_;
    my @from = $case->{kind} eq 'param' && !$case->{exact} ? grep { $_ >= 1024 } @sizes : @sizes;
    return $from[(hash_of("$case->{server} $case->{kind}") + $turn + $case->{seed} + 2 * $place) % @from];
}

sub leaking_words {
    my ($case) = @_;
    my ($place, $turn) = (0, {8 => 0, 16 => 1, 64 => 3}->{$case->{endpoints}} // $case->{endpoints});
    return map { $keeps{$_} ? $_ . ':' . size_for($case, $place++, $turn) : $_ } @{kind_of($case->{kind})->{roles}};
}

# As recorded: keys that come again, users, and every currency in turn.
sub recorded {
    my $count = 30 + int rand 91;
    my $keys = 1 + int(0.7 * $count);
    my @at_us = sort { $a <=> $b } map { int rand 600_000_000 } 1 .. $count;
    my @currencies = shuffle(map { $_ % $currencies } 0 .. $count - 1);
    return [map { {t_us => $at_us[$_], query => sprintf('key=%d&user=%d&currency=%d', rand $keys, rand 25, $currencies[$_])} } 0 .. $count - 1];
}

sub share_that_leaks {
    my ($word, $requests) = @_;
    return 1 if $word !~ /^param/;
    return grep({ $_->{query} =~ /currency=$leaking_currency$/ } @$requests) / @$requests;
}

sub truth_of {
    my ($case, @places) = @_;
    my $kind = kind_of($case->{kind});
    return [map {
        my $finding = $_;
        my ($keeper) = grep { $case->{roles}[$_] =~ /:/ } map { $places[$_] } @{$finding->{members}};
        my ($bytes) = $case->{roles}[$keeper] =~ /:(\d+)/;
        my $share = share_that_leaks($case->{roles}[$keeper], $case->{requests}[$keeper]);
        {endpoints => [map { $case->{names}[$places[$_]] } @{$finding->{members}}], told => $finding->{told},
            per => $case->{names}[$places[$finding->{per}]], low => $bytes * $share, high => ($bytes + $case->{rounding}) * $share}
    } @{$kind->{findings}}];
}

# {server, kind, endpoints, seed, exact, rounding} -> adds roles, names, requests (by endpoint), bytes and truth.
sub make_case {
    my ($case) = @_;
    my $count = $case->{endpoints};
    srand hash_of(join ' ', map { $case->{$_} } qw(server kind endpoints seed));
    my @words = leaking_words($case);
    my @places = (shuffle 0 .. $count - 1)[0 .. $#words];
    my @roles = map { rand() < 0.5 ? 'plain:' . (5 + int rand 60) : $decoys[rand @decoys]->() } 1 .. $count;
    @roles[@places] = @words;
    $case->{roles} = \@roles;
    $case->{names} = [map { sprintf 'GET /p%02d', $_ } 0 .. $count - 1];
    $case->{requests} = [map { recorded() } 1 .. $count];
    $case->{bytes} = [map { /:(\d+)/ ? 0 + $1 : () } @words];
    $case->{truth} = truth_of($case, @places);
    return $case;
}

1;
