# Faults by the shim (tests/faults/shim.c): which cases there are of a command, several of them at once, and what became of all.
package Shim;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use lib "$FindBin::Bin/../cli";
use File::Path qw(make_path);
use Test::More;
use Seep;
use Table;

our @EXPORT = qw(shim shim_counts place cases drawn several judged conclude);

my $build = $ENV{BUILD} // root() . '/build';
my @errors = qw(ENOSPC EIO EPIPE SHORT);
my $number = 0;
srand($ENV{FAULTS_SEED} // 17);

# The environment in which the shim does what `how` says: the names of its variables without SHIM_.
sub shim {
    my (%how) = @_;
    return (LD_PRELOAD => "$build/faults/shim.so", map { ("SHIM_\U$_" => $how{$_}) } grep { defined $how{$_} } keys %how);
}

# Returns (calls that fit, failed, cut short, the last of them).
sub shim_counts {
    my ($file) = @_;
    return unpack 'QQQZ*', slurp($file) . "\0" x 32;
}

# A new directory.
sub place {
    my $directory = scratch() . '/place-' . ++$number;
    make_path($directory);
    return $directory;
}

# So many of 1 .. $count at most, evenly but for chance, each once, in order; all where there are no more.
sub drawn {
    my ($count, $most) = @_;
    return 1 .. $count if $count <= $most;
    my %once = map { 1 + int(($_ + rand) * $count / $most) => 1 } 0 .. $most - 1;
    return sort { $a <=> $b } keys %once;
}

# Each error at so many of a command's $count calls, and full or broken from there on at a quarter as many. Short form: $few.
sub cases {
    my ($count, $most, $few) = @_;
    my ($once, $on) = short_form() ? ($few, 1) : ($most, $most / 4);
    my @cases = map { my $error = $_; map { {error => $error, at => $_} } drawn($count, $once) } @errors;
    push @cases, map { my $error = $_; map { {error => $error, from => $_} } drawn($count, $on) } @errors[0, 1];
    return @cases;
}

# begin->(case) returns a job, check->(case, what gather() returns) looks at it; so many of them at once.
sub several {
    my ($most, $begin, $check, @cases) = @_;
    return in_turns($most, $begin, sub { my ($case, $job) = @_; $check->($case, gather($job)) }, @cases);
}

# Runs each case, $at_once of them, in a `directory` of its own, as arguments->(directory) says; judge->(case, ran) returns what is wrong
# with it. The case knows then how many calls `failed` and were `cut`, the `last` of them, and the exit code. Returns what is wrong
# with all, each with its fault in front.
sub judged {
    my ($at_once, $arguments, $judge, @cases) = @_;
    my @wrong;
    several($at_once, sub {
        my ($case) = @_;
        $case->{directory} = place();
        $case->{counts} = "$case->{directory}.count";
        return begin({name => "case-$number", env => {shim(count => $case->{counts}, map { $_ => $case->{$_} } qw(error at from))}},
            $arguments->($case->{directory}));
    }, sub {
        my ($case, $ran) = @_;
        (undef, @$case{qw(failed cut last)}) = shim_counts($case->{counts});
        $case->{exit} = $ran->{exit};
        my $fault = ($case->{from} ? 'from ' : '') . "$case->{error} at $case->{last}: exit $ran->{exit}";
        push @wrong, map { "$fault: $_; $ran->{err}" } grep { $_ ne '' } $judge->($case, $ran);
    }, @cases);
    return @wrong;
}

# One test, and one row of the table, of all cases of a command.
sub conclude {
    my ($what, $cases, @wrong) = @_;
    my $show = $ENV{FAULTS_SHOW} // 5;
    my %ended;
    $ended{$_->{exit}}++ for @$cases;
    my $tried = grep { $_->{failed} + $_->{cut} > 0 } @$cases;
    cmp_ok($tried, '>', 0, "$what: $tried faults");
    is(join("\n", @wrong[0 .. ($#wrong < $show ? $#wrong : $show - 1)]), '', 'nothing wrong with them') or diag(scalar(@wrong) . ' wrong');
    tried("ENOSPC, EIO, EPIPE, short writes: $what", $tried, join(', ', map { "exit $_: $ended{$_}" } sort keys %ended),
        @wrong ? scalar(@wrong) . ' wrong' : 'nothing');
}

1;
